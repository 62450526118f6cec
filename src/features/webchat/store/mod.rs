//! How chats and duty are kept.

pub mod by_time;

use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::features::conversations;
use crate::features::webchat::model::{Agent, Chat, Duty, EndedBy, FEWEST_FOR_MEDIAN, HERE, Queue};

/// What became of an attempt to take a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is theirs now, or was already.
    Mine(Uuid),
    /// Nobody waits on their lines.
    NobodyWaits,
    /// They have as many as they take at a time.
    AtLimit,
    /// They did not say that they are available.
    NotOnDuty,
    /// Somebody else has it, or it has ended.
    Gone(Option<String>),
}

/// The queues of all lines; none where nobody ever came on duty.
pub async fn queues(connection: &mut PgConnection, now: Timestamp) -> Result<Option<Vec<Queue>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with agents as (
            select unnest(lines) as line, count(*) as agents from chat_agent join staff on staff.id = chat_agent.staff
            where chat_agent.state <> 'away' and chat_agent.seen_at > $1 and staff.suspended_at is null
                and staff.roles && array['webchat_agent', 'webchat_supervisor'] group by 1
        ), waiting as (
            select line, count(*) as waiting from chat where state = 'waiting' group by line
        ), answered as (
            select line, extract(epoch from answered_at - began_at) as seconds,
                row_number() over (partition by line order by answered_at desc) as place
            from chat where answered_at > $2
        ), median as (
            select line, count(*) as answered, percentile_cont(0.5) within group (order by seconds) as seconds
            from answered where place <= 30 group by line
        )
        select line as "line!", coalesce(agents, 0) as "agents!", coalesce(waiting, 0) as "waiting!",
            case when answered >= $3 then seconds::bigint end as median
        from agents full join waiting using (line) full join median using (line)"#,
        (now - HERE).to_sqlx() as _,
        (now - SignedDuration::from_hours(24 * 7)).to_sqlx() as _,
        FEWEST_FOR_MEDIAN,
    )
    .fetch_all(&mut *connection)
    .await?;
    let queues: Vec<Queue> = rows
        .into_iter()
        .map(|row| Queue { line: row.line, agents: row.agents, waiting: row.waiting, median: row.median })
        .collect();
    if queues.is_empty() {
        let ever =
            sqlx::query_scalar!(r#"select exists (select from chat_agent) as "ever!""#).fetch_one(connection).await?;
        return Ok(ever.then_some(queues));
    }
    Ok(Some(queues))
}

/// Begins a chat of a conversation that has just begun.
pub async fn begin(
    connection: &mut PgConnection,
    id: Uuid,
    line: &str,
    urgent: bool,
    disclaimer: Option<i32>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into chat (conversation, line, state, urgent, disclaimer_version, began_at, queued_at, visitor_at)
        values ($1, $2, 'waiting', $3, $4, $5, $5, $5)",
        id,
        line,
        urgent,
        disclaimer,
        now.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    Ok(())
}

struct Row {
    conversation: Uuid,
    line: String,
    state: String,
    urgent: bool,
    began_at: jiff_sqlx::Timestamp,
    queued_at: jiff_sqlx::Timestamp,
    agent: Option<Uuid>,
    agent_name: Option<String>,
    left_at: Option<jiff_sqlx::Timestamp>,
    ended_at: Option<jiff_sqlx::Timestamp>,
}

impl From<Row> for Chat {
    fn from(row: Row) -> Self {
        Self {
            id: row.conversation,
            line: row.line,
            state: row.state,
            urgent: row.urgent,
            began_at: row.began_at.to_jiff(),
            queued_at: row.queued_at.to_jiff(),
            agent: row.agent,
            agent_name: row.agent_name,
            left_at: row.left_at.map(jiff_sqlx::Timestamp::to_jiff),
            ended_at: row.ended_at.map(jiff_sqlx::Timestamp::to_jiff),
        }
    }
}

