//! Additions to the chain: the only SQL that writes it.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;

use crate::base::ledger::model::{Entry, FORMAT, Hash, LedgerError, NewEntry, Sealed};

/// The advisory lock under which entries are appended, one at a time in the whole cluster.
const APPEND_LOCK: i64 = 0x626c_7565_6c61_6d70;

/// Takes the lock under which the chain grows, until the transaction ends. Take it before reading what the new entry
/// depends on.
pub async fn lock(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock($1)", APPEND_LOCK).execute(connection).await?;
    Ok(())
}

/// The instant at which entries are recorded: the database's time, never before the last entry, since the chain's order is the order of
/// its times and the clock may be set back. Takes the lock. Entries that are appended at one instant are recorded together.
pub async fn instant(connection: &mut PgConnection) -> Result<Timestamp, sqlx::Error> {
    lock(connection).await?;
    let at = sqlx::query_scalar!(
        r#"select greatest(bluelamp_now(), (select recorded_at from ledger_entry order by number desc limit 1)) as "at!""#
    )
    .fetch_one(connection)
    .await?;
    Ok(at.to_jiff())
}

/// Appends an entry. Must run in a transaction: the lock is held until its end.
pub async fn append(connection: &mut PgConnection, new: NewEntry) -> Result<Entry, LedgerError> {
    let at = instant(connection).await?;
    append_at(connection, new, at).await
}

/// Appends an entry that is recorded at an instant which this transaction got from [`instant`].
pub async fn append_at(
    connection: &mut PgConnection,
    new: NewEntry,
    recorded_at: Timestamp,
) -> Result<Entry, LedgerError> {
    let head = sqlx::query!(
        r#"select (select number from ledger_entry order by number desc limit 1) as number,
            (select hash from ledger_entry order by number desc limit 1) as hash"#
    )
    .fetch_one(&mut *connection)
    .await?;
    let number = head.number.unwrap_or(0) + 1;
    let previous_hash = match head.hash {
        Some(bytes) => Hash::try_from(bytes)
            .map_err(|error| LedgerError::Unreadable { number: number - 1, reason: error.to_string() })?,
        None => Hash::ZERO,
    };
    let content = Sealed::new(new.content)?;
    let particulars = Sealed::new(new.particulars)?;
    let in_force_at = match new.in_force_at {
        Some(at) if new.imported => at,
        Some(at) => at.max(recorded_at),
        None => recorded_at,
    };
    let mut entry = Entry {
        number,
        format: FORMAT,
        kind: new.kind,
        subject: new.subject,
        version: new.version,
        target: new.target,
        recorded_at,
        in_force_at,
        imported: new.imported,
        content_commitment: content.commitment(),
        particulars_commitment: particulars.commitment(),
        previous_hash,
        hash: Hash::ZERO,
    };
    entry.hash = entry.computed_hash();
    insert(connection, &entry, Some(&content), &particulars).await?;
    Ok(entry)
}

/// Writes an entry as it is: the last step of appending, and how an archive is restored.
pub async fn insert(
    connection: &mut PgConnection,
    entry: &Entry,
    content: Option<&Sealed>,
    particulars: &Sealed,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into ledger_entry (number, format, kind, subject, version, target, recorded_at, in_force_at, imported,
            content_commitment, particulars_commitment, previous_hash, hash)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        entry.number,
        entry.format,
        entry.kind.name(),
        entry.subject,
        entry.version,
        entry.target,
        entry.recorded_at.to_sqlx() as _,
        entry.in_force_at.to_sqlx() as _,
        entry.imported,
        &entry.content_commitment.0[..],
        &entry.particulars_commitment.0[..],
        &entry.previous_hash.0[..],
        &entry.hash.0[..],
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into ledger_content (entry, salt, body) values ($1, $2, $3)",
        entry.number,
        content.map(|sealed| &sealed.salt.0[..]),
        content.map(|sealed| sealed.body.as_str()),
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into ledger_particulars (entry, salt, body) values ($1, $2, $3)",
        entry.number,
        &particulars.salt.0[..],
        particulars.body,
    )
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Destroys the content of an entry that a redaction in the chain speaks of.
pub async fn destroy_content(connection: &mut PgConnection, number: i64) -> Result<(), sqlx::Error> {
    sqlx::query!("select redact_content($1)", number).execute(connection).await?;
    Ok(())
}
