-- Whoever writes has read this table in the same transaction, and holds it until the end. A migration that says which release is
-- the oldest waits for them here: from its commit on no older release writes anything. It also tells every node to look.
create function schema_release_waits_for_writers() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    execute format('lock table %s in access exclusive mode', tg_relid::regclass);
    perform pg_notify('bluelamp', 'schema');
    return null;
end $$;

create trigger schema_release_waits_for_writers before insert on schema_release
    for each statement execute function schema_release_waits_for_writers();

insert into schema_release values (20261127110000, '0.1.0');
