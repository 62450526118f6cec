//! How the workflow is kept: requests that wait for a second person, and what was published alone.

use std::sync::Arc;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::ledger::model::UnknownKind;
use crate::base::ledger::store as ledger;
use crate::base::ledger::store::{Kept, LedgerError};
use crate::base::ledger::{Kind, Reader};
use crate::desk::accounts::{Actor, Desk};
use crate::features::drafts::model::Person;
use crate::features::publishing::model::{Particulars, WorkflowError};
use crate::site::published::Published;
use crate::site::subject::Subject;

/// The published site as of this transaction, which holds the ledger's lock: what this node knows, and what was entered since, read as
/// carefully as a refresh reads it.
///
/// # Errors
/// When the database cannot be reached, an entry does not hold, or the database holds another chain than the one that this node knows.
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
///
/// # Errors
/// When the database cannot be reached or the entry cannot be read.
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

/// Whether an entry was cancelled before its time.
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

/// Something that one person let out alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alone {
    /// Who.
    pub publisher: Person,
    /// Why.
    pub reason: String,
    /// Who approved it afterwards, and when.
    pub approved: Option<(Person, Timestamp)>,
}

/// Notes that one person let something out alone.
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

/// The same, and nobody changes it until the transaction ends.
pub async fn alone_for_change(connection: &mut PgConnection, entry: i64) -> Result<Option<Alone>, sqlx::Error> {
    sqlx::query!("select entry from published_alone where entry = $1 for update", entry)
        .fetch_optional(&mut *connection)
        .await?;
    alone(connection, entry).await
}

/// Whether and by whom an entry was let out alone.
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

/// What was let out alone and that nobody has approved since, newest first, as (entry, its kind, subject, what is known).
pub async fn all_alone(connection: &mut PgConnection) -> Result<Vec<(i64, Kind, String, Alone)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select entry, kind, ledger_entry.subject, publisher, staff.name, reason
        from published_alone join ledger_entry on number = entry join staff on staff.id = publisher
        where approved_by is null order by entry desc"
    )
    .fetch_all(connection)
    .await?;
    let alone = rows.into_iter().map(|row| {
        let publisher = Person { id: row.publisher, name: row.name };
        let kind = row.kind.parse().map_err(|error: UnknownKind| sqlx::Error::Decode(error.into()))?;
        Ok((row.entry, kind, row.subject, Alone { publisher, reason: row.reason, approved: None }))
    });
    alone.collect()
}

/// Approves afterwards what another let out alone.
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

/// A redaction that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedactionRequest {
    /// Its id.
    pub id: Uuid,
    /// The entries to redact.
    pub entries: Vec<i64>,
    /// The legal ground.
    pub ground: String,
    /// Whether their addresses stay.
    pub keep_addresses: bool,
    /// Who asked.
    pub asked_by: Person,
    /// When.
    pub asked_at: Timestamp,
    /// Who confirmed or refused it, and when.
    pub closed: Option<(Person, Timestamp)>,
    /// Whether it was carried out.
    pub done: bool,
}

/// Asks for a redaction.
pub async fn ask_redaction(
    connection: &mut PgConnection,
    (entries, keep_addresses): (&[i64], bool),
    ground: &str,
    actor: &Actor,
    now: Timestamp,
) -> Result<Uuid, sqlx::Error> {
    let id = Uuid::now_v7();
    sqlx::query!(
        "insert into redaction_request (id, entries, ground, keep_addresses, asked_by, asked_at)
        values ($1, $2, $3, $4, $5, $6)",
        id,
        entries,
        ground,
        keep_addresses,
        actor.id(),
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(id)
}

/// Requests for redactions, open ones first, then the newest: one by its id, or the last hundred.
pub async fn redactions(connection: &mut PgConnection, id: Option<Uuid>) -> Result<Vec<RedactionRequest>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select redaction_request.id, entries, ground, keep_addresses, asked_by, asking.name as asking_name,
            asked_at as "asked_at: jiff_sqlx::Timestamp", closed_by, closing.name as "closing_name?",
            closed_at as "closed_at: jiff_sqlx::Timestamp", done
        from redaction_request join staff asking on asking.id = asked_by left join staff closing on closing.id = closed_by
        where $1::uuid is null or redaction_request.id = $1
        order by closed_at is not null, asked_at desc limit 100"#,
        id,
    )
    .fetch_all(connection)
    .await?;
    let request = rows.into_iter().map(|row| RedactionRequest {
        id: row.id,
        entries: row.entries,
        ground: row.ground,
        keep_addresses: row.keep_addresses,
        asked_by: Person { id: row.asked_by, name: row.asking_name },
        asked_at: row.asked_at.to_jiff(),
        closed: match (row.closed_by, row.closing_name, row.closed_at) {
            (Some(id), Some(name), Some(at)) => Some((Person { id, name }, at.to_jiff())),
            _ => None,
        },
        done: row.done,
    });
    Ok(request.collect())
}

