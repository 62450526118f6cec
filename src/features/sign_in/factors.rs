//! The pages on which people change their own factors: password, app, passkeys, recovery codes.

use anyhow::Error;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use crate::base::audit;
use crate::base::database::DatabaseError;
use crate::base::error::AppError;
use crate::base::web::extract::{Form, Path};
use crate::base::web::form::{Concealed, Fields, Problems, Wrong, read_line};
use crate::base::web::respond;
use crate::desk::accounts::addresses::email_of;
use crate::desk::accounts::invite::subject;
use crate::desk::accounts::letters::tell_owner;
use crate::desk::accounts::model::Actor;
use crate::desk::accounts::shown_once::ShownOnce;
use crate::desk::accounts::store::Account;
use crate::desk::accounts::tries::seconds;
use crate::desk::accounts::{By, actions, shown_once, store};
use crate::desk::flash::Flash;
use crate::desk::permission::{Confirmed, SignedIn};
use crate::desk::proof::ConfirmedForm;
use crate::desk::shell::StaffShell;
use crate::desk::{Desk, paths, session};
use crate::features::sign_in::app::AppPart;
use crate::features::sign_in::confirm::{is_own_password, renew};
use crate::features::sign_in::passkey_ceremony::Owner;
use crate::features::sign_in::welcome::new_codes;
use crate::features::sign_in::{app, passkey_ceremony as passkey, passkey_script, with_cookie, words};

#[derive(Template)]
#[template(path = "sign_in/password.html")]
struct PasswordPage {
    shell: StaffShell,
    form: PasswordForm,
    email: String,
    /// Set if the old password is asked for.
    asks_current: bool,
    /// An app is set up along with the first password.
    app: Option<AppPart>,
}

#[derive(Template)]
#[template(path = "sign_in/app.html")]
struct AppPage {
    shell: StaffShell,
    form: AppForm,
    app: AppPart,
}

#[derive(Template)]
#[template(path = "sign_in/codes.html")]
struct CodesPage {
    shell: StaffShell,
    codes: Vec<String>,
}

#[derive(Template)]
#[template(path = "sign_in/passkey.html")]
struct PasskeyPage {
    shell: StaffShell,
    passkey_script: &'static str,
    form: NewPasskeyForm,
}

/// A new password; with the first one also an app, as [`AppForm`].
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct PasswordForm {
    current: Concealed,
    password: Concealed,
    app: String,
    code: Concealed,
    #[serde(skip)]
    problems: Problems,
}

/// A new app: its sealed secret and the code that proves it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct AppForm {
    app: String,
    code: Concealed,
    #[serde(skip)]
    problems: Problems,
}

/// The name of a new passkey, and the answer of the browser.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct NewPasskeyForm {
    name: String,
    ceremony: String,
    credential: String,
    #[serde(skip)]
    problems: Problems,
}

/// The longest name of a passkey, in characters.
const LONGEST_NAME: usize = 100;

/// Loads a person's own account.
async fn load_own_account(desk: &Desk, actor: &Actor) -> Result<Account, AppError> {
    let account = desk.database().read(async |connection| store::account(connection, actor.id()).await).await?;
    account.ok_or(AppError::NotFound)
}

/// Tells whether the old password must be typed to set a new one: a passkey that was asked for a moment ago does as well.
fn asks_current(actor: &Actor, account: &Account) -> bool {
    account.password.is_some() && !actor.confirmed().is_some_and(|confirmed| confirmed.by_passkey)
}

fn password_page(
    desk: &Desk,
    actor: &Actor,
    account: &Account,
    mut form: PasswordForm,
    problems: Problems,
) -> Result<Response, AppError> {
    form.problems = problems;
    let email = email_of(desk.keys(), account)?;
    let whose = account.id.to_string();
    let app = if account.password.is_none() {
        Some(AppPart::new(desk, &app::candidate(desk, &whose, &form.app)?, &whose, &email)?)
    } else {
        None
    };
    let shell = desk.shell(Some(actor), "Your password", paths::ACCOUNT_PASSWORD);
    let asks_current = asks_current(actor, account);
    let page = PasswordPage { shell, form, email, asks_current, app };
    respond::form(&page, &page.form.problems)
}

pub(crate) async fn show_password(State(desk): State<Desk>, actor: Confirmed<SignedIn>) -> Result<Response, AppError> {
    let account = load_own_account(&desk, &actor).await?;
    password_page(&desk, &actor, &account, PasswordForm::default(), Problems::default())
}

