//! One account, as administrators see and change it.

use anyhow::Error;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit;
use crate::base::clock::time_words;
use crate::base::database::DatabaseError;
use crate::base::error::AppError;
use crate::base::web::extract::Path;
use crate::base::web::form::{Fields, Problems};
use crate::base::web::respond;
use crate::desk::accounts::addresses::email_of;
use crate::desk::accounts::doubt::Doubted;
use crate::desk::accounts::invite::{InviteError, role_names, subject};
use crate::desk::accounts::model::{Actor, Role};
use crate::desk::accounts::shown::Shown;
use crate::desk::accounts::store::{Account, Doubt};
use crate::desk::accounts::{By, actions, invite, letters, model, shown, store};
use crate::desk::flash::Flash;
use crate::desk::permission::{Administering, Confirmed};
use crate::desk::proof::ConfirmedForm;
use crate::desk::shell::{StaffShell, said};
use crate::desk::{Desk, paths};
use crate::features::sign_in::account::SessionLine;
use crate::features::sign_in::people::{PersonForm, read, role_words};
use crate::features::sign_in::{sessions_since, words};

#[derive(Template)]
#[template(path = "sign_in/one.html")]
struct OnePage {
    shell: StaffShell,
    id: Uuid,
    form: PersonForm,
    /// Whether it is the administrator's own.
    own: bool,
    made: String,
    suspended: Option<String>,
    has_password: bool,
    passkeys: usize,
    /// Why the account does not count as a second person yet, or who vouched for it.
    doubt: Option<String>,
    /// Whether somebody has to vouch for it.
    needs_voucher: bool,
    /// A link that was just made.
    link: Option<String>,
    sessions: Vec<SessionLine>,
}

#[derive(Default, Deserialize)]
pub(crate) struct Ending {
    /// One session; without it all of them.
    session: Option<Uuid>,
}

/// Why nothing was changed.
enum Refused {
    Gone,
    Taken,
    LooksAlike(String),
    OwnRole,
    Doubted,
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
            Self::OwnRole => AppError::Unprocessable(words::OWN_ROLE),
            Self::Doubted => AppError::Unprocessable(words::DOUBTED),
            Self::LooksAlike(_) => AppError::Unprocessable("The name looks like that of another account."),
            Self::Taken => AppError::Unprocessable(words::TAKEN),
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
    query: Option<&str>,
    typed: Option<PersonForm>,
) -> Result<Response, AppError> {
    let (used_since, began_since) = sessions_since(desk.now());
    let (account, passkeys, sessions, shown, doubt) = desk
        .database()
        .read(async |connection| {
            Ok((
                store::account(connection, id).await?,
                store::passkeys(connection, id).await?,
                store::sessions_of(connection, id, used_since, began_since).await?,
                shown::get(connection, desk.keys(), actor.session()).await?,
                store::doubt_of(connection, id).await?,
            ))
        })
        .await?;
    let account = account.ok_or(AppError::NotFound)?;
    let own = id == actor.id();
    let fixed = own.then_some(Role::Administrator);
    let form = match typed {
        Some(typed) => typed,
        None => PersonForm::new(account.name.clone(), email_of(desk.keys(), &account)?, &account.roles, fixed),
    };
    let page = OnePage {
        shell: desk.shell(Some(actor), &account.name, paths::PERSON).saying(said(query)),
        id,
        form,
        own,
        made: time_words(account.created_at),
        suspended: account.suspended_at.map(time_words),
        needs_voucher: doubt.as_ref().is_some_and(|doubt| doubt.vouched_at.is_none()),
        doubt: doubt.map(|doubt| doubt_words(&doubt)),
        has_password: account.password.is_some(),
        passkeys: passkeys.len(),
        link: match shown {
            Some(Shown::Link { staff, url }) if staff == id => Some(url),
            _ => None,
        },
        sessions: sessions.into_iter().map(|listed| SessionLine::of(listed, actor.session())).collect(),
    };
    respond::form(&page, &page.form.problems)
}

fn doubt_words(doubt: &Doubt) -> String {
    let by = doubt.by.as_ref().map_or("somebody else", |(_, name)| name);
    let since = time_words(doubt.since);
    match doubt.vouched_at {
        Some(at) => format!(
            "Its set-up link was shown to {by}. {} vouched for it on {}. It counts as a second person from 24 hours after {since} on.",
            doubt.vouched_by.as_deref().unwrap_or("Whoever runs the site"),
            time_words(at)
        ),
        None => format!(
            "It does not count as a second person yet: its set-up link was shown to {by}, so it may be theirs. It counts 24 hours after \
             {since}, once another administrator has vouched for it."
        ),
    }
}

