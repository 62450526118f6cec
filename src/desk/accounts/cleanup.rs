//! Upkeep of what strangers leave: what they set off goes to the audit log once its minute is over, and what is old is deleted.

use std::time::Duration;

use tokio::time::sleep;

use crate::base::audit;
use crate::base::database::DatabaseError;
use crate::desk::Desk;
use crate::desk::accounts::store;
use crate::desk::accounts::store::Old;

/// Rows deleted or recorded in one transaction.
const BATCH: u16 = 1000;
/// The time limit for one transaction.
const LIMIT: Duration = Duration::from_secs(3);
/// A pause between two of them, so that a large heap of old rows does not fill the database's time.
const PAUSE: Duration = Duration::from_millis(50);

/// Records what was counted in minutes that are over.
pub async fn record_counts(desk: &Desk) -> Result<(), DatabaseError> {
    loop {
        let recorded = desk.database().write(LIMIT, async |connection| {
            Ok::<_, DatabaseError>(audit::store::record_counts(connection, BATCH.into(), desk.now()).await?)
        });
        if recorded.await? < usize::from(BATCH) {
            return Ok(());
        }
    }
}

/// Deletes what is old.
pub async fn delete_old(desk: &Desk) -> Result<(), DatabaseError> {
    for old in Old::ALL {
        loop {
            let deleted = desk.database().write(LIMIT, async |connection| {
                Ok::<_, DatabaseError>(store::delete_old(connection, old, BATCH.into(), desk.now()).await?)
            });
            if deleted.await? < u64::from(BATCH) {
                break;
            }
            sleep(PAUSE).await;
        }
    }
    Ok(())
}
