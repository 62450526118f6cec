//! The drafts in the database. An action of staff is carried out in one transaction with its line in the audit log; a function that changes
//! something takes the [`Actor`] who does it.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit;
use crate::base::database::DatabaseError;
use crate::base::ledger::Hash;
use crate::desk::accounts::Actor;
use crate::features::drafts::actions;
use crate::features::drafts::model::{Draft, ExactText, Person, SeenBy, State, Written};
use crate::site::subject::Subject;

/// A reason why a draft was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Another person has saved since, and nothing was changed. Holds their draft.
    #[error("somebody else saved this draft in the meantime")]
    Stale(Box<Draft>),
    /// It was published or thrown away since, or the version that it would start from is in the database no more. Nothing was changed.
    #[error("this draft is gone: it was published or deleted in the meantime")]
    Gone,
    /// It cannot be written as JSON.
    #[error("cannot write as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The database is away or refused.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<sqlx::Error> for SaveError {
    fn from(error: sqlx::Error) -> Self {
        let broken = error.as_database_error().and_then(|error| error.constraint());
        // After a failover this node may know a version that the database has lost.
        if broken == Some("draft_base_fkey") { Self::Gone } else { Self::Database(error.into()) }
    }
}

struct Row {
    subject: String,
    content: String,
    fingerprint: Vec<u8>,
    facts: Vec<u8>,
    base: Option<i64>,
    revision: i64,
    state: String,
    comment: Option<String>,
    started_by: Uuid,
    started_name: String,
    started_at: jiff_sqlx::Timestamp,
    saved_by: Uuid,
    saved_name: String,
    saved_at: jiff_sqlx::Timestamp,
}

impl TryFrom<Row> for Draft {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let decode = |error: Box<dyn std::error::Error + Send + Sync>| sqlx::Error::Decode(error);
        Ok(Self {
            subject: Subject::decode(&row.subject)?,
            content: serde_json::from_str(&row.content).map_err(|error| decode(error.into()))?,
            fingerprint: Hash::try_from(row.fingerprint).map_err(|error| decode(error.into()))?,
            facts: read_facts(row.facts)?,
            base: row.base,
            revision: row.revision,
            state: match row.state.as_str() {
                "review" => State::Review,
                "back" => State::Back,
                _ => State::Draft,
            },
            comment: row.comment,
            started_by: Person { id: row.started_by, name: row.started_name },
            started_at: row.started_at.to_jiff(),
            saved_by: Person { id: row.saved_by, name: row.saved_name },
            saved_at: row.saved_at.to_jiff(),
        })
    }
}

/// The value of the column: null if a text uses no facts.
fn facts_column(facts: Option<&Hash>) -> &[u8] {
    facts.map_or(&[], |facts| &facts.0[..])
}

fn read_facts(column: Vec<u8>) -> Result<Option<Hash>, sqlx::Error> {
    let facts = (!column.is_empty()).then(|| Hash::try_from(column)).transpose();
    facts.map_err(|error| sqlx::Error::Decode(error.into()))
}

/// The draft of a subject.
pub async fn find(connection: &mut PgConnection, subject: &Subject) -> Result<Option<Draft>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select subject, content, fingerprint, facts, base, revision, state, comment, started_by, starter.name as started_name,
            started_at as "started_at: jiff_sqlx::Timestamp", saved_by, saver.name as saved_name,
            saved_at as "saved_at: jiff_sqlx::Timestamp"
        from draft join staff starter on starter.id = started_by join staff saver on saver.id = saved_by
        where subject = $1"#,
        subject.to_string(),
    )
    .fetch_optional(connection)
    .await?;
    row.map(Draft::try_from).transpose()
}

/// Finds and locks a draft until the transaction ends.
pub async fn find_for_change(connection: &mut PgConnection, subject: &Subject) -> Result<Option<Draft>, sqlx::Error> {
    sqlx::query!("select revision from draft where subject = $1 for update", subject.to_string())
        .fetch_optional(&mut *connection)
        .await?;
    find(connection, subject).await
}

/// All drafts, those saved last first.
pub async fn all(connection: &mut PgConnection) -> Result<Vec<Draft>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select subject, content, fingerprint, facts, base, revision, state, comment, started_by, starter.name as started_name,
            started_at as "started_at: jiff_sqlx::Timestamp", saved_by, saver.name as saved_name,
            saved_at as "saved_at: jiff_sqlx::Timestamp"
        from draft join staff starter on starter.id = started_by join staff saver on saver.id = saved_by
        order by saved_at desc, subject"#,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Draft::try_from).collect()
}

