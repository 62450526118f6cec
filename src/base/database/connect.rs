//! Connections to the database, and their limits.

use std::path::PathBuf;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

/// The limits of the connections to the database.
#[derive(Clone)]
pub struct DatabaseSettings {
    /// The application's login (`DATABASE_URL`). Without it the program runs a cluster of its own under `data_dir`.
    pub url: Option<String>,
    /// The login that owns the tables and runs migrations (`DATABASE_OWNER_URL`). Without it `url` does both.
    pub owner_url: Option<String>,
    /// The folder of a cluster of the program's own (`DATA_DIR`).
    pub data_dir: PathBuf,
    /// The longest that a request waits for a free connection.
    pub acquire_timeout: Duration,
    /// The longest that the server works on one statement before it gives up.
    pub statement_timeout: Duration,
    /// The longest that the server waits for a lock before it gives up.
    pub lock_timeout: Duration,
    /// The longest that the server keeps a transaction that does nothing.
    pub idle_in_transaction: Duration,
    /// The longest that this side waits for an answer. A frozen server fires none of its own limits.
    pub query_timeout: Duration,
    /// Connections of this node's pool, the change feed's own not counted.
    pub max_connections: u32,
    /// False only for the throw-away clusters of tests, which may lose data in a power cut.
    pub durable: bool,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self {
            url: None,
            owner_url: None,
            data_dir: PathBuf::from("data"),
            acquire_timeout: Duration::from_secs(1),
            statement_timeout: Duration::from_secs(5),
            lock_timeout: Duration::from_secs(2),
            idle_in_transaction: Duration::from_secs(10),
            query_timeout: Duration::from_secs(3),
            max_connections: 10,
            durable: true,
        }
    }
}

/// Leaves out the logins: their passwords belong in no log.
impl std::fmt::Debug for DatabaseSettings {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("DatabaseSettings")
            .field("url", &self.url.is_some())
            .field("owner_url", &self.owner_url.is_some())
            .field("data_dir", &self.data_dir)
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}

/// Options to connect to the database of an address. Nothing but the login goes along with the connection: poolers refuse what else they
/// would have to keep for a session.
pub fn options(url: &str) -> Result<PgConnectOptions, sqlx::Error> {
    Ok(url.parse::<PgConnectOptions>()?.extra_float_digits(None))
}

/// Settings of a session, as one statement that goes without being prepared.
pub(super) fn session_settings(settings: &[(&str, String)]) -> String {
    // Names and numbers of our own.
    settings.iter().map(|(name, value)| format!("set {name} = {value}")).collect::<Vec<_>>().join("; ")
}

/// Tells whether Postgres said so (SQLSTATE).
pub(super) fn has_code(error: &sqlx::Error, code: &str) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|said| said == code)
}
