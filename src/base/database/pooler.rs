//! The check whether a pooler stands in front of the database, and what it does to sessions.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tokio::time::timeout;

/// The time limit for a notification.
const LIMIT: Duration = Duration::from_secs(1);

/// Tells whether a session lasts as long as its connection: one that listens hears. A pooler that shares sessions out by transaction
/// lets a `listen` pass and its notifications go nowhere.
pub async fn has_lasting_sessions(options: &PgConnectOptions) -> Result<bool, sqlx::Error> {
    let mut other = options.connect().await?;
    let channel = format!("bluelamp_{}", uuid::Uuid::now_v7().simple());
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(LIMIT * 2).connect_lazy_with(options.clone());
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(&channel).await?;
    match sqlx::raw_sql(AssertSqlSafe(format!("notify {channel}"))).execute(&mut other).await {
        Ok(_) => {}
        // It got the session of the one that listens, and a notification that it did not ask for.
        Err(sqlx::Error::Protocol(_)) => return Ok(false),
        Err(error) => return Err(error),
    }
    other.close().await?;
    Ok(timeout(LIMIT, listener.recv()).await.is_ok_and(|heard| heard.is_ok()))
}
