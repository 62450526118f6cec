//! `/change-sets`: those that are open, and those published or cancelled last.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;

use crate::base::clock::time_words;
use crate::base::error::AppError;
use crate::base::web::respond;
use crate::desk::accounts::By;
use crate::desk::now::DeskNow;
use crate::desk::permission::{Editing, Permission as _, Reading};
use crate::desk::shell::{StaffShell, said};
use crate::features::change_sets::model::ChangeSet;
use crate::features::change_sets::{paths, store};

#[derive(Template)]
#[template(path = "change_sets/list.html")]
struct ListPage {
    shell: StaffShell,
    may_change: bool,
    rows: Vec<Row>,
}

struct Row {
    path: String,
    title: String,
    state: &'static str,
    class: &'static str,
    meta: String,
}

impl Row {
    fn of(set: ChangeSet) -> Self {
        let meta = match &set.closed {
            Some((person, at)) => format!("{} by {}, {}", set.stage.words(), person.name, time_words(*at)),
            None => format!("Put together by {}, {}", set.made_by.name, time_words(set.made_at)),
        };
        Self { path: paths::set(set.id), state: set.stage.words(), class: set.stage.class(), meta, title: set.title }
    }
}

pub(crate) async fn show(desk: DeskNow, actor: By<Reading>, RawQuery(query): RawQuery) -> Result<Response, AppError> {
    let sets = desk.database().read(async |connection| store::all(connection).await).await?;
    let page = ListPage {
        shell: desk.shell(Some(&actor), "Change sets", paths::SETS).saying(said(query.as_deref())),
        may_change: actor.is_any(Editing::ROLES),
        rows: sets.into_iter().map(Row::of).collect(),
    };
    respond::page(StatusCode::OK, &page)
}
