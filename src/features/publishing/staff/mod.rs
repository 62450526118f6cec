//! The pages between a draft and what is in force, a file for each task.

pub(crate) mod approve;
pub(crate) mod ask;
pub(crate) mod decide;
pub(crate) mod emergency;
pub(crate) mod end;
pub(crate) mod entries;
pub(crate) mod entry_page;
pub(crate) mod publish;
pub(crate) mod put_back;
pub(crate) mod readers;
pub(crate) mod redactions;
pub(crate) mod review;
pub(crate) mod texts_behind_facts;
pub(crate) mod withdraw;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::base::audit::model::Recorded;
use crate::base::clock::time_words;
use crate::base::error::AppError;
use crate::base::web::respond;
use crate::base::web::shell::Link;
use crate::desk::accounts::doubt::Doubted;
use crate::desk::accounts::{Actor, Desk};
use crate::desk::paths;
use crate::desk::shell::StaffShell;
use crate::features::drafts::{Draft, actions, store as drafts};
use crate::features::publishing::model::{ReviewState, WorkflowError};
use crate::site::edition::Edition;
use crate::site::subject::Subject;

fn subject(text: &str) -> Result<Subject, AppError> {
    text.parse().map_err(|_| AppError::NotFound)
}

/// A page that says why something was not done and what to do now.
#[derive(Template)]
#[template(path = "publishing/happened.html")]
struct Happened {
    shell: StaffShell,
    heading: &'static str,
    said: Vec<String>,
    problems: Vec<String>,
    links: Vec<Link>,
}

/// A draft with those who have seen its text, or what became of it where it is not there any more.
async fn load_review(
    desk: &Desk,
    edition: &Edition,
    subject: &Subject,
) -> Result<Result<ReviewState, WorkflowError>, AppError> {
    let found = desk.database().read(async |connection| {
        let Some(draft) = drafts::find(connection, subject).await? else {
            return Ok(Err(crate::features::publishing::publish::why_draft_is_missing(connection, subject).await?));
        };
        let sights = drafts::sights(connection, subject, draft.fingerprint).await?;
        let doubted = Doubted::find(connection, desk.now()).await?;
        Ok(Ok(ReviewState::new(draft, sights, &edition.facts, doubted)))
    });
    Ok(found.await?)
}

fn review_path(subject: &Subject) -> String {
    paths::draft_review(subject)
}

/// Says what stood in the way. Nothing was changed.
fn refused(desk: &Desk, actor: &Actor, path: &str, error: WorkflowError) -> Result<Response, AppError> {
    let (heading, said, problems, links) = match error {
        WorkflowError::Stale(draft) => (
            "The draft was changed in the meantime",
            vec![format!("{} Nothing was done. Read it again before you go on.", saved(&draft))],
            Vec::new(),
            vec![Link::new("Read the draft as it is now", review_path(&draft.subject))],
        ),
        WorkflowError::NewFacts(draft) => (
            "The facts changed in the meantime",
            vec![
                "This text uses names, addresses or numbers that changed since you opened it, so it reads otherwise now. Nothing was \
                 done. Read it again before you go on."
                    .to_owned(),
            ],
            Vec::new(),
            vec![Link::new("Read the draft as it is now", review_path(&draft.subject))],
        ),
        WorkflowError::Gone(became) => {
            ("This draft is not there any more", vec![became_of(became.as_deref())], Vec::new(), Vec::new())
        }
        WorkflowError::NeedsAnother => (
            "A second person is needed",
            vec!["Two people must have seen exactly this text. Nothing was done.".to_owned()],
            Vec::new(),
            Vec::new(),
        ),
        WorkflowError::NotReady(problems) => {
            ("It is not ready", vec!["Nothing was done. Put this right first:".to_owned()], problems, Vec::new())
        }
        WorkflowError::InTheWay(draft) => (
            "There is a draft",
            vec![format!("{} Nothing was done.", saved(&draft))],
            Vec::new(),
            vec![Link::new("Read the draft", review_path(&draft.subject))],
        ),
        WorkflowError::Refused(why) => ("That was not done", vec![why.to_owned()], Vec::new(), Vec::new()),
        WorkflowError::NotFound => return Err(AppError::NotFound),
        WorkflowError::Database(error) => return Err(error.into()),
        WorkflowError::Ledger(error) => return Err(anyhow::Error::from(error).into()),
        WorkflowError::Broken(error) => return Err(anyhow::Error::from(error).into()),
        WorkflowError::Unreadable(error) => return Err(anyhow::Error::from(error).into()),
        WorkflowError::Json(error) => return Err(anyhow::Error::from(error).into()),
    };
    let mut links = links;
    links.push(Link::new("Back", path.to_owned()));
    let shell = desk.shell(Some(actor), heading, path);
    respond::page(StatusCode::CONFLICT, &Happened { shell, heading, said, problems, links })
}

/// Says who saved a draft and when.
fn saved(draft: &Draft) -> String {
    format!("{} saved it on {}.", draft.saved_by.name, time_words(draft.saved_at))
}

/// Says what became of a draft, by the audit log.
fn became_of(what: Option<&Recorded>) -> String {
    let Some(what) = what else { return "There is no draft of this. Nothing was done.".to_owned() };
    let (who, at) = (&what.actor_name, time_words(what.at));
    if what.action == actions::DRAFT_DISCARDED.name() {
        return format!("{who} deleted it on {at}. Nothing was done.");
    }
    let details: serde_json::Value = serde_json::from_str(&what.details).unwrap_or_default();
    let version = details.get("version").and_then(serde_json::Value::as_i64).unwrap_or(0);
    format!("{who} published it as version {version} on {at}. Nothing was done twice.")
}
