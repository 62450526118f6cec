//! Putting back what was in force before.

use axum::extract::State;
use axum::response::Response;

use crate::base::error::AppError;
use crate::base::web::extract::{Form, Path};
use crate::desk::accounts::{By, Desk};
use crate::desk::flash::Flash;
use crate::desk::paths;
use crate::desk::permission::Publishing;
use crate::features::drafts::DraftContent;
use crate::features::drafts::arranged::arranged;
use crate::features::drafts::differences::Change;
use crate::features::publishing::staff::ask;
use crate::features::publishing::staff::ask::Ask;
use crate::features::publishing::staff::entry_page::EntryForm;
use crate::features::publishing::staff::entry_page::after;
use crate::features::publishing::staff::entry_page::home;
use crate::features::publishing::staff::entry_page::kept;
use crate::features::publishing::staff::entry_page::reason_field;
use crate::features::publishing::staff::refused;
use crate::features::publishing::{entries as rules, model, put_back as deed};
use crate::text::markdown::deepen;

pub(crate) async fn show(
    State(desk): State<Desk>,
    actor: By<Publishing>,
    Path(number): Path<i64>,
) -> Result<Response, AppError> {
    page(&desk, &actor, number, None).await
}

async fn page(desk: &Desk, actor: &By<Publishing>, number: i64, typed: Option<&str>) -> Result<Response, AppError> {
    let now = kept(desk, number).await?;
    let (back, edition) = (home(&now.entry.subject), desk.site().edition());
    let then = match deed::before(&edition, &now) {
        Ok(then) => kept(desk, then).await?,
        Err(error) => return refused(desk, actor, &back, error),
    };
    let (subject, again) = match deed::again(&now, &then) {
        Ok(again) => again,
        Err(error) => return refused(desk, actor, &back, error),
    };
    let version = then.entry.version.unwrap_or(0);
    let (mut said, stays) = (Vec::new(), "as a new version. What is in force now stays in the history.");
    let (what, html) = if matches!(again, DraftContent::Notice(_)) {
        said.push(format!("The text of version {version} is published again at once, {stays}"));
        ("text", rules::content(&then).ok().map(|content| deepen(&content.html)))
    } else {
        said.push(format!("Version {version} is published again at once, {stays}"));
        said.extend(arranged(&edition, &subject, &again).iter().map(Change::words));
        ("version", None)
    };
    let ask = Ask {
        heading: format!("Put the previous {what} back: “{}”", again.title()),
        path: paths::entry_put_back(number),
        said,
        html,
        field: Some(reason_field(typed)),
        button: if what == "text" { "Put this text back now" } else { "Put this version back now" },
        danger: true,
        back,
        ..Ask::default()
    };
    ask::page(desk, actor, ask)
}

pub(crate) async fn put_back(
    State(desk): State<Desk>,
    actor: By<Publishing>,
    Path(number): Path<i64>,
    Form(typed): Form<EntryForm>,
) -> Result<Response, AppError> {
    let Some(reason) = model::reason(&typed.reason) else {
        return page(&desk, &actor, number, Some(&typed.reason)).await;
    };
    let done = deed::put_back(&desk, &actor, number, &reason).await;
    after(&desk, &actor, number, done.map(|(subject, _)| subject.to_string()), Flash::PutBack).await
}
