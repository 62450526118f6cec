//! What the first page reads beside other rooms' stores.

use jiff::Timestamp;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::ledger::Hash;

/// A version that one person published alone and nobody has approved since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alone {
    /// Its entry.
    pub entry: i64,
    /// What it is of.
    pub subject: String,
    /// Id of whoever published it.
    pub publisher: Uuid,
    /// Their name.
    pub publisher_name: String,
    /// The reason they gave.
    pub reason: String,
}

/// A redaction that waits for a second person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redaction {
    /// Its id.
    pub id: Uuid,
    /// How many texts are to go.
    pub texts: usize,
    /// The legal ground.
    pub ground: String,
    /// Id of whoever asked.
    pub asked_by: Uuid,
    /// Their name.
    pub asked_name: String,
    /// When they asked.
    pub asked_at: Timestamp,
}

/// Which texts of drafts somebody has seen, as (subject, fingerprint).
///
/// # Errors
/// When the database cannot be reached.
pub async fn seen_by(connection: &mut PgConnection, staff: Uuid) -> Result<Vec<(String, Hash)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select sight.subject, sight.fingerprint from draft_sight sight
        join draft on draft.subject = sight.subject and draft.fingerprint = sight.fingerprint where sight.staff = $1",
        staff
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.subject, row.fingerprint.try_into().ok()?))).collect())
}

/// What was published alone and still is, newest first.
///
/// # Errors
/// When the database cannot be reached.
pub async fn alone(connection: &mut PgConnection) -> Result<Vec<Alone>, sqlx::Error> {
    sqlx::query_as!(
        Alone,
        "select entry, ledger_entry.subject, publisher, staff.name as publisher_name, reason
        from published_alone join ledger_entry on number = entry join staff on staff.id = publisher
        where approved_by is null order by entry desc"
    )
    .fetch_all(connection)
    .await
}

/// Redactions that wait, oldest first.
///
/// # Errors
/// When the database cannot be reached.
pub async fn redactions(connection: &mut PgConnection) -> Result<Vec<Redaction>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select redaction_request.id, entries, ground, asked_by, staff.name as asked_name,
            asked_at as "asked_at: jiff_sqlx::Timestamp"
        from redaction_request join staff on staff.id = asked_by where closed_at is null order by asked_at, redaction_request.id"#
    )
    .fetch_all(connection)
    .await?;
    let waiting = rows.into_iter().map(|row| Redaction {
        id: row.id,
        texts: row.entries.len(),
        ground: row.ground,
        asked_by: row.asked_by,
        asked_name: row.asked_name,
        asked_at: row.asked_at.to_jiff(),
    });
    Ok(waiting.collect())
}
