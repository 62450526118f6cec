//! The page of a person's own account.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::base::audit;
use crate::base::clock::time_words;
use crate::base::database::DatabaseError;
use crate::base::error::AppError;
use crate::base::web::extract::{Form, Path};
use crate::base::web::form::{Fields, Problems, Wrong};
use crate::base::web::respond;
use crate::desk::accounts::addresses::email_of;
use crate::desk::accounts::invite::{find_look_alike, subject};
use crate::desk::accounts::letters::tell_owner;
use crate::desk::accounts::model::{Actor, person_name};
use crate::desk::accounts::shown_once::ShownOnce;
use crate::desk::accounts::store::{Listed, PasskeyRow};
use crate::desk::accounts::{By, actions, shown_once, store};
use crate::desk::flash::Flash;
use crate::desk::permission::SignedIn;
use crate::desk::proof::ConfirmedForm;
use crate::desk::shell::{StaffShell, said};
use crate::desk::{Desk, paths};
use crate::features::sign_in::{sessions_since, words};

#[derive(Template)]
#[template(path = "sign_in/account.html")]
struct AccountPage {
    shell: StaffShell,
    form: NameForm,
    email: String,
    roles: Vec<(&'static str, &'static str)>,
    has_password: bool,
    codes_left: i64,
    passkeys: Vec<PasskeyLine>,
    sessions: Vec<SessionLine>,
}

/// A passkey in the list.
struct PasskeyLine {
    credential: String,
    name: String,
    added: String,
    used: Option<String>,
}

/// A session in a list.
pub(super) struct SessionLine {
    pub(super) id: Uuid,
    pub(super) device: String,
    pub(super) began: String,
    pub(super) seen: String,
    /// Set if it is the one that looks at the list.
    pub(super) here: bool,
}

impl SessionLine {
    pub(super) fn of(listed: Listed, here: Uuid) -> Self {
        Self {
            id: listed.id,
            device: listed.device,
            began: time_words(listed.created_at),
            seen: time_words(listed.seen_at),
            here: listed.id == here,
        }
    }
}

/// The form of a person's name.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct NameForm {
    name: String,
    #[serde(skip)]
    problems: Problems,
}

fn passkey_line(row: PasskeyRow) -> PasskeyLine {
    PasskeyLine {
        credential: hex::encode(&row.credential),
        name: row.name,
        added: time_words(row.created_at),
        used: row.used_at.map(time_words),
    }
}

async fn page(desk: &Desk, actor: &Actor, query: Option<&str>, form: Option<NameForm>) -> Result<Response, AppError> {
    let (used_since, began_since): (Timestamp, Timestamp) = sessions_since(desk.now());
    let (account, passkeys, sessions, codes_left) = desk
        .database()
        .read(async |connection| {
            Ok((
                store::account(connection, actor.id()).await?,
                store::passkeys(connection, actor.id()).await?,
                store::sessions_of(connection, actor.id(), used_since, began_since).await?,
                store::recovery_codes_left(connection, actor.id()).await?,
            ))
        })
        .await?;
    let account = account.ok_or(AppError::NotFound)?;
    let page = AccountPage {
        shell: desk.shell(Some(actor), "Your account", paths::ACCOUNT).saying(said(query)),
        email: email_of(desk.keys(), &account)?,
        form: form.unwrap_or_else(|| NameForm { name: account.name.clone(), problems: Problems::default() }),
        roles: account.roles.iter().map(|role| (role.words(), role.explained())).collect(),
        has_password: account.password.is_some(),
        codes_left,
        passkeys: passkeys.into_iter().map(passkey_line).collect(),
        sessions: sessions.into_iter().map(|listed| SessionLine::of(listed, actor.session())).collect(),
    };
    respond::form(&page, &page.form.problems)
}

pub(crate) async fn show(
    State(desk): State<Desk>,
    actor: By<SignedIn>,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    page(&desk, &actor, query.as_deref(), None).await
}

pub(crate) async fn rename(
    State(desk): State<Desk>,
    actor: By<SignedIn>,
    Form(typed): Form<NameForm>,
) -> Result<Response, AppError> {
    let refused = async |wrong: Wrong| {
        let form = NameForm { name: typed.name.clone(), problems: Problems::one("name", wrong) };
        page(&desk, &actor, None, Some(form)).await
    };
    let name = match person_name(&typed.name, "your") {
        Ok(name) => name,
        Err(wrong) => return refused(wrong).await,
    };
    let colleague = desk
        .database()
        .write(desk.limit(), async |connection| {
            if let Some(colleague) = find_look_alike(connection, actor.id(), &name).await? {
                return Ok(Some(colleague));
            }
            store::rename(connection, actor.id(), &name).await?;
            let details = json!({ "name": name });
            audit::record(connection, actor.who(), actions::STAFF_CHANGED, &subject(actor.id()), &details).await?;
            Ok::<_, DatabaseError>(None)
        })
        .await?;
    match colleague {
        Some(colleague) => refused(words::looks_like(&colleague).into()).await,
        None => respond::see_other(&Flash::Saved.at(paths::ACCOUNT)),
    }
}

pub(crate) async fn end_session(
    State(desk): State<Desk>,
    actor: By<SignedIn>,
    Path(session): Path<Uuid>,
    _form: ConfirmedForm<Fields>,
) -> Result<Response, AppError> {
    let ended = desk.database().write(desk.limit(), async |connection| {
        let ended = store::end_session_of(connection, actor.id(), session, desk.now()).await?;
        if ended {
            audit::record(connection, actor.who(), actions::SESSION_ENDED, &subject(actor.id()), &json!({})).await?;
            tell_owner(connection, desk.post(), actor.id(), "You were signed out of a browser", actor.who()).await?;
        }
        Ok::<_, DatabaseError>(ended)
    });
    if ended.await? { respond::see_other(&Flash::SessionEnded.at(paths::ACCOUNT)) } else { Err(AppError::NotFound) }
}

pub(crate) async fn end_others(
    State(desk): State<Desk>,
    actor: By<SignedIn>,
    _form: ConfirmedForm<Fields>,
) -> Result<Response, AppError> {
    desk.database()
        .write(desk.limit(), async |connection| {
            let many = store::end_sessions(connection, actor.id(), Some(actor.session()), desk.now()).await?;
            let details = json!({ "others": many });
            audit::record(connection, actor.who(), actions::SESSION_ENDED, &subject(actor.id()), &details).await?;
            tell_owner(
                connection,
                desk.post(),
                actor.id(),
                "You were signed out everywhere but in one browser",
                actor.who(),
            )
            .await?;
            Ok::<_, DatabaseError>(())
        })
        .await?;
    respond::see_other(&Flash::SessionEnded.at(paths::ACCOUNT))
}

/// Forgets the secret that was shown to somebody who now says that they have it.
pub(crate) async fn forget_secret(State(desk): State<Desk>, actor: By<SignedIn>) -> Result<Response, AppError> {
    let secret = desk.database().write(desk.limit(), async |connection| {
        shown_once::take(connection, desk.keys(), actor.session()).await.map_err(DatabaseError::from)
    });
    let page = secret.await?.map_or_else(|| paths::ACCOUNT.to_owned(), |secret: ShownOnce| secret.page_after());
    respond::see_other(&Flash::SecretKept.at(&page))
}
