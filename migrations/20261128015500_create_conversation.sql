-- What visitors and the force say to each other. Texts are sealed with a key of their conversation, which is kept wrapped twice: to the
-- keys of staff nodes and to the visitor's receipt. Upkeep destroys messages and keys when their time is over; the stub stays.
create table conversation (
    id uuid not null,
    began_at timestamptz not null,
    ended_at timestamptz,
    destroyed_at timestamptz,
    messages integer not null default 0,
    constraint conversation_pkey primary key (id),
    constraint conversation_destroyed_after_its_end check (destroyed_at is null or ended_at is not null),
    constraint conversation_messages_counted check (messages >= 0)
);
comment on table conversation is 'app: select, insert, update';
create index conversation_to_destroy on conversation (ended_at) where destroyed_at is null;

create table conversation_key (
    conversation uuid not null,
    for_staff bytea not null,
    for_visitor bytea not null,
    constraint conversation_key_pkey primary key (conversation),
    constraint conversation_key_conversation_fkey foreign key (conversation) references conversation (id)
);
comment on table conversation_key is 'app: select, insert, delete';

create table conversation_message (
    conversation uuid not null,
    number integer not null constraint conversation_message_number_positive check (number > 0),
    id uuid not null,
    side text not null constraint conversation_message_side_known check (side in ('visitor', 'staff', 'system')),
    staff uuid,
    at timestamptz not null,
    sealed bytea not null,
    constraint conversation_message_pkey primary key (conversation, number),
    constraint conversation_message_id_key unique (conversation, id),
    constraint conversation_message_conversation_fkey foreign key (conversation) references conversation (id),
    constraint conversation_message_staff_fkey foreign key (staff) references staff (id),
    constraint conversation_message_staff_where_due check ((side = 'staff') = (staff is not null))
);
comment on table conversation_message is 'app: select, insert, delete';

insert into schema_release values (20261128015500, '0.2.0');
