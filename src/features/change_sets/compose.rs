//! Sets that a form makes by itself: drafts that are written together, taken into one set, and sent to one review.

use sqlx::PgConnection;

use crate::desk::accounts::Actor;
use crate::desk::now::DeskNow;
use crate::features::change_sets::decide::{NewSet, make_within, part_of_draft, submit_within};
use crate::features::change_sets::publish::problems;
use crate::features::change_sets::store;
use crate::features::change_sets::store::NewPart;
use crate::features::drafts;
use crate::features::drafts::{DraftContent, Written};
use crate::features::publishing::model::WorkflowError;
use crate::site::model::Facts;
use crate::site::subject::Subject;

/// Starts a draft and makes a part of it.
///
/// # Errors
/// `InTheWay` where there is a draft of this subject that says something else.
pub async fn start_part(
    connection: &mut PgConnection,
    desk: &DeskNow,
    actor: &Actor,
    (subject, content): (&Subject, &DraftContent),
    base: Option<i64>,
    facts: &Facts,
) -> Result<NewPart, WorkflowError> {
    let written = Written { subject, content, facts };
    let draft = drafts::store::start(connection, actor, written, base, desk.now()).await?;
    if draft.content != *content {
        return Err(WorkflowError::InTheWay(Box::new(draft)));
    }
    Ok(part_of_draft(&desk.edition, &draft))
}

/// Makes a set of parts, and asks for its review where nothing of it has to be put right first. The same form sent twice makes one.
///
/// # Errors
/// `NotReady` where a part is in another set.
pub async fn make(
    connection: &mut PgConnection,
    desk: &DeskNow,
    actor: &Actor,
    new: &NewSet,
    parts: &[NewPart],
    asks: bool,
) -> Result<(), WorkflowError> {
    if !make_within(connection, desk, actor, new, parts).await? || !asks {
        return Ok(());
    }
    let whole = store::whole_for_change(connection, new.id, desk.now()).await?.ok_or(WorkflowError::NotFound)?;
    let edition = &desk.edition;
    let is_ready = || problems(&whole, &whole.prepare(edition, desk.now()), edition).is_empty();
    if crate::base::web::heavy::off_async_threads(is_ready) {
        submit_within(connection, desk, actor, &whole).await?;
    }
    Ok(())
}