pub(crate) async fn set_password(
    State(desk): State<Desk>,
    actor: By<SignedIn>,
    ConfirmedForm(typed): ConfirmedForm<PasswordForm>,
) -> Result<Response, AppError> {
    let account = load_own_account(&desk, &actor).await?;
    let mut problems = Problems::default();
    if asks_current(&actor, &account) {
        match is_own_password(&desk, &actor, &typed.current).await? {
            Ok(true) => {}
            Ok(false) => problems.add("current", words::WRONG_CURRENT),
            Err(wait) => {
                let problems = Problems::one("current", Wrong::Wait(seconds(wait)));
                return password_page(&desk, &actor, &account, typed, problems);
            }
        }
    }
    let email = email_of(desk.keys(), &account)?;
    let hash = app::new_password(&desk, &typed.password, &[&account.name, &email], &mut problems).await?;
    let set_up = if account.password.is_none() {
        let candidate = app::candidate(&desk, &account.id.to_string(), &typed.app)?;
        app::proven(&desk, &candidate, &typed.code, &mut problems).map(|step| (candidate, step))
    } else {
        None
    };
    let (Some(hash), true) = (hash, problems.is_empty()) else {
        return password_page(&desk, &actor, &account, typed, problems);
    };
    let secret = desk
        .database()
        .write(desk.limit(), async |connection| {
            let (id, subject) = (account.id, subject(account.id));
            store::set_password(connection, id, &hash).await?;
            audit::record(connection, actor.who(), actions::PASSWORD_CHANGED, &subject, &json!({})).await?;
            if let Some((candidate, step)) = &set_up {
                let sealed = candidate.sealed(desk.keys(), id).map_err(Error::from)?;
                store::set_totp(connection, id, &sealed, *step).await?;
                audit::record(connection, actor.who(), actions::TOTP_SET, &subject, &json!({})).await?;
                new_codes(&desk, connection, actor.who(), actor.session()).await?;
            }
            store::end_sessions(connection, id, Some(actor.session()), desk.now()).await?;
            let what = if set_up.is_some() {
                "A password and an authenticator app were added"
            } else {
                "The password was changed"
            };
            tell_owner(connection, desk.post(), id, what, actor.who()).await?;
            let by_passkey = actor.confirmed().is_some_and(|confirmed| confirmed.by_passkey);
            renew(&desk, connection, &actor, by_passkey, None).await
        })
        .await?;
    let next = match set_up {
        Some(_) => paths::ACCOUNT_CODES.to_owned(),
        None => Flash::PasswordSet.at(paths::ACCOUNT),
    };
    let response = respond::see_other(&next)?;
    Ok(with_cookie(response, session::set_cookie(&desk, &secret)))
}

fn app_page(
    desk: &Desk,
    actor: &Actor,
    account: &Account,
    mut form: AppForm,
    problems: Problems,
) -> Result<Response, AppError> {
    form.problems = problems;
    let whose = account.id.to_string();
    let candidate = app::candidate(desk, &whose, &form.app)?;
    let app = AppPart::new(desk, &candidate, &whose, &email_of(desk.keys(), account)?)?;
    let shell = desk.shell(Some(actor), "Your authenticator app", paths::ACCOUNT_APP);
    let page = AppPage { shell, form, app };
    respond::form(&page, &page.form.problems)
}

pub(crate) async fn show_app(State(desk): State<Desk>, actor: Confirmed<SignedIn>) -> Result<Response, AppError> {
    let account = load_own_account(&desk, &actor).await?;
    if account.password.is_none() {
        return respond::see_other(paths::ACCOUNT_PASSWORD);
    }
    app_page(&desk, &actor, &account, AppForm::default(), Problems::default())
}

pub(crate) async fn set_app(
    State(desk): State<Desk>,
    actor: By<SignedIn>,
    ConfirmedForm(typed): ConfirmedForm<AppForm>,
) -> Result<Response, AppError> {
    let account = load_own_account(&desk, &actor).await?;
    if account.password.is_none() {
        return respond::see_other(paths::ACCOUNT_PASSWORD);
    }
    let mut problems = Problems::default();
    let candidate = app::candidate(&desk, &account.id.to_string(), &typed.app)?;
    let Some(step) = app::proven(&desk, &candidate, &typed.code, &mut problems) else {
        return app_page(&desk, &actor, &account, typed, problems);
    };
    let sealed = candidate.sealed(desk.keys(), account.id).map_err(Error::from)?;
    desk.database()
        .write(desk.limit(), async |connection| {
            store::set_totp(connection, account.id, &sealed, step).await?;
            audit::record(connection, actor.who(), actions::TOTP_SET, &subject(account.id), &json!({})).await?;
            tell_owner(connection, desk.post(), account.id, "The authenticator app was replaced", actor.who()).await?;
            Ok::<_, DatabaseError>(())
        })
        .await?;
    respond::see_other(&Flash::AppReplaced.at(paths::ACCOUNT))
}

/// Shows new recovery codes until their owner says that they have kept them.
pub(crate) async fn show_codes(State(desk): State<Desk>, actor: By<SignedIn>) -> Result<Response, AppError> {
    let secret = desk
        .database()
        .read(async |connection| shown_once::find(connection, desk.keys(), actor.session()).await)
        .await?;
    let Some(ShownOnce::Codes(codes)) = secret else { return respond::see_other(paths::ACCOUNT) };
    let shell = desk.shell(Some(&actor), "Your recovery codes", paths::ACCOUNT_CODES);
    respond::page(StatusCode::OK, &CodesPage { shell, codes })
}

