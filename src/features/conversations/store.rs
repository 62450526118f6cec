//! How conversations are kept. A message gets its number under the lock of its conversation, so that numbers have no gaps and grow in the
//! order of commits.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::database::{Database, DatabaseError, Topic};
use crate::base::sealing::Unopened;
use crate::features::conversations::model::{Content, ConversationKey, Side, WrappedKeys};

/// The most messages of one conversation.
const MOST: i32 = 2_000;
/// The most messages of a visitor in a minute.
const MOST_A_MINUTE: i64 = 20;
/// Conversations destroyed in one transaction.
const BATCH: i64 = 100;
/// How long destroying a batch may take.
const LIMIT: Duration = Duration::from_secs(5);

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It has this number now, or had it before: the same message came twice.
    Kept(i32),
    /// There is no such conversation, or it was destroyed.
    Unknown,
    /// The conversation has ended.
    Ended,
    /// Another text came under the same id before.
    OtherText,
    /// The visitor sends too many: this one is not kept.
    TooMany,
}

/// A message as it is kept, opened.
#[derive(Clone)]
pub struct Message {
    /// Its number.
    pub number: i32,
    /// `visitor`, `staff` or `system`.
    pub side: String,
    /// When it was said.
    pub at: Timestamp,
    /// What was said.
    pub content: Content,
}

/// Begins a conversation. False if it began before: the same form came twice.
pub async fn begin(
    connection: &mut PgConnection,
    id: Uuid,
    wrapped: &WrappedKeys,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let begun = sqlx::query!(
        "insert into conversation (id, began_at) values ($1, $2) on conflict on constraint conversation_pkey do nothing",
        id,
        now.to_sqlx() as _
    )
    .execute(&mut *connection)
    .await?;
    if begun.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query!(
        "insert into conversation_key (conversation, for_staff, for_visitor) values ($1, $2, $3)",
        id,
        wrapped.for_staff,
        wrapped.for_visitor
    )
    .execute(connection)
    .await?;
    Ok(true)
}

/// The key of a conversation as it is kept; none where there is none, or where it was destroyed.
pub async fn wrapped_keys(connection: &mut PgConnection, id: Uuid) -> Result<Option<WrappedKeys>, sqlx::Error> {
    sqlx::query_as!(WrappedKeys, "select for_staff, for_visitor from conversation_key where conversation = $1", id)
        .fetch_optional(connection)
        .await
}

/// Says something in a conversation, once: under an id that a message has already, the same text is that message. Run it in a transaction.
pub async fn say(
    connection: &mut PgConnection,
    key: &ConversationKey,
    id: Uuid,
    side: Side,
    content: &Content,
    now: Timestamp,
) -> Result<Said, sqlx::Error> {
    let conversation = key.id();
    let row = sqlx::query!(
        "select messages, ended_at is not null as \"has_ended!\" from conversation where id = $1 for update",
        conversation
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(Said::Unknown) };
    let before = sqlx::query!(
        "select number, side, sealed from conversation_message where conversation = $1 and id = $2",
        conversation,
        id
    )
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(before) = before {
        let is_same = before.side == side.name()
            && key.open(before.number, &before.sealed).is_ok_and(|before| before.text == content.text);
        return Ok(if is_same { Said::Kept(before.number) } else { Said::OtherText });
    }
    if row.has_ended {
        return Ok(Said::Ended);
    }
    if side == Side::Visitor {
        let lately = sqlx::query_scalar!(
            r#"select count(*) as "count!" from conversation_message
            where conversation = $1 and side = 'visitor' and at > $2"#,
            conversation,
            (now - SignedDuration::from_mins(1)).to_sqlx() as _
        )
        .fetch_one(&mut *connection)
        .await?;
        if lately >= MOST_A_MINUTE || row.messages >= MOST {
            return Ok(Said::TooMany);
        }
    }
    let number = row.messages + 1;
    let sealed = key.seal(number, content).map_err(into_sql)?;
    sqlx::query!(
        "insert into conversation_message (conversation, number, id, side, staff, at, sealed) values ($1, $2, $3, $4, $5, $6, $7)",
        conversation,
        number,
        id,
        side.name(),
        side.staff(),
        now.to_sqlx() as _,
        sealed
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("update conversation set messages = $2 where id = $1", conversation, number)
        .execute(&mut *connection)
        .await?;
    notify(connection, Topic::Talk(conversation)).await?;
    Ok(Said::Kept(number))
}

/// The messages of a conversation after a number, in order.
pub async fn messages(
    connection: &mut PgConnection,
    key: &ConversationKey,
    after: i32,
) -> Result<Vec<Message>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select number, side, at as "at: jiff_sqlx::Timestamp", sealed from conversation_message
        where conversation = $1 and number > $2 order by number"#,
        key.id(),
        after
    )
    .fetch_all(connection)
    .await?;
    let open = |sealed: &[u8], number| key.open(number, sealed).map_err(into_sql);
    rows.into_iter()
        .map(|row| {
            let content = open(&row.sealed, row.number)?;
            Ok(Message { number: row.number, side: row.side, at: row.at.to_jiff(), content })
        })
        .collect()
}

