-- What was queued once under a name is not queued again, also after the message was sent and is gone.
create table mail_once (
    name text not null constraint mail_once_pkey primary key,
    at timestamptz not null
);
alter table mail_outbox drop column dedupe;

insert into schema_release values (20261124203100, '0.1.0');
