-- What people who are not signed in set off, counted for a minute; the sum then becomes one row of the audit log.
create table audit_count (
    minute timestamptz not null,
    action text not null constraint audit_count_action_plain check (action ~ '^[a-z]+(_[a-z]+)*$'),
    subject text not null,
    way text not null,
    count bigint not null constraint audit_count_count_positive check (count > 0),
    constraint audit_count_pkey primary key (minute, action, subject, way)
);

-- Wrong passwords and codes of an account since its last sign-in with both. After too many its password counts only once its owner
-- has opened a link that was mailed to them; of that link only the hash is kept.
create table password_failure (
    staff uuid not null constraint password_failure_pkey primary key
        constraint password_failure_staff_fkey references staff,
    failures integer not null constraint password_failure_failures_positive check (failures >= 0),
    unlock_hash bytea constraint password_failure_unlock_hash_key unique,
    unlock_ends_at timestamptz
);

-- What is old is deleted by upkeep, in batches that find it by these.
create index sign_in_failure_last_at_idx on sign_in_failure (last_at);
create index passkey_ceremony_began_at_idx on passkey_ceremony (began_at);
create index parked_form_parked_at_idx on parked_form (parked_at);
create index staff_session_seen_at_idx on staff_session (seen_at);
create index staff_link_ends_at_idx on staff_link (ends_at);

insert into schema_release values (20261127130000, '0.1.0');
