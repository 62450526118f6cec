-- A passkey's ceremony between its challenge and its answer (Web Authentication section 7): kept here and used once, so that no
-- answer can be played again. The page holds a random secret, this table its hash.
create table passkey_ceremony (
    hash bytea not null constraint passkey_ceremony_pkey primary key,
    purpose text not null constraint passkey_ceremony_purpose_known check (purpose in ('register', 'sign_in', 'confirm')),
    -- Whose passkey it is to be; none where the passkey itself will say. No reference: the first administrator has no row yet.
    staff uuid,
    state text not null,
    began_at timestamptz not null
);

insert into schema_release values (20261124210000, '0.1.0');
