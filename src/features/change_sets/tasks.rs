//! Change sets on the first page of the staff site.

use sqlx::PgConnection;

use crate::base::web::heavy::off_async_threads;
use crate::desk::accounts::permission::{Editing, Permission as _, Publishing};
use crate::desk::declared::{Item, Tasks, Viewer};
use crate::features::change_sets::model::{Stage, Whole};
use crate::features::change_sets::{paths, publish, store};

pub(super) async fn find(connection: &mut PgConnection, viewer: Viewer<'_>) -> Result<Tasks, sqlx::Error> {
    let mut tasks = Tasks::default();
    if !viewer.actor.is_any(Editing::ROLES) {
        return Ok(tasks);
    }
    for whole in store::open(connection, viewer.now).await? {
        enter(&mut tasks, &whole, viewer);
    }
    Ok(tasks)
}

fn enter(tasks: &mut Tasks, whole: &Whole, viewer: Viewer<'_>) {
    let Viewer { actor, edition, .. } = viewer;
    let item = |tag: &'static str, meta: String| Item {
        tag: Some(tag),
        title: whole.set.title.clone(),
        href: Some(paths::set(whole.set.id)),
        meta,
        more: None,
    };
    let size = match whole.members.len() {
        1 => "1 change".to_owned(),
        many => format!("{many} changes"),
    };
    let is_own = whole.is_by(actor);
    if is_own && !whole.stale(edition).is_empty() {
        return tasks.waiting.push(item("Change set", format!("{size}. Something in it is out of date: look at it.")));
    }
    let is_approved = whole.is_approved(edition);
    let ready = || publish::problems(whole, &whole.prepare(edition, edition.at), edition).is_empty();
    match whole.set.stage {
        Stage::Back if is_own => {
            let comment = whole.set.comment.clone().unwrap_or_default();
            tasks.waiting.push(item("Sent back", format!("{size}. {comment}")));
        }
        Stage::Review if is_approved && actor.is_any(Publishing::ROLES) && off_async_threads(ready) => {
            tasks.waiting.push(item("Approved, ready to publish", format!("{size}. Publish it from there.")));
        }
        Stage::Review if !is_approved && !whole.has_seen(edition, actor) => {
            tasks.waiting.push(item("For review", format!("{size}, put together by {}", whole.set.made_by.name)));
        }
        Stage::Review if !is_approved => {
            tasks.elsewhere.push(item("For review", format!("{size}. Another person has to read and approve it.")));
        }
        Stage::Review if is_own => {
            tasks.elsewhere.push(item("Approved", format!("{size}. A publisher can publish it.")));
        }
        Stage::Draft if is_own => tasks.mine.push(item("Change set", size)),
        _ => {}
    }
}
