//! A one-time link: its owner sets up how they sign in. Opening it uses nothing up, since mail programs open links too; it is used
//! when a second factor stands.

use anyhow::Error;
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit;
use crate::base::audit::Who;
use crate::base::error::AppError;
use crate::base::web::extract::{Form, Path};
use crate::base::web::form::{Concealed, Problems};
use crate::base::web::respond;
use crate::desk::accounts::addresses::email_of;
use crate::desk::accounts::invite::{InviteError, Newcomer, subject};
use crate::desk::accounts::letters::tell_owner;
use crate::desk::accounts::model::{Role, email_address, person_name};
use crate::desk::accounts::shown_once::ShownOnce;
use crate::desk::accounts::store::Link;
use crate::desk::accounts::totp::Candidate;
use crate::desk::accounts::{actions, invite, recovery, shown_once, store};
use crate::desk::session::Secret;
use crate::desk::shell::StaffShell;
use crate::desk::{Desk, paths};
use crate::features::sign_in::app::AppPart;
use crate::features::sign_in::passkey_ceremony::{Made, Owner};
use crate::features::sign_in::trying::{begin_session, welcome_in};
use crate::features::sign_in::{app, passkey_ceremony as passkey, passkey_script, words};

#[derive(Template)]
#[template(path = "sign_in/welcome.html")]
struct WelcomePage {
    shell: StaffShell,
    passkey_script: &'static str,
    form: WelcomeForm,
    /// The path of the form, without its ending.
    action: String,
    /// The name, where the account is known.
    known_name: Option<String>,
    app: AppPart,
}

/// The form of a new sign-in: the person, and a password with an app or a passkey.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct WelcomeForm {
    name: String,
    email: String,
    password: Concealed,
    app: String,
    code: Concealed,
    ceremony: String,
    credential: String,
    #[serde(skip)]
    problems: Problems,
}

/// A link that may be used, and its secret.
struct Open {
    secret: Secret,
    link: Link,
    /// The account's address; none for the first administrator.
    email: Option<String>,
}

/// The person who sets up a sign-in.
struct Person {
    name: String,
    email: String,
}

/// The factor that was set up.
enum Factor {
    Password { hash: String, app: Candidate, step: i64 },
    Passkey(Made),
}

/// A reason why a set-up came to nothing at its last step.
enum Undone {
    Ended,
    Taken,
    NoPasskey,
}

/// The answer for a link that is unknown, used or ended: all the same.
const ENDED: AppError = AppError::Unprocessable(
    "This link has been used, has ended, or was not copied whole. Check it, or ask an administrator of the site for a new one. \
     If you have set up your sign-in, sign in.",
);

async fn open(desk: &Desk, secret: &str) -> Result<Open, AppError> {
    let Some(secret) = Secret::read(secret) else { return Err(ENDED) };
    let (now, hash) = (desk.now(), secret.hash());
    let found = desk.database().read(async |connection| {
        let link = store::link(connection, hash, now).await?;
        let account = match link.as_ref().and_then(|link| link.staff.as_ref()) {
            Some((id, _)) => store::account(connection, *id).await?,
            None => None,
        };
        Ok((link, account))
    });
    let (Some(link), account) = found.await? else { return Err(ENDED) };
    let email = account.map(|account| email_of(desk.keys(), &account)).transpose()?;
    Ok(Open { secret, link, email })
}

fn page(desk: &Desk, open: &Open, mut form: WelcomeForm, problems: Problems) -> Result<Response, AppError> {
    form.problems = problems;
    let whose = open.secret.hash().to_string();
    let candidate = app::candidate(desk, &whose, &form.app)?;
    let account = open.email.as_deref().unwrap_or("administrator");
    let page = WelcomePage {
        shell: desk.shell(None, "Set up your sign-in", paths::WELCOME),
        passkey_script: passkey_script(),
        action: paths::welcome(open.secret.text()),
        known_name: open.link.staff.as_ref().map(|(_, name)| name.clone()),
        form,
        app: AppPart::new(desk, &candidate, &whose, account)?,
    };
    respond::form(&page, &page.form.problems)
}

pub(crate) async fn show(State(desk): State<Desk>, Path(secret): Path<String>) -> Result<Response, AppError> {
    let open = open(&desk, &secret).await?;
    page(&desk, &open, WelcomeForm::default(), Problems::default())
}

