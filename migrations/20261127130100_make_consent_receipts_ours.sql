-- The key under which the site makes receipts of cookie choices, so that a record shows that the site gave the receipt. Whoever
-- serves reads it and cannot change it. Each random UUID has 122 random bits.
create table consent_key (
    one boolean not null default true constraint consent_key_pkey primary key constraint consent_key_one check (one),
    key bytea not null constraint consent_key_key_length check (length(key) = 32)
);
insert into consent_key (key)
    select sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

-- How many accepts of cookies a day were honoured without a record: a household had made too many, or the database was away for long.
create table consent_count (
    day date not null constraint consent_count_pkey primary key,
    accepts bigint not null constraint consent_count_accepts_positive check (accepts > 0)
);

insert into schema_release values (20261127130100, '0.1.0');
