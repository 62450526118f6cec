//! A form that arrives after its sender's session ran out is kept, sealed, until they have signed in again: nothing that somebody
//! wrote is lost because they took a long time over it.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::desk::Desk;
use super::model::Stage;
use super::session::{self, Session};
use super::store::{self, Parked};
use crate::database::DatabaseError;
use crate::error::AppError;
use crate::web::extract::LONG_BODY_LIMIT;
use crate::web::respond;

/// How long a form is kept, and how long after its end a session still says whose form it is.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// How many forms of one person are kept.
const MOST: i64 = 5;
/// How long keeping one may take.
const LIMIT: Duration = Duration::from_secs(3);
/// The parameter by which a form that was kept is known when it is sent again.
pub const RESUMED: &str = "resumed";
/// This room's own forms hold passwords and codes and little that is hard to type again: they are not kept.
const NOT_KEPT: [&str; 6] = ["/sign-in", "/sign-out", "/welcome", "/confirm", "/account", "/accounts"];

/// Where a kept form is sealed for.
#[must_use]
pub fn place(id: Uuid) -> String {
    format!("parked_form.sealed:{id}")
}

/// The time before which forms are gone.
#[must_use]
pub fn since(now: Timestamp) -> Timestamp {
    now.checked_sub(KEPT).unwrap_or(now)
}

/// Stands before the staff routes: keeps a form whose sender's session ran out, and lets go of one that was kept once it has been
/// sent again and taken.
pub async fn keep(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    if !is_form(&request) {
        return next.run(request).await;
    }
    match late_sender(&desk, request.headers()).await {
        Ok(Some(late)) => park(&desk, &late, request).await.unwrap_or_else(AppError::into_response),
        Ok(None) => resumed(&desk, request, next).await,
        Err(error) => error.into_response(),
    }
}

/// Whether a request is a form that somebody sent from a page, and not one of this room's.
fn is_form(request: &Request) -> bool {
    let headers = request.headers();
    let form = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    // A script's request gets 401 from its handler, and the script keeps what was typed.
    let from_page = headers.get("sec-fetch-mode").is_none_or(|mode| mode == "navigate");
    let path = request.uri().path();
    let ours = NOT_KEPT
        .iter()
        .any(|start| path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    *request.method() == Method::POST && form && from_page && !ours
}

/// The session of whoever sent a form too late; none where it still holds, never was, or ended too long ago.
async fn late_sender(desk: &Desk, headers: &HeaderMap) -> Result<Option<Session>, AppError> {
    let Some(secret) = session::secret(headers, desk) else { return Ok(None) };
    let (now, hash) = (desk.now(), secret.hash());
    let session = desk.database().read(async |connection| store::session(connection, hash).await).await?;
    let late = |session: &Session| {
        session.stage == Stage::Full && !session.holds(now) && now.duration_since(session.ends_at()) < KEPT
    };
    Ok(session.filter(late))
}

async fn park(desk: &Desk, late: &Session, request: Request) -> Result<Response, AppError> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let body = axum::body::to_bytes(request.into_body(), LONG_BODY_LIMIT).await.map_err(|_| AppError::TooLarge)?;
    let id = Uuid::now_v7();
    let sealed = desk.keys().seal(&place(id), &body).map_err(anyhow::Error::from)?;
    let parked = Parked { path, sealed, parked_at: desk.now() };
    let staff = late.actor.id();
    desk.database()
        .write(LIMIT, async |connection| {
            store::forget_parked(connection, since(parked.parked_at)).await?;
            store::park(connection, id, staff, &parked, MOST).await?;
            Ok::<_, DatabaseError>(())
        })
        .await?;
    respond::see_other(&format!("/sign-in?next=%2Fresume%2F{id}"))
}

/// Sends a form on. One that was kept goes once it was taken, which a redirect says.
async fn resumed(desk: &Desk, request: Request, next: Next) -> Response {
    let id = request.uri().query().and_then(|query| {
        let found = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == RESUMED);
        found.and_then(|(_, value)| value.parse::<Uuid>().ok())
    });
    let headers = request.headers().clone();
    let response = next.run(request).await;
    if let (Some(id), StatusCode::SEE_OTHER) = (id, response.status())
        && let Err(error) = let_go(desk, &headers, id).await
    {
        tracing::warn!(?error, "a kept form stays until its day is over");
    }
    response
}

async fn let_go(desk: &Desk, headers: &HeaderMap, id: Uuid) -> Result<(), AppError> {
    let Some(session) = session::session(headers, desk).await? else { return Ok(()) };
    let staff = session.actor.id();
    desk.database().read(async |connection| store::remove_parked(connection, id, staff).await).await?;
    Ok(())
}

/// The fields of a kept form.
#[must_use]
pub fn fields(body: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// The path that a kept form is sent to again.
#[must_use]
pub fn action(path: &str, id: Uuid) -> String {
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}{RESUMED}={id}")
}
