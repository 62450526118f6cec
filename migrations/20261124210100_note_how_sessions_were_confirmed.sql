-- When somebody last showed that it is them who sits at their session, and how: changes to a sign-in or to accounts ask for it anew.
alter table staff_session add column confirmed_at timestamptz;
alter table staff_session add column confirmed_by_passkey boolean not null default false;

-- Nobody is half set up: a set-up link is used when a second factor stands, and not before.
alter table staff_session drop constraint staff_session_stage_known;
alter table staff_session add constraint staff_session_stage_known check (stage in ('second', 'full'));

insert into schema_release values (20261124210100, '0.1.0');
