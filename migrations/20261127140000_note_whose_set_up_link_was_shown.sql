-- An account whose set-up link was shown to somebody else may be that other person's: it counts as a second person once somebody has
-- vouched for it. And which kept form a session's owner has proven to be theirs.
alter table staff
    add column doubted_since timestamptz,
    add column doubted_by uuid constraint staff_doubted_by_fkey references staff,
    add column vouched_at timestamptz,
    -- None where it was done on the command line.
    add column vouched_by uuid constraint staff_vouched_by_fkey references staff,
    -- Who gave the account another address since it was last vouched for or made.
    add column readdressed_by uuid constraint staff_readdressed_by_fkey references staff;
alter table staff_session add column confirmed_for uuid;

insert into schema_release values (20261127140000, '0.1.0');
