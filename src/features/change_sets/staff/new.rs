//! `/change-sets/new`: a set of drafts that are there.

use askama::Template;
use axum::response::Response;
use uuid::Uuid;

use crate::base::characters::find_unfit;
use crate::base::database::DatabaseError;
use crate::base::error::AppError;
use crate::base::web::extract::Form;
use crate::base::web::form::{Fields, Problems, Wrong, read_line};
use crate::base::web::respond;
use crate::desk::accounts::{Actor, By};
use crate::desk::now::DeskNow;
use crate::desk::permission::Editing;
use crate::desk::shell::StaffShell;
use crate::features::change_sets::decide::{NewSet, make_within, part_of_draft};
use crate::features::change_sets::model::{LONGEST_NOTE, LONGEST_TITLE, MOST_PARTS};
use crate::features::change_sets::{paths, store, words};
use crate::features::drafts;
use crate::features::drafts::{Draft, titles};
use crate::features::publishing::model::WorkflowError;
use crate::site::subject::Subject;

#[derive(Template)]
#[template(path = "change_sets/new.html")]
struct NewPage {
    shell: StaffShell,
    form: SetForm,
    drafts: Vec<Choice>,
}

/// A draft that can come into a set.
pub(super) struct Choice {
    pub(super) subject: String,
    pub(super) title: String,
    ticked: bool,
}

/// A set as it was typed.
#[derive(Default)]
struct SetForm {
    id: Uuid,
    title: String,
    note: String,
    ticked: Vec<String>,
    problems: Problems,
}

/// The drafts that are in no set.
pub(super) async fn free_drafts(desk: &DeskNow) -> Result<Vec<Draft>, DatabaseError> {
    let found = desk.database().read(async |connection| {
        let taken = store::subjects(connection).await?;
        let mut drafts = drafts::store::all(connection).await?;
        drafts.retain(|draft| !taken.contains(&draft.subject));
        Ok(drafts)
    });
    found.await
}

/// Drafts as a form offers them.
pub(super) fn choices(desk: &DeskNow, drafts: &[Draft], ticked: &[String]) -> Vec<Choice> {
    let choice = |draft: &Draft| Choice {
        subject: draft.subject.to_string(),
        title: titles::title(draft, &desk.edition),
        ticked: ticked.contains(&draft.subject.to_string()),
    };
    drafts.iter().map(choice).collect()
}

pub(crate) async fn show(desk: DeskNow, actor: By<Editing>) -> Result<Response, AppError> {
    let drafts = free_drafts(&desk).await?;
    page(&desk, &actor, &drafts, SetForm { id: Uuid::now_v7(), ..SetForm::default() })
}

fn page(desk: &DeskNow, actor: &Actor, drafts: &[Draft], form: SetForm) -> Result<Response, AppError> {
    let page = NewPage {
        shell: desk.shell(Some(actor), "New change set", paths::SET_NEW),
        drafts: choices(desk, drafts, &form.ticked),
        form,
    };
    respond::form(&page, &page.form.problems)
}

/// The sentence about what changed, as it was typed; it may be empty.
fn read_note(typed: &str) -> Result<String, Wrong> {
    let note = typed.trim();
    let length = note.chars().count();
    if length > LONGEST_NOTE {
        Err(Wrong::TooLong { most: LONGEST_NOTE, length })
    } else if let Some(unfit) = find_unfit(note) {
        Err(Wrong::Unfit(unfit))
    } else {
        Ok(note.to_owned())
    }
}

pub(crate) async fn make(desk: DeskNow, actor: By<Editing>, Form(sent): Form<Fields>) -> Result<Response, AppError> {
    let drafts = free_drafts(&desk).await?;
    let ticked: Vec<String> = sent.all("draft").map(ToOwned::to_owned).collect();
    let mut problems = Problems::default();
    let title = problems.check("title", "What the set is about", read_line(sent.get("title"), LONGEST_TITLE));
    let note = problems.check("note", "What changed", read_note(sent.get("note")));
    let chosen: Vec<&Draft> = drafts.iter().filter(|draft| ticked.contains(&draft.subject.to_string())).collect();
    if ticked.is_empty() {
        problems.add("drafts", words::NO_PART);
    } else if ticked.len() > MOST_PARTS {
        problems.add("drafts", words::too_many());
    }
    let needs_note = ticked.iter().any(|subject| !matches!(subject.parse(), Ok(Subject::Notice(_))));
    if note.as_deref() == Some("") && needs_note && !ticked.is_empty() {
        problems.add("note", words::NO_NOTE);
    }
    let id = sent.get("id").parse().unwrap_or_else(|_| Uuid::now_v7());
    let mut form =
        SetForm { id, title: sent.get("title").to_owned(), note: sent.get("note").to_owned(), ticked, problems };
    let (true, Some(title), Some(note)) = (form.problems.is_empty(), title, note) else {
        return page(&desk, &actor, &drafts, form);
    };
    let new = NewSet { id, title, note };
    let parts: Vec<_> = chosen.iter().map(|draft| part_of_draft(&desk.edition, draft)).collect();
    let made = desk
        .database()
        .write(desk.limit(), async |connection| {
            if parts.len() < form.ticked.len() && store::find(connection, id).await?.is_none() {
                let mut elsewhere = Vec::new();
                for subject in form.ticked.iter().filter_map(|name| name.parse::<Subject>().ok()) {
                    if let Some((_, set)) = store::set_of(connection, &subject).await? {
                        elsewhere.push(words::in_another(&words::subject_title(&subject, &desk.edition), &set));
                    }
                }
                if elsewhere.is_empty() {
                    elsewhere.push(words::DRAFT_GONE.to_owned());
                }
                return Err(WorkflowError::NotReady(elsewhere));
            }
            make_within(connection, &desk, &actor, &new, &parts).await
        })
        .await;
    match made {
        Ok(_) => respond::see_other(&paths::set(id)),
        Err(WorkflowError::NotReady(sentences)) => {
            for sentence in sentences {
                form.problems.add("drafts", sentence);
            }
            page(&desk, &actor, &drafts, form)
        }
        Err(WorkflowError::Database(error)) => Err(error.into()),
        Err(other) => Err(AppError::Internal(other.into())),
    }
}
