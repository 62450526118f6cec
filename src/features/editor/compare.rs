//! Any two states of a notice side by side: versions by their number, or the draft.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::base::error::AppError;
use crate::base::web::extract::{Path, Query};
use crate::base::web::respond;
use crate::desk::accounts::By;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::Reading;
use crate::desk::shell::StaffShell;
use crate::features::drafts::differences::{Differences, Side, between};
use crate::features::editor::{Opened, beside, notice_content, open, parse_name, text};
use crate::site::published::Notice;

/// Choices in one list: the newest; others are asked for by their number.
const MOST: usize = 200;

#[derive(Template)]
#[template(path = "editor/compare.html")]
struct Compare {
    shell: StaffShell,
    name: String,
    title: String,
    choices: Vec<(String, String)>,
    from: String,
    to: String,
    from_words: String,
    to_words: String,
    note: String,
    differences: Differences,
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    from: Option<String>,
    to: Option<String>,
}

pub(crate) async fn show(
    desk: DeskNow,
    actor: By<Reading>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, AppError> {
    let name = parse_name(name)?;
    let opened = open(&desk, name.to_string()).await?;
    let edition = &desk.edition;
    let notice = edition.published.notices.get(name.as_str());
    let (from, to) = chosen(asked, &opened, notice);
    let before = side(&desk, &opened, notice, &from).await?;
    let after = side(&desk, &opened, notice, &to).await?;
    let compare = || {
        let mut differences = between(&before, &after);
        differences.html = beside::lead_links_to_public_site(&differences.html, &desk.settings().public_url);
        differences
    };
    let differences = desk.site().heavy().for_staff(compare).await;
    let title = opened.title().to_owned();
    let page = Compare {
        shell: desk.shell(Some(&actor), &format!("Compare “{title}”"), opened.section()),
        choices: choices(&opened, notice),
        from_words: words(&from),
        to_words: words(&to),
        note: after.draft.change_note,
        name: name.to_string(),
        title,
        from,
        to,
        differences,
    };
    respond::page(StatusCode::OK, &page)
}

/// The two sides asked for; otherwise the draft with what it started from, or the newest version with the one before.
fn chosen(asked: Asked, opened: &Opened, notice: Option<&Notice>) -> (String, String) {
    let newest = notice.and_then(|notice| notice.versions.keys().next_back().copied()).unwrap_or(1);
    let to = asked.to.unwrap_or_else(|| if opened.kept.is_some() { "draft".to_owned() } else { newest.to_string() });
    let from = asked.from.unwrap_or_else(|| match (to.as_str(), opened.source) {
        ("draft", Some(source)) => source.number.to_string(),
        _ => to.parse::<i32>().map_or(newest, |number| (number - 1).max(1)).to_string(),
    });
    (from, to)
}

async fn side(desk: &DeskNow, opened: &Opened, notice: Option<&Notice>, asked: &str) -> Result<Side, AppError> {
    if asked == "draft" {
        let draft = opened.kept.as_ref().and_then(notice_content).ok_or(AppError::NotFound)?;
        let edition = &desk.edition;
        let render = || Side::draft(draft, opened.name.as_str(), &edition.facts);
        return Ok(desk.site().heavy().for_staff(render).await);
    }
    let number: i32 = asked.parse().map_err(|_| AppError::NotFound)?;
    let version = notice.and_then(|notice| notice.versions.get(&number)).ok_or(AppError::NotFound)?;
    let text = text(desk, version).await?;
    let text =
        text.ok_or(AppError::Unprocessable("The text of that version was removed, so it cannot be compared."))?;
    Ok(Side::version(&text))
}

fn choices(opened: &Opened, notice: Option<&Notice>) -> Vec<(String, String)> {
    let draft = opened.kept.as_ref().map(|_| ("draft".to_owned(), "The draft".to_owned()));
    let versions = notice.into_iter().flat_map(|notice| notice.versions.values().rev());
    let readable = versions.filter(|version| version.redaction.is_none()).take(MOST);
    draft
        .into_iter()
        .chain(readable.map(|version| (version.number.to_string(), words(&version.number.to_string()))))
        .collect()
}

fn words(asked: &str) -> String {
    if asked == "draft" { "the draft".to_owned() } else { format!("version {asked}") }
}
