//! A connection on loan from the pool.

use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Postgres};
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use crate::base::database::error::DatabaseError;

/// A connection on loan. Going back to the pool asks the server for a sign of life, which a frozen server never gives;
/// so the way back has a limit too, after which the connection is closed.
pub(super) struct Lease {
    pub(super) held: Option<(PoolConnection<Postgres>, OwnedSemaphorePermit)>,
    pub(super) return_limit: Duration,
}

impl Lease {
    pub(super) fn connection(&mut self) -> Result<&mut PgConnection, DatabaseError> {
        self.held.as_mut().map(|(connection, _)| &mut **connection).ok_or(DatabaseError::Away)
    }

    /// Closes the connection without a word to the server.
    pub(super) fn discard(mut self) {
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
