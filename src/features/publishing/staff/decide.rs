//! The buttons under a review: ask for one, approve, send back, throw away.

use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use crate::base::audit;
use crate::base::characters::find_unfit;
use crate::base::error::AppError;
use crate::base::web::extract::{Form, Path};
use crate::base::web::form::Problems;
use crate::base::web::respond;
use crate::desk::accounts::doubt::{Doubted, NEEDS_VOUCHER};
use crate::desk::accounts::{Actor, By};
use crate::desk::flash::Flash;
use crate::desk::now::DeskNow;
use crate::desk::permission::{Editing, Signing};
use crate::features::discussion::model::{Kind, LONGEST_COMMENT, NewComment, Wish, read_words};
use crate::features::discussion::store as discussion;
use crate::features::drafts::model::ExactText;
use crate::features::drafts::{DraftContent, State as Stage, actions, signatures, store as drafts};
use crate::features::publishing::model::{FormToken, LONGEST_REASON, ReviewState, WorkflowError};
use crate::features::publishing::publish::{LIMIT, lock_if_unchanged};
use crate::features::publishing::staff::review::ReviewForm;
use crate::features::publishing::staff::{paths, refused, review, review_path, subject};
use crate::features::publishing::{entries, letters, submit, words};
use crate::site::subject::Subject;

/// The draft that was on the screen.
#[derive(Deserialize)]
pub(crate) struct Pressed {
    revision: i64,
    #[serde(default)]
    fingerprint: String,
    #[serde(default)]
    facts: String,
    #[serde(default)]
    comment: String,
    #[serde(default)]
    reviewer: String,
    #[serde(default)]
    message: String,
    /// Which answers to the law's list it showed.
    #[serde(default)]
    answers: String,
}

impl Pressed {
    fn form_token(&self) -> FormToken {
        FormToken { revision: self.revision, text: None }
    }

    /// The form as it was typed, to be shown again.
    fn into_form(self, problems: Problems) -> ReviewForm {
        ReviewForm { comment: self.comment, reviewer: self.reviewer, message: self.message, problems }
    }
}

pub(crate) async fn ask(
    desk: DeskNow,
    actor: By<Editing>,
    Path(name): Path<String>,
    Form(pressed): Form<Pressed>,
) -> Result<Response, AppError> {
    let subject = subject(&name)?;
    let message = match read_words(&pressed.message, LONGEST_COMMENT) {
        Ok(message) => message,
        Err(wrong) => {
            let problems = Problems::one("message", wrong);
            return review::show_again(&desk, &actor, &subject, pressed.into_form(problems)).await;
        }
    };
    let wish = Wish { reviewer: pressed.reviewer.parse().ok(), message };
    let done = desk
        .database()
        .write(LIMIT, async |connection| {
            let edition = &desk.edition;
            let draft = lock_if_unchanged(connection, &subject, pressed.form_token(), &edition.facts).await?;
            let facts = draft.content.facts_in(&edition.facts);
            if draft.state == Stage::Review && submit::is_asked_for(connection, &draft, facts).await? {
                return Err(WorkflowError::Refused(words::WAITS_ALREADY));
            }
            submit::submit(connection, &desk, &actor, &[draft], &wish).await
        })
        .await;
    let said = match (pressed.reviewer.is_empty(), &done) {
        (true, _) => Flash::Submitted,
        (false, Ok(true)) => Flash::SubmittedToOne,
        (false, _) => Flash::SubmittedToAll,
    };
    redirect_or_explain(&desk, &actor, &subject, done.map(|_| ()), said)
}

