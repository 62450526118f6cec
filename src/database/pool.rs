//! The pool: every read and write has a limit on this side, and nobody waits for a database known to be away.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, Postgres};
use tokio::runtime::Handle;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::DatabaseSettings;

/// What can go wrong between a store and its database.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Known to be away, or found to be. Nothing was written.
    #[error("the database is away, and nothing was written; try again when it is back")]
    Away,
    /// Every connection was in use for as long as a request may wait. Nothing was written.
    #[error("every database connection is in use, and nothing was written; try again, or raise the pool's size")]
    Busy,
    /// No answer within the limit, or the connection broke at the commit: a write may have been kept or not.
    #[error("the database did not answer in time; whether a write was kept is not known")]
    TimedOut,
    /// The database answered with an error.
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
}

/// The pool as it is now, for `/readyz` and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatabaseStatus {
    /// Whether requests are refused without asking.
    pub away: bool,
    /// Open connections.
    pub connections: u32,
    /// Those of them that nobody uses.
    pub idle: usize,
}

/// The database. Clones share one pool; nothing connects before the first use.
#[derive(Clone)]
pub struct Database {
    inner: Arc<Inner>,
}

struct Inner {
    pool: PgPool,
    options: PgConnectOptions,
    /// As many permits as the pool has connections: tells "all in use" from "does not answer", which the pool does not.
    permits: Arc<Semaphore>,
    away: AtomicBool,
    probe_wanted: Notify,
    acquire_timeout: Duration,
    query_timeout: Duration,
}

impl Database {
    /// A pool for `url` (a `postgres://` address), without connecting yet.
    ///
    /// # Errors
    /// When `url` cannot be read.
    pub fn new(url: &str, settings: &DatabaseSettings) -> Result<Self, sqlx::Error> {
        let options = super::options(url)?.application_name("bluelamp");
        let limits = super::session_settings(&[
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
                away: AtomicBool::new(false),
                probe_wanted: Notify::new(),
                acquire_timeout: settings.acquire_timeout,
                query_timeout: settings.query_timeout,
            }),
        })
    }

    /// Runs `work` on a connection, within the client-side limit. On no answer the connection is closed, never given back,
    /// and the database counts as away until the change feed has asked it.
    ///
    /// # Errors
    /// [`DatabaseError`]; `Away` at once while the database is known to be away.
    pub async fn read<T>(
        &self,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, DatabaseError> {
        let mut lease = self.lease().await?;
        match timeout(self.inner.query_timeout, work(lease.connection()?)).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) if is_lost(&error) => {
                lease.discard();
                self.mark_away(&error);
                Err(DatabaseError::Away)
            }
            Ok(Err(error)) => Err(DatabaseError::Sql(error)),
            Err(_) => {
                lease.discard();
                self.mark_away(&"no answer in time");
                Err(DatabaseError::TimedOut)
            }
        }
    }

    /// Runs `work` in a transaction and commits it, all within `limit`. An error of `work` rolls back.
    ///
    /// # Errors
    /// `work`'s own, or [`DatabaseError`] as for [`Database::read`]; after `TimedOut` the write may have been kept.
    pub async fn write<T, E: From<DatabaseError>>(
        &self,
        limit: Duration,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut lease = self.lease().await?;
        let Ok(outcome) = timeout(limit, transact(lease.connection()?, work)).await else {
            lease.discard();
            self.mark_away(&"no answer in time");
            return Err(DatabaseError::TimedOut.into());
        };
        match outcome {
            Ok(value) => Ok(value),
            Err(Failure::Refused(error)) => Err(error),
            Err(Failure::Lost { error, committing }) => {
                lease.discard();
                self.mark_away(&error);
                Err(if committing { DatabaseError::TimedOut } else { DatabaseError::Away }.into())
            }
        }
    }

    /// Whether the database is known to be away. Costs one load.
    #[must_use]
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

    /// The pool as it is now. Asks nobody.
    #[must_use]
    pub fn status(&self) -> DatabaseStatus {
        DatabaseStatus { away: self.is_away(), connections: self.inner.pool.size(), idle: self.inner.pool.num_idle() }
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

    /// How long this side waits for an answer.
    pub(super) fn query_timeout(&self) -> Duration {
        self.inner.query_timeout
    }

    /// Resolves when somebody marked the database away.
    pub(super) async fn probe_wanted(&self) {
        self.inner.probe_wanted.notified().await;
    }

    async fn lease(&self) -> Result<Lease, DatabaseError> {
        if self.is_away() {
            return Err(DatabaseError::Away);
        }
        let waiting = Arc::clone(&self.inner.permits).acquire_owned();
        let Ok(Ok(permit)) = timeout(self.inner.acquire_timeout, waiting).await else {
            return Err(DatabaseError::Busy);
        };
        // Those who waited for a permit while the database went away must not wait for it as well.
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

/// A connection on loan. Going back to the pool asks the server for a sign of life, which a frozen server never gives;
/// so the way back has a limit too, after which the connection is closed.
struct Lease {
    held: Option<(PoolConnection<Postgres>, OwnedSemaphorePermit)>,
    return_limit: Duration,
}

impl Lease {
    fn connection(&mut self) -> Result<&mut PgConnection, DatabaseError> {
        self.held.as_mut().map(|(connection, _)| &mut **connection).ok_or(DatabaseError::Away)
    }

    /// Closes the connection without a word to the server.
    fn discard(mut self) {
        if let Some((connection, _permit)) = self.held.take() {
            drop(connection.detach());
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some((mut connection, permit)) = self.held.take() else { return };
        let limit = self.return_limit;
        match Handle::try_current() {
            Ok(runtime) => {
                runtime.spawn(async move {
                    if timeout(limit, connection.return_to_pool()).await.is_err() {
                        tracing::warn!("a database connection did not come back in time and was closed");
                    }
                    drop(permit);
                });
            }
            Err(_) => drop(connection.detach()),
        }
    }
}

enum Failure<E> {
    /// `work` or the database said no, and the connection is sound.
    Refused(E),
    /// The connection broke.
    Lost { error: sqlx::Error, committing: bool },
}

async fn transact<T, E: From<DatabaseError>>(
    connection: &mut PgConnection,
    work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, E>,
) -> Result<T, Failure<E>> {
    let failed = |error: sqlx::Error, committing: bool| {
        if is_lost(&error) {
            Failure::Lost { error, committing }
        } else {
            Failure::Refused(DatabaseError::Sql(error).into())
        }
    };
    let mut transaction = connection.begin().await.map_err(|error| failed(error, false))?;
    match work(&mut transaction).await {
        Ok(value) => {
            transaction.commit().await.map_err(|error| failed(error, true))?;
            Ok(value)
        }
        // `work` may hide a broken connection in an error of its own; the rollback shows it.
        Err(refusal) => match transaction.rollback().await {
            Ok(()) => Err(Failure::Refused(refusal)),
            Err(error) => Err(Failure::Lost { error, committing: false }),
        },
    }
}

/// Whether the connection is beyond use. Class 57P is "the server is going away" (Postgres manual, Appendix A).
fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(said) => said.code().is_some_and(|code| code.starts_with("57P")),
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}

fn milliseconds(limit: Duration) -> String {
    limit.as_millis().to_string()
}
