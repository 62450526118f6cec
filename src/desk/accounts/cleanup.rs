//! Upkeep of what strangers leave: what they set off goes to the audit log once its minute is over, and what is old is deleted.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::base::audit;
use crate::base::database::DatabaseError;
use crate::desk::Desk;
use crate::desk::accounts::store;
use crate::desk::accounts::store::Old;

/// How often to look.
const EVERY: Duration = Duration::from_secs(10);
/// How many of those looks pass between two deletions.
const DELETES_EVERY: u32 = 6;
/// Rows deleted or recorded in one transaction.
const BATCH: u16 = 1000;
/// How long one transaction may take.
const LIMIT: Duration = Duration::from_secs(3);
/// A pause between two of them, so that a large heap of old rows does not fill the database's time.
const PAUSE: Duration = Duration::from_millis(50);

/// Works until `stop`.
pub async fn run(desk: Desk, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut timer = interval(EVERY);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut looks: u32 = 0;
    loop {
        let work = async {
            timer.tick().await;
            let deletes = looks.is_multiple_of(DELETES_EVERY);
            looks = looks.wrapping_add(1);
            record_counts(&desk).await?;
            if deletes { delete_old(&desk).await } else { Ok(()) }
        };
        let done = tokio::select! {
            () = &mut stop => return,
            done = work => done,
        };
        match done {
            Ok(()) | Err(DatabaseError::Away | DatabaseError::Busy) => {}
            Err(error) => tracing::warn!(%error, "old rows and counts of failed tries wait in the database"),
        }
    }
}

/// Records what was counted in minutes that are over.
///
/// # Errors
/// When the database is away or refuses.
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
///
/// # Errors
/// When the database is away or refuses.
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
