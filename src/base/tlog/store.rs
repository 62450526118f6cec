//! The SQL of the public log: logs, checkpoints and cosignatures, in append-only tables.

use std::time::Duration;

use jiff::Timestamp;
use jiff_sqlx::{Timestamp as SqlTimestamp, ToSqlx};
use sqlx::PgConnection;

use crate::base::ledger;
use crate::base::ledger::Hash;
use crate::base::ledger::store::{Kept, LedgerError};
use crate::base::tlog::checkpoint::{Checkpoint, Log};

/// The advisory lock under which checkpoints are signed, one at a time in the whole cluster.
const SIGN_LOCK: i64 = 0x626c_7565_746c_6f67;

/// The link of an entry to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The entry.
    pub number: i64,
    /// Hash of the entry before.
    pub previous_hash: Hash,
    /// Its own hash.
    pub hash: Hash,
}

fn hash(bytes: Vec<u8>) -> Result<Hash, sqlx::Error> {
    Hash::try_from(bytes).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

/// Tries to take the lock until the transaction ends. True if it was free.
pub async fn try_lock(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock($1) as "locked!""#, SIGN_LOCK).fetch_one(connection).await
}

/// Every log that was opened, the first one first.
pub async fn logs(connection: &mut PgConnection) -> Result<Vec<Log>, sqlx::Error> {
    let rows = sqlx::query!(
        "select origin, opened_at as \"opened_at: SqlTimestamp\", reason from log_origin order by opened_at"
    )
    .fetch_all(connection)
    .await?;
    let log = |opened_at: SqlTimestamp, origin, reason| Log { origin, opened_at: opened_at.to_jiff(), reason };
    Ok(rows.into_iter().map(|row| log(row.opened_at, row.origin, row.reason)).collect())
}

/// Opens a log at the database's time.
pub async fn open_log(connection: &mut PgConnection, origin: &str, reason: Option<&str>) -> Result<(), sqlx::Error> {
    sqlx::query!("insert into log_origin (origin, opened_at, reason) values ($1, bluelamp_now(), $2)", origin, reason)
        .execute(connection)
        .await?;
    Ok(())
}

/// Every log, and the newest checkpoint of the newest one.
pub async fn state(connection: &mut PgConnection) -> Result<(Vec<Log>, Option<Checkpoint>), sqlx::Error> {
    let logs = logs(connection).await?;
    let newest = match logs.last() {
        Some(log) => newest(connection, &log.origin).await?,
        None => None,
    };
    Ok((logs, newest))
}

/// The newest checkpoint of a log, with what witnesses cosigned.
pub async fn newest(connection: &mut PgConnection, origin: &str) -> Result<Option<Checkpoint>, sqlx::Error> {
    Ok(checkpoints_before(connection, origin, i64::MAX, 1).await?.pop())
}

/// Checkpoints of a log below a size, the largest first, with what witnesses cosigned.
pub async fn checkpoints_before(
    connection: &mut PgConnection,
    origin: &str,
    size: i64,
    limit: i64,
) -> Result<Vec<Checkpoint>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select origin, size, root, head, signed_at as "signed_at: SqlTimestamp", verifier_keys, signatures,
            array(select line from log_cosignature cosignature
                where cosignature.origin = signed.origin and cosignature.size = signed.size order by witness) as "cosignatures!"
        from log_checkpoint signed where origin = $1 and size < $2 order by size desc limit $3"#,
        origin,
        size,
        limit,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Checkpoint {
                origin: row.origin,
                size: row.size,
                root: hash(row.root)?,
                head: hash(row.head)?,
                signed_at: row.signed_at.to_jiff(),
                verifier_keys: row.verifier_keys,
                signatures: row.signatures,
                cosignatures: row.cosignatures,
            })
        })
        .collect()
}

