//! Everybody's accounts: the list, and a new one.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::clock::time_words;
use crate::base::error::AppError;
use crate::base::web::form::{Fields, Problems};
use crate::base::web::respond;
use crate::desk::accounts::invite::{InviteError, Newcomer};
use crate::desk::accounts::model::{Actor, Role, email_address, person_name};
use crate::desk::accounts::session_model::Secret;
use crate::desk::accounts::shown_once::ShownOnce;
use crate::desk::accounts::store::Summary;
use crate::desk::accounts::{By, invite, shown_once, store};
use crate::desk::flash::Flash;
use crate::desk::permission::{Administering, Confirmed};
use crate::desk::proof::ConfirmedForm;
use crate::desk::shell::{StaffShell, said};
use crate::desk::{Desk, paths};
use crate::features::sign_in::words;
use crate::text::folding::sort_key;

#[derive(Template)]
#[template(path = "sign_in/list.html")]
struct ListPage {
    shell: StaffShell,
    people: Vec<Line>,
}

/// An account in the list.
struct Line {
    id: Uuid,
    name: String,
    roles: String,
    suspended: bool,
    ready: bool,
    seen: Option<String>,
}

#[derive(Template)]
#[template(path = "sign_in/new.html")]
struct NewPage {
    shell: StaffShell,
    form: PersonForm,
}

/// Name, address and roles of an account, for `templates/sign_in/person_part.html`.
#[derive(Default)]
pub(crate) struct PersonForm {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) roles: Vec<RoleTick>,
    pub(super) problems: Problems,
}

/// A role with its tick.
pub(super) struct RoleTick {
    pub(super) name: &'static str,
    pub(super) words: &'static str,
    pub(super) explained: &'static str,
    pub(super) ticked: bool,
    /// Cannot be taken away here.
    pub(super) fixed: bool,
}

/// A person as a form gives them.
pub(super) struct Read {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) roles: Vec<Role>,
}

impl PersonForm {
    pub(super) fn new(name: String, email: String, held: &[Role], fixed: Option<Role>) -> Self {
        let tick = |role: Role| RoleTick {
            name: role.name(),
            words: role.words(),
            explained: role.explained(),
            ticked: held.contains(&role),
            fixed: fixed == Some(role),
        };
        Self { name, email, roles: Role::ALL.into_iter().map(tick).collect(), problems: Problems::default() }
    }

    /// The form as it was typed, with what is wrong with it.
    pub(super) fn refused(fields: &Fields, fixed: Option<Role>, problems: Problems) -> Self {
        let mut held: Vec<Role> = fields.all("role").filter_map(|name| name.parse().ok()).collect();
        held.extend(fixed);
        let form = Self::new(fields.get("name").to_owned(), fields.get("email").to_owned(), &held, fixed);
        Self { problems, ..form }
    }
}

/// The person that a form describes, or what is wrong with it.
pub(super) fn read(fields: &Fields, fixed: Option<Role>) -> Result<Read, Problems> {
    let mut problems = Problems::default();
    let name = problems.check("name", "", person_name(fields.get("name"), "their"));
    let email = email_address(fields.get("email")).ok_or(words::BAD_EMAIL_OF_OTHER);
    let email = problems.check("email", "", email);
    let wanted = |role: &Role| fixed == Some(*role) || fields.all("role").any(|name| name.parse() == Ok(*role));
    let roles: Vec<Role> = Role::ALL.into_iter().filter(wanted).collect();
    if roles.is_empty() {
        problems.add("roles", words::NO_ROLE);
    }
    match (name, email) {
        (Some(name), Some(email)) if problems.is_empty() => Ok(Read { name, email, roles }),
        _ => Err(problems),
    }
}

/// Roles for people, in one line.
pub(super) fn role_words(roles: &[Role]) -> String {
    roles.iter().map(|role| role.words()).collect::<Vec<_>>().join(", ")
}

fn line(summary: Summary) -> Line {
    Line {
        id: summary.id,
        name: summary.name,
        roles: role_words(&summary.roles),
        suspended: summary.suspended,
        ready: summary.ready,
        seen: summary.seen_at.map(time_words),
    }
}

pub(crate) async fn list(
    State(desk): State<Desk>,
    actor: By<Administering>,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    let mut people = desk.database().read(async |connection| store::all(connection).await).await?;
    people.sort_by_cached_key(|person| sort_key(&person.name));
    let shell = desk.shell(Some(&actor), "Accounts", paths::PEOPLE).saying(said(query.as_deref()));
    respond::page(StatusCode::OK, &ListPage { shell, people: people.into_iter().map(line).collect() })
}

fn new_page(desk: &Desk, actor: &Actor, form: PersonForm) -> Result<Response, AppError> {
    let page = NewPage { shell: desk.shell(Some(actor), "New account", paths::PERSON_NEW), form };
    respond::form(&page, &page.form.problems)
}

pub(crate) async fn new(State(desk): State<Desk>, actor: Confirmed<Administering>) -> Result<Response, AppError> {
    let form = PersonForm::new(String::new(), String::new(), &[], None);
    new_page(&desk, &actor, form)
}

pub(crate) async fn add(
    State(desk): State<Desk>,
    actor: By<Administering>,
    ConfirmedForm(fields): ConfirmedForm<Fields>,
) -> Result<Response, AppError> {
    let refused = |problems| new_page(&desk, &actor, PersonForm::refused(&fields, None, problems));
    let read = match read(&fields, None) {
        Ok(read) => read,
        Err(problems) => return refused(problems),
    };
    let now = desk.now();
    let added = desk.database().write(desk.limit(), async |connection| {
        let newcomer = Newcomer { name: &read.name, email: &read.email, roles: &read.roles };
        let (staff, secret) = invite::add(connection, desk.keys(), actor.who(), &newcomer, now).await?;
        let is_mailed = hand_over(&desk, connection, &actor, staff, &secret).await?;
        Ok::<_, InviteError>((staff, if is_mailed { Flash::AccountMailed } else { Flash::AccountAdded }))
    });
    match added.await {
        Ok((staff, flash)) => respond::see_other(&flash.at(&paths::person(staff))),
        Err(InviteError::Exists) => refused(Problems::one("email", words::TAKEN)),
        Err(InviteError::LooksAlike(colleague)) => refused(Problems::one("name", words::looks_like(&colleague))),
        Err(InviteError::Database(error)) => Err(error.into()),
        Err(error) => Err(AppError::Internal(error.into())),
    }
}

/// Hands a new set-up link over: mails it to the account's owner, or else shows it to the administrator who made it. True if mailed.
pub(super) async fn hand_over(
    desk: &Desk,
    connection: &mut PgConnection,
    actor: &Actor,
    staff: Uuid,
    secret: &Secret,
) -> Result<bool, InviteError> {
    let is_mailed = desk.settings().smtp_url.is_some();
    if let Some(url) = invite::hand_over(connection, desk.post(), is_mailed, actor.who(), staff, secret).await? {
        let link = ShownOnce::Link { staff, url };
        shown_once::put(connection, desk.keys(), actor.session(), &link).await?;
    }
    Ok(is_mailed)
}
