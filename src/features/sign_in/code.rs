//! The second factor after a password: a code of the app, or a recovery code.

use anyhow::Error;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;

use crate::base::audit;
use crate::base::audit::Who;
use crate::base::error::AppError;
use crate::base::web::extract::Form;
use crate::base::web::form::{Concealed, Problems, Wrong};
use crate::base::web::respond;
use crate::desk::accounts::invite::subject;
use crate::desk::accounts::model::Stage;
use crate::desk::accounts::store::Account;
use crate::desk::accounts::tries::{Tried, seconds};
use crate::desk::accounts::{actions, recovery, store, totp};
use crate::desk::flash::Flash;
use crate::desk::session::Session;
use crate::desk::shell::StaffShell;
use crate::desk::{Desk, paths, session};
use crate::features::sign_in::trying::{begin_session, claim, failed, welcome_in};
use crate::features::sign_in::{parameter, words};

#[derive(Template)]
#[template(path = "sign_in/code.html")]
struct CodePage {
    shell: StaffShell,
    form: CodeForm,
    /// The path to go on to, percent-encoded for a link.
    next_encoded: String,
}

/// A code of the app or a recovery code, and where to go on afterwards.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct CodeForm {
    code: Concealed,
    /// Some where a recovery code is asked for in place of the app's.
    recovery: Option<Concealed>,
    next: String,
    #[serde(skip)]
    problems: Problems,
}

fn page(desk: &Desk, mut form: CodeForm, problems: Problems) -> Result<Response, AppError> {
    form.problems = problems;
    let next = respond::local_path(&form.next).to_owned();
    form.next = next;
    let shell = desk.shell(None, "Enter your code", paths::SIGN_IN_CODE);
    let next_encoded = url::form_urlencoded::byte_serialize(form.next.as_bytes()).collect();
    let page = CodePage { shell, form, next_encoded };
    respond::form(&page, &page.form.problems)
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
        return respond::see_other(&paths::with_next(paths::SIGN_IN, respond::local_path(&next)));
    }
    let recovery = (parameter(query.as_deref(), "with") == "recovery").then(Concealed::default);
    page(&desk, CodeForm { recovery, next, ..CodeForm::default() }, Problems::default())
}

pub(crate) async fn send(
    State(desk): State<Desk>,
    headers: HeaderMap,
    Form(typed): Form<CodeForm>,
) -> Result<Response, AppError> {
    let next = respond::local_path(&typed.next).to_owned();
    let Some(session) = half_way(&headers, &desk).await? else {
        return respond::see_other(&paths::with_next(paths::SIGN_IN, &next));
    };
    let by_recovery = typed.recovery.is_some();
    let (field, wrong) = if by_recovery { ("recovery", words::WRONG_RECOVERY) } else { ("code", words::WRONG_CODE) };
    let staff = session.actor.id();
    let tried = [Tried::code(desk.keys(), staff)];
    if let Some(wait) = claim(&desk, &tried).await? {
        return page(&desk, typed, Problems::one(field, Wrong::Wait(seconds(wait))));
    }
    let entered = desk.database().write(desk.limit(), async |connection| {
        let account = store::account(connection, staff).await?.filter(|account| account.suspended_at.is_none());
        let Some(account) = account else { return Ok::<_, AppError>(None) };
        if store::is_locked(connection, staff).await? {
            return Ok(None);
        }
        let Some(way) = second_factor(&desk, connection, &account, &typed).await? else { return Ok(None) };
        store::release(connection, &tried).await?;
        Ok(Some(begin_session(&desk, connection, &account, &headers, way).await?))
    });
    let Some(secret) = entered.await? else {
        failed(&desk, Some(staff), field).await?;
        return page(&desk, typed, Problems::one(field, wrong));
    };
    // A person who has lost their phone needs to set up another app.
    let next = if by_recovery && next == paths::HOME { Flash::RecoveryCodeUsed.at(paths::ACCOUNT) } else { next };
    welcome_in(&desk, &headers, staff, &secret, &next)
}

/// Uses up a code. None when it does not count; otherwise what the log calls the way.
async fn second_factor(
    desk: &Desk,
    connection: &mut PgConnection,
    account: &Account,
    typed: &CodeForm,
) -> Result<Option<&'static str>, AppError> {
    let now = desk.now();
    if let Some(code) = &typed.recovery {
        if !store::use_recovery_code(connection, account.id, recovery::hash(code), now).await? {
            return Ok(None);
        }
        let who = Who { id: Some(account.id), name: &account.name };
        audit::record(connection, who, actions::RECOVERY_CODE_USED, &subject(account.id), &json!({})).await?;
        return Ok(Some("password and recovery code"));
    }
    let Some(sealed) = &account.totp_sealed else { return Ok(None) };
    let step = totp::sealed_step(desk.keys(), account.id, sealed, &typed.code, now).map_err(Error::from)?;
    let Some(step) = step else { return Ok(None) };
    Ok(store::take_totp_step(connection, account.id, step).await?.then_some("password and app"))
}
