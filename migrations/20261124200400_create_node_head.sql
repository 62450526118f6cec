-- What head of the ledger each node shows, so that staff see whether all show the same.
create table node_head (
    node uuid not null constraint node_head_pkey primary key,
    name text not null,
    length bigint not null,
    head bytea,
    seen_at timestamptz not null
);

insert into schema_release values (20261124200400, '0.1.0');
