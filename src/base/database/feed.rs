//! The change feed: one task a node that listens for NOTIFY, watches over the database's health and learns its time.
//!
//! A notification is only a wake-up. Ticks also come on a timer and after every reconnection, so that whoever re-reads
//! on a tick misses nothing that was committed while nobody listened.

use std::fmt;
use std::time::Duration;

use sqlx::Acquire as _;
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};

use crate::base::clock::Clock;
use crate::base::database::connect::has_code;
use crate::base::database::pool::Database;
use crate::base::database::schema;
use crate::base::database::schema::LOCK_NOT_AVAILABLE;

/// The channel of every notification.
pub const CHANNEL: &str = "bluelamp";
/// The payload of the notification that a migration sends.
const SCHEMA: &str = "schema";
/// How often to look without being told, by default.
pub const EVERY: Duration = Duration::from_secs(5);

const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// A running change feed; it ends when this is dropped.
#[derive(Debug)]
pub struct Feed {
    ticks: watch::Receiver<u64>,
    task: AbortHandle,
}

impl Feed {
    /// Starts to listen, and looks every `every` as well.
    pub fn start(database: Database, clock: Clock, every: Duration) -> Self {
        let (sender, ticks) = watch::channel(0);
        let task = tokio::spawn(follow(database, clock, every.max(Duration::from_millis(10)), sender)).abort_handle();
        Self { ticks, task }
    }

    /// A receiver whose value grows whenever something may have changed. `changed()` resolves on the next tick.
    pub fn ticks(&self) -> watch::Receiver<u64> {
        self.ticks.clone()
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn follow(database: Database, clock: Clock, every: Duration, ticks: watch::Sender<u64>) {
    let mut wait = FIRST_WAIT;
    loop {
        match connect(&database, &clock).await {
            Ok(listener) => {
                wait = FIRST_WAIT;
                database.mark_back();
                tick(&ticks);
                // A lost connection is not yet a database that is away: the next attempt tells.
                let cause = listen(listener, &database, &clock, every, &ticks).await;
                tracing::debug!(%cause, "the change feed lost its connection");
                if matches!(cause, Lost::Silent) {
                    database.mark_away(&cause);
                }
            }
            Err(cause) => {
                database.mark_away(&cause);
                sleep(wait).await;
                wait = wait.saturating_mul(2).min(LONGEST_WAIT);
            }
        }
    }
}

/// Why a connection is of no more use.
#[derive(Debug)]
enum Lost {
    Closed,
    Silent,
    Failed(sqlx::Error),
}

impl fmt::Display for Lost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => formatter.write_str("the server closed the connection"),
            Self::Silent => formatter.write_str("no answer in time"),
            Self::Failed(error) => error.fmt(formatter),
        }
    }
}

/// A listener on a pool of its own. sqlx's listener gives its connection back to its pool without a limit when it is
/// dropped; with a frozen server that never ends, and must not take a connection from anybody.
async fn connect(database: &Database, clock: &Clock) -> Result<PgListener, Lost> {
    let limit = database.query_timeout();
    let attempt = async {
        let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(limit).connect_lazy_with(database.options());
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.eager_reconnect(false);
        listener.ignore_pool_close_event(true);
        listener.listen(CHANNEL).await?;
        Ok(listener)
    };
    let mut listener = match timeout(limit, attempt).await {
        Ok(connected) => connected.map_err(Lost::Failed)?,
        Err(_) => return Err(Lost::Silent),
    };
    probe(&mut listener, database, clock).await?;
    Ok(listener)
}

async fn listen(
    mut listener: PgListener,
    database: &Database,
    clock: &Clock,
    every: Duration,
    ticks: &watch::Sender<u64>,
) -> Lost {
    let mut timer = interval_at(Instant::now() + every, every);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let look = tokio::select! {
            received = listener.try_recv() => match received {
                // A migration changes who may write.
                Ok(Some(heard)) => heard.payload() == SCHEMA,
                Ok(None) => return Lost::Closed,
                Err(error) => return Lost::Failed(error),
            },
            () = database.probe_wanted() => true,
            _ = timer.tick() => true,
        };
        if look {
            if let Err(lost) = probe(&mut listener, database, clock).await {
                return lost;
            }
            database.mark_back();
        }
        // Many notifications at once are one reason to re-read.
        while listener.next_buffered().is_some() {}
        tick(ticks);
    }
}

/// Asks the database for its time and whether this release may write: a sign of life with a limit of our own, since a frozen server keeps TCP open.
async fn probe(listener: &mut PgListener, database: &Database, clock: &Clock) -> Result<(), Lost> {
    let questions = async {
        let connection = listener.acquire().await?;
        match schema::too_new(&mut *connection).await {
            Ok(oldest) => database.judge_schema(oldest),
            // A migration is about to say: it tells when it has.
            Err(error) if has_code(&error, LOCK_NOT_AVAILABLE) => {}
            Err(error) => return Err(error),
        }
        sqlx::query_scalar::<_, jiff_sqlx::Timestamp>("select bluelamp_now()").fetch_one(&mut *connection).await
    };
    match timeout(database.query_timeout(), questions).await {
        Ok(Ok(now)) => {
            // Learnt without half the round trip, so a node is late by it, never early: an embargo holds.
            clock.learn(now.to_jiff());
            Ok(())
        }
        Ok(Err(error)) => Err(Lost::Failed(error)),
        Err(_) => Err(Lost::Silent),
    }
}

fn tick(ticks: &watch::Sender<u64>) {
    ticks.send_modify(|count| *count = count.wrapping_add(1));
}
