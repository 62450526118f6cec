//! The session of a request. A session is a row; the cookie holds a random id, of which the row keeps the hash. It is looked up for every
//! request, so that ending it works at once.

use std::sync::{Arc, OnceLock};

use axum::http::Method;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::request::Parts;
use jiff::SignedDuration;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::database::DatabaseError;
use crate::base::error::AppError;
use crate::base::web::cookies::cookie;
use crate::desk::accounts::model::{Actor, Stage};
pub use crate::desk::accounts::session_model::{HALF_WAY, IDLE, LONGEST, Secret, Session};
use crate::desk::accounts::store;
use crate::desk::{Desk, paths};

/// `seen_at` is written again after this, so that not every request writes.
const SEEN_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// The time that it counts that somebody showed that it is them, by signing in or by confirming: for a page and for the form on it.
pub const FRESH: SignedDuration = SignedDuration::from_mins(5);

/// Filled in with the account's id once the request's session is known, for the request log.
#[derive(Clone, Debug, Default)]
pub struct Seen(pub Arc<OnceLock<Uuid>>);

/// The secret that a request's cookie carries.
pub fn secret(headers: &HeaderMap, desk: &Desk) -> Option<Secret> {
    cookie(headers, desk.cookies().session).and_then(Secret::read)
}

/// The session of a request, at whatever stage, if it still holds.
pub async fn session(headers: &HeaderMap, desk: &Desk) -> Result<Option<Session>, AppError> {
    let session = look_up(headers, desk).await?;
    let now = desk.now();
    if let Some(session) = session.as_ref().filter(|session| now.duration_since(session.seen_at) >= SEEN_EVERY) {
        let hash = session.hash;
        let touched = desk.database().write(desk.limit(), async |connection| {
            store::touch_session(connection, hash, now).await.map_err(DatabaseError::from)
        });
        match touched.await {
            // Pages can be read all the same.
            Ok(()) | Err(DatabaseError::NotWritable(_) | DatabaseError::Busy) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(session)
}

/// Looks the session up without noting that it was used, for requests that a page makes by itself.
pub async fn look_up(headers: &HeaderMap, desk: &Desk) -> Result<Option<Session>, AppError> {
    let Some(secret) = secret(headers, desk) else { return Ok(None) };
    let now = desk.now();
    let hash = secret.hash();
    let session = desk.database().read(async |connection| store::session(connection, hash).await).await?;
    Ok(session.filter(|session| session.holds(now)))
}

/// The session of a request, as far as it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// They pressed something, so their session goes on.
    Press,
    /// Their page asked by itself, so it does not.
    Look,
}

/// The person who is fully signed in. Errors: `SignInRequired` where nobody is; otherwise when the database is away.
pub(crate) async fn actor(parts: &mut Parts, desk: &Desk, sign: Sign) -> Result<Actor, AppError> {
    if let Some(actor) = parts.extensions.get::<Actor>() {
        return Ok(actor.clone());
    }
    let session = match sign {
        Sign::Press => session(&parts.headers, desk).await?,
        Sign::Look => look_up(&parts.headers, desk).await?,
    };
    let session = session.filter(|session| session.stage == Stage::Full);
    let Some(session) = session else {
        return Err(AppError::SignInRequired { at: next(parts).map(|next| paths::with_next(paths::SIGN_IN, &next)) });
    };
    if let Some(seen) = parts.extensions.get::<Seen>() {
        let _ = seen.0.set(session.actor.id());
    }
    let actor = session.actor;
    let waiting = match sign {
        Sign::Press => desk.database().read(async |connection| count_waiting(connection, desk, &actor).await).await?,
        Sign::Look => 0,
    };
    let actor = actor.with_waiting(waiting);
    parts.extensions.insert(actor.clone());
    Ok(actor)
}

/// The number of tasks that wait for a person.
async fn count_waiting(connection: &mut PgConnection, desk: &Desk, actor: &Actor) -> Result<i64, sqlx::Error> {
    let mut waiting = 0;
    for count in &desk.declared().counts {
        waiting += count(&mut *connection, actor).await?;
    }
    Ok(waiting)
}

/// The page to go on to after signing in: the one that was asked for. None for a script's request.
fn next(parts: &Parts) -> Option<String> {
    let is_page = parts.headers.get("sec-fetch-mode").is_none_or(|mode| mode == "navigate");
    let readable = parts.method == Method::GET;
    is_page.then(|| {
        if readable { parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned() } else { "/".to_owned() }
    })
}

/// Puts a session's cookie on an answer. It ends with the browser; the row says when it ends in any case.
pub fn set_cookie(desk: &Desk, secret: &Secret) -> Option<HeaderValue> {
    desk.cookies().session_value(&secret.text())
}

/// Takes the session's cookie away.
pub fn remove_cookie(desk: &Desk) -> Option<HeaderValue> {
    desk.cookies().removed()
}

/// A short name of the browser, for the list of somebody's sessions: what it says of itself, cut to its family and system.
pub fn device(headers: &HeaderMap) -> String {
    let said = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let first = |names: &[(&str, &'static str)], other: &'static str| {
        names.iter().find(|(mark, _)| said.contains(mark)).map_or(other, |(_, name)| name)
    };
    // Most browsers name those they are like as well, so the order counts.
    let browser = first(
        &[("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari")],
        "A browser",
    );
    let system = first(
        &[
            ("Android", "Android"),
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Windows", "Windows"),
            ("Mac OS", "macOS"),
            ("Linux", "Linux"),
        ],
        "an unknown system",
    );
    format!("{browser} on {system}")
}