/// A chat.
pub async fn chat(connection: &mut PgConnection, id: Uuid) -> Result<Option<Chat>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select conversation, line, state, urgent, began_at as "began_at: jiff_sqlx::Timestamp",
            queued_at as "queued_at: jiff_sqlx::Timestamp", agent, staff.name as "agent_name?",
            left_at as "left_at: jiff_sqlx::Timestamp", ended_at as "ended_at: jiff_sqlx::Timestamp"
        from chat left join staff on staff.id = chat.agent where conversation = $1"#,
        id
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(Chat::from))
}

/// All chats that have not ended, those at the front of their queue first.
pub async fn open_chats(connection: &mut PgConnection) -> Result<Vec<Chat>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select conversation, line, state, urgent, began_at as "began_at: jiff_sqlx::Timestamp",
            queued_at as "queued_at: jiff_sqlx::Timestamp", agent, staff.name as "agent_name?",
            left_at as "left_at: jiff_sqlx::Timestamp", ended_at as "ended_at: jiff_sqlx::Timestamp"
        from chat left join staff on staff.id = chat.agent where chat.state <> 'ended'
        order by urgent desc, queued_at, conversation"#
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Chat::from).collect())
}

/// The chats that ended last and were not destroyed.
pub async fn ended_chats(connection: &mut PgConnection, most: i64) -> Result<Vec<Chat>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select chat.conversation, line, state, urgent, chat.began_at as "began_at: jiff_sqlx::Timestamp",
            queued_at as "queued_at: jiff_sqlx::Timestamp", agent, staff.name as "agent_name?",
            left_at as "left_at: jiff_sqlx::Timestamp", chat.ended_at as "ended_at: jiff_sqlx::Timestamp"
        from chat join conversation_key on conversation_key.conversation = chat.conversation
            left join staff on staff.id = chat.agent
        where chat.state = 'ended' order by chat.began_at desc limit $1"#,
        most
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Chat::from).collect())
}

/// How many wait before a chat on its line.
pub async fn ahead_of(connection: &mut PgConnection, chat: &Chat) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "ahead!" from chat
        where state = 'waiting' and line = $1 and conversation <> $2
            and (urgent and not $3 or urgent = $3 and (queued_at, conversation) < ($4, $2))"#,
        chat.line,
        chat.id,
        chat.urgent,
        chat.queued_at.to_sqlx() as _,
    )
    .fetch_one(connection)
    .await
}

/// Notes that the visitor wrote; words of crisis bring the chat to the front.
pub async fn visitor_wrote(
    connection: &mut PgConnection,
    id: Uuid,
    urgent: bool,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update chat set visitor_at = $2, urgent = urgent or $3, warned_at = null, left_at = null where conversation = $1",
        id,
        now.to_sqlx() as _,
        urgent
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that somebody answered.
pub async fn staff_wrote(connection: &mut PgConnection, id: Uuid, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!("update chat set staff_at = $2 where conversation = $1", id, now.to_sqlx() as _)
        .execute(connection)
        .await?;
    Ok(())
}

/// Notes that visitors left by quick exit.
pub async fn left(connection: &mut PgConnection, ids: &[Uuid], now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update chat set left_at = $2 where conversation = any($1) and state <> 'ended' and left_at is null",
        ids,
        now.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that a visitor came back.
pub async fn came_back(connection: &mut PgConnection, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("update chat set left_at = null where conversation = $1 and state <> 'ended'", id)
        .execute(connection)
        .await?;
    Ok(())
}

/// What somebody last said of their duty.
pub async fn agent(connection: &mut PgConnection, staff: Uuid) -> Result<Option<Agent>, sqlx::Error> {
    let row = sqlx::query!("select state, lines, most from chat_agent where staff = $1", staff)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| Agent { duty: Duty::named(&row.state).unwrap_or_default(), lines: row.lines, most: row.most }))
}

