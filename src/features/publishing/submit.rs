//! Asking for a review: from then on drafts wait for a second person.

use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit;
use crate::base::ledger::Hash;
use crate::desk::accounts::Actor;
use crate::desk::accounts::doubt::Doubted;
use crate::desk::now::DeskNow;
use crate::features::discussion::model::{Kind, NewComment, Wish};
use crate::features::discussion::store as discussion;
use crate::features::drafts::model::Person;
use crate::features::drafts::{Draft, State, actions, store as drafts};
use crate::features::publishing::letters;
use crate::features::publishing::model::{ReviewState, WorkflowError};

/// Asks for a review of drafts that this transaction has found and nobody else changes until it ends. Whoever is asked by name gets one
/// letter about all of them; where nobody is, or that person cannot review one of them, everybody who may does. Says whether the
/// letter went to whoever was named.
pub async fn submit(
    connection: &mut PgConnection,
    desk: &DeskNow,
    actor: &Actor,
    asked: &[Draft],
    wish: &Wish,
) -> Result<bool, WorkflowError> {
    let reviewer = match wish.reviewer {
        Some(id) => named_reviewer(connection, desk, actor, asked, id).await?,
        None => None,
    };
    let edition = &desk.edition;
    for draft in asked {
        drafts::set_state(connection, &draft.subject, draft.revision, State::Review, None).await?;
        let facts = draft.content.facts_in(&edition.facts);
        let details = json!({ "revision": draft.revision, "fingerprint": draft.fingerprint, "facts": facts });
        audit::record(connection, actor.who(), actions::DRAFT_SUBMITTED, &draft.subject.to_string(), &details).await?;
        let comment = NewComment { reviewer, ..NewComment::of(Kind::Review, &wish.message) };
        discussion::add(connection, &draft.subject, comment, actor, desk.now()).await?;
    }
    letters::for_review(connection, desk, actor, asked, reviewer, &wish.message).await?;
    Ok(reviewer.is_some())
}

/// Everybody who may review a draft: they have the role, their account counts, and they did not write or approve this text.
pub async fn reviewers(connection: &mut PgConnection, looked: &ReviewState) -> Result<Vec<Person>, sqlx::Error> {
    let mut all = discussion::reviewers(connection).await?;
    all.retain(|one| !looked.doubted.holds(one.id) && looked.seen.iter().all(|sight| sight.person.id != one.id));
    Ok(all)
}

/// The account of whoever was named, if they may review all of the drafts.
async fn named_reviewer(
    connection: &mut PgConnection,
    desk: &DeskNow,
    actor: &Actor,
    asked: &[Draft],
    id: Uuid,
) -> Result<Option<Uuid>, sqlx::Error> {
    if id == actor.id() {
        return Ok(None);
    }
    for draft in asked {
        let sights = drafts::sights(connection, &draft.subject, draft.fingerprint).await?;
        let doubted = Doubted::find(connection, desk.now()).await?;
        let looked = ReviewState::new(draft.clone(), sights, &desk.edition.facts, doubted);
        if reviewers(connection, &looked).await?.iter().all(|one| one.id != id) {
            return Ok(None);
        }
    }
    Ok(Some(id))
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
