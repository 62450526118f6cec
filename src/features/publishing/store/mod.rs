//! The workflow in the database: requests that wait for a second person, and what was published alone.

mod requests;
mod waiting;

use std::sync::Arc;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;

use crate::base::ledger::model::UnknownKind;
use crate::base::ledger::store::{Kept, LedgerError};
use crate::base::ledger::{Kind, Reader, store as ledger};
use crate::desk::accounts::{Actor, Desk};
use crate::features::drafts::model::Person;
use crate::features::publishing::model::{Particulars, WorkflowError};
pub use crate::features::publishing::store::requests::{
    RedactionRequest, Removal, WithdrawalRequest, ask_redaction, ask_withdrawal, close_redaction, close_withdrawal,
    redactions, withdrawal_request, withdrawal_request_for_change, withdrawal_requests,
};
pub use crate::features::publishing::store::waiting::count_waiting;
use crate::site::published::Published;
use crate::site::subject::Subject;

/// The published site as of this transaction, which holds the ledger's lock: what this node knows, and what was entered since, read as
/// carefully as a refresh reads it.
pub async fn site_now(connection: &mut PgConnection, desk: &Desk) -> Result<Arc<Published>, WorkflowError> {
    let mut site = Arc::clone(&desk.site().edition().published);
    let mut reader = Reader::after(site.place());
    loop {
        let more = reader.next_on(connection).await?;
        if more.is_empty() {
            return Ok(site);
        }
        Arc::make_mut(&mut site).extend(more, desk.now())?;
    }
}

/// One entry of the ledger with its content, scheduled and cancelled ones too: for staff only.
pub async fn entry(connection: &mut PgConnection, number: i64) -> Result<Option<Kept>, LedgerError> {
    Ok(ledger::entry(connection, number).await?.map(|(kept, _)| kept))
}

/// The particulars of an entry. Those of another shape (of another release, say) are none.
pub async fn particulars(connection: &mut PgConnection, number: i64) -> Result<Option<Particulars>, LedgerError> {
    let sealed = ledger::entry(connection, number).await?.and_then(|(_, sealed)| sealed);
    Ok(sealed.and_then(|sealed| serde_json::from_str(&sealed.body).ok()))
}

/// The number of the last state of a subject; 0 before the first.
pub async fn last_version(connection: &mut PgConnection, subject: &Subject) -> Result<i32, sqlx::Error> {
    let last = sqlx::query_scalar!("select max(version) from ledger_entry where subject = $1", subject.to_string())
        .fetch_one(connection)
        .await?;
    Ok(last.unwrap_or(0))
}

/// The entries that were scheduled and came into force between two times, but for those that were cancelled.
pub async fn came_into_force(
    connection: &mut PgConnection,
    after: Timestamp,
    now: Timestamp,
) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "select number from ledger_entry entry
        where in_force_at > $1 and in_force_at <= $2 and in_force_at > recorded_at and not exists (
            select from ledger_entry cancellation
            where cancellation.kind = 'cancellation' and cancellation.target = entry.number)
        order by number",
        after.to_sqlx() as _,
        now.to_sqlx() as _,
    )
    .fetch_all(connection)
    .await
}

/// Tells that an entry was cancelled before its time.
pub async fn is_cancelled(connection: &mut PgConnection, number: i64) -> Result<bool, sqlx::Error> {
    let cancelled = sqlx::query_scalar!(
        r#"select exists (select from ledger_entry where kind = 'cancellation' and target = $1) as "cancelled!""#,
        number
    )
    .fetch_one(connection)
    .await?;
    Ok(cancelled)
}

/// Drafts that started from one of these entries, as subjects with revisions.
pub async fn drafts_from(connection: &mut PgConnection, entries: &[i64]) -> Result<Vec<(Subject, i64)>, sqlx::Error> {
    let rows =
        sqlx::query!("select subject, revision from draft where base = any ($1) order by subject for update", entries)
            .fetch_all(connection)
            .await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.subject.parse().ok()?, row.revision))).collect())
}

/// An entry that one person published alone and nobody has approved since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unapproved {
    /// The entry.
    pub entry: i64,
    /// Its kind.
    pub kind: Kind,
    /// Its subject.
    pub subject: Subject,
    /// The publisher.
    pub publisher: Person,
    /// The reason for doing it alone.
    pub reason: String,
}

/// A publication by one person alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alone {
    /// The publisher.
    pub publisher: Person,
    /// Why.
    pub reason: String,
    /// The person who approved it afterwards, and the time.
    pub approved: Option<(Person, Timestamp)>,
}

/// Notes that one person published something alone.
pub async fn note_alone(
    connection: &mut PgConnection,
    entry: i64,
    publisher: &Actor,
    reason: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into published_alone (entry, publisher, reason) values ($1, $2, $3)",
        entry,
        publisher.id(),
        reason
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Finds and locks the record of a publish by one person until the transaction ends.
pub async fn alone_for_change(connection: &mut PgConnection, entry: i64) -> Result<Option<Alone>, sqlx::Error> {
    sqlx::query!("select entry from published_alone where entry = $1 for update", entry)
        .fetch_optional(&mut *connection)
        .await?;
    alone(connection, entry).await
}

/// Finds the record that an entry was published by one person.
pub async fn alone(connection: &mut PgConnection, entry: i64) -> Result<Option<Alone>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select publisher, publishing.name as publisher_name, reason, approved_by, approving.name as "approver_name?",
            approved_at as "approved_at: jiff_sqlx::Timestamp"
        from published_alone join staff publishing on publishing.id = publisher
            left join staff approving on approving.id = approved_by
        where entry = $1"#,
        entry
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Alone {
        publisher: Person { id: row.publisher, name: row.publisher_name },
        reason: row.reason,
        approved: match (row.approved_by, row.approver_name, row.approved_at) {
            (Some(id), Some(name), Some(at)) => Some((Person { id, name }, at.to_jiff())),
            _ => None,
        },
    }))
}

/// Entries that were published by one person and not approved since, newest first.
pub async fn unapproved(connection: &mut PgConnection) -> Result<Vec<Unapproved>, sqlx::Error> {
    let rows = sqlx::query!(
        "select entry, kind, ledger_entry.subject, publisher, staff.name, reason
        from published_alone join ledger_entry on number = entry join staff on staff.id = publisher
        where approved_by is null order by entry desc"
    )
    .fetch_all(connection)
    .await?;
    let unapproved = rows.into_iter().map(|row| {
        Ok(Unapproved {
            entry: row.entry,
            kind: row.kind.parse().map_err(|error: UnknownKind| sqlx::Error::Decode(error.into()))?,
            subject: Subject::decode(&row.subject)?,
            publisher: Person { id: row.publisher, name: row.name },
            reason: row.reason,
        })
    });
    unapproved.collect()
}

/// Approves afterwards what another person published alone.
pub async fn approve_alone(
    connection: &mut PgConnection,
    entry: i64,
    approver: &Actor,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update published_alone set approved_by = $2, approved_at = $3 where entry = $1 and approved_at is null",
        entry,
        approver.id(),
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}
