//! One account, as administrators see and change it.

use anyhow::Error;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::account::SessionLine;
use super::people::{PersonForm, read, say_look_alike};
use super::sessions_since;
use super::welcome::email_of;
use crate::accounts::desk::Desk;
use crate::accounts::invite::{self, InviteError, role_names, subject};
use crate::accounts::model::{Actor, Role};
use crate::accounts::permission::{Administering, Confirmed};
use crate::accounts::shown::{self, Shown};
use crate::accounts::store::{self, Account};
use crate::audit::{self, Action};
use crate::clock::time_words;
use crate::database::DatabaseError;
use crate::error::AppError;
use crate::web::extract::{Form, Path};
use crate::web::fields::{Fields, Problem};
use crate::web::respond;
use crate::web::staff_shell::{StaffShell, said};

#[derive(Template)]
#[template(path = "staff/accounts/one.html")]
struct Page {
    shell: StaffShell,
    problems: Vec<Problem>,
    id: Uuid,
    form: PersonForm,
    /// Whether it is the administrator's own.
    own: bool,
    made: String,
    suspended: Option<String>,
    has_password: bool,
    passkeys: usize,
    /// A link that was just made.
    link: Option<String>,
    sessions: Vec<SessionLine>,
}

#[derive(Default, Deserialize)]
pub(super) struct Ending {
    /// One session; without it all of them.
    session: Option<Uuid>,
}

/// Why nothing was changed.
enum Refused {
    Gone,
    Taken,
    LooksAlike(String),
    LastAdministrator,
    Other(AppError),
}

impl From<DatabaseError> for Refused {
    fn from(error: DatabaseError) -> Self {
        Self::Other(error.into())
    }
}

impl From<sqlx::Error> for Refused {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(said) if said.constraint() == Some("staff_email_lookup_key") => Self::Taken,
            _ => Self::Other(error.into()),
        }
    }
}

impl From<InviteError> for Refused {
    fn from(error: InviteError) -> Self {
        Self::Other(AppError::Internal(error.into()))
    }
}

impl Refused {
    fn into_error(self) -> AppError {
        match self {
            Self::Gone => AppError::NotFound,
            Self::LooksAlike(_) => AppError::Unprocessable("The name looks like that of another account."),
            Self::Taken => AppError::Unprocessable("There is an account with that address already."),
            Self::LastAdministrator => AppError::Unprocessable(
                "This is the last administrator, or your own account. Another administrator has to do this.",
            ),
            Self::Other(error) => error,
        }
    }
}

async fn page(
    desk: &Desk,
    actor: &Actor,
    id: Uuid,
    (status, query): (StatusCode, Option<&str>),
    typed: Option<(PersonForm, Vec<Problem>)>,
) -> Result<Response, AppError> {
    let (used_since, began_since) = sessions_since(desk.now());
    let (account, passkeys, sessions, shown) = desk
        .database()
        .read(async |connection| {
            Ok((
                store::account(connection, id).await?,
                store::passkeys(connection, id).await?,
                store::sessions_of(connection, id, used_since, began_since).await?,
                shown::get(connection, desk.keys(), actor.session()).await?,
            ))
        })
        .await?;
    let account = account.ok_or(AppError::NotFound)?;
    let own = id == actor.id();
    let fixed = own.then_some(Role::Administrator);
    let (form, problems) = if let Some(typed) = typed {
        typed
    } else {
        let email = email_of(desk, &account)?;
        (PersonForm::new(account.name.clone(), email, &account.roles, fixed), Vec::new())
    };
    let page = Page {
        shell: desk.shell(Some(actor), &account.name, "/accounts/one").saying(said(query)),
        problems,
        id,
        form,
        own,
        made: time_words(account.created_at),
        suspended: account.suspended_at.map(time_words),
        has_password: account.password.is_some(),
        passkeys: passkeys.len(),
        link: match shown {
            Some(Shown::Link { staff, url }) if staff == id => Some(url),
            _ => None,
        },
        sessions: sessions.into_iter().map(|listed| SessionLine::of(listed, actor.session())).collect(),
    };
    respond::page(status, &page)
}

pub(super) async fn show(
    State(desk): State<Desk>,
    actor: Confirmed<Administering>,
    Path(id): Path<Uuid>,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    page(&desk, &actor, id, (StatusCode::OK, query.as_deref()), None).await
}

