//! Visitors who leave by quick exit in the middle of a chat. The exit waits for nothing: what it tells stands in memory until a task has
//! written it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::HeaderMap;
use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use crate::base::database::{Database, DatabaseError};
use crate::base::web::cookies::cookie;
use crate::features::conversations::model::Receipt;
use crate::features::webchat::store;
use crate::site::Site;

/// The most that wait to be written.
const MOST: usize = 10_000;
/// Rows written in one transaction.
const BATCH: usize = 500;
/// How long a write may take.
const LIMIT: Duration = Duration::from_secs(3);
/// When what could not be written is tried again.
const RETRY: Duration = Duration::from_secs(5);

/// The chats that were left and not noted yet.
#[derive(Debug, Default)]
pub struct Departures {
    waiting: Mutex<VecDeque<(Uuid, Timestamp)>>,
    more: Notify,
}

/// Takes note of an exit, from the cookie that it is about to remove.
pub fn note(site: &Site, headers: &HeaderMap) {
    let Some(receipt) = cookie(headers, site.cookies().chat).and_then(Receipt::read) else { return };
    let departures = site.beside::<Departures>();
    let mut waiting = departures.waiting();
    if waiting.len() < MOST {
        waiting.push_back((receipt.conversation(), site.clock().now()));
    }
    drop(waiting);
    departures.more.notify_one();
}

impl Departures {
    /// Writes exits as they come, until `stop`, and once more at the end.
    pub async fn run(self: Arc<Self>, database: Database, stop: impl Future<Output = ()>) {
        let mut retry = interval(RETRY);
        retry.set_missed_tick_behavior(MissedTickBehavior::Delay);
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                () = self.more.notified() => {}
                _ = retry.tick() => {}
            }
            if let Err(error) = self.write(&database).await {
                tracing::warn!(%error, "chats that were left wait for the database");
            }
        }
        let _ = self.write(&database).await;
    }

    /// Writes what waits. What could not be written stays.
    pub async fn write(&self, database: &Database) -> Result<(), DatabaseError> {
        loop {
            let batch: Vec<(Uuid, Timestamp)> = self.waiting().iter().take(BATCH).copied().collect();
            let Some((_, at)) = batch.first().copied() else { return Ok(()) };
            let ids: Vec<Uuid> = batch.iter().map(|(id, _)| *id).collect();
            database
                .write(LIMIT, async |connection| Ok::<_, DatabaseError>(store::left(connection, &ids, at).await?))
                .await?;
            self.waiting().drain(..batch.len());
        }
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<(Uuid, Timestamp)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
