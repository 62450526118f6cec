//! Asking for a review: from then on drafts wait for a second person.

use serde_json::json;
use sqlx::PgConnection;

use super::super::drafts::{Draft, State, store as drafts};
use super::letters;
use super::model::WorkflowError;
use crate::accounts::{Actor, Desk};
use crate::audit::{self, Action};

/// Asks for a review of drafts that this transaction has found and nobody else changes until it ends. Everybody who may give one gets
/// one letter about all of them.
///
/// # Errors
/// When the database cannot be reached.
pub async fn submit(
    connection: &mut PgConnection,
    desk: &Desk,
    actor: &Actor,
    asked: &[Draft],
) -> Result<(), WorkflowError> {
    for draft in asked {
        drafts::set_state(connection, &draft.subject, draft.revision, State::Review, None).await?;
        let details = json!({ "revision": draft.revision, "fingerprint": draft.fingerprint });
        audit::record(connection, actor.who(), Action::DraftSubmitted, &draft.subject.to_string(), &details).await?;
    }
    letters::for_review(connection, desk, actor, asked).await?;
    Ok(())
}
