//! Withdrawing a notice: one asks, another confirms; or one alone, with a reason.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use crate::base::clock::time_words;
use crate::base::error::AppError;
use crate::base::web::extract::{Form, Path};
use crate::base::web::respond;
use crate::desk::accounts::{Actor, By, Desk};
use crate::desk::flash::Flash;
use crate::desk::paths;
use crate::desk::permission::{Editing, Permission as _, Publishing};
use crate::desk::shell::{StaffShell, said};
use crate::features::publishing::deeds;
use crate::features::publishing::model;
use crate::features::publishing::model::Wanted;
use crate::features::publishing::model::{Done, WorkflowError};
use crate::features::publishing::staff::entry_page::too_short;
use crate::features::publishing::staff::refused;
use crate::features::publishing::staff::review::scheduled;
use crate::features::publishing::staff::when::{When, Wrong};
use crate::features::publishing::store;
use crate::features::publishing::store::WithdrawalRequest;
use crate::features::publishing::withdrawal;
use crate::site::edition::Edition;
use crate::site::model::{Address, NoticeKind, WithdrawalContent};
use crate::site::subject::Subject;

#[derive(Template)]
#[template(path = "publishing/withdraw.html")]
struct Page {
    shell: StaffShell,
    heading: String,
    name: Address,
    /// Whether a place to go to may be left out: a banner leads nowhere.
    is_banner: bool,
    may_publish: bool,
    warnings: Vec<String>,
    /// What of the site counts on it.
    depends: Vec<String>,
    request: Option<RequestView>,
    form: Sent,
    when: When,
    errors: Vec<Problem>,
    when_wrong: Option<Wrong>,
}

/// What waits for a second person.
struct RequestView {
    id: Uuid,
    note: String,
    go_to: String,
    when: String,
    by: String,
    own: bool,
}

struct Problem {
    field: &'static str,
    message: String,
}

#[derive(Clone, Deserialize, Default)]
pub(crate) struct Sent {
    #[serde(default)]
    note: String,
    #[serde(default)]
    go_to: String,
    #[serde(default)]
    when: String,
    #[serde(default)]
    date: String,
    #[serde(default)]
    time: String,
    #[serde(default)]
    instant: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    id: String,
}

impl Page {
    /// What is wrong with a field.
    fn wrong(&self, field: &str) -> Option<&str> {
        self.errors.iter().find(|problem| problem.field == field).map(|problem| problem.message.as_str())
    }
}

impl Sent {
    fn when(&self) -> When {
        When {
            choice: self.when.clone(),
            date: self.date.clone(),
            time: self.time.clone(),
            instant: self.instant.clone(),
        }
    }
}

fn address(name: String) -> Result<Address, AppError> {
    Address::try_from(name).map_err(|_| AppError::NotFound)
}

pub(crate) async fn show(
    State(desk): State<Desk>,
    actor: By<Editing>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    let name = address(name)?;
    page(&desk, &actor, &name, (Sent::default(), Vec::new(), None), said(query.as_deref())).await
}

/// What was typed, what is wrong with it, and what is wrong with its time.
type Typed = (Sent, Vec<Problem>, Option<Wrong>);

async fn page(
    desk: &Desk,
    actor: &Actor,
    name: &Address,
    (form, errors, when_wrong): Typed,
    done: Option<String>,
) -> Result<Response, AppError> {
    let subject = Subject::Notice(name.clone());
    let edition = desk.site().edition();
    let notice = edition.published.notices.get(name.as_str()).ok_or(AppError::NotFound)?;
    let Some(version) = notice.in_force(edition.at) else {
        return refused(desk, actor, &paths::subject(&subject), WorkflowError::Refused(withdrawal::NOTHING));
    };
    let request =
        desk.database().read(async |connection| store::withdrawal_request(connection, &subject).await).await?;
    let about = version.about.as_ref();
    let title = about.map_or_else(|| name.to_string(), |about| about.title.clone());
    let is_banner = deeds::is_banner(version);
    let heading = format!("{}: {title}", if is_banner { "End the banner" } else { "Withdraw" });
    let path = paths::notice_withdraw(name);
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Page {
        shell: desk.shell(Some(actor), &heading, &path).saying(done),
        heading,
        name: name.clone(),
        is_banner,
        depends: depends(&edition, name),
        may_publish: actor.is_any(Publishing::ROLES),
        warnings: scheduled(notice, &edition),
        request: request.map(|request| request_view(request, actor)),
        when: form.when(),
        form,
        errors,
        when_wrong,
    };
    respond::page(status, &page)
}

/// The pages that a notice stands on and the notices in force that lead to it.
fn depends(edition: &Edition, name: &Address) -> Vec<String> {
    let published = &edition.published;
    let mut depends = Vec::new();
    for page in published.pages.values().filter_map(|page| page.at(edition.at)) {
        if page.notices.contains(name) {
            let only = if page.notices.len() == 1 { ", and is all that stands there" } else { "" };
            depends.push(format!("It stands on the page “{}”{only}.", page.title));
        }
    }
    let own = sent_to(edition, name);
    let link = format!("href=\"/{own}\"");
    for other in published.notices.values().filter(|other| !own.is_empty() && other.name != name.as_str()) {
        let text = other.in_force(edition.at).and_then(|version| version.text.as_ref());
        if let Some(text) = text.filter(|text| text.html.contains(&link)) {
            depends.push(format!("“{}” has a link to it.", text.title));
        }
    }
    depends
}

