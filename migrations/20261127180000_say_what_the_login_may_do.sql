-- What the login of the serving process may do with a table stands in a comment on the table, in the migration that makes it:
-- `app:` and the privileges. A table without such a comment is closed to that login. The tables made before this migration get
-- theirs here. TRUNCATE, REFERENCES and TRIGGER are never among them.

-- Only the owner writes: its records about migrations, and the key of consent receipts.
comment on table schema_release is 'app: select';
comment on table schema_guard is 'app: select';
comment on table consent_key is 'app: select';

-- The hash chain, and what else is evidence: rows come, and neither change nor go.
comment on table ledger_entry is 'app: select, insert';
comment on table ledger_content is 'app: select, insert';
comment on table ledger_particulars is 'app: select, insert';
comment on view public_entry is 'app: select';
comment on table audit_entry is 'app: select, insert';
comment on table audit_seal is 'app: select, insert';
comment on table consent_record is 'app: select, insert';
comment on table draft_sight is 'app: select, insert';
comment on table log_checkpoint is 'app: select, insert';
comment on table log_cosignature is 'app: select, insert';
comment on table log_origin is 'app: select, insert';

-- Counts: rows come and count up.
comment on table page_count is 'app: select, insert, update';
comment on table visit_count is 'app: select, insert, update';
comment on table consent_count is 'app: select, insert, update';

-- What is being worked on.
comment on table audit_count is 'app: select, insert, update, delete';
comment on table draft is 'app: select, insert, update, delete';
comment on table draft_presence is 'app: select, insert, update, delete';
comment on table mail_once is 'app: select, insert, update, delete';
comment on table mail_outbox is 'app: select, insert, update, delete';
comment on table node_head is 'app: select, insert, update, delete';
comment on table parked_form is 'app: select, insert, update, delete';
comment on table passkey_ceremony is 'app: select, insert, update, delete';
comment on table password_failure is 'app: select, insert, update, delete';
comment on table preview_link is 'app: select, insert, update, delete';
comment on table published_alone is 'app: select, insert, update, delete';
comment on table redaction_request is 'app: select, insert, update, delete';
comment on table sign_in_failure is 'app: select, insert, update, delete';
comment on table staff is 'app: select, insert, update, delete';
comment on table staff_link is 'app: select, insert, update, delete';
comment on table staff_passkey is 'app: select, insert, update, delete';
comment on table staff_recovery_code is 'app: select, insert, update, delete';
comment on table staff_session is 'app: select, insert, update, delete';
comment on table withdrawal_request is 'app: select, insert, update, delete';

insert into schema_release values (20261127180000, '0.1.0');
