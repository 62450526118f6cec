//! Chains the rows of the log a moment after they were written, so that no lock of the whole cluster sits under every action. One
//! node seals at a time; whichever gets the lock.

use std::time::Duration;

use sqlx::PgConnection;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::base::audit::store;
use crate::base::database::{Database, DatabaseError};

/// The interval between two looks.
const EVERY: Duration = Duration::from_secs(1);
/// Rows sealed in one transaction.
const BATCH: i64 = 500;
/// The distance below the last sealed row at which each look begins: a row may be committed after one with a higher number.
pub const NEAR: i64 = 1000;
/// The interval between looks at all rows, for one that was committed later than anybody thinks.
const WHOLE_EVERY: Duration = Duration::from_hours(1);
/// The time limit for one transaction.
const LIMIT: Duration = Duration::from_secs(3);

/// Seals every second until `stop`, and once more then.
pub async fn run(database: Database, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut timer = interval(EVERY);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut whole_due = Instant::now();
    let mut ending = false;
    while !ending {
        tokio::select! {
            () = &mut stop => ending = true,
            _ = timer.tick() => {}
        }
        let whole = Instant::now() >= whole_due;
        match seal_all(&database, whole).await {
            Ok(()) if whole => whole_due = Instant::now() + WHOLE_EVERY,
            Ok(()) | Err(DatabaseError::Away | DatabaseError::Busy | DatabaseError::NotWritable(_)) => {}
            Err(error) => tracing::warn!(%error, "rows of the audit log wait to be sealed"),
        }
    }
}

/// Seals what is there to be sealed, unless another node is sealing. `whole` looks at all rows, not only at those near the last.
pub async fn seal_all(database: &Database, whole: bool) -> Result<(), DatabaseError> {
    while database.write(LIMIT, async |connection| seal(connection, whole).await).await? == BATCH {}
    Ok(())
}

/// Seals one batch in a transaction; says how many rows.
async fn seal(connection: &mut PgConnection, whole: bool) -> Result<i64, DatabaseError> {
    let near = if whole { None } else { Some(NEAR) };
    if store::unsealed(connection, near, 1).await?.is_empty() || !store::lock_seals(connection).await? {
        return Ok(0);
    }
    // Read again under the lock: another node may just have sealed them.
    let rows = store::unsealed(connection, near, BATCH).await?;
    let (mut position, mut previous) = store::seal_head(connection).await?;
    let mut seals = Vec::with_capacity(rows.len());
    for row in &rows {
        position += 1;
        let hash = row.hash(position, previous);
        seals.push(store::Seal { position, entry: row.id, previous, hash });
        previous = hash;
    }
    store::add_seals(connection, &seals).await?;
    Ok(i64::try_from(seals.len()).unwrap_or(0))
}
