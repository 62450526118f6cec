-- Who did what. Rows are written in the transaction of the deed and never change; a sealer chains them a moment later, so that no
-- lock of the whole cluster sits under every action.
create table audit_entry (
    id bigint generated always as identity constraint audit_entry_pkey primary key,
    at timestamptz not null default bluelamp_now(),
    actor uuid,
    actor_name text not null,
    action text not null constraint audit_entry_action_plain check (action ~ '^[a-z]+(_[a-z]+)*$'),
    subject text not null,
    details text not null
);
create index audit_entry_at_idx on audit_entry (at desc, id desc);
create index audit_entry_subject_idx on audit_entry (subject, id desc);

create table audit_seal (
    position bigint not null constraint audit_seal_pkey primary key,
    entry bigint not null constraint audit_seal_entry_key unique
        constraint audit_seal_entry_fkey references audit_entry,
    previous_hash bytea not null constraint audit_seal_previous_hash_length check (length(previous_hash) = 32),
    hash bytea not null constraint audit_seal_hash_length check (length(hash) = 32)
);

create function audit_seal_follows_head() returns trigger
    language plpgsql as $$
declare
    head audit_seal;
begin
    select * into head from audit_seal order by position desc limit 1;
    if new.position is distinct from coalesce(head.position, 0) + 1
        or new.previous_hash is distinct from coalesce(head.hash, decode(repeat('00', 32), 'hex')) then
        raise exception 'audit seal % does not follow seal %', new.position, coalesce(head.position, 0)
            using errcode = 'check_violation', constraint = 'audit_seal_follows_head';
    end if;
    return new;
end $$;
create trigger audit_seal_follows_head before insert on audit_seal
    for each row execute function audit_seal_follows_head();

create function refuse_audit_change() returns trigger
    language plpgsql as $$
begin
    raise exception '% on % is refused: the audit log only grows', tg_op, tg_table_name
        using errcode = 'insufficient_privilege';
end $$;
create trigger audit_entry_is_immutable before update or delete on audit_entry
    for each row execute function refuse_audit_change();
create trigger audit_entry_is_not_truncated before truncate on audit_entry
    for each statement execute function refuse_audit_change();
create trigger audit_seal_is_immutable before update or delete on audit_seal
    for each row execute function refuse_audit_change();
create trigger audit_seal_is_not_truncated before truncate on audit_seal
    for each statement execute function refuse_audit_change();

insert into schema_release values (20261124200100, '0.1.0');
