//! Asking for a review: from then on drafts wait for a second person.

use serde_json::json;
use sqlx::PgConnection;

use crate::base::audit;
use crate::base::ledger::Hash;
use crate::desk::accounts::Actor;
use crate::desk::now::DeskNow;
use crate::features::drafts::{Draft, State, actions, store as drafts};
use crate::features::publishing::letters;
use crate::features::publishing::model::WorkflowError;

/// Asks for a review of drafts that this transaction has found and nobody else changes until it ends. Everybody who may give one gets
/// one letter about all of them.
pub async fn submit(
    connection: &mut PgConnection,
    desk: &DeskNow,
    actor: &Actor,
    asked: &[Draft],
) -> Result<(), WorkflowError> {
    let edition = &desk.edition;
    for draft in asked {
        drafts::set_state(connection, &draft.subject, draft.revision, State::Review, None).await?;
        let facts = draft.content.facts_in(&edition.facts);
        let details = json!({ "revision": draft.revision, "fingerprint": draft.fingerprint, "facts": facts });
        audit::record(connection, actor.who(), actions::DRAFT_SUBMITTED, &draft.subject.to_string(), &details).await?;
    }
    letters::for_review(connection, desk, actor, asked).await?;
    Ok(())
}

/// Tells that the last review that was asked for is of exactly this text, with these facts.
pub async fn is_asked_for(
    connection: &mut PgConnection,
    draft: &Draft,
    facts: Option<Hash>,
) -> Result<bool, sqlx::Error> {
    let last = audit::store::last(connection, &draft.subject.to_string(), &[actions::DRAFT_SUBMITTED]).await?;
    let Some(last) = last.filter(|last| last.at >= draft.started_at) else { return Ok(false) };
    let details: serde_json::Value = serde_json::from_str(&last.details).unwrap_or_default();
    let is = |name: &str, value: serde_json::Value| details.get(name) == Some(&value);
    Ok(is("fingerprint", json!(draft.fingerprint)) && is("facts", json!(facts)))
}
