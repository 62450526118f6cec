//! Functions that all ways of signing in share: waiting after failures, recording them, and the session at the end.

use anyhow::Error;
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::SignedDuration;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit;
use crate::base::audit::Who;
use crate::base::database::DatabaseError;
use crate::base::error::AppError;
use crate::base::web::cookies::cookie;
use crate::base::web::respond;
use crate::desk::accounts::invite::subject;
use crate::desk::accounts::model::{Confirmed, Stage};
use crate::desk::accounts::store::Account;
use crate::desk::accounts::tries::Tried;
use crate::desk::accounts::{actions, store, tries};
use crate::desk::session::Secret;
use crate::desk::{Desk, session};
use crate::features::sign_in::{unlock, with_cookie};

/// The subject of a failed try in the audit log if the account is unknown.
const UNKNOWN: &str = "staff:unknown";
/// The ways of which enough wrong tries would guess right: recovery codes and passkeys are too long for that.
const GUESSES: [&str; 3] = ["password", "code", "confirmation"];

/// A reason why a try was not counted.
enum Refused {
    Waits(SignedDuration),
    Database(DatabaseError),
}

impl From<DatabaseError> for Refused {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

/// Counts a try, or says how long it has to wait. One that has to wait writes nothing.
pub(super) async fn claim(desk: &Desk, tried: &[Tried]) -> Result<Option<SignedDuration>, AppError> {
    let now = desk.now();
    let wait = desk.database().read(async |connection| store::wait(connection, tried, now).await).await?;
    if wait.is_some() {
        return Ok(wait);
    }
    let claimed = desk.database().write(desk.limit(), async |connection| {
        match store::claim(connection, tried, now).await.map_err(DatabaseError::from)? {
            None => Ok(()),
            Some(wait) => Err(Refused::Waits(wait)),
        }
    });
    match claimed.await {
        Ok(()) => Ok(None),
        Err(Refused::Waits(wait)) => Ok(Some(wait)),
        Err(Refused::Database(error)) => Err(error.into()),
    }
}

/// Counts a try that failed, without what was typed: in the audit log, and against the account where one could guess that way.
pub(super) async fn failed(desk: &Desk, staff: Option<Uuid>, way: &str) -> Result<(), AppError> {
    let whose = staff.map_or_else(|| UNKNOWN.to_owned(), subject);
    desk.database()
        .write(desk.limit(), async |connection| {
            audit::count(connection, actions::SIGN_IN_FAILED, &whose, way, desk.now()).await?;
            match staff {
                Some(staff) if GUESSES.contains(&way) => unlock::count_failure(desk, connection, staff).await,
                // A question more, so that an unknown address takes as long.
                _ => {
                    store::is_locked(connection, Uuid::nil()).await?;
                    Ok::<_, AppError>(())
                }
            }
        })
        .await
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
pub(super) async fn begin_session(
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
        let confirmed = Confirmed { at: now, by_passkey: true, form: None };
        store::confirm_session(connection, id, secret.hash(), confirmed).await?;
    }
    if way.starts_with("password") {
        store::forget_failures(connection, account.id).await?;
    }
    let who = Who { id: Some(account.id), name: &account.name };
    audit::record(connection, who, actions::SIGNED_IN, &subject(account.id), &json!({ "way": way })).await?;
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
