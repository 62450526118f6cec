-- A text with placeholders reads otherwise once facts change, so whoever saw it with the old ones has not seen what would be
-- published: SHA-256 over the facts that the text used, and nothing where it used none. What was noted before holds none, so texts
-- with placeholders have to be seen once more.
alter table draft add column facts bytea not null default ''
    constraint draft_facts_length check (length(facts) in (0, 32));

alter table draft_sight add column facts bytea not null default ''
    constraint draft_sight_facts_length check (length(facts) in (0, 32));
alter table draft_sight drop constraint draft_sight_pkey;
alter table draft_sight add constraint draft_sight_pkey primary key (subject, fingerprint, facts, staff);

insert into schema_release values (20261125100000, '0.1.0');
