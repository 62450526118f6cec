//! The second factor after a password: a code of the app, or a recovery code.

use anyhow::Error;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;

use crate::base::audit;
use crate::base::audit::{Action, Who};
use crate::base::error::AppError;
use crate::base::web::extract::Form;
use crate::base::web::fields::Problem;
use crate::base::web::respond;
use crate::desk::Desk;
use crate::desk::accounts::invite::subject;
use crate::desk::accounts::model::Stage;
use crate::desk::accounts::store;
use crate::desk::accounts::store::Account;
use crate::desk::accounts::tries::Tried;
use crate::desk::accounts::{recovery, totp};
use crate::desk::session;
use crate::desk::session::Session;
use crate::desk::shell::StaffShell;
use crate::features::sign_in::trying::{claim, enter, failed, wait_words, waiting, welcome_in};
use crate::features::sign_in::{parameter, with_next};

const WRONG_CODE: &str =
    "That code is not right, or it was used before. Wait until the app shows the next one and type that.";
const WRONG_RECOVERY: &str = "That recovery code is not right, or it was used before.";

#[derive(Template)]
#[template(path = "sign_in/code.html")]
struct Page {
    shell: StaffShell,
    problems: Vec<Problem>,
    next: String,
    /// The same, percent-encoded for a link.
    next_encoded: String,
    /// Whether a recovery code is asked for in place of the app's.
    recovery: bool,
}

#[derive(Deserialize)]
pub(crate) struct Typed {
    /// None where a recovery code is asked for.
    code: Option<String>,
    recovery: Option<String>,
    #[serde(default)]
    next: String,
}

fn page(
    desk: &Desk,
    status: StatusCode,
    next: &str,
    recovery: bool,
    problems: Vec<Problem>,
) -> Result<Response, AppError> {
    let shell = desk.shell(None, "Enter your code", "/sign-in/code");
    let next = respond::local_path(next).to_owned();
    let next_encoded = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    respond::page(status, &Page { shell, problems, next, next_encoded, recovery })
}

async fn half_way(headers: &HeaderMap, desk: &Desk) -> Result<Option<Session>, AppError> {
    Ok(session::session(headers, desk).await?.filter(|session| session.stage == Stage::Second))
}

pub(crate) async fn show(
    State(desk): State<Desk>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    let next = parameter(query.as_deref(), "next");
    if half_way(&headers, &desk).await?.is_none() {
        return respond::see_other(&with_next("/sign-in", respond::local_path(&next)));
    }
    page(&desk, StatusCode::OK, &next, parameter(query.as_deref(), "with") == "recovery", Vec::new())
}

pub(crate) async fn send(
    State(desk): State<Desk>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, AppError> {
    let next = respond::local_path(&typed.next).to_owned();
    let Some(session) = half_way(&headers, &desk).await? else {
        return respond::see_other(&with_next("/sign-in", &next));
    };
    let by_recovery = typed.recovery.is_some();
    let (field, wrong) = if by_recovery { ("recovery", WRONG_RECOVERY) } else { ("code", WRONG_CODE) };
    let refused = |status, message: String| page(&desk, status, &next, by_recovery, vec![Problem::new(field, message)]);
    let staff = session.actor.id();
    let tried = [Tried::code(desk.keys(), staff)];
    if let Some(wait) = claim(&desk, &tried).await? {
        return Ok(waiting(refused(StatusCode::TOO_MANY_REQUESTS, wait_words(wait))?, wait));
    }
    let entered = desk.database().write(desk.limit(), async |connection| {
        let account = store::account(connection, staff).await?.filter(|account| account.suspended_at.is_none());
        let Some(account) = account else { return Ok::<_, AppError>(None) };
        if store::is_locked(connection, staff).await? {
            return Ok(None);
        }
        let Some(way) = second_factor(&desk, connection, &account, &typed).await? else { return Ok(None) };
        store::release(connection, &tried).await?;
        Ok(Some(enter(&desk, connection, &account, &headers, way).await?))
    });
    let Some(secret) = entered.await? else {
        failed(&desk, Some(staff), field).await?;
        return refused(StatusCode::UNPROCESSABLE_ENTITY, wrong.to_owned());
    };
    // Whoever has lost their phone needs to set up another app.
    let next = if by_recovery && next == "/" { "/account?done=recovered" } else { &next };
    welcome_in(&desk, &headers, staff, &secret, next)
}

/// Uses up a code. None when it does not count; otherwise what the log calls the way.
async fn second_factor(
    desk: &Desk,
    connection: &mut PgConnection,
    account: &Account,
    typed: &Typed,
) -> Result<Option<&'static str>, AppError> {
    let now = desk.now();
    if let Some(code) = &typed.recovery {
        if !store::use_recovery_code(connection, account.id, recovery::hash(code), now).await? {
            return Ok(None);
        }
        let who = Who { id: Some(account.id), name: &account.name };
        audit::record(connection, who, Action::RecoveryCodeUsed, &subject(account.id), &json!({})).await?;
        return Ok(Some("password and recovery code"));
    }
    let (Some(sealed), Some(code)) = (&account.totp_sealed, &typed.code) else { return Ok(None) };
    let step = totp::sealed_step(desk.keys(), account.id, sealed, code, now).map_err(Error::from)?;
    let Some(step) = step else { return Ok(None) };
    Ok(store::take_totp_step(connection, account.id, step).await?.then_some("password and app"))
}
