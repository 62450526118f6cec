//! Writes down which words were searched for in vain, behind the visitor's back, and deletes what is old.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::base::database::{Database, DatabaseError};
use crate::desk::Desk;
use crate::features::search::missed::{MissedWords, first_day};
use crate::features::search::store;

/// The interval between writes of the counts.
const WRITE_EVERY: Duration = Duration::from_secs(60);
/// The time limit for a write.
const LIMIT: Duration = Duration::from_secs(5);
/// Rows deleted in one transaction.
const BATCH: i64 = 1_000;

impl MissedWords {
    /// Writes every minute, until `stop`; then once more.
    pub async fn run(self: Arc<Self>, database: Database, stop: impl Future<Output = ()>) {
        let mut due = interval(WRITE_EVERY);
        due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                _ = due.tick() => self.write(&database).await,
            }
        }
        self.write(&database).await;
    }

    async fn write(&self, database: &Database) {
        let taken = self.take();
        if taken.is_empty() {
            return;
        }
        match database.write(LIMIT, async |connection| Ok(store::add_missed(connection, &taken).await?)).await {
            Ok(()) => {}
            // They may have been kept: better a count too low than one too high.
            Err(DatabaseError::TimedOut) => tracing::warn!("whether words searched in vain were written is not known"),
            Err(error) => {
                tracing::warn!(%error, "words searched in vain wait for the database");
                self.give_back(taken);
            }
        }
    }
}

/// Deletes words of days that are over for long.
pub(super) async fn delete_old(desk: &Desk) -> Result<(), DatabaseError> {
    loop {
        let deleted = desk.database().write(LIMIT, async |connection| {
            Ok::<_, DatabaseError>(store::delete_missed(connection, first_day(desk.now()), BATCH).await?)
        });
        if deleted.await? < u64::try_from(BATCH).unwrap_or(u64::MAX) {
            return Ok(());
        }
    }
}
