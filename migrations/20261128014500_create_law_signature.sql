-- The answers to the law's list that a data protection officer has signed. A signature is of one answer about one passage: with another
-- answer, or another passage, it is another row. It stays from version to version, so that only what changed is signed again.
create table law_signature (
    subject text not null,
    question text not null,
    -- SHA-256 over the question, the answer and the passage.
    answer bytea not null constraint law_signature_answer_length check (length(answer) = 32),
    staff uuid not null constraint law_signature_staff_fkey references staff,
    at timestamptz not null,
    constraint law_signature_pkey primary key (subject, question, answer)
);
comment on table law_signature is 'app: select, insert';

insert into schema_release values (20261128014500, '0.1.0');
