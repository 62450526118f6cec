//! Many wrong passwords and codes of one account: its owner is told, and then its password counts only once they have opened a link
//! that was mailed to them.

use anyhow::Error;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit::Who;
use crate::base::error::AppError;
use crate::base::mail::Message;
use crate::base::web::extract::Path;
use crate::base::web::paths::absolute;
use crate::base::web::respond;
use crate::base::{audit, mail};
use crate::desk::accounts::addresses::email_of;
use crate::desk::accounts::invite::subject;
use crate::desk::accounts::tries::{LOCKED_AT, UNLOCK_HOLDS, WARNED_AT};
use crate::desk::accounts::{actions, store};
use crate::desk::flash::Flash;
use crate::desk::session::Secret;
use crate::desk::shell::StaffShell;
use crate::desk::{Desk, paths};

#[derive(Template)]
#[template(path = "sign_in/unlock.html")]
struct UnlockPage {
    shell: StaffShell,
    action: String,
}

/// The answer for a link that is unknown, used or ended: all the same.
const ENDED: AppError = AppError::Unprocessable(
    "This link has been used, has ended, or was not copied whole. Try to sign in: if your password is still locked, you are sent a \
     new link.",
);

/// Counts a wrong password or code against an account, and tells its owner where it is time to.
pub(super) async fn count_failure(desk: &Desk, connection: &mut PgConnection, staff: Uuid) -> Result<(), AppError> {
    let failures = store::count_failure(connection, staff).await?;
    if failures == WARNED_AT {
        let text = format!(
            "There were {WARNED_AT} wrong passwords or codes for your account since you last signed in with your password.\n\n\
             If that was you, you do not need to do anything. If it was not, someone may be trying to guess your password. They \
             have not got in. After {LOCKED_AT} wrong ones we lock your password until you open a link that we send you. A passkey \
             cannot be guessed: you can add one on the page of your account.\n"
        );
        return send(desk, connection, staff, "Wrong passwords for your account", text).await;
    }
    if failures < LOCKED_AT {
        return Ok(());
    }
    if failures == LOCKED_AT {
        let details = json!({ "failures": failures });
        audit::record(connection, Who::NOBODY, actions::PASSWORD_LOCKED, &subject(staff), &details).await?;
    }
    let (secret, now) = (Secret::random().map_err(Error::from)?, desk.now());
    let ends_at = now.checked_add(UNLOCK_HOLDS).unwrap_or(now);
    if !store::add_unlock_link(connection, staff, secret.hash(), ends_at, now).await? {
        return Ok(());
    }
    let link = absolute(&desk.settings().staff_url, &paths::unlock(secret.text()));
    let text = format!(
        "There were {LOCKED_AT} wrong passwords or codes for your account since you last signed in with your password, so your \
         password is locked. Nothing else has changed, and a passkey still signs you in.\n\n\
         Open this link to unlock your password. It works for 24 hours:\n\n{link}\n\n\
         If it was not you who typed them, someone is trying to guess your password. They have not got in. Tell an administrator \
         of the site.\n"
    );
    send(desk, connection, staff, "Unlock your password", text).await
}

async fn send(
    desk: &Desk,
    connection: &mut PgConnection,
    staff: Uuid,
    title: &str,
    text: String,
) -> Result<(), AppError> {
    let Some(account) = store::account(connection, staff).await? else { return Ok(()) };
    let message = Message::new(email_of(desk.keys(), &account)?, title.to_owned(), text);
    mail::store::queue(connection, desk.keys().public(), &message, None, desk.now()).await?;
    Ok(())
}

async fn find(desk: &Desk, secret: &str) -> Result<(Uuid, String), AppError> {
    let Some(secret) = Secret::read(secret) else { return Err(ENDED) };
    let (now, hash) = (desk.now(), secret.hash());
    let found = desk.database().read(async |connection| store::unlock_link(connection, hash, now).await);
    found.await?.ok_or(ENDED)
}

/// Mail programs open links too, so opening it changes nothing.
pub(crate) async fn show(State(desk): State<Desk>, Path(secret): Path<String>) -> Result<Response, AppError> {
    find(&desk, &secret).await?;
    let shell = desk.shell(None, "Unlock your password", paths::UNLOCK);
    respond::page(StatusCode::OK, &UnlockPage { shell, action: paths::unlock(&secret) })
}

pub(crate) async fn unlock(State(desk): State<Desk>, Path(secret): Path<String>) -> Result<Response, AppError> {
    let (staff, name) = find(&desk, &secret).await?;
    let unlocked = desk.database().write(desk.limit(), async |connection| {
        if !store::forget_failures(connection, staff).await? {
            return Ok::<_, AppError>(false);
        }
        let who = Who { id: Some(staff), name: &name };
        audit::record(connection, who, actions::PASSWORD_UNLOCKED, &subject(staff), &json!({})).await?;
        Ok(true)
    });
    if unlocked.await? { respond::see_other(&Flash::PasswordUnlocked.at(paths::SIGN_IN)) } else { Err(ENDED) }
}
