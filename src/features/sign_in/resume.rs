//! A form that arrived when its sender was not signed in any more: kept or given back, and sent again.

use std::time::Duration;

use askama::Template;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use uuid::Uuid;

use crate::base::clock::time_words;
use crate::base::database::DatabaseError;
use crate::base::error::AppError;
use crate::base::web::extract::{LONG_BODY_LIMIT, Path};
use crate::base::web::respond;
use crate::desk::accounts::parked::{MOST, RESUMED, place};
use crate::desk::accounts::store::Parked;
use crate::desk::accounts::{By, parked, store};
use crate::desk::permission::SignedIn;
use crate::desk::session::Session;
use crate::desk::shell::StaffShell;
use crate::desk::{Desk, paths, session};

const TITLE: &str = "Your text is still here";
const GO_ON: &str = "One more press";
const UNREADABLE: &str = "The form that you sent was kept for you, but it cannot be read any more: the keys of this site were changed \
    since. Nothing of it was carried out. Open the page that you wrote it on and fill it in once more.";

/// The time limit for keeping a form.
const LIMIT: Duration = Duration::from_secs(3);
/// This feature's own forms hold passwords and codes and little that is hard to type again: they are not kept.
const NOT_KEPT: [&str; 6] =
    [paths::SIGN_IN, paths::SIGN_OUT, paths::WELCOME, paths::CONFIRM, paths::ACCOUNT, paths::PEOPLE];

#[derive(Template)]
#[template(path = "sign_in/resume.html")]
struct ResumePage {
    shell: StaffShell,
    action: String,
    /// The time at which it was sent, if it is kept; none where this page alone has it.
    sent: Option<String>,
    /// The action of the form, if its sender has confirmed who they are for it.
    proven: Option<&'static str>,
    fields: Vec<(String, String)>,
}

pub(crate) async fn show(
    State(desk): State<Desk>,
    actor: By<SignedIn>,
    Path(id): Path<Uuid>,
) -> Result<Response, AppError> {
    let since = parked::oldest_kept(desk.now());
    let found = desk.database().read(async |connection| store::parked(connection, id, actor.id(), since).await).await?;
    let found = found.ok_or(AppError::NotFound)?;
    let body = desk.keys().open(&parked::place(id), &found.sealed).map_err(|_| AppError::Unprocessable(UNREADABLE))?;
    let is_proven = actor.confirmed().is_some_and(|confirmed| confirmed.form == Some(id));
    let proven = is_proven.then(|| done_by(&found.path));
    let page = ResumePage {
        shell: desk.shell(Some(&actor), if proven.is_some() { GO_ON } else { TITLE }, paths::RESUME),
        proven,
        action: parked::action(&found.path, id),
        sent: Some(time_words(found.parked_at)),
        fields: parked::fields(&body),
    };
    respond::page(StatusCode::OK, &page)
}

/// The action of a form that is sent to a path, for its button.
fn done_by(path: &str) -> &'static str {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match parts.as_slice() {
        ["redactions", _, "confirm"] => "Confirm: destroy the text",
        ["entries", _, "redact"] => "Ask for the removal",
        ["account", "codes"] => "Make new recovery codes",
        ["account", "passkeys"] => "Add the passkey",
        ["account", "passkeys", _, "remove"] => "Remove the passkey",
        ["account", "sessions", ..] | ["accounts", _, "sessions", _] => "Sign out there",
        ["accounts", "new"] => "Make the account",
        ["accounts", _] => "Save the account",
        ["accounts", _, "reset"] => "Reset the sign-in",
        ["accounts", _, "suspend"] => "Suspend the account",
        ["accounts", _, "restore"] => "Restore the account",
        ["accounts", _, "vouch"] => "Vouch for the account",
        _ => "Go on",
    }
}

