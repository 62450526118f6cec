-- What guards the ledger and the audit log (functions, triggers, grants, views and the rest), as a release's migrations left it. The
-- owner writes it when migrating; `verify` compares. Descriptions are hashes.
create table schema_guard (
    release text not null,
    -- The last migration that had run, and the major version of Postgres that described the guards.
    migration bigint not null,
    postgres integer not null,
    kind text not null,
    name text not null,
    description text not null,
    constraint schema_guard_pkey primary key (release, migration, postgres, kind, name)
);

insert into schema_release values (20261127110100, '0.1.0');
