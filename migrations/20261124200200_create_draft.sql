-- Drafts: the one editable state of a subject of the ledger (`notice:contact`, `page:contact`, `facts`, `navigation`).
create table draft (
    subject text not null constraint draft_pkey primary key
        constraint draft_subject_plain check (subject ~ '^[a-z]+(:[a-z0-9]+(-[a-z0-9]+)*)?$'),
    -- JSON, as its kind has it.
    content text not null,
    -- SHA-256 over what will be public of it: two people must have seen the same.
    fingerprint bytea not null constraint draft_fingerprint_length check (length(fingerprint) = 32),
    -- The entry that it started from; none for a new subject.
    base bigint constraint draft_base_fkey references ledger_entry,
    -- Grows with each save: a save that started from an older one is refused.
    revision bigint not null constraint draft_revision_positive check (revision > 0),
    state text not null constraint draft_state_known check (state in ('draft', 'review', 'back')),
    -- Why it was sent back.
    comment text,
    started_by uuid not null constraint draft_started_by_fkey references staff,
    started_at timestamptz not null,
    saved_by uuid not null constraint draft_saved_by_fkey references staff,
    saved_at timestamptz not null
);

-- Who has seen exactly which text, by writing or by approving it.
create table draft_sight (
    subject text not null,
    fingerprint bytea not null,
    staff uuid not null constraint draft_sight_staff_fkey references staff,
    way text not null constraint draft_sight_way_known check (way in ('wrote', 'approved')),
    at timestamptz not null,
    constraint draft_sight_pkey primary key (subject, fingerprint, staff)
);

-- Versions that one person published alone, until somebody approves them.
create table published_alone (
    entry bigint not null constraint published_alone_pkey primary key
        constraint published_alone_entry_fkey references ledger_entry,
    publisher uuid not null constraint published_alone_publisher_fkey references staff,
    reason text not null,
    approved_by uuid constraint published_alone_approved_by_fkey references staff,
    approved_at timestamptz,
    constraint published_alone_by_another check (approved_by is distinct from publisher)
);

-- Redactions that wait for a second person.
create table redaction_request (
    id uuid not null constraint redaction_request_pkey primary key,
    entries bigint[] not null,
    ground text not null,
    asked_by uuid not null constraint redaction_request_asked_by_fkey references staff,
    asked_at timestamptz not null,
    closed_by uuid constraint redaction_request_closed_by_fkey references staff,
    closed_at timestamptz,
    done boolean not null default false,
    constraint redaction_request_by_another check (not done or closed_by is distinct from asked_by)
);

-- Who has which draft open just now.
create unlogged table draft_presence (
    subject text not null,
    staff uuid not null,
    seen_at timestamptz not null,
    constraint draft_presence_pkey primary key (subject, staff)
);

-- Secret links to drafts for people without an account; the link holds the secret, only its hash is kept.
create table preview_link (
    id uuid not null constraint preview_link_pkey primary key,
    hash bytea not null constraint preview_link_hash_key unique,
    label text not null,
    subjects text[] not null,
    made_by uuid not null constraint preview_link_made_by_fkey references staff,
    made_at timestamptz not null,
    ends_at timestamptz not null,
    revoked_at timestamptz
);

-- A form that arrived after its sender's session had run out, sealed, until they have signed in again.
create table parked_form (
    id uuid not null constraint parked_form_pkey primary key,
    staff uuid not null constraint parked_form_staff_fkey references staff,
    path text not null,
    sealed bytea not null,
    parked_at timestamptz not null
);

insert into schema_release values (20261124200200, '0.1.0');
