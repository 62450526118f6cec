//! `/guide`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::base::error::AppError;
use crate::base::web::respond;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::{By, SignedIn};
use crate::desk::shell::StaffShell;
use crate::text::markdown::{MarkdownProblem, render};

/// The guide as it is written; its first line is its title.
const GUIDE: &str = include_str!("../../../docs/staff-guide.md");

/// The guide as HTML. It is the same for as long as the program runs.
static HTML: LazyLock<Result<String, Vec<MarkdownProblem>>> = LazyLock::new(|| {
    let text = GUIDE.split_once('\n').map_or(GUIDE, |(_, text)| text);
    render(text, "guide", &BTreeMap::new())
});

#[derive(Template)]
#[template(path = "guide/show.html")]
struct GuidePage {
    shell: StaffShell,
    html: &'static str,
}

pub(crate) async fn show(desk: DeskNow, actor: By<SignedIn>) -> Result<Response, AppError> {
    let html = HTML.as_ref().map_err(|problems| anyhow::anyhow!("the guide cannot be shown: {problems:?}"))?;
    let page = GuidePage { shell: desk.shell(Some(&actor), "Help", paths::GUIDE), html };
    respond::page(StatusCode::OK, &page)
}
