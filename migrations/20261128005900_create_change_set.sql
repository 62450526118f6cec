-- Change sets: drafts and withdrawals that are reviewed and released together. Old sets stay, with the entries that they made.
create table change_set (
    id uuid not null constraint change_set_pkey primary key,
    title text not null constraint change_set_title_length check (length(title) between 1 and 120),
    -- What changed, for those of its parts whose contents have no change note.
    note text not null,
    state text not null constraint change_set_state_known check (state in ('draft', 'review', 'back', 'published', 'cancelled')),
    -- Why it was sent back.
    comment text,
    made_by uuid not null constraint change_set_made_by_fkey references staff,
    made_at timestamptz not null,
    asked_by uuid constraint change_set_asked_by_fkey references staff,
    -- The entries that it made, in the order in which they were made.
    entries bigint[] not null default '{}',
    closed_by uuid constraint change_set_closed_by_fkey references staff,
    closed_at timestamptz,
    constraint change_set_closed_whole check ((state in ('published', 'cancelled')) = (closed_at is not null and closed_by is not null))
);
comment on table change_set is 'app: select, insert, update';

-- The parts of sets that are open. A subject is in at most one of them.
create table change_set_part (
    subject text not null constraint change_set_part_pkey primary key,
    change_set uuid not null constraint change_set_part_change_set_fkey references change_set,
    -- Which draft it is: one that was started later is another.
    draft_started_at timestamptz,
    -- What the public is told where the part is no draft but a withdrawal, as JSON.
    withdrawal text,
    -- The entry that was in force when the part was taken; none for something new.
    base bigint constraint change_set_part_base_fkey references ledger_entry,
    added_by uuid not null constraint change_set_part_added_by_fkey references staff,
    added_at timestamptz not null,
    constraint change_set_part_draft_or_withdrawal check ((draft_started_at is null) <> (withdrawal is null))
);
create index change_set_part_change_set_idx on change_set_part (change_set);
comment on table change_set_part is 'app: select, insert, update, delete';

-- Who approved a set, by the fingerprint of all of its parts: with another one it is another set.
create table change_set_sight (
    change_set uuid not null constraint change_set_sight_change_set_fkey references change_set,
    fingerprint bytea not null constraint change_set_sight_fingerprint_length check (length(fingerprint) = 32),
    staff uuid not null constraint change_set_sight_staff_fkey references staff,
    at timestamptz not null,
    constraint change_set_sight_pkey primary key (change_set, fingerprint, staff)
);
comment on table change_set_sight is 'app: select, insert';

insert into schema_release values (20261128005900, '0.1.0');
