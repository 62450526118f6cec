-- Messages to be sent by a node that holds the key; whole messages are sealed, addresses too. A message that was sent goes.
create table mail_outbox (
    id uuid not null constraint mail_outbox_pkey primary key,
    sealed bytea not null,
    -- Says what it is about without saying it, so that no message is queued twice.
    dedupe text constraint mail_outbox_dedupe_key unique,
    queued_at timestamptz not null,
    tries integer not null default 0,
    next_try_at timestamptz not null
);
create index mail_outbox_next_try_idx on mail_outbox (next_try_at);

insert into schema_release values (20261124200300, '0.1.0');