/// Keeps what somebody says of their duty.
pub async fn set_agent(
    connection: &mut PgConnection,
    staff: Uuid,
    agent: &Agent,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into chat_agent (staff, state, lines, most, seen_at) values ($1, $2, $3, $4, $5)
        on conflict on constraint chat_agent_pkey do update set state = excluded.state, lines = excluded.lines,
            most = excluded.most, seen_at = excluded.seen_at",
        staff,
        agent.duty.name(),
        &agent.lines,
        agent.most,
        now.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes a sign of life of somebody's page.
pub async fn seen(connection: &mut PgConnection, staff: Uuid, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update chat_agent set seen_at = greatest(seen_at, $2) where staff = $1 and state <> 'away'",
        staff,
        now.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes a chat: the one that was chosen, or the next of the person's lines. Whoever comes second is told who has it.
pub async fn take(
    connection: &mut PgConnection,
    staff: Uuid,
    chosen: Option<Uuid>,
    now: Timestamp,
) -> Result<Taken, sqlx::Error> {
    let agent = sqlx::query!("select state, lines, most from chat_agent where staff = $1 for update", staff)
        .fetch_optional(&mut *connection)
        .await?;
    let Some(agent) = agent.filter(|agent| agent.state == Duty::Available.name()) else { return Ok(Taken::NotOnDuty) };
    if let Some(id) = chosen
        && let Some(chat) = chat(&mut *connection, id).await?
        && chat.is_taken()
        && chat.agent == Some(staff)
    {
        return Ok(Taken::Mine(id));
    }
    let has = sqlx::query_scalar!(r#"select count(*) as "has!" from chat where agent = $1 and state = 'taken'"#, staff)
        .fetch_one(&mut *connection)
        .await?;
    if has >= i64::from(agent.most) {
        return Ok(Taken::AtLimit);
    }
    let wanted = match chosen {
        Some(id) => Some(id),
        None => {
            sqlx::query_scalar!(
                "select conversation from chat where state = 'waiting' and line = any($1)
                order by urgent desc, queued_at, conversation limit 1 for update skip locked",
                &agent.lines
            )
            .fetch_optional(&mut *connection)
            .await?
        }
    };
    let Some(wanted) = wanted else { return Ok(Taken::NobodyWaits) };
    let taken = sqlx::query!(
        "update chat set state = 'taken', agent = $1, answered_at = coalesce(answered_at, $3), staff_at = $3
        where conversation = $2 and state = 'waiting'",
        staff,
        wanted,
        now.to_sqlx() as _
    )
    .execute(&mut *connection)
    .await?;
    if taken.rows_affected() == 1 {
        return Ok(Taken::Mine(wanted));
    }
    Ok(Taken::Gone(chat(connection, wanted).await?.and_then(|chat| chat.agent_name)))
}

/// Ends a chat and its conversation. False if it had ended before.
pub async fn end(connection: &mut PgConnection, id: Uuid, by: EndedBy, now: Timestamp) -> Result<bool, sqlx::Error> {
    let ended = sqlx::query!(
        "update chat set state = 'ended', ended_at = $2, ended_by = $3 where conversation = $1 and state <> 'ended'",
        id,
        now.to_sqlx() as _,
        by.name()
    )
    .execute(&mut *connection)
    .await?;
    conversations::store::end(connection, id, now).await?;
    Ok(ended.rows_affected() == 1)
}

/// Tells that a chat is with somebody, has not ended and was not left by quick exit. Its row stays locked until the end of the transaction.
pub async fn is_with(connection: &mut PgConnection, id: Uuid, staff: Uuid) -> Result<bool, sqlx::Error> {
    let row = sqlx::query_scalar!(
        "select conversation from chat where conversation = $1 and agent = $2 and state <> 'waiting' and left_at is null for update",
        id,
        staff
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.is_some())
}

/// What somebody's page says is new, without a word of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glance {
    /// How many wait on their lines.
    pub waiting: i64,
    /// How many messages their chats have.
    pub said: i64,
}

/// Looks at the queues and chats of somebody.
pub async fn glance(connection: &mut PgConnection, staff: Uuid) -> Result<Glance, sqlx::Error> {
    sqlx::query_as!(
        Glance,
        r#"select (select count(*) from chat join chat_agent on chat.line = any(chat_agent.lines)
                where chat_agent.staff = $1 and chat.state = 'waiting') as "waiting!",
            (select coalesce(sum(messages), 0)::bigint from chat join conversation on conversation.id = chat.conversation
                where chat.agent = $1 and chat.state = 'taken') as "said!""#,
        staff
    )
    .fetch_one(connection)
    .await
}
