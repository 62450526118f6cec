-- Names of the keys to which values are sealed: the start of the hash of a public key, which tells nothing of the key. A node compares
-- its own keys with them at its start.
create table sealing_key (
    id bytea not null constraint sealing_key_id_length check (octet_length(id) = 8),
    noted_at timestamptz not null default bluelamp_now(),
    constraint sealing_key_pkey primary key (id)
);
comment on table sealing_key is 'app: select, insert';

insert into schema_release values (20261128010000, '0.2.0');
