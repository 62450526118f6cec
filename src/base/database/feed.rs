//! The change feed: one task a node that listens for NOTIFY, watches over the database's health and learns its time.
//!
//! A notification is only a wake-up for those who asked for its topic, and costs no query here. After every reconnection everybody is
//! woken, so that nobody misses what was committed while nobody listened. The ledger and the outbox are also looked at on a timer.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use sqlx::Acquire as _;
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::task::AbortHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};

use crate::base::clock::Clock;
use crate::base::database::connect::has_code;
use crate::base::database::pool::Database;
use crate::base::database::schema;
use crate::base::database::schema::LOCK_NOT_AVAILABLE;
use crate::base::database::wakes::Topic;

/// The channel of every notification.
pub const CHANNEL: &str = "bluelamp";
/// The payload of the notification that a migration sends.
const SCHEMA: &str = "schema";
/// The interval between looks without being told, by default.
pub const EVERY: Duration = Duration::from_secs(5);

const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// A running change feed; it ends when this is dropped.
#[derive(Debug)]
pub struct Feed {
    task: AbortHandle,
}

impl Feed {
    /// Starts to listen for those who subscribe to topics ([`Database::wakes`]), and looks every `every` as well.
    pub fn start(database: Database, clock: Clock, every: Duration) -> Self {
        let task = tokio::spawn(follow(database, clock, every.max(Duration::from_millis(10)))).abort_handle();
        Self { task }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn follow(database: Database, clock: Clock, every: Duration) {
    let mut wait = FIRST_WAIT;
    loop {
        match connect(&database, &clock).await {
            Ok(listener) => {
                wait = FIRST_WAIT;
                database.mark_back();
                database.wakes().wake_all();
                // A lost connection is not yet a database that is away: the next attempt tells.
                let cause = listen(listener, &database, &clock, every).await;
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

/// A reason why a connection is of no more use.
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

async fn listen(mut listener: PgListener, database: &Database, clock: &Clock, every: Duration) -> Lost {
    let mut timer = interval_at(Instant::now() + every, every);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let mut heard = Heard::default();
        tokio::select! {
            received = listener.try_recv() => match received {
                Ok(Some(notification)) => heard.note(notification.payload()),
                Ok(None) => return Lost::Closed,
                Err(error) => return Lost::Failed(error),
            },
            () = database.probe_wanted() => heard.schema = true,
            _ = timer.tick() => heard.by_the_clock(),
        }
        // Many notifications at once are one reason to re-read.
        while let Some(notification) = listener.next_buffered() {
            heard.note(notification.payload());
        }
        if heard.schema {
            if let Err(lost) = probe(&mut listener, database, clock).await {
                return lost;
            }
            database.mark_back();
        }
        heard.topics.into_iter().for_each(|topic| database.wakes().wake(topic));
        database.wakes().forget_unused();
    }
}

/// Reasons to look.
#[derive(Default)]
struct Heard {
    topics: HashSet<Topic>,
    /// A migration changes who may write; and on time the database is asked whether it answers.
    schema: bool,
}

impl Heard {
    fn note(&mut self, payload: &str) {
        self.schema |= payload == SCHEMA;
        self.topics.extend(Topic::read(payload));
    }

    /// Marks the topics that are looked at on time as well: a chain that is another one, and messages that are due again.
    fn by_the_clock(&mut self) {
        self.schema = true;
        self.topics.extend([Topic::Ledger, Topic::Mail]);
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
