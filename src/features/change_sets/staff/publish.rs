//! `/change-sets/{id}/publish`: the last step: when, and by whom.

use askama::Template;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use crate::base::error::AppError;
use crate::base::web::extract::{Form, Path};
use crate::base::web::form::Problems;
use crate::base::web::respond;
use crate::desk::accounts::{Actor, By};
use crate::desk::flash::Flash;
use crate::desk::now::DeskNow;
use crate::desk::permission::Publishing;
use crate::desk::shell::StaffShell;
use crate::features::change_sets::publish::{Release, problems};
use crate::features::change_sets::staff::buttons::answer;
use crate::features::change_sets::staff::show::seen_words;
use crate::features::change_sets::{paths, publish as action, store, words};
use crate::features::publishing::model;
use crate::features::publishing::model::{Seen, WorkflowError};
use crate::features::publishing::when::WhenForm;
use crate::features::publishing::words as publishing;

#[derive(Template)]
#[template(path = "change_sets/publish.html")]
struct PublishPage {
    shell: StaffShell,
    id: Uuid,
    title: String,
    parts: Vec<(String, &'static str)>,
    fingerprint: String,
    seen: Vec<String>,
    needs_reason: bool,
    form: PublishForm,
}

/// When a set comes into force, and why it is published without a second person.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct PublishForm {
    fingerprint: String,
    #[serde(flatten)]
    when: WhenForm,
    reason: String,
    #[serde(skip)]
    problems: Problems,
}

pub(crate) async fn show(desk: DeskNow, actor: By<Publishing>, Path(id): Path<Uuid>) -> Result<Response, AppError> {
    page(&desk, &actor, id, PublishForm::default()).await
}

async fn page(desk: &DeskNow, actor: &Actor, id: Uuid, mut form: PublishForm) -> Result<Response, AppError> {
    let found = desk.database().read(async |connection| store::whole(connection, id, desk.now()).await);
    let whole = found.await?.ok_or(AppError::NotFound)?;
    let edition = &desk.edition;
    if !whole.set.stage.is_open() {
        return respond::see_other(&paths::set(id));
    }
    let status = form.problems.status();
    if form.problems.is_empty() {
        let found = || problems(&whole, &whole.prepare(edition, desk.now()), edition);
        for problem in desk.site().heavy().for_staff(found).await {
            form.problems.add("", problem);
        }
        for (subject, why) in whole.stale(edition) {
            form.problems.add("", words::stale(&words::subject_title(subject, edition), &why));
        }
    }
    let (facts, fingerprint) = (whole.facts(edition), whole.fingerprint(edition));
    let is_alone = |member| Seen::count(&whole.seen(member, &facts, fingerprint, actor)) < 2;
    let page = PublishPage {
        shell: desk.shell(Some(actor), &format!("Publish: {}", whole.set.title), &paths::set_publish(id)),
        id,
        parts: whole.members.iter().map(|member| (words::title(member, edition), words::sort(member))).collect(),
        fingerprint: fingerprint.to_string(),
        seen: seen_words(&whole, edition),
        needs_reason: whole.members.iter().any(is_alone),
        title: whole.set.title,
        form,
    };
    respond::page(status, &page)
}

pub(crate) async fn publish(
    desk: DeskNow,
    actor: By<Publishing>,
    Path(id): Path<Uuid>,
    Form(mut form): Form<PublishForm>,
) -> Result<Response, AppError> {
    let shown = form.fingerprint.parse().map_err(|_| AppError::BadRequest(publishing::UNSAID))?;
    let mut problems = Problems::default();
    let in_force_at = form.when.check(desk.now(), &mut problems);
    if problems.has_any() {
        form.problems = problems;
        return page(&desk, &actor, id, form).await;
    }
    let release = Release { shown, in_force_at, reason: model::reason(&form.reason) };
    let done = action::publish(&desk, &actor, id, &release).await;
    if let Err(WorkflowError::NeedsAnother) = done {
        form.problems = Problems::one("reason", words::needs_another());
        return page(&desk, &actor, id, form).await;
    }
    let said = match &done {
        Ok(Some(at)) => Flash::Scheduled(Some(*at)),
        _ => Flash::SetPublished,
    };
    answer(&desk, &actor, id, done, said).await
}
