//! How the log is kept: the only SQL that writes it.

use serde_json::Value;
use sqlx::PgConnection;

use super::model::{Action, Who};

/// Records what was done, in the transaction that does it.
///
/// # Errors
/// When the database cannot be reached.
pub async fn record(
    connection: &mut PgConnection,
    who: Who<'_>,
    action: Action,
    subject: &str,
    details: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into audit_entry (actor, actor_name, action, subject, details) values ($1, $2, $3, $4, $5)",
        who.id,
        who.name,
        action.name(),
        subject,
        details.to_string(),
    )
    .execute(connection)
    .await?;
    Ok(())
}
