//! Showing again that it is them, before something that somebody at an unlocked screen must not do. The session gets a new cookie.

use anyhow::Error;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit;
use crate::base::database::DatabaseError;
use crate::base::error::AppError;
use crate::base::web::extract::Form;
use crate::base::web::form::{Concealed, Problems, Wrong};
use crate::base::web::respond;
use crate::desk::accounts::invite::subject;
use crate::desk::accounts::model::{Actor, Confirmed};
use crate::desk::accounts::tries::{Tried, seconds};
use crate::desk::accounts::{actions, password, recovery, store, totp};
use crate::desk::permission::{By, SignedIn};
use crate::desk::session::Secret;
use crate::desk::shell::StaffShell;
use crate::desk::{Desk, paths, session};
use crate::features::sign_in::credentials::PasskeyForm;
use crate::features::sign_in::passkey_ceremony::Purpose;
use crate::features::sign_in::trying::{claim, failed};
use crate::features::sign_in::{hashing, parameter, passkey_ceremony as passkey, passkey_script, with_cookie, words};

#[derive(Template)]
#[template(path = "sign_in/confirm.html")]
struct ConfirmPage {
    shell: StaffShell,
    passkey_script: &'static str,
    form: ConfirmForm,
    has_passkey: bool,
}

/// A password with a code of the app or a recovery code, and where to go on afterwards.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct ConfirmForm {
    password: Concealed,
    code: Concealed,
    next: String,
    #[serde(skip)]
    problems: Problems,
}

async fn page(desk: &Desk, actor: &Actor, next: &str, problems: Problems) -> Result<Response, AppError> {
    let passkeys = desk.database().read(async |connection| store::passkeys(connection, actor.id()).await).await?;
    let next = respond::local_path(next).to_owned();
    let page = ConfirmPage {
        shell: desk.shell(Some(actor), "Is it you?", paths::CONFIRM),
        passkey_script: passkey_script(),
        form: ConfirmForm { next, problems, ..ConfirmForm::default() },
        has_passkey: !passkeys.is_empty(),
    };
    respond::form(&page, &page.form.problems)
}

pub(crate) async fn show(
    State(desk): State<Desk>,
    actor: By<SignedIn>,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    page(&desk, &actor, &parameter(query.as_deref(), "next"), Problems::default()).await
}

/// Tells whether a password is somebody's own. Tries count against their session.
pub(super) async fn is_own_password(
    desk: &Desk,
    actor: &Actor,
    typed: &str,
) -> Result<Result<bool, jiff::SignedDuration>, AppError> {
    let tried = [Tried::confirmation(desk.keys(), actor.session())];
    if let Some(wait) = claim(desk, &tried).await? {
        return Ok(Err(wait));
    }
    let (account, locked) = desk
        .database()
        .read(async |connection| {
            let account = store::account(connection, actor.id()).await?;
            Ok((account, store::is_locked(connection, actor.id()).await?))
        })
        .await?;
    let hash = account.and_then(|account| account.password).unwrap_or_else(|| desk.cost().nobody());
    let typed = typed.to_owned();
    let right = hashing::run(desk, move || password::is_right(&typed, &hash)).await? && !locked;
    if right {
        desk.database()
            .write(desk.limit(), async |connection| {
                store::release(connection, &tried).await.map_err(DatabaseError::from)
            })
            .await?;
    } else {
        failed(desk, Some(actor.id()), "confirmation").await?;
    }
    Ok(Ok(right))
}

/// Tells whether somebody's app shows a code now, or it is one of their recovery codes. It is used up.
async fn is_own_code(desk: &Desk, actor: &Actor, typed: &str) -> Result<bool, AppError> {
    let taken = desk.database().write(desk.limit(), async |connection| {
        let now = desk.now();
        let Some(account) = store::account(connection, actor.id()).await? else { return Ok::<_, AppError>(false) };
        let Some(sealed) = &account.totp_sealed else { return Ok(false) };
        let step = totp::sealed_step(desk.keys(), account.id, sealed, typed, now).map_err(Error::from)?;
        if let Some(step) = step {
            return Ok(store::take_totp_step(connection, account.id, step).await?);
        }
        if !store::use_recovery_code(connection, account.id, recovery::hash(typed), now).await? {
            return Ok(false);
        }
        audit::record(connection, actor.who(), actions::RECOVERY_CODE_USED, &subject(account.id), &json!({})).await?;
        Ok(true)
    });
    taken.await
}

