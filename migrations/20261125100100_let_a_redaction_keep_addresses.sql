-- Whether the addresses of what is redacted stay in the redaction's own content, so that they go on answering. It cannot be taken back,
-- so requests from before, whose askers were not asked, keep none.
alter table redaction_request add column keep_addresses boolean not null default false;

insert into schema_release values (20261125100100, '0.1.0');
