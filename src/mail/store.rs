//! How the outbox is kept: a message is sealed as a whole, its address too.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::model::Message;
use crate::sealing::Keys;

/// Where a message is sealed for.
fn place(id: Uuid) -> String {
    format!("mail_outbox:{id}")
}

/// Puts a message into the outbox, in the transaction of the deed it tells of. Under a name (`dedupe`) it is queued once for ever: a
/// second message of that name is dropped. The name stands in clear in the database, so it may hold ids and dates and no words.
///
/// # Errors
/// When the database cannot be reached, or the message cannot be sealed (`Encode`).
pub async fn queue(
    connection: &mut PgConnection,
    keys: &Keys,
    message: &Message,
    dedupe: Option<&str>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    if let Some(name) = dedupe {
        let noted = sqlx::query!(
            "insert into mail_once (name, at) values ($1, $2) on conflict (name) do nothing",
            name,
            now.to_sqlx() as _
        )
        .execute(&mut *connection)
        .await?;
        if noted.rows_affected() == 0 {
            return Ok(());
        }
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
