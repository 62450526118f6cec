//! The buttons under a set: its parts, ask for a review, approve, send back, cancel.

use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use crate::base::characters::find_unfit;
use crate::base::error::AppError;
use crate::base::web::extract::{Form, Path};
use crate::base::web::form::Fields;
use crate::base::web::respond;
use crate::desk::accounts::{Actor, By};
use crate::desk::flash::Flash;
use crate::desk::now::DeskNow;
use crate::desk::permission::{Editing, Publishing};
use crate::features::change_sets::decide;
use crate::features::change_sets::decide::Parts;
use crate::features::change_sets::staff::show;
use crate::features::change_sets::{paths, put_back};
use crate::features::publishing::model;
use crate::features::publishing::model::{LONGEST_REASON, WorkflowError};
use crate::features::publishing::words as publishing;

/// Which set was on the screen.
#[derive(Deserialize)]
pub(crate) struct Pressed {
    #[serde(default)]
    fingerprint: String,
    #[serde(default)]
    comment: String,
    #[serde(default)]
    reason: String,
}

pub(crate) async fn parts(
    desk: DeskNow,
    actor: By<Editing>,
    Path(id): Path<Uuid>,
    Form(sent): Form<Fields>,
) -> Result<Response, AppError> {
    let press = sent.get("press");
    let change = match press.split_once(' ') {
        Some(("leave", subject)) => subject.parse().ok().map(Parts::Leave),
        Some(("take", subject)) => subject.parse().ok().map(Parts::TakeAnew),
        _ => Some(Parts::Add(sent.all("draft").filter_map(|subject| subject.parse().ok()).collect())),
    };
    let change = change.ok_or(AppError::BadRequest(publishing::UNSAID))?;
    answer(&desk, &actor, id, decide::change_parts(&desk, &actor, id, &change).await, Flash::Saved).await
}

pub(crate) async fn submit(desk: DeskNow, actor: By<Editing>, Path(id): Path<Uuid>) -> Result<Response, AppError> {
    answer(&desk, &actor, id, decide::submit(&desk, &actor, id).await, Flash::Submitted).await
}

pub(crate) async fn approve(
    desk: DeskNow,
    actor: By<Editing>,
    Path(id): Path<Uuid>,
    Form(pressed): Form<Pressed>,
) -> Result<Response, AppError> {
    // An approval is about one state of the set, so the form has to say which one it showed.
    let shown = pressed.fingerprint.parse().map_err(|_| AppError::BadRequest(publishing::UNSAID))?;
    answer(&desk, &actor, id, decide::approve(&desk, &actor, id, shown).await, Flash::Approved).await
}

pub(crate) async fn send_back(
    desk: DeskNow,
    actor: By<Editing>,
    Path(id): Path<Uuid>,
    Form(pressed): Form<Pressed>,
) -> Result<Response, AppError> {
    let comment = pressed.comment.trim();
    if comment.is_empty() || comment.chars().count() > LONGEST_REASON || find_unfit(comment).is_some() {
        return show::show_field(&desk, &actor, id, "comment", publishing::no_comment(), comment).await;
    }
    answer(&desk, &actor, id, decide::send_back(&desk, &actor, id, comment).await, Flash::SentBack).await
}

pub(crate) async fn cancel(desk: DeskNow, actor: By<Editing>, Path(id): Path<Uuid>) -> Result<Response, AppError> {
    answer(&desk, &actor, id, decide::cancel(&desk, &actor, id).await, Flash::SetCancelled).await
}

pub(crate) async fn put_back(
    desk: DeskNow,
    actor: By<Publishing>,
    Path(id): Path<Uuid>,
    Form(pressed): Form<Pressed>,
) -> Result<Response, AppError> {
    let Some(reason) = model::reason(&pressed.reason) else {
        return show::show_field(&desk, &actor, id, "reason", publishing::too_short(), &pressed.reason).await;
    };
    answer(&desk, &actor, id, put_back::put_back(&desk, &actor, id, &reason).await, Flash::PutBack).await
}

/// Back to the set, which says what was done, or why nothing was.
pub(super) async fn answer<T>(
    desk: &DeskNow,
    actor: &Actor,
    id: Uuid,
    done: Result<T, WorkflowError>,
    said: Flash,
) -> Result<Response, AppError> {
    match done {
        Ok(_) => respond::see_other(&said.at(&paths::set(id))),
        Err(WorkflowError::NotReady(sentences)) => show::show_refused(desk, actor, id, sentences).await,
        Err(WorkflowError::Refused(why)) => show::show_refused(desk, actor, id, vec![why.to_owned()]).await,
        Err(WorkflowError::NotFound) => Err(AppError::NotFound),
        Err(WorkflowError::Database(error)) => Err(error.into()),
        Err(other) => Err(anyhow::Error::from(other).into()),
    }
}
