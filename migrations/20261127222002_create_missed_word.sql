-- Single words that were searched for in vain, at least five times on a day on one node: what editors may add to their texts. Nothing
-- tells who searched. Upkeep deletes them after 30 days.
create table missed_word (
    day date not null,
    word text not null constraint missed_word_word_plain check (length(word) between 3 and 30 and word !~ '[0-9@ ]'),
    times bigint not null constraint missed_word_times_positive check (times > 0),
    constraint missed_word_pkey primary key (day, word)
);
comment on table missed_word is 'app: select, insert, update, delete';

insert into schema_release values (20261127222002, '0.1.0');
