-- Each migration says the oldest release of the program that still runs on its schema, so that an older binary can tell
-- that it must not write here any more.
create table schema_release (
    migration bigint not null constraint schema_release_pkey primary key,
    oldest_release text not null
);

insert into schema_release values (20261124100000, '0.1.0');
