//! `/facts/affected`: notices that still say what a fact was before, and one new version of each of them in one press.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;

use crate::base::error::AppError;
use crate::base::web::extract::Form;
use crate::base::web::form::{Fields, Problems};
use crate::base::web::respond;
use crate::desk::accounts::{Actor, By};
use crate::desk::flash::Flash;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::{Editing, Reading};
use crate::desk::shell::{StaffShell, said};
use crate::features::discussion::model::Wish;
use crate::features::drafts::checks::LONGEST_NOTE;
use crate::features::drafts::{DraftContent, NoticeDraft, State as Stage};
use crate::features::publishing::model::WorkflowError;
use crate::features::publishing::submit::submit;
use crate::features::structure::facts::Affected;
use crate::features::structure::shared::{SECTION, all_drafts, may_change};
use crate::features::structure::{facts as rules, store};
use crate::site::fact_names::display_name;
use crate::site::model::Address;
use crate::site::subject::Subject;

const HERE: &str = paths::FACTS_AFFECTED;

#[derive(Template)]
#[template(path = "structure/affected.html")]
struct AffectedPage {
    shell: StaffShell,
    may_change: bool,
    rows: Vec<Row>,
    /// The number of them that have no draft yet.
    open: usize,
    form: AffectedForm,
}

/// The problems of the notes that were typed.
#[derive(Default)]
struct AffectedForm {
    problems: Problems,
}

struct Row {
    affected: Affected,
    changed: Vec<String>,
    ticked: bool,
    note: String,
    drafted: Option<Drafted>,
}

/// The draft that a notice has already.
struct Drafted {
    subject: Subject,
    by: String,
    /// Set if the draft only follows the facts: the text in force with a note.
    follows: bool,
    waits: bool,
}

pub(crate) async fn show(desk: DeskNow, actor: By<Reading>, RawQuery(query): RawQuery) -> Result<Response, AppError> {
    let mut page = page(&desk, &actor, None).await?;
    page.shell.said = said(query.as_deref());
    respond::page(StatusCode::OK, &page)
}

/// The page as it starts, or with what was sent.
async fn page(desk: &DeskNow, actor: &Actor, sent: Option<&Fields>) -> Result<AffectedPage, AppError> {
    let drafts = all_drafts(desk).await?;
    let rows = rules::affected(&desk.edition).into_iter().map(|affected| {
        let draft = drafts.iter().find(|draft| subject(&affected).as_ref() == Some(&draft.subject));
        Row {
            changed: affected.changed.iter().map(|name| display_name(name)).collect(),
            ticked: sent.is_none_or(|sent| sent.all("notice").any(|name| name == affected.notice)),
            note: note(sent, &affected),
            drafted: draft.map(|draft| Drafted {
                subject: draft.subject.clone(),
                by: draft.started_by.name.clone(),
                follows: matches!(&draft.content, DraftContent::Notice(text) if follows(text, &affected)),
                waits: draft.state == Stage::Review,
            }),
            affected,
        }
    });
    let rows: Vec<Row> = rows.collect();
    Ok(AffectedPage {
        shell: desk.shell(Some(actor), "Notices that still show the old details", SECTION),
        may_change: may_change(actor),
        open: rows.iter().filter(|row| row.drafted.is_none()).count(),
        rows,
        form: AffectedForm::default(),
    })
}

fn subject(affected: &Affected) -> Option<Subject> {
    Address::try_from(affected.notice.clone()).ok().map(Subject::Notice)
}

/// Tells that a draft has the text in force, whatever its note and its answers to the law's list.
fn follows(draft: &NoticeDraft, affected: &Affected) -> bool {
    let (change_note, answers) = (affected.draft.change_note.clone(), affected.draft.answers.clone());
    NoticeDraft { change_note, answers, ..draft.clone() } == affected.draft
}

/// The change note that was typed, or ours.
fn note(sent: Option<&Fields>, affected: &Affected) -> String {
    let typed = sent.and_then(|sent| sent.starting("note:").find(|(name, _)| *name == affected.notice));
    typed.map_or_else(|| affected.draft.change_note.clone(), |(_, note)| note.trim().to_owned())
}

/// Makes a draft of each notice that was ticked, is still left behind and has none, and asks for their review if so it was pressed; all
/// of them or none.
pub(crate) async fn draft(desk: DeskNow, actor: By<Editing>, Form(sent): Form<Fields>) -> Result<Response, AppError> {
    let ticked: Vec<&str> = sent.all("notice").collect();
    let (now, edition) = (desk.now(), &desk.edition);
    let mut chosen: Vec<(Subject, Affected)> = rules::affected(edition)
        .into_iter()
        .filter(|affected| ticked.contains(&affected.notice.as_str()))
        .filter_map(|affected| Some((subject(&affected)?, affected)))
        .collect();
    let mut problems = Problems::default();
    for (_, affected) in &mut chosen {
        let note = note(Some(&sent), affected);
        if note.is_empty() || note.chars().count() > LONGEST_NOTE {
            let message =
                format!("“{}”: say in a sentence what changed, in at most {LONGEST_NOTE} characters.", affected.title);
            problems.add(format!("note-{}", affected.notice), message);
        }
        affected.draft.change_note = note;
    }
    if !problems.is_empty() {
        let page = AffectedPage { form: AffectedForm { problems }, ..page(&desk, &actor, Some(&sent)).await? };
        return respond::form(&page, &page.form.problems);
    }
    let asks = sent.get("press") == "review";
    let made = desk
        .database()
        .write(desk.settings().request_timeout, async |connection| {
            let mut made = Vec::new();
            for (subject, affected) in &chosen {
                made.extend(store::follow_facts(connection, &actor, subject, affected, &edition.facts, now).await?);
            }
            if asks && !made.is_empty() {
                submit(connection, &desk, &actor, &made, &Wish::default()).await?;
            }
            Ok::<_, WorkflowError>(made.len())
        })
        .await
        .map_err(|error| match error {
            WorkflowError::Database(error) => AppError::from(error),
            other => AppError::Internal(other.into()),
        })?;
    let said = if asks { Flash::Submitted } else { Flash::DraftsMade };
    respond::see_other(&if made == 0 { HERE.to_owned() } else { said.at(HERE) })
}
