-- Every function says where its tables are: its search path is fixed, temporary tables come last in it, and the tables in its text
-- are named with their schema. Without that a login that may make temporary tables puts one in the place of `ledger_entry`.
-- The schema is the one that the tables were made in, which need not be `public`.
do $migration$
declare
    -- A name that stands for the schema in the texts below.
    functions constant text := $functions$
create or replace function here.ledger_entry_follows_head() returns trigger
    language plpgsql as $$
declare
    head here.ledger_entry;
    aim here.ledger_entry;
begin
    select * into head from here.ledger_entry order by number desc limit 1;
    if new.number is distinct from coalesce(head.number, 0) + 1 then
        raise exception 'ledger entry % does not follow entry %', new.number, coalesce(head.number, 0)
            using errcode = 'check_violation', constraint = 'ledger_entry_follows_head';
    end if;
    if new.previous_hash is distinct from coalesce(head.hash, decode(repeat('00', 32), 'hex')) then
        raise exception 'ledger entry % does not name the hash of the entry before it', new.number
            using errcode = 'check_violation', constraint = 'ledger_entry_follows_head';
    end if;
    if new.recorded_at < head.recorded_at then
        raise exception 'ledger entry % is recorded before the entry it follows', new.number
            using errcode = 'check_violation', constraint = 'ledger_entry_follows_head';
    end if;
    if new.kind = 'cancellation' then
        select * into aim from here.ledger_entry where number = new.target;
        if aim.in_force_at <= new.recorded_at then
            raise exception 'entry % is in force already and cannot be cancelled', new.target
                using errcode = 'check_violation', constraint = 'ledger_entry_cancels_the_future_only';
        end if;
    end if;
    return new;
end $$;

create or replace function here.ledger_content_only_redacted() returns trigger
    language plpgsql as $$
begin
    if new.entry = old.entry and new.body is null and new.salt is null
        and exists (select from here.ledger_entry where kind = 'redaction' and target = old.entry) then
        return new;
    end if;
    raise exception 'UPDATE on ledger_content is refused: the ledger only grows'
        using errcode = 'insufficient_privilege';
end $$;

create or replace function here.redact_content(redacted bigint) returns void
    language sql volatile security definer
    as $$ update here.ledger_content set body = null, salt = null where entry = redacted and body is not null $$;

create or replace function here.audit_seal_follows_head() returns trigger
    language plpgsql as $$
declare
    head here.audit_seal;
begin
    select * into head from here.audit_seal order by position desc limit 1;
    if new.position is distinct from coalesce(head.position, 0) + 1
        or new.previous_hash is distinct from coalesce(head.hash, decode(repeat('00', 32), 'hex')) then
        raise exception 'audit seal % does not follow seal %', new.position, coalesce(head.position, 0)
            using errcode = 'check_violation', constraint = 'audit_seal_follows_head';
    end if;
    return new;
end $$;
$functions$;
    routine regprocedure;
begin
    execute replace(functions, 'here.', quote_ident(current_schema()) || '.');
    for routine in
        select pg_proc.oid from pg_proc
        where pronamespace = quote_ident(current_schema())::regnamespace and not exists (
            select from pg_depend where classid = 'pg_proc'::regclass and objid = pg_proc.oid and deptype = 'e')
    loop
        execute format('alter routine %s set search_path = pg_catalog, %I, pg_temp', routine, current_schema());
    end loop;
end $migration$;

insert into schema_release values (20261127170000, '0.1.0');
