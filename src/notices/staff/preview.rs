//! What stands beside the text: how it will look, made by the very code of the public page, and what the checks say. Nothing is saved
//! here.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::super::checks::{self, Problem, Reading};
use super::super::drafts::NoticeDraft;
use super::super::edition::Edition;
use super::super::markdown::deepen;
use super::super::model::{Level, NoticeKind};
use super::edit::{self, Shown};
use super::form::{self, Asked, Typed};
use super::open;
use crate::accounts::permission::Editing;
use crate::accounts::{By, Desk};
use crate::error::AppError;
use crate::web::extract::{LongForm, Path};
use crate::web::respond;

#[derive(Template)]
#[template(path = "staff/notices/beside.html")]
struct Beside<'a> {
    title: &'a str,
    language: &'a str,
    /// HTML of our renderer; none while the text has problems.
    html: Option<String>,
    banner: Option<Level>,
    blocking: &'a [Problem],
    advice: &'a [Problem],
    reading: Reading,
}

#[derive(Template)]
#[template(path = "staff/notices/law.html")]
struct Law {
    asked: Vec<Asked>,
    open: usize,
}

/// The preview and the checks of a draft, and apart from them the law's list, which is part of the form.
pub(super) fn beside(
    desk: &Desk,
    edition: &Edition,
    name: &str,
    draft: &NoticeDraft,
) -> Result<(String, String), AppError> {
    let checks = checks::check(name, draft, edition, desk.now());
    let banner = (draft.kind == NoticeKind::Banner)
        .then(|| draft.banner.as_ref().map_or(Level::Information, |banner| banner.level));
    let public = desk.settings().public_url.as_str();
    let beside = Beside {
        title: &draft.title,
        language: &draft.language,
        // Under the heading "Preview" and the title.
        html: checks.html.map(|html| shown(&deepen(&html), public)),
        banner,
        blocking: &checks.blocking,
        advice: &checks.advice,
        reading: checks.reading,
    };
    let asked = form::asked(name, draft);
    let open = asked.iter().filter(|asked| asked.open).count();
    Ok((beside.render()?, Law { asked, open }.render()?))
}

/// A fragment as it is shown under a heading of a staff page, its local links leading to the public site.
pub(super) fn shown(html: &str, public_url: &str) -> String {
    let root = public_url.trim_end_matches('/');
    deepen(html).replace(" href=\"/", &format!(" href=\"{root}/"))
}

pub(super) async fn show(
    State(desk): State<Desk>,
    actor: By<Editing>,
    Path(name): Path<String>,
    LongForm(pairs): LongForm<Vec<(String, String)>>,
) -> Result<Response, AppError> {
    let opened = open(&desk, name).await?;
    let typed = Typed::read(pairs);
    let (content, errors) = typed.draft(&opened.content, opened.name.as_str());
    if typed.part {
        let (beside, law) = beside(&desk, &desk.site().edition(), opened.name.as_str(), &content)?;
        return Ok(respond::html(StatusCode::OK, beside + &law));
    }
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let said = errors.is_empty().then(|| "This is a preview. Nothing was saved.".to_owned());
    edit::page(&desk, &actor, &opened, typed, Shown { status, errors, said, ..Shown::default() }).await
}