/// Starts a draft, unless there is one: then that one is returned as it is. Errors: [`SaveError`], never `Stale`.
pub async fn start(
    connection: &mut PgConnection,
    actor: &Actor,
    written: Written<'_>,
    base: Option<i64>,
    now: Timestamp,
) -> Result<Draft, SaveError> {
    let (subject, text) = (written.subject, written.text()?);
    let made = sqlx::query!(
        "insert into draft
            (subject, content, fingerprint, facts, base, revision, state, started_by, started_at, saved_by, saved_at)
        values ($1, $2, $3, $4, $5, 1, 'draft', $6, $7, $6, $7) on conflict (subject) do nothing",
        subject.to_string(),
        serde_json::to_string(written.content)?,
        &text.fingerprint.0[..],
        facts_column(text.facts.as_ref()),
        base,
        actor.id(),
        now.to_sqlx() as _,
    )
    .execute(&mut *connection)
    .await?;
    if made.rows_affected() == 1 {
        audit::record(connection, actor.who(), actions::DRAFT_STARTED, &subject.to_string(), &json!({ "base": base }))
            .await?;
        note_sight(connection, actor, subject, text, true, now).await?;
    }
    find(connection, subject).await?.ok_or(SaveError::Gone)
}

/// Saves what was made of revision `from`; a draft that had come back is one again. `explicit` says whether the save is worth a
/// line in the audit log and counts as having seen the text: one that somebody asked for is, autosave is not.
pub async fn save(
    connection: &mut PgConnection,
    actor: &Actor,
    written: Written<'_>,
    from: i64,
    explicit: bool,
    now: Timestamp,
) -> Result<Draft, SaveError> {
    let (subject, text) = (written.subject, written.text()?);
    let current = find_for_change(connection, subject).await?.ok_or(SaveError::Gone)?;
    if current.content == *written.content {
        // A save that somebody asked for after autosave has kept the text says no more, but is told the first time.
        if explicit
            && current.saved_by.id == actor.id()
            && note_sight(connection, actor, subject, ExactText { fingerprint: current.fingerprint, ..text }, true, now)
                .await?
        {
            let details = json!({ "revision": current.revision, "fingerprint": current.fingerprint });
            audit::record(connection, actor.who(), actions::DRAFT_SAVED, &subject.to_string(), &details).await?;
        }
        return Ok(current);
    }
    if current.revision != from {
        return Err(SaveError::Stale(Box::new(current)));
    }
    sqlx::query!(
        "update draft set content = $2, fingerprint = $3, facts = $4, revision = revision + 1, saved_by = $5, saved_at = $6,
            state = case state when 'back' then 'draft' else state end
        where subject = $1",
        subject.to_string(),
        serde_json::to_string(written.content)?,
        &text.fingerprint.0[..],
        facts_column(text.facts.as_ref()),
        actor.id(),
        now.to_sqlx() as _,
    )
    .execute(&mut *connection)
    .await?;
    if explicit {
        let details = json!({ "revision": from + 1, "fingerprint": text.fingerprint });
        audit::record(connection, actor.who(), actions::DRAFT_SAVED, &subject.to_string(), &details).await?;
        note_sight(connection, actor, subject, text, true, now).await?;
    }
    find(connection, subject).await?.ok_or(SaveError::Gone)
}

/// Notes that somebody has seen exactly this text, by writing it or by approving it. The first time counts; says whether it was.
pub async fn note_sight(
    connection: &mut PgConnection,
    actor: &Actor,
    subject: &Subject,
    text: ExactText,
    wrote: bool,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let noted = sqlx::query!(
        "insert into draft_sight (subject, fingerprint, facts, staff, way, at) values ($1, $2, $3, $4, $5, $6)
        on conflict do nothing",
        subject.to_string(),
        &text.fingerprint.0[..],
        facts_column(text.facts.as_ref()),
        actor.id(),
        if wrote { "wrote" } else { "approved" },
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// The people who have seen a text, with these facts or others, first to last.
pub async fn sights(
    connection: &mut PgConnection,
    subject: &Subject,
    fingerprint: Hash,
) -> Result<Vec<SeenBy>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select draft_sight.staff, staff.name, way, facts, at as "at: jiff_sqlx::Timestamp"
        from draft_sight join staff on staff.id = draft_sight.staff
        where subject = $1 and fingerprint = $2 order by at, staff.name"#,
        subject.to_string(),
        &fingerprint.0[..],
    )
    .fetch_all(connection)
    .await?;
    let sight = rows.into_iter().map(|row| {
        Ok(SeenBy {
            person: Person { id: row.staff, name: row.name },
            wrote: row.way == "wrote",
            facts: read_facts(row.facts)?,
            at: row.at.to_jiff(),
        })
    });
    sight.collect()
}

