//! Withdrawing a notice: one asks, another confirms; or one alone, with a reason.

use askama::Template;
use axum::extract::RawQuery;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use crate::base::clock::time_words;
use crate::base::error::AppError;
use crate::base::web::extract::{Form, Path};
use crate::base::web::form::Problems;
use crate::base::web::respond;
use crate::desk::accounts::{Actor, By};
use crate::desk::flash::Flash;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::{Editing, Permission as _, Publishing};
use crate::desk::shell::{StaffShell, said};
use crate::features::publishing::affected::affected;
use crate::features::publishing::model::{Done, WithdrawalTerms, WorkflowError};
use crate::features::publishing::staff::refused;
use crate::features::publishing::staff::review::scheduled;
use crate::features::publishing::store::WithdrawalRequest;
use crate::features::publishing::when::WhenForm;
use crate::features::publishing::{model, store, version_actions, withdrawal, words};
use crate::site::edition::Edition;
use crate::site::model::{Address, NoticeKind, WithdrawalContent};
use crate::site::paths as public;
use crate::site::subject::{EntrySubject, Subject};

#[derive(Template)]
#[template(path = "publishing/withdraw.html")]
struct WithdrawPage {
    shell: StaffShell,
    heading: String,
    name: Address,
    /// Set if a banner is withdrawn, which needs no address to go to instead.
    is_banner: bool,
    may_publish: bool,
    warnings: Vec<String>,
    /// The parts of the site that count on it.
    affected: Vec<String>,
    request: Option<RequestView>,
    form: WithdrawForm,
}

/// A request that waits for a second person.
struct RequestView {
    id: Uuid,
    note: String,
    go_to: String,
    when: String,
    by: String,
    own: bool,
}

/// The reason and the time of a withdrawal and the place where visitors go instead; the reason of a person who does it alone; the request
/// that is confirmed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct WithdrawForm {
    note: String,
    go_to: String,
    #[serde(flatten)]
    when: WhenForm,
    reason: String,
    id: String,
    #[serde(skip)]
    problems: Problems,
}

fn address(name: String) -> Result<Address, AppError> {
    Address::try_from(name).map_err(|_| AppError::NotFound)
}

pub(crate) async fn show(
    desk: DeskNow,
    actor: By<Editing>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    let name = address(name)?;
    page(&desk, &actor, &name, WithdrawForm::default(), said(query.as_deref())).await
}

