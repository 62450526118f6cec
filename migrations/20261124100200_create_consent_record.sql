-- That somebody accepted: the receipt in their cookie, what they chose, under which text, and when. Nothing about the person.
create table consent_record (
    receipt text not null constraint consent_record_pkey primary key
        constraint consent_record_receipt_plain check (receipt ~ '^[0-9a-f]{32}$'),
    choice text not null constraint consent_record_choice_known check (choice in ('accept')),
    categories text not null,
    notice_version integer not null,
    chosen_at timestamptz not null,
    recorded_at timestamptz not null default bluelamp_now()
);

insert into schema_release values (20261124100200, '0.1.0');
