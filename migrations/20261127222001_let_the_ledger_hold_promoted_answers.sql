-- The ledger holds versions of the answers that the search puts first. Releases before 0.2.0 do not know the kind and could not read on.
alter table ledger_entry
    drop constraint ledger_entry_kind_known,
    drop constraint ledger_entry_version_where_due,
    add constraint ledger_entry_kind_known check (kind in (
        'version', 'page', 'facts', 'navigation', 'promoted', 'hours', 'cancellation', 'withdrawal', 'correction', 'redaction')),
    add constraint ledger_entry_version_where_due check (
        (kind in ('version', 'page', 'facts', 'navigation', 'promoted', 'hours')) = (version is not null));

insert into schema_release values (20261127222001, '0.2.0');