/// The people who have seen the present texts of drafts, as (subject, sight), first to last.
pub async fn all_sights(connection: &mut PgConnection) -> Result<Vec<(Subject, SeenBy)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select sight.subject, sight.staff, staff.name, way, sight.facts, at as "at: jiff_sqlx::Timestamp"
        from draft_sight sight join staff on staff.id = sight.staff
            join draft on draft.subject = sight.subject and draft.fingerprint = sight.fingerprint
        order by at, staff.name"#,
    )
    .fetch_all(connection)
    .await?;
    let sight = rows.into_iter().map(|row| {
        let person = Person { id: row.staff, name: row.name };
        let sight = SeenBy { person, wrote: row.way == "wrote", facts: read_facts(row.facts)?, at: row.at.to_jiff() };
        Ok((Subject::decode(&row.subject)?, sight))
    });
    sight.collect()
}

/// Drafts that somebody wrote a text of, whoever saved them last, by their subjects.
pub async fn written_by(connection: &mut PgConnection, staff: Uuid) -> Result<Vec<Subject>, sqlx::Error> {
    let subjects = sqlx::query_scalar!(
        "select draft.subject from draft where exists (
            select from draft_sight sight
            where sight.subject = draft.subject and sight.staff = $1 and way = 'wrote' and at >= started_at)",
        staff
    )
    .fetch_all(connection)
    .await?;
    subjects.iter().map(|subject| Subject::decode(subject)).collect()
}

/// The people who approved an earlier text of a draft, each once, by name.
pub async fn approved_before(connection: &mut PgConnection, draft: &Draft) -> Result<Vec<Person>, sqlx::Error> {
    sqlx::query_as!(
        Person,
        "select distinct staff.id, staff.name from draft_sight sight join staff on staff.id = sight.staff
        where subject = $1 and fingerprint <> $2 and way = 'approved' and at >= $3 order by staff.name",
        draft.subject.to_string(),
        &draft.fingerprint.0[..],
        draft.started_at.to_sqlx() as _,
    )
    .fetch_all(connection)
    .await
}

/// Moves a draft to another state, if it is still at this revision. Says whether it was.
pub async fn set_state(
    connection: &mut PgConnection,
    subject: &Subject,
    revision: i64,
    state: State,
    comment: Option<&str>,
) -> Result<bool, sqlx::Error> {
    let moved = sqlx::query!(
        "update draft set state = $3, comment = $4 where subject = $1 and revision = $2",
        subject.to_string(),
        revision,
        state.name(),
        comment,
    )
    .execute(connection)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Takes a draft away, if it is still at this revision: it was published, or is thrown away. Says whether it was there.
pub async fn remove(connection: &mut PgConnection, subject: &Subject, revision: i64) -> Result<bool, sqlx::Error> {
    let gone = sqlx::query!("delete from draft where subject = $1 and revision = $2", subject.to_string(), revision)
        .execute(connection)
        .await?;
    Ok(gone.rows_affected() == 1)
}

/// Notes that somebody has a draft open, and says who else has (within the last half minute).
pub async fn present(
    connection: &mut PgConnection,
    actor: &Actor,
    subject: &Subject,
    now: Timestamp,
) -> Result<Vec<Person>, sqlx::Error> {
    sqlx::query!(
        "insert into draft_presence (subject, staff, seen_at) values ($1, $2, $3)
        on conflict (subject, staff) do update set seen_at = excluded.seen_at",
        subject.to_string(),
        actor.id(),
        now.to_sqlx() as _,
    )
    .execute(&mut *connection)
    .await?;
    let rows = sqlx::query!(
        "select staff.id, staff.name from draft_presence join staff on staff.id = draft_presence.staff
        where subject = $1 and staff.id <> $2 and seen_at > $3::timestamptz - interval '30 seconds' order by staff.name",
        subject.to_string(),
        actor.id(),
        now.to_sqlx() as _,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| Person { id: row.id, name: row.name }).collect())
}
