//! What all ways of signing in share: waiting after failures, recording them, and the session at the end.

use anyhow::Error;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use jiff::SignedDuration;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::with_cookie;
use crate::accounts::desk::Desk;
use crate::accounts::invite::subject;
use crate::accounts::model::Stage;
use crate::accounts::parked;
use crate::accounts::session::{self, Secret};
use crate::accounts::store::{self, Account};
use crate::accounts::tries::{self, Tried};
use crate::audit::{self, Action, Who};
use crate::database::DatabaseError;
use crate::error::AppError;
use crate::web::cookies::cookie;
use crate::web::respond;

/// Counts a try, or says how long it has to wait.
pub(super) async fn claim(desk: &Desk, tried: &[Tried]) -> Result<Option<SignedDuration>, AppError> {
    let now = desk.now();
    let forgotten = now.checked_sub(tries::FORGOTTEN_AFTER).unwrap_or(now);
    let claimed = desk.database().write(desk.limit(), async |connection| {
        Ok::<_, DatabaseError>(store::claim(connection, tried, forgotten, now).await?)
    });
    Ok(claimed.await?)
}

/// Says to the browser how long to wait (RFC 6585 section 4).
pub(super) fn waiting(mut response: Response, wait: SignedDuration) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(tries::seconds(wait)));
    response
}

/// The same for people.
pub(super) fn wait_words(wait: SignedDuration) -> String {
    let seconds = match tries::seconds(wait) {
        1 => "1 second".to_owned(),
        seconds => format!("{seconds} seconds"),
    };
    format!("There were wrong tries just before. Wait {seconds}, then try again. This try was not counted.")
}

/// Records a try that failed, without what was typed.
pub(super) async fn failed(desk: &Desk, whose: &str, way: &str) -> Result<(), AppError> {
    desk.database()
        .write(desk.limit(), async |connection| {
            audit::record(connection, Who::NOBODY, Action::SignInFailed, whose, &json!({ "way": way })).await?;
            Ok::<_, DatabaseError>(())
        })
        .await?;
    Ok(())
}

/// Ends the session that a browser brings to a sign-in, of whomever it is.
pub(super) async fn end_before(
    desk: &Desk,
    connection: &mut PgConnection,
    headers: &HeaderMap,
) -> Result<(), sqlx::Error> {
    if let Some(before) = session::secret(headers, desk)
        && let Some(before) = store::session(connection, before.hash()).await?
    {
        store::end_session(connection, before.actor.session(), desk.now()).await?;
    }
    Ok(())
}

/// Begins a session for somebody who has shown both factors, and records it. A session that their browser had, of whomever, ends.
pub(super) async fn enter(
    desk: &Desk,
    connection: &mut PgConnection,
    account: &Account,
    headers: &HeaderMap,
    way: &str,
) -> Result<Secret, AppError> {
    let secret = Secret::random().map_err(Error::from)?;
    let now = desk.now();
    end_before(desk, connection, headers).await?;
    let device = session::device(headers);
    let id = store::begin_session(connection, secret.hash(), account.id, Stage::Full, &device, now).await?;
    if way == "passkey" {
        store::confirm_session(connection, id, secret.hash(), (true, None), now).await?;
    }
    store::forget_parked(connection, parked::since(now)).await?;
    let who = Who { id: Some(account.id), name: &account.name };
    audit::record(connection, who, Action::SignedIn, &subject(account.id), &json!({ "way": way })).await?;
    Ok(secret)
}

/// To the page that was asked for, with the cookies of somebody signed in.
pub(super) fn welcome_in(
    desk: &Desk,
    headers: &HeaderMap,
    staff: Uuid,
    secret: &Secret,
    next: &str,
) -> Result<Response, AppError> {
    let known = cookie(headers, desk.cookies().device);
    let known = known.and_then(|cookie| tries::known_device(desk.keys(), cookie, staff));
    let device = tries::device_cookie(desk.keys(), staff, known.unwrap_or_else(Uuid::now_v7));
    let response = with_cookie(respond::see_other(next)?, session::set_cookie(desk, secret));
    Ok(with_cookie(response, desk.cookies().device_value(&device)))
}
