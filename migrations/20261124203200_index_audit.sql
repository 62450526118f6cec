-- For the filters of the audit log's page.
create index audit_entry_actor_idx on audit_entry (actor, id desc);
create index audit_entry_action_idx on audit_entry (action, id desc);

insert into schema_release values (20261124203200, '0.1.0');