/// Closes a request for a redaction, carried out or not, if it is open. Says whether it was.
pub async fn close_redaction(
    connection: &mut PgConnection,
    id: Uuid,
    actor: &Actor,
    done: bool,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let closed = sqlx::query!(
        "update redaction_request set closed_by = $2, closed_at = $3, done = $4 where id = $1 and closed_at is null",
        id,
        actor.id(),
        now.to_sqlx() as _,
        done,
    )
    .execute(connection)
    .await?;
    Ok(closed.rows_affected() == 1)
}

/// A withdrawal that waits for a second person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithdrawalRequest {
    /// Its id.
    pub id: Uuid,
    /// Why, for the public.
    pub note: String,
    /// Where to go instead.
    pub go_to: String,
    /// When; none is as soon as it is confirmed.
    pub in_force_at: Option<Timestamp>,
    /// Who asked.
    pub asked_by: Person,
    /// When.
    pub asked_at: Timestamp,
}

/// The same, and nobody deals with it until the transaction ends.
pub async fn withdrawal_request_for_change(
    connection: &mut PgConnection,
    subject: &Subject,
) -> Result<Option<WithdrawalRequest>, sqlx::Error> {
    sqlx::query!(
        "select id from withdrawal_request where subject = $1 and closed_at is null for update",
        subject.to_string()
    )
    .fetch_optional(&mut *connection)
    .await?;
    withdrawal_request(connection, subject).await
}

/// The open request to withdraw a notice.
pub async fn withdrawal_request(
    connection: &mut PgConnection,
    subject: &Subject,
) -> Result<Option<WithdrawalRequest>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select withdrawal_request.id, note, go_to, in_force_at as "in_force_at: jiff_sqlx::Timestamp", asked_by, staff.name,
            asked_at as "asked_at: jiff_sqlx::Timestamp"
        from withdrawal_request join staff on staff.id = asked_by
        where subject = $1 and closed_at is null"#,
        subject.to_string(),
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| WithdrawalRequest {
        id: row.id,
        note: row.note,
        go_to: row.go_to,
        in_force_at: row.in_force_at.map(jiff_sqlx::Timestamp::to_jiff),
        asked_by: Person { id: row.asked_by, name: row.name },
        asked_at: row.asked_at.to_jiff(),
    }))
}

/// All open requests to withdraw a notice, oldest first, with their subjects.
pub async fn withdrawal_requests(
    connection: &mut PgConnection,
) -> Result<Vec<(String, WithdrawalRequest)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select subject, withdrawal_request.id, note, go_to, in_force_at as "in_force_at: jiff_sqlx::Timestamp", asked_by,
            staff.name, asked_at as "asked_at: jiff_sqlx::Timestamp"
        from withdrawal_request join staff on staff.id = asked_by where closed_at is null order by asked_at, subject"#
    )
    .fetch_all(connection)
    .await?;
    let requests = rows.into_iter().map(|row| {
        let request = WithdrawalRequest {
            id: row.id,
            note: row.note,
            go_to: row.go_to,
            in_force_at: row.in_force_at.map(jiff_sqlx::Timestamp::to_jiff),
            asked_by: Person { id: row.asked_by, name: row.name },
            asked_at: row.asked_at.to_jiff(),
        };
        (row.subject, request)
    });
    Ok(requests.collect())
}

/// Asks a second person to withdraw a notice, unless somebody has asked already. Says whether it was noted.
pub async fn ask_withdrawal(
    connection: &mut PgConnection,
    subject: &Subject,
    wanted: &crate::features::publishing::model::Wanted,
    actor: &Actor,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let made = sqlx::query!(
        "insert into withdrawal_request (id, subject, note, go_to, in_force_at, asked_by, asked_at)
        values ($1, $2, $3, $4, $5, $6, $7) on conflict (subject) where closed_at is null do nothing",
        Uuid::now_v7(),
        subject.to_string(),
        wanted.content.note,
        wanted.content.go_to,
        wanted.in_force_at.map(jiff::Timestamp::to_sqlx) as _,
        actor.id(),
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(made.rows_affected() == 1)
}

/// Closes the open request to withdraw a notice: it was carried out, or will not be.
pub async fn close_withdrawal(
    connection: &mut PgConnection,
    subject: &Subject,
    actor: &Actor,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update withdrawal_request set closed_by = $2, closed_at = $3 where subject = $1 and closed_at is null",
        subject.to_string(),
        actor.id(),
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}
