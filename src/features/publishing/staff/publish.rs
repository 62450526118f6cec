//! The last step: when, and by whom.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::base::characters::find_unfit;
use crate::base::error::AppError;
use crate::base::web::extract::{Form, Path};
use crate::base::web::fields::say_unfit;
use crate::base::web::respond;
use crate::desk::accounts::{Actor, By, Desk};
use crate::desk::flash::Flash;
use crate::desk::paths;
use crate::desk::permission::Publishing;
use crate::desk::shell::StaffShell;
use crate::features::drafts::DraftContent;
use crate::features::publishing::model;
use crate::features::publishing::model::{Looked, SHORTEST_REASON, Seen, Shown, ShownText, WorkflowError};
use crate::features::publishing::publish;
use crate::features::publishing::publish::{Release, is_urgent};
use crate::features::publishing::ready;
use crate::features::publishing::staff::decide::UNSAID;
use crate::features::publishing::staff::review::{seen_words, warnings};
use crate::features::publishing::staff::when::{When, Wrong};
use crate::features::publishing::staff::{looked, refused, review_path, subject};
use crate::features::structure::facts;
use crate::site::subject::Subject;

#[derive(Template)]
#[template(path = "publishing/publish.html")]
struct Page {
    shell: StaffShell,
    title: String,
    subject: String,
    revision: i64,
    fingerprint: String,
    facts: String,
    /// The public change note; none for what has none.
    change_note: Option<String>,
    asks_again: bool,
    seen: Vec<String>,
    warnings: Vec<String>,
    needs_reason: bool,
    urgent: bool,
    errors: Vec<Problem>,
    form: Fields,
    when_wrong: Option<Wrong>,
}

/// Something to put right, with the id of its field.
struct Problem {
    field: &'static str,
    message: String,
}

#[derive(Deserialize, Default)]
pub(crate) struct Sent {
    revision: i64,
    fingerprint: String,
    #[serde(default)]
    facts: String,
    #[serde(default)]
    when: String,
    #[serde(default)]
    date: String,
    #[serde(default)]
    time: String,
    #[serde(default)]
    instant: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    note: String,
}

/// What the form shows as typed.
#[derive(Default)]
struct Fields {
    when: When,
    reason: String,
    note: String,
}

pub(crate) async fn show(
    State(desk): State<Desk>,
    actor: By<Publishing>,
    Path(name): Path<String>,
) -> Result<Response, AppError> {
    let subject = subject(&name)?;
    page(&desk, &actor, &subject, Fields::default(), Vec::new(), None).await
}

pub(crate) async fn publish(
    State(desk): State<Desk>,
    actor: By<Publishing>,
    Path(name): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, AppError> {
    let subject = subject(&name)?;
    let text = ShownText::read(&sent.fingerprint, &sent.facts).ok_or(AppError::BadRequest(UNSAID))?;
    let fields = Fields {
        when: When { choice: sent.when, date: sent.date, time: sent.time, instant: sent.instant },
        reason: sent.reason,
        note: sent.note,
    };
    let in_force_at = match fields.when.read(desk.now()) {
        Ok(at) => at,
        Err(wrong) => {
            let problem = Problem {
                field: if wrong.choices.is_empty() { "date" } else { "instant-1" },
                message: wrong.message.clone(),
            };
            return page(&desk, &actor, &subject, fields, vec![problem], Some(wrong)).await;
        }
    };
    let notes = !matches!(subject, Subject::Notice(_));
    let note = Some(fields.note.trim().to_owned()).filter(|note| notes && !note.is_empty());
    if notes && note.is_none() {
        let problem = Problem { field: "note", message: "Say in a sentence what changed.".to_owned() };
        return page(&desk, &actor, &subject, fields, vec![problem], None).await;
    }
    if let Some(unfit) = note.as_deref().and_then(find_unfit) {
        let problem = Problem { field: "note", message: say_unfit(unfit) };
        return page(&desk, &actor, &subject, fields, vec![problem], None).await;
    }
    let release = Release {
        shown: Shown { revision: sent.revision, text: Some(text) },
        in_force_at,
        reason: model::reason(&fields.reason),
        note,
    };
    match publish::publish(&desk, &actor, &subject, &release).await {
        Ok(done) => {
            let said =
                if done.scheduled { Flash::Scheduled(Some(done.in_force_at)) } else { published(&desk, &subject) };
            respond::see_other(&said.at(&paths::subject(&subject)))
        }
        Err(WorkflowError::NeedsAnother) => {
            let message = format!(
                "Nobody else has seen this text. Ask for a review, or say why you publish alone, in at least {SHORTEST_REASON} characters."
            );
            page(&desk, &actor, &subject, fields, vec![Problem { field: "reason", message }], None).await
        }
        Err(WorkflowError::NotReady(problems)) => {
            let problems = problems.into_iter().map(|message| Problem { field: "draft", message }).collect();
            page(&desk, &actor, &subject, fields, problems, None).await
        }
        Err(WorkflowError::Gone(became)) => {
            refused(&desk, &actor, &paths::subject(&subject), WorkflowError::Gone(became))
        }
        Err(error) => refused(&desk, &actor, &review_path(&subject), error),
    }
}

/// What is said of it: of facts also how many notices still say the old ones.
fn published(desk: &Desk, subject: &Subject) -> Flash {
    let behind = match subject {
        Subject::Facts => facts::affected(&desk.site().edition()).len(),
        _ => 0,
    };
    u16::try_from(behind).ok().filter(|many| *many > 0).map_or(Flash::Published, Flash::FactsPublished)
}

async fn page(
    desk: &Desk,
    actor: &Actor,
    subject: &Subject,
    form: Fields,
    mut errors: Vec<Problem>,
    when_wrong: Option<Wrong>,
) -> Result<Response, AppError> {
    let edition = desk.site().edition();
    let looked = match looked(desk, &edition, subject).await? {
        Ok(found) => found,
        Err(gone) => return refused(desk, actor, &paths::subject(subject), gone),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let prepare = || ready::prepare(subject, &looked.draft.content, &edition, desk.now());
    if errors.is_empty()
        && let Err(problems) = desk.site().heavy().for_staff(prepare).await
    {
        errors = problems.into_iter().map(|message| Problem { field: "draft", message }).collect();
    }
    let warnings = warnings(&edition, &looked);
    respond::page(status, &filled(desk, actor, &looked, (form, errors, when_wrong, warnings)))
}

type Rest = (Fields, Vec<Problem>, Option<Wrong>, Vec<String>);

fn filled(desk: &Desk, actor: &Actor, looked: &Looked, rest: Rest) -> Page {
    let draft = &looked.draft;
    let (form, errors, when_wrong, warnings) = rest;
    let title = draft.content.title().to_owned();
    let (change_note, asks_again) = match &draft.content {
        DraftContent::Notice(text) => (Some(text.change_note.trim().to_owned()), text.ask_again),
        _ => (None, false),
    };
    let urgent = is_urgent(&draft.content);
    Page {
        shell: desk.shell(Some(actor), &format!("Publish: {title}"), &paths::draft_publish(&draft.subject)),
        title,
        subject: draft.subject.to_string(),
        revision: draft.revision,
        fingerprint: draft.fingerprint.to_string(),
        facts: looked.facts.map_or_else(String::new, |facts| facts.to_string()),
        change_note,
        asks_again,
        seen: seen_words(looked),
        warnings,
        needs_reason: Seen::count(&looked.seen_by(actor)) < 2 && !urgent,
        urgent,
        errors,
        form,
        when_wrong,
    }
}
