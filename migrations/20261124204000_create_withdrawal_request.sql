-- Withdrawals of a notice that wait for a second person.
create table withdrawal_request (
    id uuid not null constraint withdrawal_request_pkey primary key,
    subject text not null constraint withdrawal_request_subject_plain check (subject ~ '^notice:[a-z0-9]+(-[a-z0-9]+)*$'),
    -- Told to the public once it is withdrawn: why, and where to go instead.
    note text not null,
    go_to text not null,
    -- None is "as soon as it is confirmed".
    in_force_at timestamptz,
    asked_by uuid not null constraint withdrawal_request_asked_by_fkey references staff,
    asked_at timestamptz not null,
    closed_by uuid constraint withdrawal_request_closed_by_fkey references staff,
    closed_at timestamptz
);
create unique index withdrawal_request_one_open_key on withdrawal_request (subject) where closed_at is null;

insert into schema_release values (20261124204000, '0.1.0');