pub(crate) async fn show(
    State(desk): State<Desk>,
    actor: Confirmed<Administering>,
    Path(id): Path<Uuid>,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    page(&desk, &actor, id, query.as_deref(), None).await
}

pub(crate) async fn change(
    State(desk): State<Desk>,
    actor: By<Administering>,
    Path(id): Path<Uuid>,
    ConfirmedForm(fields): ConfirmedForm<Fields>,
) -> Result<Response, AppError> {
    let fixed = (id == actor.id()).then_some(Role::Administrator);
    let read = match read(&fields, fixed) {
        Ok(read) => read,
        Err(problems) => {
            return page(&desk, &actor, id, None, Some(PersonForm::refused(&fields, fixed, problems))).await;
        }
    };
    let changed = desk.database().write(desk.limit(), async |connection| {
        let account = locked(connection, &actor, id, !read.roles.contains(&Role::Administrator)).await?;
        let gained =
            Role::RELEASING.into_iter().any(|role| read.roles.contains(&role) && !account.roles.contains(&role));
        if gained && id == actor.id() {
            return Err(Refused::OwnRole);
        }
        if gained && Doubted::find(connection, desk.now()).await?.holds(actor.id()) {
            return Err(Refused::Doubted);
        }
        if read.name != account.name
            && let Some(colleague) = invite::find_look_alike(connection, id, &read.name).await?
        {
            return Err(Refused::LooksAlike(colleague));
        }
        store::change(connection, id, &read.name, &read.roles).await?;
        let email_changed = email_of(desk.keys(), &account).map_err(Refused::Other)? != read.email;
        if email_changed {
            let other = store::id_by_address(connection, desk.keys(), &read.email).await?;
            if other.is_some_and(|other| other != id) {
                return Err(Refused::Taken);
            }
            let place = model::email_place(id);
            let sealed = desk.keys().seal(&place, read.email.as_bytes());
            let sealed = sealed.map_err(|error| Refused::Other(AppError::Internal(error.into())))?;
            store::readdress(connection, id, &store::email_lookup(desk.keys(), &read.email), &sealed).await?;
            let before = email_of(desk.keys(), &account).map_err(Refused::Other)?;
            letters::tell_address(connection, desk.post(), before, "The email address was changed", actor.who(), id)
                .await?;
            letters::tell_owner(connection, desk.post(), id, "The email address was changed", actor.who()).await?;
            if id != actor.id() {
                store::note_readdressed(connection, id, actor.id()).await?;
            }
        }
        let roles_changed = account.roles != read.roles;
        if roles_changed {
            store::end_sessions(connection, id, None, desk.now()).await?;
            let change = format!("The roles were changed: {}", role_words(&read.roles));
            letters::tell_owner(connection, desk.post(), id, &change, actor.who()).await?;
        }
        let details = json!({
            "name": read.name, "roles": role_names(&read.roles), "roles_before": role_names(&account.roles),
            "address_changed": email_changed,
        });
        audit::record(connection, actor.who(), actions::STAFF_CHANGED, &subject(id), &details).await?;
        Ok(())
    });
    let refused_again = async |problems: Problems| {
        page(&desk, &actor, id, None, Some(PersonForm::refused(&fields, fixed, problems))).await
    };
    match changed.await {
        Ok(()) => respond::see_other(&Flash::Saved.at(&paths::person(id))),
        Err(Refused::Taken) => refused_again(Problems::one("email", words::TAKEN)).await,
        Err(Refused::OwnRole) => refused_again(Problems::one("roles", words::OWN_ROLE)).await,
        Err(Refused::Doubted) => refused_again(Problems::one("roles", words::DOUBTED)).await,
        Err(Refused::LooksAlike(colleague)) => {
            refused_again(Problems::one("name", words::looks_like(&colleague))).await
        }
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

pub(crate) async fn suspend(
    State(desk): State<Desk>,
    actor: By<Administering>,
    Path(id): Path<Uuid>,
    _form: ConfirmedForm<Fields>,
) -> Result<Response, AppError> {
    set_suspended(&desk, &actor, id, true).await?;
    respond::see_other(&Flash::AccountSuspended.at(&paths::person(id)))
}

pub(crate) async fn restore(
    State(desk): State<Desk>,
    actor: By<Administering>,
    Path(id): Path<Uuid>,
    _form: ConfirmedForm<Fields>,
) -> Result<Response, AppError> {
    set_suspended(&desk, &actor, id, false).await?;
    respond::see_other(&Flash::AccountRestored.at(&paths::person(id)))
}

/// Suspends an account, which signs it out everywhere, or restores it; tells its owner. Nothing happens to one that is so already.
async fn set_suspended(desk: &Desk, actor: &Actor, id: Uuid, suspended: bool) -> Result<(), AppError> {
    let (action, change) = if suspended {
        (actions::STAFF_SUSPENDED, "The account was suspended")
    } else {
        (actions::STAFF_RESTORED, "The account was restored")
    };
    desk.database()
        .write(desk.limit(), async |connection| {
            locked(connection, actor, id, suspended).await?;
            if store::suspend(connection, id, suspended.then(|| desk.now())).await? {
                if suspended {
                    store::end_sessions(connection, id, None, desk.now()).await?;
                }
                audit::record(connection, actor.who(), action, &subject(id), &json!({})).await?;
                letters::tell_owner(connection, desk.post(), id, change, actor.who()).await?;
            }
            Ok::<_, Refused>(())
        })
        .await
        .map_err(Refused::into_error)
}

/// Somebody who lost everything gets a new link. Not oneself: there is `/account` for that.
pub(crate) async fn reset(
    State(desk): State<Desk>,
    actor: By<Administering>,
    Path(id): Path<Uuid>,
    _form: ConfirmedForm<Fields>,
) -> Result<Response, AppError> {
    let said = desk
        .database()
        .write(desk.limit(), async |connection| {
            locked(connection, &actor, id, true).await?;
            let secret = invite::reset(connection, actor.who(), id, desk.now()).await?;
            letters::tell_owner(connection, desk.post(), id, "The sign-in was reset", actor.who()).await?;
            let is_mailed = desk.settings().smtp_url.is_some();
            let shown = invite::hand_over(connection, desk.post(), is_mailed, actor.who(), id, &secret).await?;
            let Some(url) = shown else { return Ok(Flash::SignInResetMailed) };
            let shown = Shown::Link { staff: id, url };
            let kept = shown::put(connection, desk.keys(), actor.session(), &shown).await;
            kept.map_err(|error| Refused::Other(Error::from(error).into()))?;
            Ok::<_, Refused>(Flash::SignInReset)
        })
        .await
        .map_err(Refused::into_error)?;
    respond::see_other(&said.at(&paths::person(id)))
}

/// Says that the person who uses an account is the one it is for. Not whoever saw its link, nor whoever is doubted themself.
pub(crate) async fn vouch(
    State(desk): State<Desk>,
    actor: By<Administering>,
    Path(id): Path<Uuid>,
    _form: ConfirmedForm<Fields>,
) -> Result<Response, AppError> {
    let vouched = desk.database().write(desk.limit(), async |connection| {
        locked(connection, &actor, id, false).await?;
        if Doubted::find(connection, desk.now()).await?.holds(actor.id()) {
            return Ok(false);
        }
        let vouched = store::vouch(connection, id, Some(actor.id()), desk.now()).await?;
        if vouched {
            audit::record(connection, actor.who(), actions::STAFF_VOUCHED, &subject(id), &json!({})).await?;
            let change = "An administrator has vouched that the account is yours";
            letters::tell_owner(connection, desk.post(), id, change, actor.who()).await?;
        }
        Ok::<_, Refused>(vouched)
    });
    if vouched.await.map_err(Refused::into_error)? {
        return respond::see_other(&Flash::AccountVouched.at(&paths::person(id)));
    }
    Err(AppError::Unprocessable(
        "You cannot vouch for this account: you saw its set-up link, your own account is not vouched for, or it is not set up yet or needs \
         nobody. Another administrator can, or whoever runs the site, with “bluelamp staff vouch”.",
    ))
}

pub(crate) async fn link_is_kept(
    State(desk): State<Desk>,
    actor: By<Administering>,
    Path(id): Path<Uuid>,
) -> Result<Response, AppError> {
    desk.database()
        .write(desk.limit(), async |connection| {
            shown::forget(connection, actor.session()).await.map_err(DatabaseError::from)
        })
        .await?;
    respond::see_other(&Flash::CodesKept.at(&paths::person(id)))
}

pub(crate) async fn end_sessions(
    State(desk): State<Desk>,
    actor: By<Administering>,
    Path(id): Path<Uuid>,
    ConfirmedForm(ending): ConfirmedForm<Ending>,
) -> Result<Response, AppError> {
    let ended = desk.database().write(desk.limit(), async |connection| {
        let now = desk.now();
        let ended = match ending.session {
            Some(session) => u64::from(store::end_session_of(connection, id, session, now).await?),
            None => store::end_sessions(connection, id, None, now).await?,
        };
        let details = json!({ "ended": ended });
        audit::record(connection, actor.who(), actions::SESSION_ENDED, &subject(id), &details).await?;
        letters::tell_owner(connection, desk.post(), id, "You were signed out", actor.who()).await?;
        Ok::<_, DatabaseError>(())
    });
    ended.await?;
    respond::see_other(&Flash::SessionEnded.at(&paths::person(id)))
}
