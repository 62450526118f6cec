//! The outbox in the database: a message is sealed as a whole, its address too.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::mail::model::{LONGEST_WAIT, Message, wait_after};
use crate::base::sealing::{Keys, PublicKeys, Unopened};

/// The place for which a message is sealed.
fn place(id: Uuid) -> String {
    format!("mail_outbox:{id}")
}

/// Puts a message into the outbox, in the transaction of the action it tells of. Under a name (`dedupe`) it is queued once for ever: a
/// second message of that name is dropped. The name stands in clear in the database, so it may hold ids and dates and no words.
pub async fn queue(
    connection: &mut PgConnection,
    keys: &PublicKeys,
    message: &Message,
    dedupe: Option<&str>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    if let Some(name) = dedupe
        && !note_once(connection, name, now).await?
    {
        return Ok(());
    }
    let id = Uuid::now_v7();
    let plain = serde_json::to_vec(message).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let sealed = keys.seal(&place(id), &plain).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query!(
        "insert into mail_outbox (id, sealed, queued_at, next_try_at) values ($1, $2, $3, $3)",
        id,
        sealed,
        now.to_sqlx() as _,
    )
    .execute(&mut *connection)
    .await?;
    // Wakes a node that sends, once this is committed.
    sqlx::query!("select pg_notify('bluelamp', 'mail')").execute(connection).await?;
    Ok(())
}

/// Notes that what has this name was told. Says whether it is for the first time.
pub async fn note_once(connection: &mut PgConnection, name: &str, now: Timestamp) -> Result<bool, sqlx::Error> {
    let noted = sqlx::query!(
        "insert into mail_once (name, at) values ($1, $2) on conflict (name) do nothing",
        name,
        now.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// Those of some names under which nothing was told yet.
pub async fn not_noted(connection: &mut PgConnection, names: &[String]) -> Result<Vec<String>, sqlx::Error> {
    let names = sqlx::query_scalar!(
        r#"select name as "name!" from unnest($1::text[]) name
        where not exists (select from mail_once where mail_once.name = name.name)"#,
        names
    );
    names.fetch_all(connection).await
}

/// A message that this node has taken to send.
pub struct Taken {
    /// Its id, the same at every try.
    pub id: Uuid,
    /// The number of times it was taken, this time included.
    pub tries: i32,
    /// The time at which it was queued.
    pub queued_at: Timestamp,
    /// Its content, if this node's keys open it.
    pub message: Result<Message, Unopened>,
}

/// Takes a message that is due, one that nobody else is taking. It is due again after the wait for its tries, whatever becomes of
/// the node that took it; so no transaction is held open while a mail server thinks.
pub async fn take(connection: &mut PgConnection, keys: &Keys, now: Timestamp) -> Result<Option<Taken>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select id, sealed, tries, queued_at as "queued_at: jiff_sqlx::Timestamp" from mail_outbox
        where next_try_at <= $1 order by next_try_at, id limit 1 for update skip locked"#,
        now.to_sqlx() as _
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let tries = row.tries + 1;
    let next = now + wait_after(tries).unwrap_or(LONGEST_WAIT);
    sqlx::query!(
        "update mail_outbox set tries = $2, next_try_at = $3 where id = $1",
        row.id,
        tries,
        next.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    let message =
        keys.open(&place(row.id), &row.sealed).and_then(|plain| serde_json::from_slice(&plain).map_err(|_| Unopened));
    Ok(Some(Taken { id: row.id, tries, queued_at: row.queued_at.to_jiff(), message }))
}

/// Forgets a message: it was sent, or given up.
pub async fn forget(connection: &mut PgConnection, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from mail_outbox where id = $1", id).execute(connection).await?;
    Ok(())
}

/// The messages that wait in the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outbox {
    /// Their number.
    pub messages: i64,
    /// The time at which the oldest was queued.
    pub oldest: Option<Timestamp>,
}

/// The number of messages that wait, and the time of the oldest.
pub async fn outbox(connection: &mut PgConnection) -> Result<Outbox, sqlx::Error> {
    let row = sqlx::query!(
        r#"select count(*) as "messages!", min(queued_at) as "oldest: jiff_sqlx::Timestamp" from mail_outbox"#
    )
    .fetch_one(connection)
    .await?;
    Ok(Outbox { messages: row.messages, oldest: row.oldest.map(jiff_sqlx::Timestamp::to_jiff) })
}
