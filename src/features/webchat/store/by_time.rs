//! What becomes of chats by time.

use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::features::webchat::model::HERE;

/// Gives back to the front of their queues the chats of people who are not there any more.
pub async fn requeue(connection: &mut PgConnection, now: Timestamp) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "update chat set state = 'waiting', agent = null, queued_at = began_at
        where state = 'taken' and not exists (
            select from chat_agent join staff on staff.id = chat_agent.staff
            where chat_agent.staff = chat.agent and chat_agent.state <> 'away' and chat_agent.seen_at > $1
                and staff.suspended_at is null)
        returning conversation",
        (now - HERE).to_sqlx() as _
    )
    .fetch_all(connection)
    .await
}

/// Marks the chats whose visitors have been silent for ten minutes after an answer as warned.
pub async fn warn(connection: &mut PgConnection, now: Timestamp) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "update chat set warned_at = $1
        where state = 'taken' and warned_at is null and left_at is null and staff_at > visitor_at and staff_at < $2
        returning conversation",
        now.to_sqlx() as _,
        (now - SignedDuration::from_mins(10)).to_sqlx() as _
    )
    .fetch_all(connection)
    .await
}

/// The chats that are over: warned and silent for five minutes, left by quick exit fifteen minutes ago, or waiting for a whole day.
pub async fn silent(connection: &mut PgConnection, now: Timestamp) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select conversation from chat where state <> 'ended' and (warned_at < $1 or left_at < $2 or visitor_at < $3)",
        (now - SignedDuration::from_mins(5)).to_sqlx() as _,
        (now - SignedDuration::from_mins(15)).to_sqlx() as _,
        (now - SignedDuration::from_hours(24)).to_sqlx() as _
    )
    .fetch_all(connection)
    .await
}