/// Stands before the staff routes: keeps a form whose sender's session ran out, and lets go of one that was kept once it has been
/// sent again and taken.
pub(crate) async fn keep_late_forms(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    if !is_form(&request) {
        return next.run(request).await;
    }
    match sender(&desk, request.headers()).await {
        Ok(Sender::Here) => resumed(&desk, request, next).await,
        Ok(Sender::Late(late)) => park(&desk, &late, request).await.unwrap_or_else(AppError::into_response),
        Ok(Sender::Nobody) => hand_back(&desk, request, next).await.unwrap_or_else(AppError::into_response),
        Err(error) => error.into_response(),
    }
}

/// Tells whether a request is a form that somebody sent from a page, and not one of this feature's.
fn is_form(request: &Request) -> bool {
    let headers = request.headers();
    let form = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    // A script's request gets 401 from its handler, and the script keeps what was typed.
    let from_page = headers.get("sec-fetch-mode").is_none_or(|mode| mode == "navigate");
    let path = request.uri().path();
    let first = |path: &str| path.split('/').nth(1).map(ToOwned::to_owned);
    let ours = NOT_KEPT.iter().any(|own| first(own) == first(path));
    *request.method() == Method::POST && form && from_page && !ours
}

/// The sender of a form.
enum Sender {
    /// A person who is signed in, or half way there.
    Here,
    /// A person whose session expired not long ago.
    Late(Box<Session>),
    /// Unknown: the browser has no session, or one that was ended.
    Nobody,
}

async fn sender(desk: &Desk, headers: &HeaderMap) -> Result<Sender, AppError> {
    let Some(secret) = session::secret(headers, desk) else { return Ok(Sender::Nobody) };
    let (now, hash) = (desk.now(), secret.hash());
    let session = desk.database().read(async |connection| store::session(connection, hash).await).await?;
    Ok(match session {
        Some(session) if session.holds(now) => Sender::Here,
        Some(session) if session.ran_out(now) => Sender::Late(Box::new(session)),
        _ => Sender::Nobody,
    })
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
            store::park(connection, id, staff, &parked, MOST).await?;
            Ok::<_, DatabaseError>(())
        })
        .await?;
    respond::see_other(&paths::with_next(paths::SIGN_IN, &paths::resume(id)))
}

/// Gives a form back to a browser that has no session any more: it cannot be kept for somebody, but their page can hold it until
/// they have signed in beside it.
async fn hand_back(desk: &Desk, request: Request, next: Next) -> Result<Response, AppError> {
    let action = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, LONG_BODY_LIMIT).await.map_err(|_| AppError::TooLarge)?;
    if body.is_empty() {
        return Ok(next.run(Request::from_parts(parts, Body::empty())).await);
    }
    let shell = desk.shell(None, TITLE, paths::RESUME);
    respond::page(
        StatusCode::UNAUTHORIZED,
        &ResumePage { shell, action, sent: None, proven: None, fields: parked::fields(&body) },
    )
}

/// Sends a form on. One that was kept goes once it was taken, which a redirect says.
async fn resumed(desk: &Desk, request: Request, next: Next) -> Response {
    let id = request.uri().query().and_then(|query| {
        let found = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == RESUMED);
        found.and_then(|(_, value)| value.parse::<Uuid>().ok())
    });
    let headers = request.headers().clone();
    let response = next.run(request).await;
    // One that waits for a proof was not taken.
    let location = response.headers().get(header::LOCATION).map(axum::http::HeaderValue::as_bytes);
    let is_taken = !location.is_some_and(|location| location.starts_with(paths::CONFIRM.as_bytes()));
    if let (Some(id), StatusCode::SEE_OTHER, true) = (id, response.status(), is_taken)
        && let Err(error) = delete_parked(desk, &headers, id).await
    {
        tracing::warn!(?error, "a kept form stays until its day is over");
    }
    response
}

async fn delete_parked(desk: &Desk, headers: &HeaderMap, id: Uuid) -> Result<(), AppError> {
    let Some(session) = session::session(headers, desk).await? else { return Ok(()) };
    let staff = session.actor.id();
    desk.database()
        .write(LIMIT, async |connection| store::remove_parked(connection, id, staff).await.map_err(DatabaseError::from))
        .await?;
    Ok(())
}