async fn page(
    desk: &DeskNow,
    actor: &Actor,
    name: &Address,
    form: WithdrawForm,
    done: Option<String>,
) -> Result<Response, AppError> {
    let subject = Subject::Notice(name.clone());
    let edition = &desk.edition;
    let notice = edition.published.notices.get(name.as_str()).ok_or(AppError::NotFound)?;
    let Some(version) = notice.in_force(edition.at) else {
        return refused(desk, actor, &paths::subject(&subject), WorkflowError::Refused(words::NOTHING_TO_WITHDRAW));
    };
    let request =
        desk.database().read(async |connection| store::withdrawal_request(connection, &subject).await).await?;
    let about = version.about.as_ref();
    let title = about.map_or_else(|| name.to_string(), |about| about.title.clone());
    let is_banner = version_actions::is_banner(version);
    let heading = format!("{}: {title}", if is_banner { "End the banner" } else { "Withdraw" });
    let path = paths::notice_withdraw(name);
    let page = WithdrawPage {
        shell: desk.shell(Some(actor), &heading, &path).saying(done),
        heading,
        name: name.clone(),
        is_banner,
        affected: affected(edition, name),
        may_publish: actor.is_any(Publishing::ROLES),
        warnings: scheduled(notice, edition),
        request: request.map(|request| request_view(request, actor)),
        form,
    };
    respond::form(&page, &page.form.problems)
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

/// Reads the form, or finds its problems.
fn read_form(desk: &DeskNow, name: &Address, form: &mut WithdrawForm) -> Result<WithdrawalTerms, Problems> {
    let mut problems = Problems::default();
    let note = problems.check("note", "", model::reason(&form.note).ok_or_else(words::too_short));
    let go_to = form.go_to.trim();
    let edition = &desk.edition;
    let version = edition.published.notices.get(name.as_str()).and_then(|notice| notice.in_force(edition.at));
    let is_banner =
        version.and_then(|version| version.about.as_ref()).is_some_and(|about| about.kind == NoticeKind::Banner);
    if !(withdrawal::is_place(go_to) || is_banner && go_to.is_empty()) {
        problems.add("go_to", words::NO_PLACE);
    } else if go_to == public::address(sent_to(edition, name)) {
        problems.add("go_to", words::OWN_PLACE);
    }
    let in_force_at = form.when.check(desk.now(), &mut problems);
    if problems.has_any() {
        return Err(problems);
    }
    let content = WithdrawalContent { note: note.unwrap_or_default(), go_to: go_to.to_owned() };
    Ok(WithdrawalTerms { content, in_force_at, banner_only: false, reason: None })
}

/// The address that will say that it was withdrawn; none where a page is shown there.
fn sent_to(edition: &Edition, name: &Address) -> String {
    let notice = edition.published.notices.get(name.as_str());
    let own = notice.map_or("", |notice| notice.address(edition.at));
    let is_page = edition.views.get(own).is_some_and(|view| view.notice.is_none());
    if is_page { String::new() } else { own.to_owned() }
}

pub(crate) async fn ask(
    desk: DeskNow,
    actor: By<Editing>,
    Path(name): Path<String>,
    Form(mut form): Form<WithdrawForm>,
) -> Result<Response, AppError> {
    let name = address(name)?;
    let wanted = match read_form(&desk, &name, &mut form) {
        Ok(wanted) => wanted,
        Err(problems) => return page(&desk, &actor, &name, WithdrawForm { problems, ..form }, None).await,
    };
    let path = paths::notice_withdraw(&name);
    match withdrawal::ask(&desk, &actor, &name, &wanted).await {
        Ok(()) => respond::see_other(&Flash::Submitted.at(&path)),
        Err(error) => refused(&desk, &actor, &path, error),
    }
}

pub(crate) async fn alone(
    desk: DeskNow,
    actor: By<Publishing>,
    Path(name): Path<String>,
    Form(mut form): Form<WithdrawForm>,
) -> Result<Response, AppError> {
    let name = address(name)?;
    let checked = read_form(&desk, &name, &mut form).and_then(|wanted| match model::reason(&form.reason) {
        Some(reason) => Ok(WithdrawalTerms { reason: Some(reason), ..wanted }),
        None => Err(Problems::one("reason", words::too_short())),
    });
    let wanted = match checked {
        Ok(checked) => checked,
        Err(problems) => return page(&desk, &actor, &name, WithdrawForm { problems, ..form }, None).await,
    };
    match withdrawal::alone(&desk, &actor, &name, &wanted).await {
        Ok(done) => respond::see_other(&path_after(&desk, &name, done)),
        Err(error) => refused(&desk, &actor, &paths::notice(&name), error),
    }
}

pub(crate) async fn confirm(
    desk: DeskNow,
    actor: By<Publishing>,
    Path(name): Path<String>,
    Form(form): Form<WithdrawForm>,
) -> Result<Response, AppError> {
    let name = address(name)?;
    let id: Uuid = form.id.parse().map_err(|_| AppError::BadRequest(words::UNSAID))?;
    match withdrawal::confirm(&desk, &actor, &name, id, model::reason(&form.reason)).await {
        Ok(done) => respond::see_other(&path_after(&desk, &name, done)),
        Err(WorkflowError::NeedsAnother) => {
            let problems = Problems::one("reason", words::too_short());
            page(&desk, &actor, &name, WithdrawForm { problems, ..form }, None).await
        }
        Err(error) => refused(&desk, &actor, &paths::notice(&name), error),
    }
}

pub(crate) async fn drop_request(
    desk: DeskNow,
    actor: By<Editing>,
    Path(name): Path<String>,
) -> Result<Response, AppError> {
    let name = address(name)?;
    match withdrawal::drop_request(&desk, &actor, &name).await {
        Ok(()) => respond::see_other(&Flash::RequestDropped.at(&paths::notice(&name))),
        Err(error) => refused(&desk, &actor, &paths::notice(&name), error),
    }
}

fn path_after(desk: &DeskNow, name: &Address, done: Done) -> String {
    let is_banner = version_actions::is_of_banner(&desk.edition, EntrySubject::Notice(name.as_str()));
    let said = match (done.scheduled, is_banner) {
        (true, _) => Flash::Scheduled(Some(done.in_force_at)),
        (false, true) => Flash::BannerEnded,
        (false, false) => Flash::Withdrawn,
    };
    said.at(&paths::notice(name))
}
