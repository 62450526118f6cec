//! The making of drafts for notices that a change of facts left behind.

use jiff::Timestamp;
use sqlx::PgConnection;

use crate::desk::accounts::Actor;
use crate::features::drafts::answers::carry_over;
use crate::features::drafts::store::{SaveError, find_for_change, start};
use crate::features::drafts::{Draft, DraftContent, State, Written};
use crate::features::structure::facts::Affected;
use crate::site::model::Facts;
use crate::site::subject::Subject;

/// Makes a draft of a notice that a change of facts left behind; none where there is one already, which stays as it is.
/// Errors: [`SaveError`], never `Stale` or `Gone`.
pub async fn follow_facts(
    connection: &mut PgConnection,
    actor: &Actor,
    subject: &Subject,
    affected: &Affected,
    facts: &Facts,
    now: Timestamp,
) -> Result<Option<Draft>, SaveError> {
    if find_for_change(connection, subject).await?.is_some() {
        return Ok(None);
    }
    let mut content = DraftContent::Notice(affected.draft.clone());
    carry_over(connection, subject, &mut content, affected.base).await?;
    let written = Written { subject, content: &content, facts };
    let draft = start(connection, actor, written, Some(affected.base), now).await?;
    // One may have been started a moment ago, also by the same form sent twice.
    let own = draft.started_by.id == actor.id() && draft.state == State::Draft && draft.content == content;
    Ok(own.then_some(draft))
}
