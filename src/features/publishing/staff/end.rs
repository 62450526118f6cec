//! Ending a banner before its time: one publisher, one reason, off all pages at once.

use axum::response::Response;

use crate::base::error::AppError;
use crate::base::web::extract::{Form, Path};
use crate::base::web::respond;
use crate::desk::accounts::{Actor, By};
use crate::desk::flash::Flash;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::{Editing, Permission as _, Publishing};
use crate::features::drafts::titles;
use crate::features::drafts::words::until;
use crate::features::publishing::model::WithdrawalTerms;
use crate::features::publishing::staff::ask::{Ask, Field};
use crate::features::publishing::staff::entry_page::EntryForm;
use crate::features::publishing::staff::{ask, refused};
use crate::features::publishing::{model, store, version_actions, withdrawal, words};
use crate::site::model::{Address, WithdrawalContent};
use crate::site::published::Version;

pub(crate) async fn show(desk: DeskNow, actor: By<Editing>, Path(name): Path<String>) -> Result<Response, AppError> {
    if !actor.is_any(Publishing::ROLES) {
        // A person who may not end it can ask for it there.
        let name = Address::try_from(name).map_err(|_| AppError::NotFound)?;
        return respond::see_other(&paths::notice_withdraw(&name));
    }
    page(&desk, &actor, name, None).await
}

async fn page(desk: &DeskNow, actor: &Actor, name: String, typed: Option<&str>) -> Result<Response, AppError> {
    let edition = &desk.edition;
    let notice = edition.published.notices.get(name.as_str()).ok_or(AppError::NotFound)?;
    let back = paths::notice(&name);
    let version = notice.in_force(edition.at).filter(|version| version_actions::is_banner(version));
    let Some(version) = version else {
        return refused(desk, actor, &back, model::WorkflowError::Refused(words::NO_BANNER));
    };
    let ask = Ask {
        heading: format!("End this banner now: {}", titles::of_version(version)),
        path: paths::notice_end(&name),
        said: said(desk, version).await?,
        field: Some(Field {
            name: "reason",
            label: words::WHY_IT_ENDS,
            hint: words::WHY_IT_ENDS_HINT,
            typed: typed.unwrap_or_default(),
            wrong: typed.map(|_| words::too_short()),
        }),
        button: "End this banner now",
        danger: true,
        back,
        ..Ask::default()
    };
    ask::page(desk, actor, ask)
}

/// Describes the banner and what ending it means.
async fn said(desk: &DeskNow, version: &Version) -> Result<Vec<String>, AppError> {
    let entry = version.entry.number;
    let mut said = Vec::new();
    if let Some(banner) = version.banner() {
        said.push(format!("{} banner, {}.", banner.level.words(), until(banner)));
    }
    said.push(words::BANNER_GOES.to_owned());
    let alone = desk.database().read(async |connection| store::alone(connection, entry).await).await?;
    if alone.is_some_and(|alone| alone.approved.is_none()) {
        said.push(words::BANNER_UNAPPROVED.to_owned());
    }
    Ok(said)
}

pub(crate) async fn end(
    desk: DeskNow,
    actor: By<Publishing>,
    Path(name): Path<String>,
    Form(typed): Form<EntryForm>,
) -> Result<Response, AppError> {
    let Some(reason) = model::reason(&typed.reason) else {
        return page(&desk, &actor, name, Some(&typed.reason)).await;
    };
    let name = Address::try_from(name).map_err(|_| AppError::NotFound)?;
    let content = WithdrawalContent { note: reason.clone(), go_to: String::new() };
    let wanted = WithdrawalTerms { content, in_force_at: None, banner_only: true, reason: Some(reason) };
    match withdrawal::alone(&desk, &actor, &name, &wanted).await {
        Ok(_) => respond::see_other(&Flash::BannerEnded.at(&paths::notice(&name))),
        Err(error) => refused(&desk, &actor, &paths::notice(&name), error),
    }
}
