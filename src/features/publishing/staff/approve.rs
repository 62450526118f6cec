//! Approving afterwards what one person published alone, and what to do where it was not right.

use axum::response::Response;

use crate::base::clock::time_words;
use crate::base::error::AppError;
use crate::base::ledger::Kind;
use crate::base::ledger::store::Kept;
use crate::base::web::extract::Path;
use crate::base::web::shell::Link;
use crate::desk::accounts::doubt::Doubted;
use crate::desk::accounts::{Actor, By};
use crate::desk::flash::Flash;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::{Editing, Permission as _, Publishing};
use crate::features::publishing::staff::ask::Ask;
use crate::features::publishing::staff::entry_page::{
    Described, describe_content, home, load_entry, name_of, redirect_or_explain,
};
use crate::features::publishing::staff::{ask, refused};
use crate::features::publishing::{entries, put_back, store, version_actions};
use crate::site::subject::EntrySubject;

pub(crate) async fn show(desk: DeskNow, actor: By<Editing>, Path(number): Path<i64>) -> Result<Response, AppError> {
    let kept = load_entry(&desk, number).await?;
    let back = home(&kept.entry);
    let found = desk.database().read(async |connection| {
        Ok((store::alone(connection, number).await?, Doubted::find(connection, desk.now()).await?))
    });
    let (alone, doubted) = found.await?;
    let alone = alone.ok_or(AppError::NotFound)?;
    if let Err(error) = entries::check_approvable(&alone, &actor, &doubted) {
        return refused(&desk, &actor, &back, error);
    }
    let Described { html, lines: text } = describe_content(&kept);
    let when = time_words(kept.entry.recorded_at);
    let mut said = vec![format!(
        "{} published it without a second check on {when}. Reason: {}",
        alone.publisher.name, alone.reason
    )];
    said.extend(text);
    said.extend(describe_banner_end(&desk, &kept));
    let ask = Ask {
        heading: format!("Approve afterwards: {}", name_of(&desk.edition, &kept)),
        path: paths::entry_approve(number),
        said,
        html,
        button: "I have read it and approve it",
        otherwise: other_actions(&desk, &actor, &kept),
        back,
        ..Ask::default()
    };
    ask::page(&desk, &actor, ask)
}

/// Says whether a banner has ended since it was published.
fn describe_banner_end(desk: &DeskNow, kept: &Kept) -> Option<String> {
    let edition = &desk.edition;
    let ended = (kept.entry.kind == Kind::Version)
        .then(|| version_actions::banner_end(edition, EntrySubject::of(&kept.entry)))??;
    Some(format!(
        "The banner ended on {}: it is off all pages. Approving says that it was right to show it, and changes nothing on the site.",
        time_words(ended)
    ))
}

/// Links to the actions to take if the text was not right.
fn other_actions(desk: &DeskNow, actor: &Actor, kept: &Kept) -> Vec<Link> {
    let (edition, number) = (&desk.edition, kept.entry.number);
    let path = home(&kept.entry);
    let is_to_come = kept.entry.in_force_at > desk.now();
    let publishes = actor.is_any(Publishing::ROLES);
    let mut links = Vec::new();
    if publishes && is_to_come {
        links.push(Link::new("Cancel it before its time", paths::entry_cancel(number)));
    }
    if kept.entry.kind.is_state() && publishes && put_back::find_previous(edition, kept).is_ok() {
        let what = if kept.entry.kind == Kind::Version { "text" } else { "version" };
        links.push(Link::new(format!("Restore the previous {what}"), paths::entry_put_back(number)));
    }
    let notice = EntrySubject::of(&kept.entry).notice().and_then(|name| edition.published.notices.get(name));
    if let Some(notice) = notice {
        links.extend(version_actions::about_notice(actor, notice, edition.at));
        if kept.entry.kind == Kind::Version && publishes && !is_to_come {
            links.push(Link::new(version_actions::CORRECT, paths::entry_correct(number)));
        }
    }
    links.push(Link::new("Write a better version", path));
    links
}

pub(crate) async fn approve(desk: DeskNow, actor: By<Editing>, Path(number): Path<i64>) -> Result<Response, AppError> {
    let done = entries::approve(&desk, &actor, number).await;
    redirect_or_explain(&desk, &actor, number, done, Flash::Approved).await
}
