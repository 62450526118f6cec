//! `/searches`: words that were searched for in vain, for those who write.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::base::error::AppError;
use crate::base::web::respond;
use crate::desk::Desk;
use crate::desk::paths;
use crate::desk::permission::{By, Editing};
use crate::desk::shell::StaffShell;
use crate::features::search::missed::{KEPT_DAYS, first_day};
use crate::features::search::store;
use crate::features::search::store::MissedOften;

/// Words that are shown.
const MOST: i64 = 200;

#[derive(Template)]
#[template(path = "search/missed.html")]
struct MissedPage {
    shell: StaffShell,
    days: i64,
    words: Vec<MissedOften>,
}

pub(crate) async fn missed(State(desk): State<Desk>, actor: By<Editing>) -> Result<Response, AppError> {
    let since = first_day(desk.now());
    let words = desk.database().read(async |connection| store::missed_since(connection, since, MOST).await).await?;
    let shell = desk.shell(Some(&actor), "What nobody found", paths::PAGE);
    respond::page(StatusCode::OK, &MissedPage { shell, days: KEPT_DAYS, words })
}