pub(crate) async fn approve(
    desk: DeskNow,
    actor: By<Editing>,
    Path(name): Path<String>,
    Form(pressed): Form<Pressed>,
) -> Result<Response, AppError> {
    let subject = subject(&name)?;
    // An approval is about one text, so the form has to say which one it showed.
    let text = ExactText::read(&pressed.fingerprint, &pressed.facts).ok_or(AppError::BadRequest(words::UNSAID))?;
    let shown = FormToken { text: Some(text), ..pressed.form_token() };
    let edition = &desk.edition;
    let done = desk
        .database()
        .write(LIMIT, async |connection| {
            let draft = lock_if_unchanged(connection, &subject, shown, &edition.facts).await?;
            if draft.state == Stage::Back {
                return Err(WorkflowError::Refused(words::SENT_BACK));
            }
            let sights = drafts::sights(connection, &subject, draft.fingerprint).await?;
            let doubted = Doubted::find(connection, desk.now()).await?;
            if doubted.holds(actor.id()) {
                return Err(WorkflowError::Refused(NEEDS_VOUCHER));
            }
            let looked = ReviewState::new(draft, sights, &edition.facts, doubted);
            if looked.has_seen(&actor) {
                return Err(WorkflowError::Refused(words::SEEN_ALREADY));
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
    redirect_or_explain(&desk, &actor, &subject, done, Flash::Approved)
}

pub(crate) async fn send_back(
    desk: DeskNow,
    actor: By<Editing>,
    Path(name): Path<String>,
    Form(pressed): Form<Pressed>,
) -> Result<Response, AppError> {
    let subject = subject(&name)?;
    let comment = pressed.comment.trim();
    if comment.is_empty() || comment.chars().count() > LONGEST_REASON || find_unfit(comment).is_some() {
        let problems = Problems::one("comment", words::no_comment());
        return review::show_again(&desk, &actor, &subject, pressed.into_form(problems)).await;
    }
    let done = desk
        .database()
        .write(LIMIT, async |connection| {
            let draft = lock_if_unchanged(connection, &subject, pressed.form_token(), &desk.edition.facts).await?;
            if draft.state != Stage::Review {
                return Err(WorkflowError::Refused(words::DOES_NOT_WAIT));
            }
            if draft.saved_by.id == actor.id() {
                return Err(WorkflowError::Refused(words::OWN_TEXT));
            }
            drafts::set_state(connection, &subject, draft.revision, Stage::Back, Some(comment)).await?;
            let details = json!({ "revision": draft.revision, "comment": comment });
            audit::record(connection, actor.who(), actions::DRAFT_SENT_BACK, &subject.to_string(), &details).await?;
            discussion::add(connection, &subject, NewComment::of(Kind::Back, comment), &actor, desk.now()).await?;
            letters::sent_back(connection, &desk, &actor, &draft, comment).await?;
            Ok(())
        })
        .await;
    redirect_or_explain(&desk, &actor, &subject, done, Flash::SentBack)
}

/// Signs the answers to the law's list that were on the screen.
pub(crate) async fn sign(
    desk: DeskNow,
    actor: By<Signing>,
    Path(name): Path<String>,
    Form(pressed): Form<Pressed>,
) -> Result<Response, AppError> {
    let subject = subject(&name)?;
    let done = desk
        .database()
        .write(LIMIT, async |connection| {
            let draft = lock_if_unchanged(connection, &subject, pressed.form_token(), &desk.edition.facts).await?;
            let DraftContent::Notice(content) = &draft.content else { return Err(WorkflowError::NotFound) };
            if pressed.answers != signatures::list_hash(content).to_string() {
                return Err(WorkflowError::Stale(Box::new(draft)));
            }
            let signed = signatures::sign(connection, &actor, &subject, content, desk.now()).await?;
            if signed > 0 {
                let details = json!({ "revision": draft.revision, "answers": signed });
                audit::record(connection, actor.who(), actions::LAW_SIGNED, &subject.to_string(), &details).await?;
            }
            Ok(())
        })
        .await;
    redirect_or_explain(&desk, &actor, &subject, done, Flash::LawSigned)
}

pub(crate) async fn discard(
    desk: DeskNow,
    actor: By<Editing>,
    Path(name): Path<String>,
    Form(pressed): Form<Pressed>,
) -> Result<Response, AppError> {
    let subject = subject(&name)?;
    match entries::discard(&desk, &actor, &subject, pressed.form_token()).await {
        Ok(()) => respond::see_other(&Flash::Discarded.at(&paths::subject(&subject))),
        Err(error) => refused(&desk, &actor, &paths::subject(&subject), error),
    }
}

fn redirect_or_explain(
    desk: &DeskNow,
    actor: &Actor,
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
