//! Replaces the public log by a new one when the ledger has lost an entry that the present log has signed.

use jiff::Timestamp;
use serde_json::json;
use sqlx::PgConnection;

use crate::base::audit::Who;
use crate::base::tlog::checkpoint::{Log, PATH};
use crate::base::tlog::{actions, store};
use crate::base::{audit, ledger};

/// An error of opening a log.
#[derive(Debug, thiserror::Error)]
pub enum RestartError {
    /// There is no log yet that a new one could replace.
    #[error("no log was opened yet: the first opens by itself as soon as a node that serves staff runs")]
    None,
    /// The name is invalid or was used before.
    #[error("--origin must be new, without blanks or plus signs, as www.northshire.example/notices/proof/2")]
    Origin,
    /// The reason is invalid.
    #[error("--reason must have 1 to 2,000 characters")]
    Reason,
    /// The database refused or could not be reached.
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
}

/// Opens a new log, from the command line. Without a name it gets the name of the first log with the time. Run it in a transaction.
pub async fn open_another(
    connection: &mut PgConnection,
    origin: Option<&str>,
    reason: &str,
) -> Result<Log, RestartError> {
    if !(1..=2000).contains(&reason.trim().chars().count()) {
        return Err(RestartError::Reason);
    }
    let logs = store::logs(connection).await?;
    let before = logs.last().ok_or(RestartError::None)?;
    let now = ledger::store::now(connection).await?;
    let origin = origin.map_or_else(|| origin_at(&before.origin, now), ToOwned::to_owned);
    let plain = origin.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'+') && (1..=200).contains(&origin.len());
    if !plain || logs.iter().any(|log| log.origin == origin) {
        return Err(RestartError::Origin);
    }
    store::open_log(connection, &origin, Some(reason.trim())).await?;
    let details = json!({ "origin": origin, "before": before.origin, "reason": reason.trim() });
    audit::record(connection, Who::CONSOLE, actions::PUBLIC_LOG_RESTARTED, "public-log", &details).await?;
    store::logs(connection).await?.pop().ok_or(RestartError::None)
}

/// Makes a name that no earlier log can have had, not even one whose record is lost.
fn origin_at(before: &str, now: Timestamp) -> String {
    let first = before.find(PATH).and_then(|at| before.get(..at + PATH.len())).unwrap_or(before);
    format!("{first}/{}", now.strftime("%Y%m%dT%H%M%SZ"))
}
