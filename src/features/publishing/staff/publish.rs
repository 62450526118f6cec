//! The last step: when, and by whom.

use askama::Template;
use axum::response::Response;
use serde::Deserialize;

use crate::base::characters::find_unfit;
use crate::base::error::AppError;
use crate::base::web::extract::{Form, Path};
use crate::base::web::form::{Problems, Wrong};
use crate::base::web::respond;
use crate::base::web::shell::Link;
use crate::desk::accounts::{Actor, By};
use crate::desk::flash::Flash;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::Publishing;
use crate::desk::shell::StaffShell;
use crate::features::change_sets::{paths as set_paths, store as change_sets};
use crate::features::drafts::model::ExactText;
use crate::features::drafts::signatures::LawRow;
use crate::features::drafts::{DraftContent, signatures};
use crate::features::publishing::model::{FormToken, ReviewState, Seen, WorkflowError};
use crate::features::publishing::publish::{Release, is_urgent};
use crate::features::publishing::staff::review::{law_rows, seen_words, warnings};
use crate::features::publishing::staff::{load_review, refused, review_path, subject};
use crate::features::publishing::when::WhenForm;
use crate::features::publishing::{model, publish, ready, words};
use crate::features::structure::facts;
use crate::site::subject::Subject;

#[derive(Template)]
#[template(path = "publishing/publish.html")]
struct PublishPage {
    shell: StaffShell,
    title: String,
    subject: String,
    revision: i64,
    fingerprint: String,
    facts: String,
    /// The public change note; none for what has none.
    change_note: Option<String>,
    asks_again: bool,
    seen: Vec<String>,
    /// The change set that it is in.
    set: Option<Link>,
    warnings: Vec<String>,
    needs_reason: bool,
    urgent: bool,
    law: Vec<LawRow>,
    form: PublishForm,
}

/// The time at which a draft comes into force, and the reason of a person who publishes it alone. What has no public change note needs a
/// note for the log.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct PublishForm {
    revision: i64,
    fingerprint: String,
    facts: String,
    #[serde(flatten)]
    when: WhenForm,
    reason: String,
    note: String,
    #[serde(skip)]
    problems: Problems,
}

pub(crate) async fn show(desk: DeskNow, actor: By<Publishing>, Path(name): Path<String>) -> Result<Response, AppError> {
    let subject = subject(&name)?;
    page(&desk, &actor, &subject, PublishForm::default(), Problems::default()).await
}

pub(crate) async fn publish(
    desk: DeskNow,
    actor: By<Publishing>,
    Path(name): Path<String>,
    Form(mut form): Form<PublishForm>,
) -> Result<Response, AppError> {
    let subject = subject(&name)?;
    let text = ExactText::read(&form.fingerprint, &form.facts).ok_or(AppError::BadRequest(words::UNSAID))?;
    let mut problems = Problems::default();
    let in_force_at = form.when.check(desk.now(), &mut problems);
    let note = Some(form.note.trim().to_owned()).filter(|_| !matches!(subject, Subject::Notice(_)));
    if note.as_deref() == Some("") {
        problems.add("note", words::NO_NOTE);
    } else if let Some(unfit) = note.as_deref().and_then(find_unfit) {
        problems.add("note", Wrong::Unfit(unfit));
    }
    if problems.has_any() {
        return page(&desk, &actor, &subject, form, problems).await;
    }
    let release = Release {
        shown: FormToken { revision: form.revision, text: Some(text) },
        in_force_at,
        reason: model::reason(&form.reason),
        note,
    };
    match publish::publish(&desk, &actor, &subject, &release).await {
        Ok(done) => {
            let said =
                if done.scheduled { Flash::Scheduled(Some(done.in_force_at)) } else { published(&desk, &subject) };
            respond::see_other(&said.at(&paths::subject(&subject)))
        }
        Err(WorkflowError::NeedsAnother) => {
            page(&desk, &actor, &subject, form, Problems::one("reason", words::needs_another())).await
        }
        Err(WorkflowError::NotReady(problems)) => page(&desk, &actor, &subject, form, of_draft(problems)).await,
        Err(WorkflowError::Gone(became)) => {
            refused(&desk, &actor, &paths::subject(&subject), WorkflowError::Gone(became))
        }
        Err(error) => refused(&desk, &actor, &review_path(&subject), error),
    }
}

/// The sentence about a publish. After facts it says how many notices still show the old ones.
fn published(desk: &DeskNow, subject: &Subject) -> Flash {
    let behind = match subject {
        // The facts that were just published, and not those that this request began with.
        Subject::Facts => facts::affected(&desk.site().edition()).len(),
        _ => 0,
    };
    u16::try_from(behind).ok().filter(|many| *many > 0).map_or(Flash::Published, Flash::FactsPublished)
}

async fn page(
    desk: &DeskNow,
    actor: &Actor,
    subject: &Subject,
    mut form: PublishForm,
    problems: Problems,
) -> Result<Response, AppError> {
    let edition = &desk.edition;
    let looked = match load_review(desk, edition, subject).await? {
        Ok(found) => found,
        Err(gone) => return refused(desk, actor, &paths::subject(subject), gone),
    };
    let status = problems.status();
    let prepare = || ready::prepare(subject, &looked.draft.content, edition, desk.now());
    form.problems = problems;
    if form.problems.is_empty()
        && let Err(problems) = desk.site().heavy().for_staff(prepare).await
    {
        form.problems = of_draft(problems);
    }
    let (set, signatures) = desk
        .database()
        .read(async |connection| {
            let set = change_sets::set_of(connection, subject).await?;
            Ok::<_, sqlx::Error>((set, signatures::find(connection, subject).await?))
        })
        .await?;
    let law = law_rows(&looked.draft, &signatures);
    let mut warnings = warnings(edition, &looked);
    warnings.extend(words::unsigned(signatures::unsigned(&law)));
    let page = PublishPage {
        set: set.map(|(id, title)| Link::new(title, set_paths::set(id))),
        law,
        ..filled(desk, actor, &looked, form, warnings)
    };
    respond::page(status, &page)
}

/// The problems of the draft, which belong to no field of this form.
fn of_draft(sentences: Vec<String>) -> Problems {
    let mut problems = Problems::default();
    for sentence in sentences {
        problems.add("", sentence);
    }
    problems
}

fn filled(
    desk: &DeskNow,
    actor: &Actor,
    looked: &ReviewState,
    form: PublishForm,
    warnings: Vec<String>,
) -> PublishPage {
    let draft = &looked.draft;
    let title = draft.content.title().to_owned();
    let (change_note, asks_again) = match &draft.content {
        DraftContent::Notice(text) => (Some(text.change_note.trim().to_owned()), text.ask_again),
        _ => (None, false),
    };
    let urgent = is_urgent(&draft.content);
    PublishPage {
        shell: desk.shell(Some(actor), &format!("Publish: {title}"), &paths::draft_publish(&draft.subject)),
        title,
        subject: draft.subject.to_string(),
        revision: draft.revision,
        fingerprint: draft.fingerprint.to_string(),
        facts: looked.facts.map_or_else(String::new, |facts| facts.to_string()),
        change_note,
        asks_again,
        seen: seen_words(looked),
        set: None,
        warnings,
        needs_reason: Seen::count(&looked.seen_by(actor)) < 2 && !urgent,
        urgent,
        law: Vec::new(),
        form,
    }
}