pub(super) async fn change(
    State(desk): State<Desk>,
    actor: Confirmed<Administering>,
    Path(id): Path<Uuid>,
    Form(fields): Form<Fields>,
) -> Result<Response, AppError> {
    let fixed = (id == actor.id()).then_some(Role::Administrator);
    let read = match read(&fields, fixed) {
        Ok(read) => read,
        Err(problems) => {
            let typed = Some((PersonForm::typed(&fields, fixed), problems));
            return page(&desk, &actor, id, (StatusCode::UNPROCESSABLE_ENTITY, None), typed).await;
        }
    };
    let changed = desk.database().write(desk.limit(), async |connection| {
        let account = locked(connection, &actor, id, !read.roles.contains(&Role::Administrator)).await?;
        if read.name != account.name
            && let Some(colleague) = invite::find_look_alike(connection, id, &read.name).await?
        {
            return Err(Refused::LooksAlike(colleague));
        }
        store::change(connection, id, &read.name, &read.roles).await?;
        let email_changed = email_of(&desk, &account).map_err(Refused::Other)? != read.email;
        if email_changed {
            let other = store::id_by_address(connection, desk.keys(), &read.email).await?;
            if other.is_some_and(|other| other != id) {
                return Err(Refused::Taken);
            }
            let place = store::email_place(id);
            let sealed = desk.keys().seal(&place, read.email.as_bytes());
            let sealed = sealed.map_err(|error| Refused::Other(AppError::Internal(error.into())))?;
            store::readdress(connection, id, &store::email_lookup(desk.keys(), &read.email), &sealed).await?;
        }
        let roles_changed = account.roles != read.roles;
        if roles_changed {
            store::end_sessions(connection, id, None, desk.now()).await?;
        }
        let details = json!({
            "name": read.name, "roles": role_names(&read.roles), "roles_before": role_names(&account.roles),
            "address_changed": email_changed,
        });
        audit::record(connection, actor.who(), Action::StaffChanged, &subject(id), &details).await?;
        Ok(())
    });
    let refused_again = async |problem: Problem| {
        let typed = Some((PersonForm::typed(&fields, fixed), vec![problem]));
        page(&desk, &actor, id, (StatusCode::UNPROCESSABLE_ENTITY, None), typed).await
    };
    match changed.await {
        Ok(()) => respond::see_other(&format!("/accounts/{id}?done=saved")),
        Err(Refused::Taken) => {
            refused_again(Problem::new("email", "There is an account with that address already.")).await
        }
        Err(Refused::LooksAlike(colleague)) => refused_again(Problem::new("name", say_look_alike(&colleague))).await,
        Err(refused) => Err(refused.into_error()),
    }
}

/// The account under lock, with the administrators: one that takes the role away, or suspends, must not leave nobody.
async fn locked(
    connection: &mut PgConnection,
    actor: &Actor,
    id: Uuid,
    takes_administrator: bool,
) -> Result<Account, Refused> {
    let administrators = store::lock_administrators(connection).await?;
    let account = store::account(connection, id).await?.ok_or(Refused::Gone)?;
    // The one who does it may have lost the role a moment ago, to the very person it is done to.
    let leaves_one = administrators.contains(&actor.id()) && actor.id() != id;
    if takes_administrator && !leaves_one { Err(Refused::LastAdministrator) } else { Ok(account) }
}

pub(super) async fn suspend(
    State(desk): State<Desk>,
    actor: Confirmed<Administering>,
    Path(id): Path<Uuid>,
) -> Result<Response, AppError> {
    desk.database()
        .write(desk.limit(), async |connection| {
            locked(connection, &actor, id, true).await?;
            if store::suspend(connection, id, Some(desk.now())).await? {
                store::end_sessions(connection, id, None, desk.now()).await?;
                audit::record(connection, actor.who(), Action::StaffSuspended, &subject(id), &json!({})).await?;
            }
            Ok::<_, Refused>(())
        })
        .await
        .map_err(Refused::into_error)?;
    respond::see_other(&format!("/accounts/{id}?done=suspended"))
}

pub(super) async fn restore(
    State(desk): State<Desk>,
    actor: Confirmed<Administering>,
    Path(id): Path<Uuid>,
) -> Result<Response, AppError> {
    desk.database()
        .write(desk.limit(), async |connection| {
            locked(connection, &actor, id, false).await?;
            if store::suspend(connection, id, None).await? {
                audit::record(connection, actor.who(), Action::StaffRestored, &subject(id), &json!({})).await?;
            }
            Ok::<_, Refused>(())
        })
        .await
        .map_err(Refused::into_error)?;
    respond::see_other(&format!("/accounts/{id}?done=restored"))
}

/// Somebody who lost everything gets a new link. Not oneself: there is `/account` for that.
pub(super) async fn reset(
    State(desk): State<Desk>,
    actor: Confirmed<Administering>,
    Path(id): Path<Uuid>,
) -> Result<Response, AppError> {
    desk.database()
        .write(desk.limit(), async |connection| {
            locked(connection, &actor, id, true).await?;
            let secret = invite::reset(connection, actor.who(), id, desk.now()).await?;
            let url = invite::link_url(&desk.settings().staff_url, &secret);
            let shown = Shown::Link { staff: id, url };
            let kept = shown::put(connection, desk.keys(), actor.session(), &shown).await;
            kept.map_err(|error| Refused::Other(Error::from(error).into()))
        })
        .await
        .map_err(Refused::into_error)?;
    respond::see_other(&format!("/accounts/{id}?done=reset"))
}

pub(super) async fn link_is_kept(
    State(desk): State<Desk>,
    actor: Confirmed<Administering>,
    Path(id): Path<Uuid>,
) -> Result<Response, AppError> {
    desk.database()
        .write(desk.limit(), async |connection| {
            shown::forget(connection, actor.session()).await.map_err(DatabaseError::from)
        })
        .await?;
    respond::see_other(&format!("/accounts/{id}?done=kept"))
}

pub(super) async fn end_sessions(
    State(desk): State<Desk>,
    actor: Confirmed<Administering>,
    Path(id): Path<Uuid>,
    Form(ending): Form<Ending>,
) -> Result<Response, AppError> {
    let ended = desk.database().write(desk.limit(), async |connection| {
        let now = desk.now();
        let ended = match ending.session {
            Some(session) => u64::from(store::end_session_of(connection, id, session, now).await?),
            None => store::end_sessions(connection, id, None, now).await?,
        };
        let details = json!({ "ended": ended });
        audit::record(connection, actor.who(), Action::SessionEnded, &subject(id), &details).await?;
        Ok::<_, DatabaseError>(())
    });
    ended.await?;
    respond::see_other(&format!("/accounts/{id}?done=ended"))
}