pub(crate) async fn make_codes(
    State(desk): State<Desk>,
    actor: By<SignedIn>,
    _form: ConfirmedForm<Fields>,
) -> Result<Response, AppError> {
    desk.database()
        .write(desk.limit(), async |connection| {
            new_codes(&desk, connection, actor.who(), actor.session()).await?;
            tell_owner(connection, desk.post(), actor.id(), "New recovery codes were made", actor.who()).await?;
            Ok::<_, AppError>(())
        })
        .await?;
    respond::see_other(paths::ACCOUNT_CODES)
}

fn passkey_page(desk: &Desk, actor: &Actor, name: &str, problems: Problems) -> Result<Response, AppError> {
    let shell = desk.shell(Some(actor), "Add a passkey", paths::ACCOUNT_PASSKEYS);
    let form = NewPasskeyForm { name: name.to_owned(), problems, ..NewPasskeyForm::default() };
    let page = PasskeyPage { shell, passkey_script: passkey_script(), form };
    respond::form(&page, &page.form.problems)
}

pub(crate) async fn show_new_passkey(
    State(desk): State<Desk>,
    actor: Confirmed<SignedIn>,
) -> Result<Response, AppError> {
    passkey_page(&desk, &actor, "", Problems::default())
}

pub(crate) async fn start_passkey(
    State(desk): State<Desk>,
    actor: Confirmed<SignedIn>,
    Form(typed): Form<NewPasskeyForm>,
) -> Result<Response, AppError> {
    if let Err(wrong) = read_line(&typed.name, LONGEST_NAME) {
        return respond::json(StatusCode::UNPROCESSABLE_ENTITY, &json!({ "problem": wrong.to_string() }));
    }
    let account = load_own_account(&desk, &actor).await?;
    let known = desk.database().read(async |connection| store::passkeys(connection, account.id).await).await?;
    let email = email_of(desk.keys(), &account)?;
    let owner = Owner { id: account.id, email: &email, name: &account.name };
    let known = known.into_iter().map(|row| row.credential).collect();
    respond::json(StatusCode::OK, &passkey::begin_registration(&desk, &owner, known)?)
}

pub(crate) async fn add_passkey(
    State(desk): State<Desk>,
    actor: By<SignedIn>,
    ConfirmedForm(typed): ConfirmedForm<NewPasskeyForm>,
) -> Result<Response, AppError> {
    let refused = |problems| passkey_page(&desk, &actor, &typed.name, problems);
    let name = match read_line(&typed.name, LONGEST_NAME) {
        Ok(name) => name,
        Err(wrong) => return refused(Problems::one("name", wrong)),
    };
    let added = desk.database().write(desk.limit(), async |connection| {
        let made = passkey::finish_registration(&desk, connection, &typed.ceremony, &typed.credential).await?;
        let Some(made) = made.filter(|made| made.staff == actor.id()) else { return Ok::<_, AppError>(false) };
        passkey::store_passkey(connection, actor.id(), &name, &made).await?;
        let details = json!({ "name": name });
        audit::record(connection, actor.who(), actions::PASSKEY_ADDED, &subject(actor.id()), &details).await?;
        tell_owner(connection, desk.post(), actor.id(), "A passkey was added", actor.who()).await?;
        Ok(true)
    });
    if added.await? {
        return respond::see_other(&Flash::PasskeyAdded.at(paths::ACCOUNT));
    }
    refused(Problems::one("passkey", words::NO_PASSKEY))
}

pub(crate) async fn remove_passkey(
    State(desk): State<Desk>,
    actor: By<SignedIn>,
    Path(credential): Path<String>,
    _form: ConfirmedForm<Fields>,
) -> Result<Response, AppError> {
    let credential = hex::decode(&credential).map_err(|_| AppError::NotFound)?;
    let own = desk.database().read(async |connection| store::passkeys(connection, actor.id()).await).await?;
    let Some(known) = own.into_iter().find(|row| row.credential == credential) else {
        return Err(AppError::NotFound);
    };
    let removed = desk.database().write(desk.limit(), async |connection| {
        let removed = store::remove_passkey(connection, actor.id(), &credential).await?;
        if removed {
            let details = json!({ "name": known.name });
            audit::record(connection, actor.who(), actions::PASSKEY_REMOVED, &subject(actor.id()), &details).await?;
            tell_owner(connection, desk.post(), actor.id(), "A passkey was removed", actor.who()).await?;
        }
        Ok::<_, DatabaseError>(removed)
    });
    if removed.await? {
        return respond::see_other(&Flash::PasskeyRemoved.at(paths::ACCOUNT));
    }
    Err(AppError::Unprocessable(
        "This passkey is the only way you can sign in. Add another one, or a password with an app, before you remove it.",
    ))
}
