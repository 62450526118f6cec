//! Signing in and out.

use anyhow::Error;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::base::audit;
use crate::base::database::DatabaseError;
use crate::base::error::AppError;
use crate::base::web::client::rate_limit_key;
use crate::base::web::cookies::cookie;
use crate::base::web::extract::Form;
use crate::base::web::form::{Concealed, Problems, Wrong};
use crate::base::web::respond;
use crate::desk::accounts::invite::subject;
use crate::desk::accounts::model::{Stage, email_address};
use crate::desk::accounts::store::Account;
use crate::desk::accounts::tries::Tried;
use crate::desk::accounts::turns::Whose;
use crate::desk::accounts::{actions, password, store, tries};
use crate::desk::flash::Flash;
use crate::desk::session::Secret;
use crate::desk::shell::{StaffShell, said};
use crate::desk::{Desk, paths, session};
use crate::features::sign_in::passkey_ceremony::Purpose;
use crate::features::sign_in::trying::{begin_session, claim, end_before, failed, welcome_in};
use crate::features::sign_in::{
    Client, hashing, parameter, passkey_ceremony as passkey, passkey_script, with_cookie, words,
};

#[derive(Template)]
#[template(path = "sign_in/sign_in.html")]
struct SignInPage {
    shell: StaffShell,
    passkey_script: &'static str,
    form: SignInForm,
}

/// Address and password, and where to go on afterwards.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct SignInForm {
    email: String,
    password: Concealed,
    next: String,
    #[serde(skip)]
    problems: Problems,
}

/// The answer of a browser to a passkey's challenge.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct PasskeyForm {
    pub(super) ceremony: String,
    pub(super) credential: String,
    pub(super) next: String,
}

fn page(desk: &Desk, mut form: SignInForm, problems: Problems, query: Option<&str>) -> Result<Response, AppError> {
    form.problems = problems;
    let next = respond::local_path(&form.next).to_owned();
    form.next = next;
    let shell = desk.shell(None, "Sign in", paths::SIGN_IN).saying(said(query));
    let page = SignInPage { shell, passkey_script: passkey_script(), form };
    respond::form(&page, &page.form.problems)
}

pub(crate) async fn show(
    State(desk): State<Desk>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    let form = SignInForm { next: parameter(query.as_deref(), "next"), ..SignInForm::default() };
    let here = session::session(&headers, &desk).await?;
    if here.is_some_and(|session| session.stage == Stage::Full) {
        return respond::see_other(respond::local_path(&form.next));
    }
    page(&desk, form, Problems::default(), query.as_deref())
}

pub(crate) async fn send(
    State(desk): State<Desk>,
    client: Client,
    headers: HeaderMap,
    Form(typed): Form<SignInForm>,
) -> Result<Response, AppError> {
    let mut problems = Problems::default();
    if typed.email.trim().is_empty() {
        problems.add("email", words::NO_EMAIL);
    }
    if typed.password.is_empty() {
        problems.add("password", words::NO_PASSWORD);
    }
    if problems.has_any() {
        return page(&desk, typed, problems, None);
    }
    let (address, account) = find(&desk, &typed.email).await?;
    let tried = tried(&desk, &headers, account.as_ref(), &address, &client);
    if let Some(wait) = claim(&desk, &tried).await? {
        return page(&desk, typed, Problems::one("password", Wrong::Wait(tries::seconds(wait))), None);
    }
    let usable = account.as_ref().filter(|account| account.suspended_at.is_none() && account.totp_sealed.is_some());
    let kept = usable.and_then(|account| account.password.clone());
    let hash = kept.clone().unwrap_or_else(|| desk.cost().nobody());
    let (cost, attempt) = (desk.cost(), typed.password.clone());
    let checked = hashing::run_for(&desk, whose_turn(&desk, &headers, account.as_ref(), &client), move || {
        let right = password::is_right(&attempt, &hash);
        let anew = (right && cost.is_not_of(&hash)).then(|| password::hash(cost, &attempt));
        (right, anew.and_then(Result::ok))
    });
    let (right, anew) = match checked.await {
        Ok(checked) => checked,
        Err(error) => {
            // It was not worked on, so it does not count.
            desk.database()
                .write(desk.limit(), async |connection| {
                    store::undo(connection, &tried).await.map_err(DatabaseError::from)
                })
                .await?;
            return Err(error);
        }
    };
    if let (true, Some(account), Some(kept)) = (right, usable, kept) {
        let verified = Verified { staff: account.id, kept, anew };
        if let Some(secret) = half_way(&desk, &verified, &tried, &headers).await? {
            let response =
                respond::see_other(&paths::with_next(paths::SIGN_IN_CODE, respond::local_path(&typed.next)))?;
            return Ok(with_cookie(response, session::set_cookie(&desk, &secret)));
        }
    }
    failed(&desk, account.map(|account| account.id), "password").await?;
    page(&desk, typed, Problems::one("email", words::WRONG), None)
}