fn request_view(request: WithdrawalRequest, actor: &Actor) -> RequestView {
    RequestView {
        id: request.id,
        note: request.note,
        go_to: request.go_to,
        when: request.in_force_at.map_or_else(|| "as soon as it is confirmed".to_owned(), time_words),
        own: request.asked_by.id == actor.id(),
        by: format!("{} asked for this on {}", request.asked_by.name, time_words(request.asked_at)),
    }
}

/// What the form asks for, or what is wrong with it.
fn wanted(desk: &Desk, name: &Address, sent: &Sent) -> Result<Wanted, (Vec<Problem>, Option<Wrong>)> {
    let mut problems = Vec::new();
    let note = model::reason(&sent.note);
    if note.is_none() {
        problems.push(Problem { field: "note", message: too_short() });
    }
    let go_to = sent.go_to.trim();
    let edition = desk.site().edition();
    let version = edition.published.notices.get(name.as_str()).and_then(|notice| notice.in_force(edition.at));
    let is_banner =
        version.and_then(|version| version.about.as_ref()).is_some_and(|about| about.kind == NoticeKind::Banner);
    if !(withdrawal::is_place(go_to) || is_banner && go_to.is_empty()) {
        let message = "Give a path of this site, such as /contact, or an address that starts with https://.".to_owned();
        problems.push(Problem { field: "go_to", message });
    } else if go_to == format!("/{}", sent_to(&edition, name)) {
        let message = "That is where the notice itself is read. Send visitors somewhere else.".to_owned();
        problems.push(Problem { field: "go_to", message });
    }
    match sent.when().read(desk.now()) {
        Ok(in_force_at) if problems.is_empty() => Ok(Wanted {
            content: WithdrawalContent { note: note.unwrap_or_default(), go_to: go_to.to_owned() },
            in_force_at,
            banner_only: false,
        }),
        Ok(_) => Err((problems, None)),
        Err(wrong) => {
            let field = if wrong.choices.is_empty() { "date" } else { "instant-1" };
            problems.push(Problem { field, message: wrong.message.clone() });
            Err((problems, Some(wrong)))
        }
    }
}

/// The address that will say that it was withdrawn; none where a page is shown there.
fn sent_to(edition: &Edition, name: &Address) -> String {
    let notice = edition.published.notices.get(name.as_str());
    let own = notice.map_or("", |notice| notice.address(edition.at));
    let is_page = edition.views.get(own).is_some_and(|view| view.notice.is_none());
    if is_page { String::new() } else { own.to_owned() }
}

pub(crate) async fn ask(
    State(desk): State<Desk>,
    actor: By<Editing>,
    Path(name): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, AppError> {
    let name = address(name)?;
    let wanted = match wanted(&desk, &name, &sent) {
        Ok(wanted) => wanted,
        Err((problems, wrong)) => return page(&desk, &actor, &name, (sent, problems, wrong), None).await,
    };
    let path = paths::notice_withdraw(&name);
    match withdrawal::ask(&desk, &actor, &name, &wanted).await {
        Ok(()) => respond::see_other(&Flash::Submitted.at(&path)),
        Err(error) => refused(&desk, &actor, &path, error),
    }
}

pub(crate) async fn alone(
    State(desk): State<Desk>,
    actor: By<Publishing>,
    Path(name): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, AppError> {
    let name = address(name)?;
    let checked = match (wanted(&desk, &name, &sent), model::reason(&sent.reason)) {
        (Ok(wanted), Some(reason)) => Ok((wanted, reason)),
        (Ok(_), None) => Err((vec![Problem { field: "reason", message: too_short() }], None)),
        (Err(wrong), _) => Err(wrong),
    };
    let (wanted, reason) = match checked {
        Ok(checked) => checked,
        Err((problems, wrong)) => return page(&desk, &actor, &name, (sent, problems, wrong), None).await,
    };
    match withdrawal::alone(&desk, &actor, &name, &wanted, reason).await {
        Ok(done) => respond::see_other(&after(&desk, &name, done)),
        Err(error) => refused(&desk, &actor, &paths::notice(&name), error),
    }
}

pub(crate) async fn confirm(
    State(desk): State<Desk>,
    actor: By<Publishing>,
    Path(name): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, AppError> {
    let name = address(name)?;
    let id: Uuid =
        sent.id.parse().map_err(|_| AppError::BadRequest(crate::features::publishing::staff::decide::UNSAID))?;
    match withdrawal::confirm(&desk, &actor, &name, id, model::reason(&sent.reason)).await {
        Ok(done) => respond::see_other(&after(&desk, &name, done)),
        Err(WorkflowError::NeedsAnother) => {
            let problem = Problem { field: "reason", message: too_short() };
            page(&desk, &actor, &name, (sent, vec![problem], None), None).await
        }
        Err(error) => refused(&desk, &actor, &paths::notice(&name), error),
    }
}

pub(crate) async fn drop_request(
    State(desk): State<Desk>,
    actor: By<Editing>,
    Path(name): Path<String>,
) -> Result<Response, AppError> {
    let name = address(name)?;
    match withdrawal::drop_request(&desk, &actor, &name).await {
        Ok(()) => respond::see_other(&Flash::RequestDropped.at(&paths::notice(&name))),
        Err(error) => refused(&desk, &actor, &paths::notice(&name), error),
    }
}

fn after(desk: &Desk, name: &Address, done: Done) -> String {
    let subject = Subject::Notice(name.clone()).to_string();
    let said = match (done.scheduled, deeds::is_of_banner(&desk.site().edition(), &subject)) {
        (true, _) => Flash::Scheduled(Some(done.in_force_at)),
        (false, true) => Flash::BannerEnded,
        (false, false) => Flash::Withdrawn,
    };
    said.at(&paths::notice(name))
}