/// Inserts a checkpoint.
pub async fn add(connection: &mut PgConnection, checkpoint: &Checkpoint) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into log_checkpoint (origin, size, root, head, signed_at, verifier_keys, signatures)
        values ($1, $2, $3, $4, $5, $6, $7)",
        checkpoint.origin,
        checkpoint.size,
        &checkpoint.root.0[..],
        &checkpoint.head.0[..],
        checkpoint.signed_at.to_sqlx() as _,
        &checkpoint.verifier_keys,
        checkpoint.signatures,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Inserts a cosignature of a witness, unless it is there already.
pub async fn add_cosignature(
    connection: &mut PgConnection,
    checkpoint: &Checkpoint,
    witness: &str,
    line: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into log_cosignature (origin, size, witness, line, cosigned_at)
        values ($1, $2, $3, $4, bluelamp_now()) on conflict do nothing",
        checkpoint.origin,
        checkpoint.size,
        witness,
        line,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The largest size of a log that a witness cosigned; 0 where there is none.
pub async fn size_cosigned_by(connection: &mut PgConnection, origin: &str, witness: &str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(max(size), 0) as "size!" from log_cosignature where origin = $1 and witness = $2"#,
        origin,
        witness
    )
    .fetch_one(connection)
    .await
}

/// The database's time, and the number of the last entry of at least this age; 0 if there is none.
pub async fn due(connection: &mut PgConnection, age: Duration) -> Result<(Timestamp, i64), sqlx::Error> {
    let row = sqlx::query!(
        r#"select bluelamp_now() as "now!: SqlTimestamp", coalesce((
            select number from ledger_entry
            where recorded_at <= bluelamp_now() - make_interval(secs => $1)
            order by number desc limit 1), 0) as "size!""#,
        age.as_secs_f64(),
    )
    .fetch_one(connection)
    .await?;
    Ok((row.now.to_jiff(), row.size))
}

/// The hash of an entry.
pub async fn entry_hash(connection: &mut PgConnection, number: i64) -> Result<Option<Hash>, sqlx::Error> {
    let found = sqlx::query_scalar!("select hash from ledger_entry where number = $1", number);
    found.fetch_optional(connection).await?.map(hash).transpose()
}

/// The links of at most `limit` entries after a number, in order.
pub async fn links_after(connection: &mut PgConnection, number: i64, limit: i64) -> Result<Vec<Link>, sqlx::Error> {
    let rows = sqlx::query!(
        "select number, previous_hash, hash from ledger_entry where number > $1 order by number limit $2",
        number,
        limit
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| Ok(Link { number: row.number, previous_hash: hash(row.previous_hash)?, hash: hash(row.hash)? }))
        .collect()
}

/// An entry that the public may read, with the later entries about it.
#[derive(Clone, Debug)]
pub struct PublicEntry {
    /// The entry with its content; none once it was redacted.
    pub kept: Kept,
    /// Numbers and kinds of public entries about it, in order.
    pub said_since: Vec<(i64, String)>,
}

/// Finds an entry that the public may read. An entry about another is public if the other is. A cancellation is public if the
/// text whose version was cancelled is.
pub async fn public_entry(connection: &mut PgConnection, number: i64) -> Result<Option<PublicEntry>, LedgerError> {
    let Some(kept) = ledger::store::public_entry(connection, number).await? else { return Ok(None) };
    let entry = &kept.entry;
    if let Some(target) = entry.target {
        let is_known = sqlx::query_scalar!(
            r#"select case when $1 = 'cancellation' then
                exists (select from ledger_entry where number = $2 and kind = 'version')
                    and exists (select from public_entry where subject = $3 and kind = 'version')
                else exists (select from public_entry where number = $2) end as "known!""#,
            entry.kind.name(),
            target,
            entry.subject,
        )
        .fetch_one(&mut *connection)
        .await?;
        if !is_known {
            return Ok(None);
        }
    }
    let said_since = sqlx::query!(
        r#"select number as "number!", kind as "kind!" from public_entry where target = $1 order by number"#,
        number
    )
    .fetch_all(connection)
    .await?;
    let said_since = said_since.into_iter().map(|row| (row.number, row.kind)).collect();
    Ok(Some(PublicEntry { kept, said_since }))
}
