//! The only SQL that writes or reads the audit log.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit::model::{Action, Doer, Filter, Recorded, Sealed, Tail, Who};
use crate::base::ledger::Hash;

/// The advisory lock of whoever seals.
const SEAL_LOCK: i64 = 0x626c_7565_7365_616c;

/// Records what was done, in the transaction that does it.
pub async fn record(
    connection: &mut PgConnection,
    who: Who<'_>,
    action: Action,
    subject: &str,
    details: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into audit_entry (actor, actor_name, action, subject, details) values ($1, $2, $3, $4, $5)",
        who.id,
        who.name,
        action.name(),
        subject,
        details.to_string(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Counts something that people who are not signed in set off. All of one kind within a minute becomes one row of the log, so that
/// nobody can fill it.
pub async fn count(
    connection: &mut PgConnection,
    action: Action,
    subject: &str,
    way: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into audit_count (minute, action, subject, way, count) values (date_trunc('minute', $1::timestamptz), $2, $3, $4, 1)
        on conflict on constraint audit_count_pkey do update set count = audit_count.count + 1",
        now.to_sqlx() as _,
        action.name(),
        subject,
        way,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Records what was counted in minutes that are over, at most `most` rows; says how many. Run it in a transaction.
pub async fn record_counts(connection: &mut PgConnection, most: i64, now: Timestamp) -> Result<usize, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with over as (
            select minute, action, subject, way from audit_count where minute < date_trunc('minute', $1::timestamptz)
            order by minute limit $2 for update skip locked
        )
        delete from audit_count using over where audit_count.minute = over.minute and audit_count.action = over.action
            and audit_count.subject = over.subject and audit_count.way = over.way
        returning audit_count.minute as "minute: jiff_sqlx::Timestamp", audit_count.action, audit_count.subject,
            audit_count.way, audit_count.count"#,
        now.to_sqlx() as _,
        most,
    )
    .fetch_all(&mut *connection)
    .await?;
    for row in &rows {
        let minute = row.minute.to_jiff().to_string();
        sqlx::query!(
            "insert into audit_entry (actor_name, action, subject, details) values ($1, $2, $3, $4)",
            Who::NOBODY.name,
            row.action,
            row.subject,
            json!({ "way": row.way, "count": row.count, "minute": minute }).to_string(),
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(rows.len())
}

/// A row as it comes from the database.
struct Row {
    id: i64,
    at: jiff_sqlx::Timestamp,
    actor: Option<Uuid>,
    actor_name: String,
    action: String,
    subject: String,
    details: String,
}

impl From<Row> for Recorded {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            at: row.at.to_jiff(),
            actor: row.actor,
            actor_name: row.actor_name,
            action: row.action,
            subject: row.subject,
            details: row.details,
        }
    }
}

/// Rows with a lower number than `before`, newest first, at most `limit`.
pub async fn page(
    connection: &mut PgConnection,
    filter: &Filter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Recorded>, sqlx::Error> {
    let (actor, name) = match filter.who {
        Some(Doer::Staff(id)) => (Some(id), None),
        Some(Doer::Console) => (None, Some(Who::CONSOLE.name)),
        Some(Doer::Nobody) => (None, Some(Who::NOBODY.name)),
        None => (None, None),
    };
    let rows = sqlx::query_as!(
        Row,
        "select id, at, actor, actor_name, action, subject, details from audit_entry
        where id < $1 and ($2::uuid is null or actor = $2) and ($3::text is null or (actor is null and actor_name = $3))
            and ($4::text is null or action = $4) and ($5::text is null or strpos(subject, $5) > 0)
            and ($6::timestamptz is null or at >= $6) and ($7::timestamptz is null or at < $7)
        order by id desc limit $8",
        before.unwrap_or(i64::MAX),
        actor,
        name,
        filter.action.map(Action::name),
        filter.subject,
        filter.from.map(ToSqlx::to_sqlx) as _,
        filter.before.map(ToSqlx::to_sqlx) as _,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Recorded::from).collect())
}

/// Everybody who ever had an account, by name, for the filter.
pub async fn people(connection: &mut PgConnection) -> Result<Vec<(Uuid, String)>, sqlx::Error> {
    let rows = sqlx::query!("select id, name from staff order by name, id").fetch_all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// A place in the chain over the log.
pub struct Seal {
    /// From 1, without gaps.
    pub position: i64,
    /// Number of the row.
    pub entry: i64,
    /// Hash of the seal before.
    pub previous: Hash,
    /// See [`Recorded::hash`].
    pub hash: Hash,
}

/// Takes the lock of whoever seals until the transaction ends; says no where somebody else holds it.
pub async fn lock_seals(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock($1) as "got!""#, SEAL_LOCK).fetch_one(connection).await
}

/// Rows that no seal holds, in order, at most `limit`; with `near`, only those that are no further than that below the last
/// sealed one.
pub async fn unsealed(
    connection: &mut PgConnection,
    near: Option<i64>,
    limit: i64,
) -> Result<Vec<Recorded>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select id, at, actor, actor_name, action, subject, details from audit_entry
        where id > coalesce((select entry from audit_seal order by position desc limit 1) - $1::bigint, 0)
            and not exists (select from audit_seal where entry = id)
        order by id limit $2",
        near,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Recorded::from).collect())
}

