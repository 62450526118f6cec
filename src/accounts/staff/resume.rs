//! A form that arrived after its sender's session had run out, shown to them again.

use anyhow::Error;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use uuid::Uuid;

use crate::accounts::By;
use crate::accounts::desk::Desk;
use crate::accounts::parked;
use crate::accounts::permission::SignedIn;
use crate::accounts::store;
use crate::clock::time_words;
use crate::error::AppError;
use crate::web::extract::Path;
use crate::web::respond;
use crate::web::staff_shell::StaffShell;

#[derive(Template)]
#[template(path = "staff/accounts/resume.html")]
struct Page {
    shell: StaffShell,
    action: String,
    sent: String,
    fields: Vec<(String, String)>,
}

pub(super) async fn show(
    State(desk): State<Desk>,
    actor: By<SignedIn>,
    Path(id): Path<Uuid>,
) -> Result<Response, AppError> {
    let since = parked::since(desk.now());
    let found = desk.database().read(async |connection| store::parked(connection, id, actor.id(), since).await).await?;
    let found = found.ok_or(AppError::NotFound)?;
    let body = desk.keys().open(&parked::place(id), &found.sealed).map_err(Error::from)?;
    let page = Page {
        shell: desk.shell(Some(&actor), "Your text is still here", "/resume"),
        action: parked::action(&found.path, id),
        sent: time_words(found.parked_at),
        fields: parked::fields(&body),
    };
    respond::page(StatusCode::OK, &page)
}
