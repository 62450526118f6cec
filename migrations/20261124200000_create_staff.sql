-- Staff accounts. E-mail addresses and TOTP secrets are sealed to the node's key, so that a copied database shows neither.
create table staff (
    id uuid not null constraint staff_pkey primary key,
    name text not null constraint staff_name_length check (length(name) between 1 and 200),
    -- A keyed hash of the address: finds the account without showing the address.
    email_lookup bytea not null constraint staff_email_lookup_key unique,
    email_sealed bytea not null,
    roles text[] not null constraint staff_roles_known check (roles <@ array[
        'editor', 'publisher', 'webchat_agent', 'webchat_supervisor', 'case_handler', 'data_protection_officer',
        'auditor', 'administrator']),
    -- PHC string of argon2id; none until it is set.
    password text,
    totp_sealed bytea,
    -- The last time step that a code was taken for, so that none is taken twice (RFC 6238 section 5.2).
    totp_step bigint not null default 0,
    suspended_at timestamptz,
    created_at timestamptz not null default bluelamp_now()
);

create table staff_passkey (
    credential bytea not null constraint staff_passkey_pkey primary key,
    staff uuid not null constraint staff_passkey_staff_fkey references staff,
    name text not null,
    -- The public key with its counter, as the library keeps it (JSON).
    passkey text not null,
    created_at timestamptz not null default bluelamp_now(),
    used_at timestamptz
);
create index staff_passkey_staff_idx on staff_passkey (staff);

create table staff_recovery_code (
    hash bytea not null constraint staff_recovery_code_pkey primary key,
    staff uuid not null constraint staff_recovery_code_staff_fkey references staff,
    used_at timestamptz
);
create index staff_recovery_code_staff_idx on staff_recovery_code (staff);

-- A one-time link to set up an account, or to set it up again.
create table staff_link (
    hash bytea not null constraint staff_link_pkey primary key,
    staff uuid not null constraint staff_link_staff_fkey references staff,
    ends_at timestamptz not null,
    used_at timestamptz
);

-- Who is signed in. The cookie holds a random id; only its hash is kept.
create table staff_session (
    hash bytea not null constraint staff_session_pkey primary key,
    id uuid not null constraint staff_session_id_key unique,
    staff uuid not null constraint staff_session_staff_fkey references staff,
    -- `second`: the password was right, the second factor is still to come. `setup`: has no second factor yet. `full`: signed in.
    stage text not null constraint staff_session_stage_known check (stage in ('second', 'setup', 'full')),
    device text not null default '',
    -- What a sign-in under way has to remember between two requests, such as a passkey's challenge (JSON).
    state text,
    created_at timestamptz not null,
    seen_at timestamptz not null,
    ended_at timestamptz
);
create index staff_session_staff_idx on staff_session (staff);

-- Failed tries by a keyed hash of what was tried (an account's address, or where the try came from), to slow down guessing.
create table sign_in_failure (
    tried bytea not null constraint sign_in_failure_pkey primary key,
    failures integer not null,
    last_at timestamptz not null
);

insert into schema_release values (20261124200000, '0.1.0');
