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

/// What is wrong with the text that was written.
struct AskForm {
    problems: Problems,
}

/// What is asked. The form posts to the page's own path.
#[derive(Default)]
pub(super) struct Ask<'a> {
    /// The `h1`.
    pub(super) heading: String,
    /// Path of the page.
    pub(super) path: String,
    /// What it is about and what will happen, a paragraph each.
    pub(super) said: Vec<String>,
    /// A text that it is about: an HTML fragment of our own renderer.
    pub(super) html: Option<String>,
    /// The text to write; none for a plain button.
    pub(super) field: Option<Field<'a>>,
    /// Fields that nobody sees.
    pub(super) hidden: Vec<(&'static str, String)>,
    /// What the button says.
    pub(super) button: &'static str,
    /// Whether pressing it takes something away.
    pub(super) danger: bool,
    /// What else can be done where this is not right.
    pub(super) otherwise: Vec<Link>,
    /// Where not pressing it leads.
    pub(super) back: String,
}

/// A text to write.
#[derive(Default)]
pub(super) struct Field<'a> {
    /// Its name in the form.
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
    /// As it was typed.
    pub(super) typed: &'a str,
    /// What is wrong with it.
    pub(super) wrong: Option<String>,
}

/// The page; 422 where something is wrong with what was typed.
pub(super) fn page(desk: &Desk, actor: &Actor, ask: Ask<'_>) -> Result<Response, AppError> {
    let wrong = ask.field.as_ref().and_then(|field| Some(Problems::one(field.name, field.wrong.clone()?)));
    let form = AskForm { problems: wrong.unwrap_or_default() };
    let page = AskPage { shell: desk.shell(Some(actor), &ask.heading, &ask.path), ask, form };
    respond::form(&page, &page.form.problems)
}
