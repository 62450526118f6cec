//! How what staff arrange is kept: as drafts, one for each subject.

use jiff::Timestamp;
use sqlx::PgConnection;

use super::super::drafts::store::{SaveError, save, start};
use super::super::drafts::{Draft, DraftContent, Subject, Written};
use super::super::model::Facts;
use super::facts::Affected;
use crate::accounts::Actor;

/// Saves what a form held. It was made of revision `from` of the draft, or, where that is 0, of what is in force (`base`).
///
/// # Errors
/// [`SaveError`]; `Stale` also where somebody else has started a draft since.
pub async fn keep(
    connection: &mut PgConnection,
    actor: &Actor,
    (subject, written): (&Subject, Written<'_>),
    base: Option<i64>,
    from: i64,
    now: Timestamp,
) -> Result<Draft, SaveError> {
    if from != 0 {
        return save(connection, actor, subject, written, from, true, now).await;
    }
    let draft = start(connection, actor, subject, written, base, now).await?;
    if draft.content == *written.content { Ok(draft) } else { Err(SaveError::Stale(Box::new(draft))) }
}

/// Makes a draft of a notice that a change of facts left behind. One that is there already stays as it is.
///
/// # Errors
/// [`SaveError`], never `Stale` or `Gone`.
pub async fn follow_facts(
    connection: &mut PgConnection,
    actor: &Actor,
    subject: &Subject,
    affected: &Affected,
    facts: &Facts,
    now: Timestamp,
) -> Result<Draft, SaveError> {
    let content = DraftContent::Notice(affected.draft.clone());
    start(connection, actor, subject, Written { content: &content, facts }, Some(affected.base), now).await
}
