//! The pool: every read and write has a limit on this side, and nobody waits for a database known to be away.

use std::any::Any;
use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool};
use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};
use tracing::{Instrument as _, Span};

use crate::base::database::connect::{DatabaseSettings, options, session_settings};
use crate::base::database::error::{DatabaseError, NotWritable, is_lost};
use crate::base::database::lease::Lease;
use crate::base::database::transaction::{Failure, transact};
use crate::base::database::wakes::Wakes;
use crate::base::metrics::{Gauge, Histogram};

/// The longest that a write waits for its turn.
const QUEUE_LIMIT: Duration = Duration::from_secs(8);
/// The interval at which it looks meanwhile whether the database is away.
const LOOK_UP_EVERY: Duration = Duration::from_millis(500);

/// The pool as it is now, for `/readyz` and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatabaseStatus {
    /// Set if requests are refused without asking.
    pub away: bool,
    /// Open connections.
    pub connections: u32,
    /// The idle ones among them.
    pub idle: usize,
    /// Most that there may be.
    pub most: u32,
}

/// Waiting for something that there are few of: how many do so now, and how long it took those who got it or gave up.
#[derive(Debug, Default)]
pub struct Waiting {
    /// The number that wait now.
    pub now: Gauge,
    /// The time it took.
    pub took: Histogram,
}

impl Waiting {
    async fn wait<T>(&self, coming: impl Future<Output = T>) -> T {
        let began = Instant::now();
        let held = self.now.hold();
        let came = coming.await;
        drop(held);
        self.took.observe(began.elapsed());
        came
    }
}

/// The database. Clones share one pool; nothing connects before the first use.
#[derive(Clone)]
pub struct Database {
    inner: Arc<Inner>,
}

struct Inner {
    pool: PgPool,
    options: PgConnectOptions,
    /// Permits, as many as the pool has connections: they tell "all in use" from "does not answer", which the pool does not.
    permits: Arc<Semaphore>,
    /// Fewer of them than there are connections, so that reads go on while many writes wait for one another.
    writes: Semaphore,
    away: AtomicBool,
    /// The reason why nothing can be written although the database answers.
    refuses_writes: ArcSwapOption<NotWritable>,
    probe_wanted: Notify,
    wakes: Wakes,
    /// Waiting for a connection.
    connections: Waiting,
    /// Waiting for other writes to end, before that.
    turns: Waiting,
    acquire_timeout: Duration,
    query_timeout: Duration,
}

impl Database {
    /// A pool for `url` (a `postgres://` address), without connecting yet.
    pub fn new(url: &str, settings: &DatabaseSettings) -> Result<Self, sqlx::Error> {
        let options = options(url)?.application_name("bluelamp");
        let limits = session_settings(&[
            ("statement_timeout", milliseconds(settings.statement_timeout)),
            ("lock_timeout", milliseconds(settings.lock_timeout)),
            ("idle_in_transaction_session_timeout", milliseconds(settings.idle_in_transaction)),
        ]);
        let connections = settings.max_connections.max(1);
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(settings.acquire_timeout)
            .after_connect(move |connection, _| {
                let limits = AssertSqlSafe(limits.clone());
                Box::pin(async move { sqlx::raw_sql(limits).execute(connection).await.map(|_| ()) })
            })
            .connect_lazy_with(options.clone());
        Ok(Self {
            inner: Arc::new(Inner {
                pool,
                options,
                permits: Arc::new(Semaphore::new(usize::try_from(connections).unwrap_or(1))),
                writes: Semaphore::new(usize::try_from(connections.div_ceil(2)).unwrap_or(1)),
                away: AtomicBool::new(false),
                refuses_writes: ArcSwapOption::empty(),
                probe_wanted: Notify::new(),
                wakes: Wakes::default(),
                connections: Waiting::default(),
                turns: Waiting::default(),
                acquire_timeout: settings.acquire_timeout,
                query_timeout: settings.query_timeout,
            }),
        })
    }