pub(crate) async fn send(
    State(desk): State<Desk>,
    actor: By<SignedIn>,
    Form(typed): Form<ConfirmForm>,
) -> Result<Response, AppError> {
    let refused =
        async |field: &'static str, wrong: Wrong| page(&desk, &actor, &typed.next, Problems::one(field, wrong)).await;
    let passkeys = desk.database().read(async |connection| store::passkeys(connection, actor.id()).await).await?;
    if !passkeys.is_empty() {
        return refused("passkey", words::NEEDS_PASSKEY.into()).await;
    }
    match is_own_password(&desk, &actor, &typed.password).await? {
        Err(wait) => return refused("password", Wrong::Wait(seconds(wait))).await,
        Ok(false) => return refused("password", words::WRONG_PASSWORD.into()).await,
        Ok(true) => {}
    }
    // A guess at the code costs a try as a guess at the password does.
    let tried = [Tried::code(desk.keys(), actor.id())];
    if let Some(wait) = claim(&desk, &tried).await? {
        return refused("code", Wrong::Wait(seconds(wait))).await;
    }
    if !is_own_code(&desk, &actor, &typed.code).await? {
        failed(&desk, Some(actor.id()), "confirmation").await?;
        return refused("code", words::WRONG_CODE.into()).await;
    }
    let renewed = desk.database().write(desk.limit(), async |connection| {
        store::release(connection, &tried).await?;
        renew(&desk, connection, &actor, false, form_of(&typed.next)).await
    });
    go_on(&desk, &renewed.await?, &typed.next)
}

/// The kept form that a path leads back to.
fn form_of(next: &str) -> Option<Uuid> {
    let id = next.rsplit('/').next()?.parse().ok()?;
    (next == paths::resume(id)).then_some(id)
}

/// Gives somebody's session a new cookie and notes that it was confirmed, perhaps for one kept form.
pub(super) async fn renew(
    desk: &Desk,
    connection: &mut PgConnection,
    actor: &Actor,
    by_passkey: bool,
    form: Option<Uuid>,
) -> Result<Secret, AppError> {
    let secret = Secret::random().map_err(Error::from)?;
    let confirmed = Confirmed { at: desk.now(), by_passkey, form };
    store::confirm_session(connection, actor.session(), secret.hash(), confirmed).await?;
    Ok(secret)
}

fn go_on(desk: &Desk, secret: &Secret, next: &str) -> Result<Response, AppError> {
    let response = respond::see_other(respond::local_path(next))?;
    Ok(with_cookie(response, session::set_cookie(desk, secret)))
}

pub(crate) async fn start_passkey(State(desk): State<Desk>, _actor: By<SignedIn>) -> Result<Response, AppError> {
    respond::json(StatusCode::OK, &passkey::begin_authentication(&desk, Purpose::Confirm)?)
}

pub(crate) async fn send_passkey(
    State(desk): State<Desk>,
    actor: By<SignedIn>,
    Form(answered): Form<PasskeyForm>,
) -> Result<Response, AppError> {
    let confirmed = desk.database().write(desk.limit(), async |connection| {
        let (ceremony, answer) = (&answered.ceremony, &answered.credential);
        let staff = passkey::finish_authentication(&desk, connection, Purpose::Confirm, ceremony, answer).await?;
        if staff != Some(actor.id()) {
            return Ok::<_, AppError>(None);
        }
        Ok(Some(renew(&desk, connection, &actor, true, form_of(&answered.next)).await?))
    });
    if let Some(secret) = confirmed.await? {
        return go_on(&desk, &secret, &answered.next);
    }
    failed(&desk, Some(actor.id()), "confirmation").await?;
    page(&desk, &actor, &answered.next, Problems::one("passkey", words::WRONG_PASSKEY)).await
}
