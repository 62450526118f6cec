//! One account, as administrators see and change it.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

use crate::base::audit;
use crate::base::clock::time_words;
use crate::base::error::AppError;
use crate::base::web::extract::Path;
use crate::base::web::form::{Fields, Problems};
use crate::base::web::respond;
use crate::desk::accounts::addresses::email_of;
use crate::desk::accounts::doubt::Doubted;
use crate::desk::accounts::invite::{role_names, subject};
use crate::desk::accounts::model::{Actor, Role};
use crate::desk::accounts::shown_once::ShownOnce;
use crate::desk::accounts::store::Doubt;
use crate::desk::accounts::{By, actions, invite, letters, model, shown_once, store};
use crate::desk::flash::Flash;
use crate::desk::permission::{Administering, Confirmed};
use crate::desk::proof::ConfirmedForm;
use crate::desk::shell::{StaffShell, said};
use crate::desk::{Desk, paths};
use crate::features::sign_in::account::SessionLine;
use crate::features::sign_in::people::{PersonForm, read, role_words};
use crate::features::sign_in::refused::{Refused, lock};
use crate::features::sign_in::{sessions_since, words};

#[derive(Template)]
#[template(path = "sign_in/person.html")]
struct PersonPage {
    shell: StaffShell,
    id: Uuid,
    form: PersonForm,
    /// Set if it is the administrator's own.
    own: bool,
    made: String,
    suspended: Option<String>,
    has_password: bool,
    passkeys: usize,
    /// The reason why the account does not count as a second person yet, or the person who vouched for it.
    doubt: Option<String>,
    /// Set if somebody has to vouch for it.
    needs_voucher: bool,
    /// A link that was just made.
    link: Option<String>,
    sessions: Vec<SessionLine>,
}

async fn page(
    desk: &Desk,
    actor: &Actor,
    id: Uuid,
    query: Option<&str>,
    typed: Option<PersonForm>,
) -> Result<Response, AppError> {
    let (used_since, began_since) = sessions_since(desk.now());
    let (account, passkeys, sessions, secret, doubt) = desk
        .database()
        .read(async |connection| {
            Ok((
                store::account(connection, id).await?,
                store::passkeys(connection, id).await?,
                store::sessions_of(connection, id, used_since, began_since).await?,
                shown_once::find(connection, desk.keys(), actor.session()).await?,
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
    let page = PersonPage {
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
        link: match secret {
            Some(ShownOnce::Link { staff, url }) if staff == id => Some(url),
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
        let account = lock(connection, &actor, id, !read.roles.contains(&Role::Administrator)).await?;
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