    /// Runs `work`, which may change nothing, on a connection, within the client-side limit. On no answer the connection is closed, never given back,
    /// and the database counts as away until the change feed has asked it.
    /// Errors: [`DatabaseError`]; `Away` at once while the database is known to be away.
    pub async fn read<T>(
        &self,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, DatabaseError> {
        let span = operation(&work);
        let is_shut_out = self.too_new().is_some();
        let mut lease = self.lease().instrument(span.clone()).await?;
        let connection = lease.connection()?;
        let reading = async {
            if !is_shut_out {
                return work(connection).await;
            }
            // A read must change nothing in a schema of another release.
            let mut transaction = connection.begin_with("begin read only").await?;
            let value = work(&mut transaction).await?;
            transaction.rollback().await?;
            Ok(value)
        };
        match timeout(self.inner.query_timeout, reading.instrument(span)).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) if is_lost(&error) => {
                lease.discard();
                self.mark_away(&error);
                Err(DatabaseError::Away)
            }
            // A newer schema need not have what this release asks for.
            Ok(Err(error)) => Err(self.too_new().map_or_else(|| error.into(), DatabaseError::from)),
            Err(_) => {
                lease.discard();
                self.mark_away(&"no answer in time");
                Err(DatabaseError::TimedOut)
            }
        }
    }

    /// Runs `work` in a transaction and commits it, all within `limit`. An error of `work` rolls back. Writes wait in a queue for
    /// one another before that. A release that is too old for the schema writes nothing.
    /// Errors: `work`'s own, or [`DatabaseError`] as for [`Database::read`]; after `TimedOut` the write may have been kept.
    pub async fn write<T, E: From<DatabaseError> + 'static>(
        &self,
        limit: Duration,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, E>,
    ) -> Result<T, E> {
        if let Some(refusal) = self.too_new() {
            return Err(DatabaseError::from(refusal).into());
        }
        let span = operation(&work);
        let _turn = self.inner.turns.wait(self.turn_to_write()).instrument(span.clone()).await?;
        let mut lease = self.lease().instrument(span.clone()).await?;
        let Ok(outcome) = timeout(limit, transact(lease.connection()?, work).instrument(span)).await else {
            lease.discard();
            self.mark_away(&"no answer in time");
            return Err(DatabaseError::TimedOut.into());
        };
        match outcome {
            Ok(value) => {
                self.mark_writable();
                Ok(value)
            }
            Err(Failure::Refused(error)) => {
                if let Some(DatabaseError::NotWritable(refusal)) = (&error as &dyn Any).downcast_ref() {
                    self.mark_not_writable(refusal.clone());
                }
                Err(error)
            }
            Err(Failure::NotWritable(refusal)) => {
                self.mark_not_writable(refusal.clone());
                Err(DatabaseError::from(refusal).into())
            }
            Err(Failure::Lost { error, committing }) => {
                lease.discard();
                self.mark_away(&error);
                Err(if committing { DatabaseError::TimedOut } else { DatabaseError::Away }.into())
            }
        }
    }

    /// Tells whether the database is known to be away. Costs one load.
    pub fn is_away(&self) -> bool {
        self.inner.away.load(Ordering::Acquire)
    }

    /// From now on requests are refused at once, until [`Database::mark_back`]; asks the change feed to look.
    pub fn mark_away(&self, cause: &dyn fmt::Display) {
        if !self.inner.away.swap(true, Ordering::AcqRel) {
            tracing::warn!(%cause, "the database is away");
        }
        self.inner.probe_wanted.notify_one();
    }

    /// The database answers again.
    pub fn mark_back(&self) {
        if self.inner.away.swap(false, Ordering::AcqRel) {
            tracing::info!("the database is back");
        }
    }

    /// The reason why nothing can be written although the database answers; none where it can. Asks nobody.
    pub fn refuses_writes(&self) -> Option<NotWritable> {
        self.inner.refuses_writes.load().as_deref().cloned()
    }

    /// From now on writes are refused at once where the schema is too new, until [`Database::mark_writable`].
    pub fn mark_not_writable(&self, cause: NotWritable) {
        let cause = Arc::new(cause);
        if self.inner.refuses_writes.swap(Some(Arc::clone(&cause))).is_none_or(|before| before != cause) {
            tracing::error!(%cause, "nothing can be written");
        }
    }

    /// Something was written, or the schema is one for this release again.
    pub fn mark_writable(&self) {
        if self.inner.refuses_writes.swap(None).is_some() {
            tracing::info!("the database takes changes again");
        }
    }

    /// Takes note of the oldest release that may write, where that is later than this one.
    pub(super) fn judge_schema(&self, oldest: Option<String>) {
        match oldest {
            Some(oldest) => self.mark_not_writable(NotWritable::TooNew { oldest }),
            None if self.too_new().is_some() => self.mark_writable(),
            None => {}
        }
    }

    fn too_new(&self) -> Option<NotWritable> {
        self.refuses_writes().filter(|refusal| matches!(refusal, NotWritable::TooNew { .. }))
    }

    /// Topics to subscribe to. The change feed wakes their subscribers.
    pub fn wakes(&self) -> &Wakes {
        &self.inner.wakes
    }

    /// The pool as it is now. Asks nobody.
    pub fn status(&self) -> DatabaseStatus {
        DatabaseStatus {
            away: self.is_away(),
            connections: self.inner.pool.size(),
            idle: self.inner.pool.num_idle(),
            most: self.inner.pool.options().get_max_connections(),
        }
    }

    /// Waiting for a connection, for metrics.
    pub fn waiting_for_connections(&self) -> &Waiting {
        &self.inner.connections
    }

    /// Waiting of writes for one another, for metrics.
    pub fn waiting_for_turns(&self) -> &Waiting {
        &self.inner.turns
    }

    /// Closes the connections that nobody uses and refuses new ones; waits no longer than `limit` for those in use.
    pub async fn close(&self, limit: Duration) {
        if timeout(limit, self.inner.pool.close()).await.is_err() {
            tracing::warn!("database connections were still in use at the end");
        }
    }

    /// Settings of a connection, for the change feed's own.
    pub(super) fn options(&self) -> PgConnectOptions {
        self.inner.options.clone()
    }

    /// The longest that this side waits for an answer.
    pub(super) fn query_timeout(&self) -> Duration {
        self.inner.query_timeout
    }

    /// Resolves when somebody marked the database away.
    pub(super) async fn probe_wanted(&self) {
        self.inner.probe_wanted.notified().await;
    }

    /// Waits until fewer than so many others write. Whoever waits while the database goes away is told soon.
    async fn turn_to_write(&self) -> Result<SemaphorePermit<'_>, DatabaseError> {
        let mut waiting = pin!(self.inner.writes.acquire());
        let began = Instant::now();
        while began.elapsed() < QUEUE_LIMIT {
            if self.is_away() {
                return Err(DatabaseError::Away);
            }
            if let Ok(turn) = timeout(LOOK_UP_EVERY, &mut waiting).await {
                return turn.map_err(|_| DatabaseError::Away);
            }
        }
        tracing::warn!(seconds = QUEUE_LIMIT.as_secs(), "a write waited in vain for others to end");
        Err(DatabaseError::Busy)
    }

    async fn lease(&self) -> Result<Lease, DatabaseError> {
        if self.is_away() {
            return Err(DatabaseError::Away);
        }
        self.inner.connections.wait(self.connect()).await
    }

    async fn connect(&self) -> Result<Lease, DatabaseError> {
        let waiting = Arc::clone(&self.inner.permits).acquire_owned();
        let Ok(Ok(permit)) = timeout(self.inner.acquire_timeout, waiting).await else {
            tracing::warn!("every database connection was in use for as long as a request may wait");
            return Err(DatabaseError::Busy);
        };
        // Callers that waited for a permit while the database went away must not wait for the database too.
        if self.is_away() {
            return Err(DatabaseError::Away);
        }
        match self.inner.pool.acquire().await {
            Ok(connection) => Ok(Lease { held: Some((connection, permit)), return_limit: self.inner.acquire_timeout }),
            Err(error) => {
                self.mark_away(&error);
                Err(DatabaseError::Away)
            }
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Database").field("status", &self.status()).finish_non_exhaustive()
    }
}

/// The span of an operation, named by the function whose closure it is.
fn operation<W>(_work: &W) -> Span {
    let name = std::any::type_name::<W>();
    let name = name.split("::{{closure}}").next().unwrap_or(name);
    tracing::info_span!("database", operation = name)
}

fn milliseconds(limit: Duration) -> String {
    limit.as_millis().to_string()
}