/// The number of rows that no seal holds, of those that are no further than `near` below the last sealed one.
pub async fn count_unsealed(connection: &mut PgConnection, near: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from audit_entry
        where id > coalesce((select entry from audit_seal order by position desc limit 1) - $1::bigint, 0)
            and not exists (select from audit_seal where entry = id)"#,
        near
    )
    .fetch_one(connection)
    .await
}

/// Place and hash of the last seal.
pub async fn seal_head(connection: &mut PgConnection) -> Result<(i64, Hash), sqlx::Error> {
    let head = sqlx::query!("select position, hash from audit_seal order by position desc limit 1")
        .fetch_optional(connection)
        .await?;
    let Some(head) = head else { return Ok((0, Hash::ZERO)) };
    let hash = Hash::try_from(head.hash).map_err(|error| sqlx::Error::Decode(error.into()))?;
    Ok((head.position, hash))
}

/// Adds seals to the end of the chain.
pub async fn add_seals(connection: &mut PgConnection, seals: &[Seal]) -> Result<(), sqlx::Error> {
    let positions: Vec<i64> = seals.iter().map(|seal| seal.position).collect();
    let entries: Vec<i64> = seals.iter().map(|seal| seal.entry).collect();
    let previous: Vec<Vec<u8>> = seals.iter().map(|seal| seal.previous.0.to_vec()).collect();
    let hashes: Vec<Vec<u8>> = seals.iter().map(|seal| seal.hash.0.to_vec()).collect();
    sqlx::query!(
        "insert into audit_seal (position, entry, previous_hash, hash)
        select * from unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[]) as seal (position, entry, previous, hash)
        order by position",
        &positions,
        &entries,
        &previous,
        &hashes,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Seals after a place, in order, at most `limit`, with the rows that they hold.
pub async fn seals_after(connection: &mut PgConnection, position: i64, limit: i64) -> Result<Vec<Sealed>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select position, entry, previous_hash, hash, id as "id?", at as "at?: jiff_sqlx::Timestamp", actor as "actor?",
            actor_name as "actor_name?", action as "action?", subject as "subject?", details as "details?"
        from audit_seal left join audit_entry on id = entry where position > $1 order by position limit $2"#,
        position,
        limit,
    )
    .fetch_all(connection)
    .await?;
    let sealed = rows.into_iter().map(|row| Sealed {
        position: row.position,
        entry: row.entry,
        previous: row.previous_hash.try_into().ok(),
        hash: row.hash.try_into().ok(),
        row: match (row.id, row.at, row.actor_name, row.action, row.subject, row.details) {
            (Some(id), Some(at), Some(actor_name), Some(action), Some(subject), Some(details)) => {
                Some(Recorded { id, at: at.to_jiff(), actor: row.actor, actor_name, action, subject, details })
            }
            _ => None,
        },
    });
    Ok(sealed.collect())
}

/// The rows that no seal holds yet.
pub async fn tail(connection: &mut PgConnection) -> Result<Option<Tail>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select rows as "rows!", first, since as "since: jiff_sqlx::Timestamp", exists (
                select from node_head where seals and seen_at >= since + interval '1 minute'
            ) as "overdue!"
        from (
            select count(*), min(id), min(at) from audit_entry where not exists (select from audit_seal where entry = id)
        ) as tail (rows, first, since)"#
    )
    .fetch_one(connection)
    .await?;
    let since = row.since.map(jiff_sqlx::Timestamp::to_jiff);
    Ok(row.first.zip(since).map(|(first, since)| Tail { rows: row.rows, first, since, overdue: row.overdue }))
}

/// The first row with a number that the database never gives: somebody chose it, so that no sealer looks there.
pub async fn misnumbered(connection: &mut PgConnection) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!("select min(id) from audit_entry where id <= 0").fetch_one(connection).await
}

/// The last time that one of these was done to a subject.
pub async fn last(
    connection: &mut PgConnection,
    subject: &str,
    actions: &[Action],
) -> Result<Option<Recorded>, sqlx::Error> {
    let names: Vec<String> = actions.iter().map(|action| action.name().to_owned()).collect();
    let row = sqlx::query_as!(
        Row,
        "select id, at, actor, actor_name, action, subject, details from audit_entry
        where subject = $1 and action = any ($2) order by id desc limit 1",
        subject,
        &names,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(Recorded::from))
}
