//! Requests that wait for a second person: to withdraw a notice, and to destroy a text.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::desk::accounts::Actor;
use crate::features::drafts::model::Person;
use crate::features::publishing::model::WithdrawalTerms;
use crate::site::subject::Subject;

/// A redaction that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedactionRequest {
    /// Its id.
    pub id: Uuid,
    /// The entries to redact.
    pub entries: Vec<i64>,
    /// The legal ground.
    pub ground: String,
    /// Set if their addresses stay.
    pub keep_addresses: bool,
    /// The person who asked.
    pub asked_by: Person,
    /// When.
    pub asked_at: Timestamp,
    /// The person who confirmed or refused it, and the time.
    pub closed: Option<(Person, Timestamp)>,
    /// Set if it was carried out.
    pub done: bool,
}

/// A request to remove texts.
#[derive(Clone, Copy, Debug)]
pub struct Removal<'a> {
    /// The entries.
    pub entries: &'a [i64],
    /// The legal ground.
    pub ground: &'a str,
    /// Set if their addresses stay.
    pub keep_addresses: bool,
}

/// Asks for a redaction.
pub async fn ask_redaction(
    connection: &mut PgConnection,
    removal: Removal<'_>,
    actor: &Actor,
    now: Timestamp,
) -> Result<Uuid, sqlx::Error> {
    let id = Uuid::now_v7();
    sqlx::query!(
        "insert into redaction_request (id, entries, ground, keep_addresses, asked_by, asked_at)
        values ($1, $2, $3, $4, $5, $6)",
        id,
        removal.entries,
        removal.ground,
        removal.keep_addresses,
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
    /// The notice to withdraw.
    pub subject: Subject,
    /// Why, for the public.
    pub note: String,
    /// The address to go to instead.
    pub go_to: String,
    /// When; none is as soon as it is confirmed.
    pub in_force_at: Option<Timestamp>,
    /// The person who asked.
    pub asked_by: Person,
    /// When.
    pub asked_at: Timestamp,
}

/// Finds and locks a request until the transaction ends.
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
    Ok(withdrawal_requests(connection, Some(subject)).await?.pop())
}

/// The open requests to withdraw a notice, oldest first: of one notice, or all.
pub async fn withdrawal_requests(
    connection: &mut PgConnection,
    subject: Option<&Subject>,
) -> Result<Vec<WithdrawalRequest>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select subject, withdrawal_request.id, note, go_to, in_force_at as "in_force_at: jiff_sqlx::Timestamp", asked_by,
            staff.name, asked_at as "asked_at: jiff_sqlx::Timestamp"
        from withdrawal_request join staff on staff.id = asked_by
        where closed_at is null and ($1::text is null or subject = $1) order by asked_at, subject"#,
        subject.map(ToString::to_string),
    )
    .fetch_all(connection)
    .await?;
    let requests = rows.into_iter().map(|row| {
        Ok(WithdrawalRequest {
            id: row.id,
            subject: Subject::decode(&row.subject)?,
            note: row.note,
            go_to: row.go_to,
            in_force_at: row.in_force_at.map(jiff_sqlx::Timestamp::to_jiff),
            asked_by: Person { id: row.asked_by, name: row.name },
            asked_at: row.asked_at.to_jiff(),
        })
    });
    requests.collect()
}

/// Asks a second person to withdraw a notice, unless somebody has asked already. Says whether it was noted.
pub async fn ask_withdrawal(
    connection: &mut PgConnection,
    subject: &Subject,
    wanted: &WithdrawalTerms,
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
