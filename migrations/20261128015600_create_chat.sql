-- Chats: conversations that wait for somebody of the force or have one. Nothing here is what anybody wrote.
create table chat (
    conversation uuid not null,
    line text not null constraint chat_line_plain check (line ~ '^[a-z0-9-]{1,60}$'),
    state text not null constraint chat_state_known check (state in ('waiting', 'taken', 'ended')),
    urgent boolean not null,
    disclaimer_version integer,
    began_at timestamptz not null,
    queued_at timestamptz not null,
    answered_at timestamptz,
    agent uuid,
    visitor_at timestamptz not null,
    staff_at timestamptz,
    warned_at timestamptz,
    left_at timestamptz,
    ended_at timestamptz,
    ended_by text constraint chat_ended_by_known check (ended_by in ('visitor', 'staff', 'silence')),
    constraint chat_pkey primary key (conversation),
    constraint chat_conversation_fkey foreign key (conversation) references conversation (id),
    constraint chat_agent_fkey foreign key (agent) references staff (id),
    constraint chat_taken_by_somebody check (state <> 'taken' or agent is not null),
    constraint chat_waits_for_nobody check (state <> 'waiting' or agent is null),
    constraint chat_end_where_due check ((state = 'ended') = (ended_at is not null) and (state = 'ended') = (ended_by is not null))
);
comment on table chat is 'app: select, insert, update';
create index chat_open on chat (line, state) where state <> 'ended';
create index chat_began on chat (began_at desc);

-- Who answers chats, on which lines, how many at a time, and when their page last gave a sign of life.
create table chat_agent (
    staff uuid not null,
    state text not null constraint chat_agent_state_known check (state in ('available', 'busy', 'away')),
    lines text[] not null,
    most integer not null constraint chat_agent_most_within check (most between 1 and 6),
    seen_at timestamptz not null,
    constraint chat_agent_pkey primary key (staff),
    constraint chat_agent_staff_fkey foreign key (staff) references staff (id)
);
comment on table chat_agent is 'app: select, insert, update';

insert into schema_release values (20261128015600, '0.2.0');