/// How many messages a conversation has; none where there is no such conversation.
pub async fn count(connection: &mut PgConnection, id: Uuid) -> Result<Option<i32>, sqlx::Error> {
    sqlx::query_scalar!("select messages from conversation where id = $1", id).fetch_optional(connection).await
}

/// Ends a conversation: nothing can be said in it any more. False if it had ended before.
pub async fn end(connection: &mut PgConnection, id: Uuid, now: Timestamp) -> Result<bool, sqlx::Error> {
    let ended = sqlx::query!(
        "update conversation set ended_at = $2 where id = $1 and ended_at is null",
        id,
        now.to_sqlx() as _
    )
    .execute(&mut *connection)
    .await?;
    notify(connection, Topic::Talk(id)).await?;
    Ok(ended.rows_affected() == 1)
}

/// Wakes whoever asked for a topic, on every node, once the transaction is committed. Nothing of what was said goes with it.
pub async fn notify(connection: &mut PgConnection, topic: Topic) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_notify('bluelamp', $1)", topic.to_string()).execute(connection).await?;
    Ok(())
}

/// Destroys what was kept long enough: the rows of messages and of both wrapped keys go, a stub with times and counts stays.
pub async fn destroy_old(database: &Database, now: Timestamp, kept: Duration) -> Result<(), DatabaseError> {
    let before =
        SignedDuration::try_from(kept).ok().and_then(|kept| now.checked_sub(kept).ok()).unwrap_or(Timestamp::MIN);
    loop {
        let destroyed = database
            .write(LIMIT, async |connection| Ok::<_, DatabaseError>(destroy_batch(connection, before, now).await?));
        if destroyed.await? < u64::try_from(BATCH).unwrap_or(u64::MAX) {
            return Ok(());
        }
    }
}

/// Destroys a batch of conversations that ended before a time; says how many.
pub async fn destroy_batch(
    connection: &mut PgConnection,
    before: Timestamp,
    now: Timestamp,
) -> Result<u64, sqlx::Error> {
    let old = sqlx::query_scalar!(
        "select id from conversation where ended_at < $1 and destroyed_at is null order by ended_at limit $2 for update skip locked",
        before.to_sqlx() as _,
        BATCH
    )
    .fetch_all(&mut *connection)
    .await?;
    sqlx::query!("delete from conversation_message where conversation = any($1)", &old)
        .execute(&mut *connection)
        .await?;
    sqlx::query!("delete from conversation_key where conversation = any($1)", &old).execute(&mut *connection).await?;
    let destroyed =
        sqlx::query!("update conversation set destroyed_at = $2 where id = any($1)", &old, now.to_sqlx() as _)
            .execute(connection)
            .await?;
    Ok(destroyed.rows_affected())
}

fn into_sql(error: Unopened) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}
