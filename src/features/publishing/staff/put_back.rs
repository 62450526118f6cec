//! Putting back what was in force before.

use axum::response::Response;

use crate::base::error::AppError;
use crate::base::web::extract::{MaybeForm, Path};
use crate::desk::accounts::By;
use crate::desk::flash::Flash;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::Publishing;
use crate::features::drafts::DraftContent;
use crate::features::drafts::arranged::arranged;
use crate::features::drafts::differences::Change;
use crate::features::publishing::staff::ask::Ask;
use crate::features::publishing::staff::entry_page::{EntryForm, home, load_entry, reason_field, redirect_or_explain};
use crate::features::publishing::staff::{ask, refused};
use crate::features::publishing::{entries as rules, model, put_back as action, words};
use crate::text::markdown::deepen;

pub(crate) async fn put_back(
    desk: DeskNow,
    actor: By<Publishing>,
    Path(number): Path<i64>,
    MaybeForm(typed): MaybeForm<EntryForm>,
) -> Result<Response, AppError> {
    if let Some(reason) = typed.as_ref().and_then(|typed| model::reason(&typed.reason)) {
        let done = action::put_back(&desk, &actor, number, &reason).await;
        return redirect_or_explain(&desk, &actor, number, done, Flash::PutBack).await;
    }
    let now = load_entry(&desk, number).await?;
    let (back, edition) = (home(&now.entry), &desk.edition);
    let then = match action::find_previous(edition, &now) {
        Ok(then) => load_entry(&desk, then).await?,
        Err(error) => return refused(&desk, &actor, &back, error),
    };
    let (subject, again) = match action::previous_as_draft(&now, &then) {
        Ok(again) => again,
        Err(error) => return refused(&desk, &actor, &back, error),
    };
    let version = then.entry.version.unwrap_or(0);
    let is_text = matches!(again, DraftContent::Notice(_));
    let mut said = vec![words::published_again(is_text, version)];
    let (what, html) = if is_text {
        ("text", rules::content(&then).ok().map(|content| deepen(&content.html)))
    } else {
        said.extend(arranged(edition, &subject, &again).iter().map(Change::words));
        ("version", None)
    };
    let ask = Ask {
        heading: format!("Restore the previous {what}: “{}”", again.title()),
        path: paths::entry_put_back(number),
        said,
        html,
        field: Some(reason_field(typed.as_ref().map(|typed| typed.reason.as_str()))),
        button: if is_text { "Put this text back now" } else { "Put this version back now" },
        danger: true,
        back,
        ..Ask::default()
    };
    ask::page(&desk, &actor, ask)
}
