//! How the log is kept: the only SQL that writes it.

use serde_json::Value;
use sqlx::PgConnection;

use super::model::{Action, Recorded, Who};

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

/// The last time that one of these was done to a subject.
///
/// # Errors
/// When the database cannot be reached.
pub async fn last(
    connection: &mut PgConnection,
    subject: &str,
    actions: &[Action],
) -> Result<Option<Recorded>, sqlx::Error> {
    let names: Vec<String> = actions.iter().map(|action| action.name().to_owned()).collect();
    let row = sqlx::query!(
        r#"select id, at as "at: jiff_sqlx::Timestamp", actor, actor_name, action, subject, details
        from audit_entry where subject = $1 and action = any ($2) order by id desc limit 1"#,
        subject,
        &names,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Recorded {
        id: row.id,
        at: row.at.to_jiff(),
        actor: row.actor,
        actor_name: row.actor_name,
        action: row.action,
        subject: row.subject,
        details: row.details,
    }))
}
