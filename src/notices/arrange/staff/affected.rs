//! `/facts/affected`: notices that still say what a fact was before, and drafts of all of them in one press.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::super::super::drafts::{DraftContent, Subject};
use super::super::super::model::Address;
use super::super::facts::{self as rules, Affected};
use super::super::store;
use super::{SECTION, all_drafts, may_change};
use crate::accounts::permission::{Editing, Reading};
use crate::accounts::{By, Desk};
use crate::error::AppError;
use crate::web::extract::Form;
use crate::web::fields::Fields;
use crate::web::respond;
use crate::web::staff_shell::{StaffShell, said};

const HERE: &str = "/facts/affected";

#[derive(Template)]
#[template(path = "staff/arrange/affected.html")]
struct Page {
    shell: StaffShell,
    may_change: bool,
    rows: Vec<Row>,
    /// How many of them have no draft yet.
    open: usize,
}

struct Row {
    affected: Affected,
    changed: Vec<String>,
    /// Who has a draft of it already.
    drafted_by: Option<String>,
    /// Whether that draft is one of ours, which says the same as what is in force.
    follows: bool,
}

pub(super) async fn show(
    State(desk): State<Desk>,
    actor: By<Reading>,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    let drafts = all_drafts(&desk).await?;
    let rows: Vec<Row> = rules::affected(&desk.site().edition())
        .into_iter()
        .map(|affected| {
            let draft = drafts.iter().find(|draft| subject(&affected).as_ref() == Some(&draft.subject));
            let follows = draft.is_some_and(|draft| draft.content == DraftContent::Notice(affected.draft.clone()));
            Row {
                changed: affected.changed.iter().map(|name| rules::called(name)).collect(),
                drafted_by: draft.map(|draft| draft.started_by.name.clone()),
                follows,
                affected,
            }
        })
        .collect();
    let page = Page {
        shell: desk
            .shell(Some(&actor), "Texts that a change of facts left behind", SECTION)
            .saying(said(query.as_deref())),
        may_change: may_change(&actor),
        open: rows.iter().filter(|row| row.drafted_by.is_none()).count(),
        rows,
    };
    respond::page(StatusCode::OK, &page)
}

fn subject(affected: &Affected) -> Option<Subject> {
    Address::try_from(affected.notice.clone()).ok().map(Subject::Notice)
}

/// Makes a draft of each notice that was ticked and is still left behind; all of them or none.
pub(super) async fn draft(
    State(desk): State<Desk>,
    actor: By<Editing>,
    Form(sent): Form<Fields>,
) -> Result<Response, AppError> {
    let ticked: Vec<&str> = sent.all("notice").collect();
    let now = desk.now();
    let edition = desk.site().edition();
    let chosen: Vec<(Subject, Affected)> = rules::affected(&edition)
        .into_iter()
        .filter(|affected| ticked.contains(&affected.notice.as_str()))
        .filter_map(|affected| Some((subject(&affected)?, affected)))
        .collect();
    if chosen.is_empty() {
        return respond::see_other(HERE);
    }
    desk.database()
        .write(desk.settings().request_timeout, async |connection| {
            for (subject, affected) in &chosen {
                store::follow_facts(connection, &actor, subject, affected, &edition.facts, now).await?;
            }
            Ok::<_, super::SaveError>(())
        })
        .await
        .map_err(|error| match error {
            super::SaveError::Database(error) => AppError::from(error),
            other => AppError::Internal(other.into()),
        })?;
    respond::see_other("/facts/affected?done=drafted")
}
