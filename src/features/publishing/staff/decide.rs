//! The buttons under a review: ask for one, approve, send back, throw away.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use crate::base::audit;
use crate::base::characters::find_unfit;
use crate::base::error::AppError;
use crate::base::web::extract::{Form, Path};
use crate::base::web::respond;
use crate::desk::accounts::doubt::{Doubted, NEEDS_VOUCHER};
use crate::desk::accounts::{By, Desk};
use crate::desk::flash::Flash;
use crate::desk::permission::Editing;
use crate::features::drafts::actions;
use crate::features::drafts::model::ExactText;
use crate::features::drafts::{State as Stage, store as drafts};
use crate::features::publishing::model::{LONGEST_REASON, Looked, Shown, WorkflowError};
use crate::features::publishing::publish::{LIMIT, still};
use crate::features::publishing::staff::paths;
use crate::features::publishing::staff::{refused, review, review_path, subject};
use crate::features::publishing::{entries, letters, submit};
use crate::site::subject::Subject;

/// Which draft was on the screen.
#[derive(Deserialize)]
pub(crate) struct Pressed {
    revision: i64,
    #[serde(default)]
    fingerprint: String,
    #[serde(default)]
    facts: String,
    #[serde(default)]
    comment: String,
}

impl Pressed {
    fn shown(&self) -> Shown {
        Shown { revision: self.revision, text: None }
    }
}

pub(crate) async fn ask(
    State(desk): State<Desk>,
    actor: By<Editing>,
    Path(name): Path<String>,
    Form(pressed): Form<Pressed>,
) -> Result<Response, AppError> {
    let subject = subject(&name)?;
    let done = desk
        .database()
        .write(LIMIT, async |connection| {
            let edition = desk.site().edition();
            let draft = still(connection, &subject, pressed.shown(), &edition.facts).await?;
            let facts = draft.content.facts_in(&edition.facts);
            if draft.state == Stage::Review && submit::is_asked_for(connection, &draft, facts).await? {
                return Err(WorkflowError::Refused("It is waiting for a review already. Nothing was done twice."));
            }
            submit::submit(connection, &desk, &actor, &[draft]).await
        })
        .await;
    after(&desk, &actor, &subject, done, Flash::Submitted)
}

pub(crate) async fn approve(
    State(desk): State<Desk>,
    actor: By<Editing>,
    Path(name): Path<String>,
    Form(pressed): Form<Pressed>,
) -> Result<Response, AppError> {
    let subject = subject(&name)?;
    // Whoever approves vouches for a text, so the form has to say which one it showed.
    let text = ExactText::read(&pressed.fingerprint, &pressed.facts).ok_or(AppError::BadRequest(UNSAID))?;
    let shown = Shown { text: Some(text), ..pressed.shown() };
    let edition = desk.site().edition();
    let done = desk
        .database()
        .write(LIMIT, async |connection| {
            let draft = still(connection, &subject, shown, &edition.facts).await?;
            if draft.state == Stage::Back {
                return Err(WorkflowError::Refused("It was sent back and is being changed. Wait for the next review."));
            }
            let sights = drafts::sights(connection, &subject, draft.fingerprint).await?;
            let doubted = Doubted::find(connection, desk.now()).await?;
            if doubted.holds(actor.id()) {
                return Err(WorkflowError::Refused(NEEDS_VOUCHER));
            }
            let looked = Looked::new(draft, sights, &edition.facts, doubted);
            if looked.has_seen(&actor) {
                return Err(WorkflowError::Refused(
                    "You wrote or approved this text already: another person has to see it.",
                ));
            }
            let text = ExactText { fingerprint: looked.draft.fingerprint, facts: looked.facts };
            drafts::note_sight(connection, &actor, &subject, text, false, desk.now()).await?;
            let details =
                json!({ "revision": looked.draft.revision, "fingerprint": text.fingerprint, "facts": text.facts });
            audit::record(connection, actor.who(), actions::DRAFT_APPROVED, &subject.to_string(), &details).await?;
            letters::approved(connection, &desk, &actor, &looked.draft).await?;
            Ok(())
        })
        .await;
    after(&desk, &actor, &subject, done, Flash::Approved)
}

pub(crate) async fn send_back(
    State(desk): State<Desk>,
    actor: By<Editing>,
    Path(name): Path<String>,
    Form(pressed): Form<Pressed>,
) -> Result<Response, AppError> {
    let subject = subject(&name)?;
    let comment = pressed.comment.trim();
    if comment.is_empty() || comment.chars().count() > LONGEST_REASON || find_unfit(comment).is_some() {
        let wrong = format!("Say what should change, in at most {LONGEST_REASON} characters that everybody can see.");
        return review::again(&desk, &actor, &subject, wrong, comment).await;
    }
    let done = desk
        .database()
        .write(LIMIT, async |connection| {
            let draft = still(connection, &subject, pressed.shown(), &desk.site().edition().facts).await?;
            if draft.state != Stage::Review {
                return Err(WorkflowError::Refused("It is not waiting for a review. Nothing was done."));
            }
            if draft.saved_by.id == actor.id() {
                return Err(WorkflowError::Refused("You wrote this text yourself. Go on writing, or throw it away."));
            }
            drafts::set_state(connection, &subject, draft.revision, Stage::Back, Some(comment)).await?;
            let details = json!({ "revision": draft.revision, "comment": comment });
            audit::record(connection, actor.who(), actions::DRAFT_SENT_BACK, &subject.to_string(), &details).await?;
            letters::sent_back(connection, &desk, &actor, &draft).await?;
            Ok(())
        })
        .await;
    after(&desk, &actor, &subject, done, Flash::SentBack)
}

pub(crate) async fn discard(
    State(desk): State<Desk>,
    actor: By<Editing>,
    Path(name): Path<String>,
    Form(pressed): Form<Pressed>,
) -> Result<Response, AppError> {
    let subject = subject(&name)?;
    match entries::discard(&desk, &actor, &subject, pressed.shown()).await {
        Ok(()) => respond::see_other(&Flash::Discarded.at(&paths::subject(&subject))),
        Err(error) => refused(&desk, &actor, &paths::subject(&subject), error),
    }
}

/// Said where a form does not say which text it showed.
pub(super) const UNSAID: &str = "The form did not say which text it was for. Open the page again and try once more.";

fn after(
    desk: &Desk,
    actor: &By<Editing>,
    subject: &Subject,
    done: Result<(), WorkflowError>,
    said: Flash,
) -> Result<Response, AppError> {
    match done {
        Ok(()) => respond::see_other(&said.at(&review_path(subject))),
        Err(WorkflowError::Gone(became)) => refused(desk, actor, &paths::subject(subject), WorkflowError::Gone(became)),
        Err(error) => refused(desk, actor, &review_path(subject), error),
    }
}
