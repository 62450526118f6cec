//! Putting back a set that was published: one press restores all that it changed, in one transaction, at one instant.

use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit;
use crate::base::ledger::store as ledger;
use crate::base::web::heavy::off_async_threads;
use crate::desk::accounts::Actor;
use crate::desk::now::DeskNow;
use crate::features::change_sets::decide::{letter, subject_of};
use crate::features::change_sets::model::{Stage, Whole, entry_in_force};
use crate::features::change_sets::{actions, store, words};
use crate::features::publishing::model::{Particulars, WorkflowError};
use crate::features::publishing::publish::{LIMIT, Version, append_together, show};
use crate::features::publishing::put_back::Earlier;
use crate::features::publishing::together::{Step, prepare};
use crate::features::publishing::{letters, store as publishing};
use crate::site::edition::Edition;
use crate::site::model::WithdrawalContent;
use crate::site::subject::Subject;

/// What becomes of one entry of the set.
enum Undone {
    /// What was in force before is put back.
    Restored(Box<Earlier>),
    /// It was something new, and is withdrawn.
    Withdrawn(Subject, WithdrawalContent),
}

impl Undone {
    fn step(&self) -> (&Subject, Step<'_>) {
        match self {
            Self::Restored(earlier) => (&earlier.subject, Step::Again(&earlier.again)),
            Self::Withdrawn(subject, told) => (subject, Step::Withdrawal(told)),
        }
    }
}

/// Restores everything that a published set changed.
///
/// # Errors
/// [`WorkflowError`]; nothing is changed then. `NotReady` names what was changed since, or cannot be put back.
pub async fn put_back(desk: &DeskNow, actor: &Actor, id: Uuid, reason: &str) -> Result<(), WorkflowError> {
    desk.database()
        .write(LIMIT, async |connection| {
            ledger::lock(connection).await?;
            let edition = desk.site().edition_of(publishing::site_now(connection, desk).await?);
            let whole = store::whole_for_change(connection, id, desk.now()).await?.ok_or(WorkflowError::NotFound)?;
            if whole.set.stage != Stage::Published {
                return Err(WorkflowError::Refused(words::NOT_PUBLISHED));
            }
            let undone = undo(connection, &edition, &whole, reason).await?;
            enter(connection, desk, actor, (&whole, &undone, &edition), reason).await
        })
        .await?;
    show(desk).await;
    Ok(())
}

/// What becomes of each entry, as long as each is still the one in force.
async fn undo(
    connection: &mut PgConnection,
    edition: &Edition,
    whole: &Whole,
    reason: &str,
) -> Result<Vec<Undone>, WorkflowError> {
    let (mut undone, mut problems) = (Vec::new(), Vec::new());
    for number in &whole.set.entries {
        let kept = publishing::entry(connection, *number).await?.ok_or(WorkflowError::NotFound)?;
        let subject: Subject = kept.entry.subject.parse().map_err(|_| WorkflowError::NotFound)?;
        let title = words::subject_title(&subject, edition);
        if entry_in_force(edition, &subject) != Some(*number) {
            problems.push(words::changed_since(&title));
            continue;
        }
        match Earlier::find(connection, edition, *number).await {
            Ok(earlier) => undone.push(Undone::Restored(Box::new(earlier))),
            Err(WorkflowError::Refused(_)) if is_new(edition, &subject, *number) => {
                let told = WithdrawalContent { note: reason.to_owned(), go_to: String::new() };
                undone.push(Undone::Withdrawn(subject, told));
            }
            Err(WorkflowError::Refused(why)) => problems.push(format!("“{title}”: {why}")),
            Err(other) => return Err(other),
        }
    }
    if problems.is_empty() { Ok(undone) } else { Err(WorkflowError::NotReady(problems)) }
}

/// Tells that nothing of a notice or a page was in force before an entry.
fn is_new(edition: &Edition, subject: &Subject, number: i64) -> bool {
    let (published, at) = (&edition.published, edition.at);
    match subject {
        Subject::Notice(name) => {
            published.notices.get(name.as_str()).is_some_and(|notice| notice.timeline.before(number, at).is_none())
        }
        Subject::Page(name) => published.pages.get(name.as_str()).is_some_and(|page| page.before(number, at).is_none()),
        Subject::Facts | Subject::Navigation | Subject::Promoted => false,
    }
}

async fn enter(
    connection: &mut PgConnection,
    desk: &DeskNow,
    actor: &Actor,
    (whole, undone, edition): (&Whole, &[Undone], &Edition),
    reason: &str,
) -> Result<(), WorkflowError> {
    let steps: Vec<(&Subject, Step<'_>)> = undone.iter().map(Undone::step).collect();
    let together = off_async_threads(|| prepare(&steps, edition, edition.at));
    let mut problems = together.problems.clone();
    let mut made = Vec::new();
    for (undone, prepared) in undone.iter().zip(&together.prepared) {
        let (subject, _) = undone.step();
        let title = words::subject_title(subject, edition);
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(found) => {
                problems.extend(found.iter().map(|problem| format!("“{title}”: {problem}")));
                continue;
            }
        };
        let (particulars, put_back) = match undone {
            Undone::Restored(earlier) => {
                let particulars = earlier.particulars(connection, desk, actor, prepared, reason).await?;
                (particulars, Some(earlier.then.entry.number))
            }
            Undone::Withdrawn(..) => (Particulars::by(actor, Some(reason)), None),
        };
        made.push((subject, prepared, title, particulars, put_back));
    }
    if !problems.is_empty() {
        return Err(WorkflowError::NotReady(problems));
    }
    let versions: Vec<Version<'_>> = made
        .iter()
        .map(|(subject, prepared, title, particulars, put_back)| Version {
            subject,
            prepared,
            title,
            particulars,
            put_back: *put_back,
        })
        .collect();
    let entries = append_together(connection, actor, &versions, None).await?;
    let numbers: Vec<i64> = entries.iter().map(|entry| entry.number).collect();
    let details = json!({ "entries": numbers, "reason": reason });
    audit::record(connection, actor.who(), actions::SET_PUT_BACK, &subject_of(whole.set.id), &details).await?;
    if made.iter().any(|(.., particulars, _)| particulars.alone) {
        let said =
            format!("{} put back what a change set changed. Somebody else has to read and approve it.", actor.name());
        let letter = letter(whole, "Published without a second check", said, Some(("Their reason", reason)), None);
        letters::of_set(connection, desk, actor, letter).await?;
    }
    Ok(())
}
