-- The public log over the ledger: which logs were opened, the checkpoints signed for them, and what witnesses cosigned. Rows
-- come and stay, so that nobody can take back what was signed.

create table log_origin (
    -- The name that checkpoints carry (C2SP tlog-checkpoint): no blanks, no plus sign.
    origin text not null constraint log_origin_pkey primary key
        constraint log_origin_plain check (origin ~ '^[!-~]{1,200}$' and position('+' in origin) = 0),
    opened_at timestamptz not null,
    -- Why it took the place of the one before, told to the public; none for the first.
    reason text constraint log_origin_reason_length check (length(reason) between 1 and 2000),
    constraint log_origin_opened_at_key unique (opened_at)
);

create table log_checkpoint (
    origin text not null constraint log_checkpoint_origin_fkey references log_origin,
    -- Entries that it covers: those with the numbers 1 to size.
    size bigint not null constraint log_checkpoint_size_fkey references ledger_entry (number),
    -- Root of the Merkle tree over them (RFC 6962).
    root bytea not null constraint log_checkpoint_root_length check (length(root) = 32),
    -- Hash of the last of them.
    head bytea not null constraint log_checkpoint_head_fkey references ledger_entry (hash),
    signed_at timestamptz not null,
    -- The keys that signed it, and their signature lines (C2SP signed-note).
    verifier_keys text[] not null,
    signatures text not null,
    constraint log_checkpoint_pkey primary key (origin, size)
);

create table log_cosignature (
    origin text not null,
    size bigint not null,
    -- The witness's own name.
    witness text not null,
    -- Its signature line (C2SP tlog-cosignature).
    line text not null,
    cosigned_at timestamptz not null,
    constraint log_cosignature_pkey primary key (origin, size, witness),
    constraint log_cosignature_checkpoint_fkey foreign key (origin, size) references log_checkpoint (origin, size)
);

create trigger log_origin_is_immutable before update or delete on log_origin
    for each row execute function refuse_change();
create trigger log_origin_is_not_truncated before truncate on log_origin
    for each statement execute function refuse_change();
create trigger log_checkpoint_is_immutable before update or delete on log_checkpoint
    for each row execute function refuse_change();
create trigger log_checkpoint_is_not_truncated before truncate on log_checkpoint
    for each statement execute function refuse_change();
create trigger log_cosignature_is_immutable before update or delete on log_cosignature
    for each row execute function refuse_change();
create trigger log_cosignature_is_not_truncated before truncate on log_cosignature
    for each statement execute function refuse_change();

-- Public nodes show a checkpoint as soon as it is signed.
create trigger log_checkpoint_notifies after insert on log_checkpoint
    for each statement execute function notify_ledger();
create trigger log_cosignature_notifies after insert on log_cosignature
    for each statement execute function notify_ledger();

insert into schema_release values (20261127120000, '0.1.0');
