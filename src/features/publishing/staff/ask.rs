//! A page with one question: what is about to happen, perhaps a text to write, and a button.

use askama::Template;
use axum::response::Response;

use crate::base::error::AppError;
use crate::base::web::form::Problems;
use crate::base::web::respond;
use crate::base::web::shell::Link;
use crate::desk::accounts::{Actor, Desk};
use crate::desk::shell::StaffShell;

#[derive(Template)]
#[template(path = "publishing/ask.html")]
struct AskPage<'a> {
    shell: StaffShell,
    ask: Ask<'a>,
    form: AskForm,
}

/// The problems of the text that was typed.
struct AskForm {
    problems: Problems,
}

/// A question to be confirmed. Its form posts to the page's own path.
#[derive(Default)]
pub(super) struct Ask<'a> {
    /// The `h1`.
    pub(super) heading: String,
    /// Path of the page.
    pub(super) path: String,
    /// The paragraphs that say what it is about and what will happen.
    pub(super) said: Vec<String>,
    /// A text that it is about: an HTML fragment of our own renderer.
    pub(super) html: Option<String>,
    /// The text to write; none for a plain button.
    pub(super) field: Option<Field<'a>>,
    /// Fields that nobody sees.
    pub(super) hidden: Vec<(&'static str, String)>,
    /// The label of the button.
    pub(super) button: &'static str,
    /// Set if the action removes something.
    pub(super) danger: bool,
    /// Links to other actions.
    pub(super) otherwise: Vec<Link>,
    /// The path of the way back.
    pub(super) back: String,
}

/// A text to write.
#[derive(Default)]
pub(super) struct Field<'a> {
    /// Its name in the form.
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
    /// The text as it was typed.
    pub(super) typed: &'a str,
    /// Its problems.
    pub(super) wrong: Option<String>,
}

/// The page; 422 where something is wrong with what was typed.
pub(super) fn page(desk: &Desk, actor: &Actor, ask: Ask<'_>) -> Result<Response, AppError> {
    let wrong = ask.field.as_ref().and_then(|field| Some(Problems::one(field.name, field.wrong.clone()?)));
    let form = AskForm { problems: wrong.unwrap_or_default() };
    let page = AskPage { shell: desk.shell(Some(actor), &ask.heading, &ask.path), ask, form };
    respond::form(&page, &page.form.problems)
}