/// The person who sets up: the one the link is for, or, for the first administrator, the one they name.
fn person(open: &Open, typed: &WelcomeForm, problems: &mut Problems) -> Person {
    if let (Some((_, name)), Some(email)) = (&open.link.staff, &open.email) {
        return Person { name: name.clone(), email: email.clone() };
    }
    let name = problems.check("name", "", person_name(&typed.name, "your"));
    let email = problems.check("email", "", email_address(&typed.email).ok_or(words::BAD_EMAIL));
    Person { name: name.unwrap_or_default(), email: email.unwrap_or_default() }
}

pub(crate) async fn send(
    State(desk): State<Desk>,
    headers: HeaderMap,
    Path(secret): Path<String>,
    Form(typed): Form<WelcomeForm>,
) -> Result<Response, AppError> {
    let open = open(&desk, &secret).await?;
    let mut problems = Problems::default();
    let person = person(&open, &typed, &mut problems);
    let candidate = app::candidate(&desk, &open.secret.hash().to_string(), &typed.app)?;
    let about = [person.name.as_str(), person.email.as_str()];
    let hash = app::new_password(&desk, &typed.password, &about, &mut problems).await?;
    let step = app::proven(&desk, &candidate, &typed.code, &mut problems);
    let (Some(hash), Some(step), true) = (hash, step, problems.is_empty()) else {
        return page(&desk, &open, typed, problems);
    };
    let id = open.link.staff.as_ref().map_or_else(Uuid::now_v7, |(id, _)| *id);
    let done = desk.database().write(desk.limit(), async |connection| {
        let factor = Factor::Password { hash, app: candidate, step };
        finish(&desk, connection, &open, &headers, AccountOwner { id, person: &person }, factor).await
    });
    answer_set_up(&desk, &headers, &open, typed, id, done.await?)
}

pub(crate) async fn start_passkey(
    State(desk): State<Desk>,
    Path(secret): Path<String>,
    Form(typed): Form<WelcomeForm>,
) -> Result<Response, AppError> {
    let open = open(&desk, &secret).await?;
    let mut problems = Problems::default();
    let person = person(&open, &typed, &mut problems);
    if let Some(problem) = problems.all().first() {
        return respond::json(StatusCode::UNPROCESSABLE_ENTITY, &json!({ "problem": problem.to_string() }));
    }
    let id = open.link.staff.as_ref().map_or_else(Uuid::now_v7, |(id, _)| *id);
    let owner = Owner { id, email: &person.email, name: &person.name };
    respond::json(StatusCode::OK, &passkey::begin_registration(&desk, &owner, Vec::new())?)
}

pub(crate) async fn send_passkey(
    State(desk): State<Desk>,
    headers: HeaderMap,
    Path(secret): Path<String>,
    Form(typed): Form<WelcomeForm>,
) -> Result<Response, AppError> {
    let open = open(&desk, &secret).await?;
    let mut problems = Problems::default();
    let person = person(&open, &typed, &mut problems);
    if !problems.is_empty() {
        return page(&desk, &open, typed, problems);
    }
    let known = open.link.staff.as_ref().map(|(id, _)| *id);
    let mut id = Uuid::nil();
    let done = desk.database().write(desk.limit(), async |connection| {
        let made = passkey::finish_registration(&desk, connection, &typed.ceremony, &typed.credential).await?;
        let Some(made) = made.filter(|made| known.is_none_or(|known| known == made.staff)) else {
            return Ok(Err(Undone::NoPasskey));
        };
        id = made.staff;
        finish(&desk, connection, &open, &headers, AccountOwner { id, person: &person }, Factor::Passkey(made)).await
    });
    let done = done.await?;
    answer_set_up(&desk, &headers, &open, typed, id, done)
}

/// The account that is set up: its id, which a first account gets now, and the typed name and address.
#[derive(Clone, Copy)]
struct AccountOwner<'a> {
    id: Uuid,
    person: &'a Person,
}

