//! A notice or banner that is not there yet.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::super::checks::{LONGEST_TITLE, Problem};
use super::super::drafts::store::SaveError;
use super::super::drafts::{self, DraftContent, NoticeDraft, Subject, Written};
use super::super::model::{Address, Banner, Level, NoticeKind};
use super::saving::LIMIT;
use crate::accounts::permission::Editing;
use crate::accounts::{Actor, By, Desk};
use crate::error::AppError;
use crate::web::extract::Form;
use crate::web::respond;
use crate::web::staff_shell::StaffShell;

#[derive(Template)]
#[template(path = "staff/notices/new.html")]
struct NewPage {
    shell: StaffShell,
    heading: &'static str,
    typed: Typed,
    errors: Vec<Problem>,
}

impl NewPage {
    fn why(&self, field: &str) -> Option<&str> {
        self.errors.iter().find(|problem| problem.field == field).map(|problem| problem.message.as_str())
    }
}

#[derive(Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    title: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    kind: String,
}

pub(super) async fn notice(State(desk): State<Desk>, actor: By<Editing>) -> Result<Response, AppError> {
    let typed = Typed { kind: "text".to_owned(), ..Typed::default() };
    page(&desk, &actor, StatusCode::OK, typed, Vec::new())
}

pub(super) async fn banner(State(desk): State<Desk>, actor: By<Editing>) -> Result<Response, AppError> {
    let typed = Typed { kind: "banner".to_owned(), ..Typed::default() };
    page(&desk, &actor, StatusCode::OK, typed, Vec::new())
}

fn page(
    desk: &Desk,
    actor: &Actor,
    status: StatusCode,
    typed: Typed,
    errors: Vec<Problem>,
) -> Result<Response, AppError> {
    let banner = typed.kind == "banner";
    let (heading, path) = if banner { ("New banner", "/banners/new") } else { ("New notice", "/notices/new") };
    respond::page(status, &NewPage { shell: desk.shell(Some(actor), heading, path), heading, typed, errors })
}

/// Starts the draft of something new. Its address is also the name that stays when it moves.
pub(super) async fn start(
    State(desk): State<Desk>,
    actor: By<Editing>,
    Form(typed): Form<Typed>,
) -> Result<Response, AppError> {
    let mut errors = Vec::new();
    let title = typed.title.split_whitespace().collect::<Vec<_>>().join(" ");
    match title.chars().count() {
        0 => errors.push(Problem::of("title", "Write a title.")),
        length if length > LONGEST_TITLE => {
            errors.push(Problem::of("title", format!("Make the title shorter: at most {LONGEST_TITLE} characters.")));
        }
        _ => {}
    }
    let wanted = match typed.address.trim().trim_start_matches('/') {
        "" => from_title(&title),
        wanted => wanted.to_owned(),
    };
    let name = Address::try_from(wanted);
    if name.is_err() && !(title.is_empty() && typed.address.trim().is_empty()) {
        let said = "Use small letters, digits and single hyphens, at most 80, and none of the site's own addresses.";
        errors.push(Problem::of("address", said));
    }
    let taken = Problem::of("address", "This address is taken. Choose another one, or edit the notice that has it.");
    if let (Ok(name), true) = (name, errors.is_empty()) {
        if !is_taken(&desk, &name) && begin(&desk, &actor, &name, title, &typed.kind).await? {
            return respond::see_other(&format!("/notices/{name}/edit"));
        }
        errors.push(taken);
    }
    page(&desk, &actor, StatusCode::UNPROCESSABLE_ENTITY, typed, errors)
}

/// Whether something published has an address, or had it: old addresses go on leading somewhere.
fn is_taken(desk: &Desk, name: &Address) -> bool {
    let edition = desk.site().edition();
    let published = &edition.published;
    // A page's own name is free for the notice that will stand on it alone, unless it has one.
    published.notices.contains_key(name.as_str()) || published.notice_at(name.as_str(), desk.now()).is_some()
}

/// Starts the draft, unless there is one of that name: says which.
async fn begin(desk: &Desk, actor: &Actor, name: &Address, title: String, kind: &str) -> Result<bool, AppError> {
    let banner = kind == "banner";
    let kind = if banner { NoticeKind::Banner } else { NoticeKind::Text };
    let level = Level::Information;
    let draft = NoticeDraft {
        title,
        change_note: "First published.".to_owned(),
        banner: banner.then(|| Banner { level, pages: vec!["all".to_owned()], ends_at: None }),
        ..NoticeDraft::new(name.clone(), kind)
    };
    let (subject, content, now) = (Subject::Notice(name.clone()), DraftContent::Notice(draft), desk.now());
    let edition = desk.site().edition();
    let written = Written { content: &content, facts: &edition.facts };
    let started = desk
        .database()
        .write(LIMIT, async |connection| {
            if drafts::store::find_for_change(connection, &subject).await?.is_some() {
                return Ok(false);
            }
            let draft = drafts::store::start(connection, actor, &subject, written, None, now).await?;
            Ok(draft.started_by.id == actor.id() && draft.content == content)
        })
        .await;
    match started {
        Ok(started) => Ok(started),
        Err(SaveError::Database(error)) => Err(error.into()),
        Err(error) => Err(AppError::Internal(error.into())),
    }
}

/// An address made of a title's words.
fn from_title(title: &str) -> String {
    let mut address = String::new();
    for character in title.to_lowercase().chars() {
        if character.is_ascii_alphanumeric() {
            address.push(character);
        } else if !matches!(character, '\'' | '’') && !address.is_empty() && !address.ends_with('-') {
            address.push('-');
        }
        if address.len() >= 60 {
            break;
        }
    }
    address.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::from_title;

    #[test]
    fn a_title_makes_an_address() {
        assert_eq!(from_title("What’s new: the 101 line!"), "whats-new-the-101-line");
        assert_eq!(from_title("– –"), "");
    }
}
