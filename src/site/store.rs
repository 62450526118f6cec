//! The notices in the database: everything goes through the ledger's store. History routes read what is public and nothing else.

use sqlx::PgConnection;

use crate::base::ledger::store;
use crate::base::ledger::store::{Kept, LedgerError};

/// Entries read at a time.
const BATCH: i64 = 1000;

/// All entries after a number.
pub async fn log_after(connection: &mut PgConnection, mut number: i64) -> Result<Vec<Kept>, LedgerError> {
    let mut log = Vec::new();
    loop {
        let more = store::entries_after(connection, number, BATCH).await?;
        let Some(last) = more.last() else { return Ok(log) };
        number = last.entry.number;
        log.extend(more);
    }
}

/// A version that the public may read, with its content.
pub async fn public_version(connection: &mut PgConnection, number: i64) -> Result<Option<Kept>, LedgerError> {
    store::public_entry(connection, number).await
}

/// Any entry with its content, in force or not: for staff alone.
pub async fn entry_for_staff(connection: &mut PgConnection, number: i64) -> Result<Option<Kept>, LedgerError> {
    let found = store::entries_after(connection, number - 1, 1).await?;
    Ok(found.into_iter().find(|kept| kept.entry.number == number))
}

/// The private particulars of an entry, as JSON.
pub async fn particulars(connection: &mut PgConnection, number: i64) -> Result<Option<String>, LedgerError> {
    let found = store::particulars_after(connection, number - 1, 1).await?;
    Ok(found.into_iter().find(|(entry, _)| *entry == number).map(|(_, sealed)| sealed.body))
}