/// The address that somebody typed, and its account. What is no address is looked up all the same: an unknown address gets the same
/// answer after the same work.
pub(super) async fn find(desk: &Desk, typed: &str) -> Result<(String, Option<Account>), AppError> {
    let address = email_address(typed).unwrap_or_else(|| typed.trim().to_lowercase());
    let found = desk.database().read(async |connection| {
        match store::id_by_address(connection, desk.keys(), &address).await? {
            Some(id) => store::account(connection, id).await,
            None => Ok(None),
        }
    });
    let account = found.await?;
    Ok((address, account))
}

/// The id of the browser, where somebody signed in to this account with it before.
fn known_device(desk: &Desk, headers: &HeaderMap, account: Option<&Account>) -> Option<Uuid> {
    let cookie = cookie(headers, desk.cookies().device)?;
    tries::known_device(desk.keys(), cookie, account?.id)
}

/// The queue that a password waits in.
fn whose_turn(desk: &Desk, headers: &HeaderMap, account: Option<&Account>, client: &Client) -> Whose {
    match known_device(desk, headers, account) {
        Some(device) => Whose::Known(device),
        None => Whose::Household(client.0.map(rate_limit_key)),
    }
}

/// The limits that a try counts against.
pub(super) fn tried(
    desk: &Desk,
    headers: &HeaderMap,
    account: Option<&Account>,
    address: &str,
    client: &Client,
) -> Vec<Tried> {
    let keys = desk.keys();
    match known_device(desk, headers, account) {
        Some(device) => vec![Tried::device(keys, device)],
        None => vec![Tried::address(keys, client.0, desk.now()), Tried::account(keys, address)],
    }
}

/// A person whose password was right.
struct Verified {
    staff: Uuid,
    /// The hash that it was compared with.
    kept: String,
    /// The hash at today's cost, where the one that is kept is older.
    anew: Option<String>,
}

/// A session that asks for the second factor. None when the password was changed meanwhile or needs an unlock link.
async fn half_way(
    desk: &Desk,
    verified: &Verified,
    tried: &[Tried],
    headers: &HeaderMap,
) -> Result<Option<Secret>, AppError> {
    let secret = Secret::random().map_err(Error::from)?;
    let (hash, device, now) = (secret.hash(), session::device(headers), desk.now());
    let staff = verified.staff;
    let begun = desk.database().write(desk.limit(), async |connection| {
        if store::is_locked(connection, staff).await? {
            return Ok::<_, DatabaseError>(false);
        }
        store::release(connection, tried).await?;
        let again = store::account(connection, staff).await?.and_then(|account| account.password);
        if again.as_ref() != Some(&verified.kept) {
            return Ok(false);
        }
        if let Some(anew) = &verified.anew {
            store::set_password(connection, staff, anew).await?;
        }
        end_before(desk, connection, headers).await?;
        store::begin_session(connection, hash, staff, Stage::Second, &device, now).await?;
        Ok(true)
    });
    Ok(begun.await?.then_some(secret))
}

pub(crate) async fn start_passkey(State(desk): State<Desk>) -> Result<Response, AppError> {
    respond::json(StatusCode::OK, &passkey::begin_authentication(&desk, Purpose::SignIn)?)
}

pub(crate) async fn send_passkey(
    State(desk): State<Desk>,
    headers: HeaderMap,
    Form(answered): Form<PasskeyForm>,
) -> Result<Response, AppError> {
    let entered = desk.database().write(desk.limit(), async |connection| {
        let (ceremony, answer) = (&answered.ceremony, &answered.credential);
        let staff = passkey::finish_authentication(&desk, connection, Purpose::SignIn, ceremony, answer).await?;
        let Some(staff) = staff else { return Ok::<_, AppError>(None) };
        let Some(account) = store::account(connection, staff).await? else { return Ok(None) };
        Ok(Some((staff, begin_session(&desk, connection, &account, &headers, "passkey").await?)))
    });
    let Some((staff, secret)) = entered.await? else {
        failed(&desk, None, "passkey").await?;
        let form = SignInForm { next: answered.next, ..SignInForm::default() };
        return page(&desk, form, Problems::one("email", words::WRONG_PASSKEY_AT_SIGN_IN), None);
    };
    welcome_in(&desk, &headers, staff, &secret, respond::local_path(&answered.next))
}

pub(crate) async fn out(State(desk): State<Desk>, headers: HeaderMap) -> Result<Response, AppError> {
    if let Some(session) = session::session(&headers, &desk).await? {
        let actor = &session.actor;
        desk.database()
            .write(desk.limit(), async |connection| {
                store::end_session(connection, actor.session(), desk.now()).await?;
                if session.stage == Stage::Full {
                    let subject = subject(actor.id());
                    audit::record(connection, actor.who(), actions::SIGNED_OUT, &subject, &json!({})).await?;
                }
                Ok::<_, DatabaseError>(())
            })
            .await?;
    }
    Ok(with_cookie(respond::see_other(&Flash::SignedOut.at(paths::SIGN_IN))?, session::remove_cookie(&desk)))
}
