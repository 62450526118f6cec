-- What staff say to each other about a text, in the order in which it was said: comments, reviews that were asked for, and why a draft
-- was sent back. It belongs to a subject, so that it stays through saves and releases. Upkeep deletes it after two years, a redaction of
-- the subject at once, since a comment may quote the text that has to go.
create table staff_comment (
    id uuid not null constraint staff_comment_pkey primary key,
    subject text not null constraint staff_comment_subject_plain check (subject ~ '^[a-z]+(:[a-z0-9]+(-[a-z0-9]+)*)?$'),
    kind text not null constraint staff_comment_kind_known check (kind in ('comment', 'review', 'back')),
    -- The words of the text that it is about; empty where it is about all of it.
    passage text not null constraint staff_comment_passage_short check (length(passage) <= 500),
    words text not null constraint staff_comment_words_short check (length(words) <= 2000),
    -- Who is asked for the review; none for everybody who may review.
    reviewer uuid constraint staff_comment_reviewer_fkey references staff,
    -- The comment that it answers.
    reply_to uuid constraint staff_comment_reply_to_fkey references staff_comment on delete cascade,
    written_by uuid not null constraint staff_comment_written_by_fkey references staff,
    written_at timestamptz not null,
    constraint staff_comment_says_something check (kind = 'review' or words <> '')
);
create index staff_comment_subject_idx on staff_comment (subject, written_at);
comment on table staff_comment is 'app: select, insert, delete';

insert into schema_release values (20261128011000, '0.1.0');
