//! The comments in the database.

use std::time::Duration;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::database::DatabaseError;
use crate::desk::Desk;
use crate::desk::accounts::Actor;
use crate::desk::accounts::permission::{Editing, Permission as _};
use crate::features::discussion::model::{Comment, KEPT_FOR, Kind, NewComment, Reviewer};
use crate::features::drafts::model::{Draft, Person};
use crate::site::subject::Subject;

/// Comments of one subject that are shown, the last ones.
const MOST_SHOWN: i64 = 500;
/// Rows deleted in one transaction.
const BATCH: i64 = 1000;
/// The time limit for a write.
const LIMIT: Duration = Duration::from_secs(3);

struct Row {
    id: Uuid,
    kind: String,
    passage: String,
    words: String,
    reviewer: Option<Uuid>,
    reviewer_name: Option<String>,
    may_review: Option<bool>,
    reply_to: Option<Uuid>,
    written_by: Uuid,
    writer_name: String,
    written_at: jiff_sqlx::Timestamp,
}

impl From<Row> for Comment {
    fn from(row: Row) -> Self {
        let reviewer = row
            .reviewer
            .zip(row.reviewer_name)
            .map(|(id, name)| Reviewer { person: Person { id, name }, may_review: row.may_review == Some(true) });
        Self {
            id: row.id,
            kind: Kind::named(&row.kind),
            passage: row.passage,
            words: row.words,
            reviewer,
            reply_to: row.reply_to,
            writer: Person { id: row.written_by, name: row.writer_name },
            at: row.written_at.to_jiff(),
        }
    }
}

/// The names of the roles that may review.
fn reviewing() -> Vec<String> {
    Editing::ROLES.iter().map(|role| role.name().to_owned()).collect()
}

/// Keeps a comment. Says whether it did: one that is sent again under its id is kept once.
pub async fn add(
    connection: &mut PgConnection,
    subject: &Subject,
    comment: NewComment<'_>,
    actor: &Actor,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let added = sqlx::query!(
        "insert into staff_comment (id, subject, kind, passage, words, reviewer, reply_to, written_by, written_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (id) do nothing",
        comment.id,
        subject.to_string(),
        comment.kind.name(),
        comment.passage,
        comment.words,
        comment.reviewer,
        comment.reply_to,
        actor.id(),
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(added.rows_affected() == 1)
}

/// The comments on a subject, first to last.
pub async fn of_subject(connection: &mut PgConnection, subject: &Subject) -> Result<Vec<Comment>, sqlx::Error> {
    let mut rows = sqlx::query_as!(
        Row,
        r#"select comment.id, kind, passage, words, reviewer, reviewing.name as "reviewer_name?",
            (reviewing.suspended_at is null and reviewing.roles && $2) as may_review, reply_to, written_by,
            writing.name as writer_name, written_at as "written_at: jiff_sqlx::Timestamp"
        from staff_comment comment join staff writing on writing.id = written_by
            left join staff reviewing on reviewing.id = reviewer
        where subject = $1 order by written_at desc, comment.id desc limit $3"#,
        subject.to_string(),
        &reviewing(),
        MOST_SHOWN,
    )
    .fetch_all(connection)
    .await?;
    rows.reverse();
    Ok(rows.into_iter().map(Comment::from).collect())
}

/// The last review that was asked for of each draft that waits for one, by its subject.
pub async fn open_reviews(connection: &mut PgConnection) -> Result<Vec<(String, Comment)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select distinct on (comment.subject) comment.subject, comment.id, words, reviewer,
            reviewing.name as "reviewer_name?",
            (reviewing.suspended_at is null and reviewing.roles && $1) as may_review, written_by,
            writing.name as writer_name, written_at as "written_at: jiff_sqlx::Timestamp"
        from staff_comment comment join draft on draft.subject = comment.subject and written_at >= started_at
            join staff writing on writing.id = written_by left join staff reviewing on reviewing.id = reviewer
        where kind = 'review' and draft.state = 'review' order by comment.subject, written_at desc, comment.id desc"#,
        &reviewing(),
    )
    .fetch_all(connection)
    .await?;
    let comments = rows.into_iter().map(|row| {
        let comment = Row {
            id: row.id,
            kind: Kind::Review.name().to_owned(),
            passage: String::new(),
            words: row.words,
            reviewer: row.reviewer,
            reviewer_name: row.reviewer_name,
            may_review: row.may_review,
            reply_to: None,
            written_by: row.written_by,
            writer_name: row.writer_name,
            written_at: row.written_at,
        };
        (row.subject, Comment::from(comment))
    });
    Ok(comments.collect())
}

/// The accounts of those who said something about a subject since a time, or were asked to.
pub async fn participants(
    connection: &mut PgConnection,
    subject: &Subject,
    since: Timestamp,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let rows = sqlx::query!(
        "select written_by, reviewer from staff_comment where subject = $1 and written_at >= $2",
        subject.to_string(),
        since.to_sqlx() as _,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().flat_map(|row| [Some(row.written_by), row.reviewer]).flatten().collect())
}

/// Everybody who may review, by name.
pub async fn reviewers(connection: &mut PgConnection) -> Result<Vec<Person>, sqlx::Error> {
    sqlx::query_as!(
        Person,
        "select id, name from staff where suspended_at is null and roles && $1 order by name, id",
        &reviewing()
    )
    .fetch_all(connection)
    .await
}

/// Deletes what was said about a subject since a time: the draft that it was about is deleted.
pub async fn delete_since(
    connection: &mut PgConnection,
    subject: &Subject,
    since: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from staff_comment where subject = $1 and written_at >= $2",
        subject.to_string(),
        since.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes everything that was said about a subject, since it may quote a text that is destroyed.
pub async fn delete_of(connection: &mut PgConnection, subject: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from staff_comment where subject = $1", subject).execute(connection).await?;
    Ok(())
}

/// Deletes what is older than comments are kept.
pub async fn delete_old(desk: &Desk) -> Result<(), DatabaseError> {
    let before = desk.now() - KEPT_FOR;
    loop {
        let deleted = desk.database().write(LIMIT, async |connection| {
            let deleted = sqlx::query!(
                "delete from staff_comment where id in (select id from staff_comment where written_at < $1 limit $2)",
                before.to_sqlx() as _,
                BATCH,
            );
            Ok::<_, DatabaseError>(deleted.execute(connection).await?.rows_affected())
        });
        if i64::try_from(deleted.await?).unwrap_or(0) < BATCH {
            return Ok(());
        }
    }
}

/// The review that was asked for last of this draft, if it waits for one.
pub async fn review_of(connection: &mut PgConnection, draft: &Draft) -> Result<Option<Comment>, sqlx::Error> {
    let open = open_reviews(connection).await?;
    let subject = draft.subject.to_string();
    Ok(open.into_iter().find(|(of, _)| *of == subject).map(|(_, review)| review))
}
