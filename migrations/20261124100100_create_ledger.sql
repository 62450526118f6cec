-- The ledger: an append-only hash chain. Entries never change; what they commit to (content, particulars) lies in tables of
-- its own, so that a redaction can destroy a text and leave the chain whole.

-- The one clock of recorded and in-force times. Tests replace it.
create function bluelamp_now() returns timestamptz
    language sql volatile parallel safe
    as $$ select clock_timestamp() $$;

create table ledger_entry (
    number bigint not null constraint ledger_entry_pkey primary key,
    -- Version of the canonical bytes that `hash` is taken over.
    format smallint not null constraint ledger_entry_format_known check (format = 1),
    kind text not null constraint ledger_entry_kind_known check (kind in (
        'version', 'page', 'facts', 'navigation', 'hours', 'cancellation', 'withdrawal', 'correction', 'redaction')),
    -- What the entry is about, a name that stays when a notice moves: `notice:website-privacy`, `page:contact`, `facts`.
    subject text not null constraint ledger_entry_subject_plain check (subject ~ '^[a-z]+(:[a-z0-9]+(-[a-z0-9]+)*)?$'),
    version integer constraint ledger_entry_version_positive check (version > 0),
    target bigint constraint ledger_entry_target_fkey references ledger_entry,
    recorded_at timestamptz not null,
    in_force_at timestamptz not null,
    imported boolean not null,
    content_commitment bytea not null constraint ledger_entry_content_commitment_length check (length(content_commitment) = 32),
    particulars_commitment bytea not null constraint ledger_entry_particulars_commitment_length check (length(particulars_commitment) = 32),
    previous_hash bytea not null constraint ledger_entry_previous_hash_length check (length(previous_hash) = 32),
    hash bytea not null constraint ledger_entry_hash_length check (length(hash) = 32),
    constraint ledger_entry_hash_key unique (hash),
    constraint ledger_entry_subject_version_key unique (subject, version),
    constraint ledger_entry_in_force_not_before_recorded check (imported or in_force_at >= recorded_at),
    constraint ledger_entry_version_where_due check (
        (kind in ('version', 'page', 'facts', 'navigation', 'hours')) = (version is not null)),
    constraint ledger_entry_target_where_due check (
        (kind in ('cancellation', 'correction', 'redaction')) = (target is not null))
);

create index ledger_entry_subject_in_force_idx on ledger_entry (subject, in_force_at desc, number desc);
create unique index ledger_entry_one_cancellation_key on ledger_entry (target) where kind = 'cancellation';
create unique index ledger_entry_one_redaction_key on ledger_entry (target) where kind = 'redaction';

create table ledger_content (
    entry bigint not null constraint ledger_content_pkey primary key
        constraint ledger_content_entry_fkey references ledger_entry,
    salt bytea constraint ledger_content_salt_length check (length(salt) = 32),
    body text,
    -- A redaction takes both: a salt left behind would let a guessed text be confirmed.
    constraint ledger_content_whole_or_gone check ((salt is null) = (body is null))
);

create table ledger_particulars (
    entry bigint not null constraint ledger_particulars_pkey primary key
        constraint ledger_particulars_entry_fkey references ledger_entry,
    salt bytea not null constraint ledger_particulars_salt_length check (length(salt) = 32),
    body text not null
);

-- The chain has no gaps and no forks, whoever inserts.
create function ledger_entry_follows_head() returns trigger
    language plpgsql as $$
declare
    head ledger_entry;
    aim ledger_entry;
begin
    select * into head from ledger_entry order by number desc limit 1;
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
        select * into aim from ledger_entry where number = new.target;
        if aim.in_force_at <= new.recorded_at then
            raise exception 'entry % is in force already and cannot be cancelled', new.target
                using errcode = 'check_violation', constraint = 'ledger_entry_cancels_the_future_only';
        end if;
    end if;
    return new;
end $$;

create trigger ledger_entry_follows_head before insert on ledger_entry
    for each row execute function ledger_entry_follows_head();

create function refuse_change() returns trigger
    language plpgsql as $$
begin
    raise exception '% on % is refused: the ledger only grows', tg_op, tg_table_name
        using errcode = 'insufficient_privilege';
end $$;

create trigger ledger_entry_is_immutable before update or delete on ledger_entry
    for each row execute function refuse_change();
create trigger ledger_entry_is_not_truncated before truncate on ledger_entry
    for each statement execute function refuse_change();
create trigger ledger_particulars_is_immutable before update or delete on ledger_particulars
    for each row execute function refuse_change();
create trigger ledger_particulars_is_not_truncated before truncate on ledger_particulars
    for each statement execute function refuse_change();
create trigger ledger_content_is_not_deleted before delete on ledger_content
    for each row execute function refuse_change();
create trigger ledger_content_is_not_truncated before truncate on ledger_content
    for each statement execute function refuse_change();

-- The one change that content knows: to be destroyed, once an entry of the chain says so.
create function ledger_content_only_redacted() returns trigger
    language plpgsql as $$
begin
    if new.entry = old.entry and new.body is null and new.salt is null
        and exists (select from ledger_entry where kind = 'redaction' and target = old.entry) then
        return new;
    end if;
    raise exception 'UPDATE on ledger_content is refused: the ledger only grows'
        using errcode = 'insufficient_privilege';
end $$;

create trigger ledger_content_only_redacted before update on ledger_content
    for each row execute function ledger_content_only_redacted();

-- Lets the application's login, which may not update, carry out a redaction that is entered in the chain.
create function redact_content(redacted bigint) returns void
    language sql volatile security definer
    set search_path from current
    as $$ update ledger_content set body = null, salt = null where entry = redacted and body is not null $$;
revoke execute on function redact_content(bigint) from public;

-- A wake-up for every node; it carries no content.
create function notify_ledger() returns trigger
    language plpgsql as $$
begin
    perform pg_notify('bluelamp', 'ledger');
    return null;
end $$;

create trigger ledger_entry_notifies after insert on ledger_entry
    for each statement execute function notify_ledger();

-- What the public may read, and all that the history routes read: entries in force by now and never cancelled. A redacted
-- entry stays, without its text.
create view public_entry as
    select entry.*, content.salt, content.body
    from ledger_entry entry
    join ledger_content content on content.entry = entry.number
    where entry.in_force_at <= bluelamp_now()
        and not exists (
            select from ledger_entry cancellation
            where cancellation.kind = 'cancellation' and cancellation.target = entry.number);

insert into schema_release values (20261124100100, '0.1.0');
