-- Sums only: how often a page was shown on a day (no cookie needed), and how many visits began (from visitors who accepted).
create table page_count (
    day date not null,
    page text not null,
    shown bigint not null,
    constraint page_count_pkey primary key (day, page)
);

create table visit_count (
    day date not null constraint visit_count_pkey primary key,
    visits bigint not null
);

insert into schema_release values (20261124100300, '0.1.0');