/// Uses the link up, keeps what was set up, and signs its owner in. All or nothing.
async fn finish(
    desk: &Desk,
    connection: &mut PgConnection,
    open: &Open,
    headers: &HeaderMap,
    AccountOwner { id, person }: AccountOwner<'_>,
    factor: Factor,
) -> Result<Result<Secret, Undone>, AppError> {
    let now = desk.now();
    let hash = open.secret.hash();
    store::lock_links(connection).await?;
    // Looked at again under the lock: another node may have made an account, or this very link may just have been used.
    if store::link(connection, hash, now).await? != Some(open.link.clone()) {
        return Ok(Err(Undone::Ended));
    }
    if open.link.staff.is_none() {
        let newcomer = Newcomer { name: &person.name, email: &person.email, roles: &[Role::Administrator] };
        match invite::make(connection, desk.keys(), &newcomer, id).await {
            Ok(()) => {}
            Err(InviteError::Exists) => return Ok(Err(Undone::Taken)),
            Err(error) => return Err(AppError::Internal(error.into())),
        }
        let details = json!({ "name": person.name, "roles": ["administrator"], "first": true });
        audit::record(connection, Who::CONSOLE, actions::STAFF_ADDED, &subject(id), &details).await?;
    }
    if !store::use_link(connection, hash, now).await? {
        return Ok(Err(Undone::Ended));
    }
    let who = Who { id: Some(id), name: &person.name };
    audit::record(connection, who, actions::LINK_USED, &subject(id), &json!({})).await?;
    if open.link.staff.is_some() {
        // The old factors may be lost, or another person may have added one.
        let had_password = store::account(connection, id).await?.is_some_and(|account| account.password.is_some());
        let is_again = had_password || !store::passkeys(connection, id).await?.is_empty();
        store::remove_factors(connection, id).await?;
        store::doubt_from_now(connection, id, now).await?;
        if is_again {
            let change = "A link was used to set up how you sign in, and what you signed in with before was removed";
            tell_owner(connection, desk.post(), id, change, who).await?;
        }
    }
    let way = match factor {
        Factor::Password { hash, app, step } => {
            store::set_password(connection, id, &hash).await?;
            let sealed = app.sealed(desk.keys(), id).map_err(Error::from)?;
            store::set_totp(connection, id, &sealed, step).await?;
            audit::record(connection, who, actions::PASSWORD_CHANGED, &subject(id), &json!({})).await?;
            audit::record(connection, who, actions::TOTP_SET, &subject(id), &json!({})).await?;
            "password and app"
        }
        Factor::Passkey(made) => {
            passkey::store_passkey(connection, id, "My first passkey", &made).await?;
            audit::record(connection, who, actions::PASSKEY_ADDED, &subject(id), &json!({})).await?;
            "passkey"
        }
    };
    let Some(account) = store::account(connection, id).await? else { return Ok(Err(Undone::Ended)) };
    // A device that is signed in may be lost.
    store::end_sessions(connection, id, None, now).await?;
    let secret = begin_session(desk, connection, &account, headers, way).await?;
    if let Some(session) = store::session(connection, secret.hash()).await? {
        new_codes(desk, connection, who, session.actor.session()).await?;
    }
    Ok(Ok(secret))
}

/// Makes new recovery codes for somebody and lays them ready in their session.
pub(super) async fn new_codes(
    desk: &Desk,
    connection: &mut PgConnection,
    who: Who<'_>,
    session: Uuid,
) -> Result<(), AppError> {
    let Some(staff) = who.id else { return Ok(()) };
    let codes = recovery::codes().map_err(Error::from)?;
    let hashes: Vec<_> = codes.iter().map(|code| recovery::hash(code)).collect();
    store::set_recovery_codes(connection, staff, &hashes).await?;
    shown_once::put(connection, desk.keys(), session, &ShownOnce::Codes(codes)).await.map_err(Error::from)?;
    audit::record(connection, who, actions::RECOVERY_CODES_MADE, &subject(staff), &json!({})).await?;
    Ok(())
}

fn answer_set_up(
    desk: &Desk,
    headers: &HeaderMap,
    open: &Open,
    typed: WelcomeForm,
    id: Uuid,
    done: Result<Secret, Undone>,
) -> Result<Response, AppError> {
    let problems = match done {
        Ok(secret) => return welcome_in(desk, headers, id, &secret, paths::ACCOUNT_CODES),
        Err(Undone::Ended) => return Err(ENDED),
        Err(Undone::Taken) => Problems::one("email", words::TAKEN),
        Err(Undone::NoPasskey) => Problems::one("passkey", words::NO_FIRST_PASSKEY),
    };
    page(desk, open, typed, problems)
}
