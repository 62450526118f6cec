//! Publishing a set: one transaction under the ledger's lock, so that all of its parts become versions at one instant, or none does.

use jiff::Timestamp;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit;
use crate::base::clock::time_words;
use crate::base::ledger::{Entry, Hash, store as ledger};
use crate::base::web::heavy::off_async_threads;
use crate::desk::accounts::Actor;
use crate::desk::now::DeskNow;
use crate::features::change_sets::decide::{check_not_stale, letter, subject_of};
use crate::features::change_sets::model::{Kind, Stage, Whole};
use crate::features::change_sets::{actions, store, words};
use crate::features::drafts;
use crate::features::drafts::DraftContent;
use crate::features::publishing::model::{Particulars, Seen, WorkflowError};
use crate::features::publishing::publish::{LIMIT, Version, append_together, show};
use crate::features::publishing::together::Together;
use crate::features::publishing::{letters, store as publishing};
use crate::site::edition::Edition;
use crate::site::subject::Subject;

/// How a set is published.
#[derive(Clone, Debug)]
pub struct Release {
    /// The fingerprint of the set that was on the screen.
    pub shown: Hash,
    /// When; none is now.
    pub in_force_at: Option<Timestamp>,
    /// Why it is published without a second person.
    pub reason: Option<String>,
}

/// Publishes all parts of a set as the next versions of their subjects. Says when they come into force, where that is later.
///
/// # Errors
/// [`WorkflowError`]; nothing is published then, of no part.
pub async fn publish(
    desk: &DeskNow,
    actor: &Actor,
    id: Uuid,
    release: &Release,
) -> Result<Option<Timestamp>, WorkflowError> {
    let later = desk
        .database()
        .write(LIMIT, async |connection| {
            ledger::lock(connection).await?;
            let edition = desk.site().edition_of(publishing::site_now(connection, desk).await?);
            let whole = store::whole_for_change(connection, id, desk.now()).await?.ok_or(WorkflowError::NotFound)?;
            let together = check(&whole, &edition, release)?;
            let entries = enter(connection, actor, (&whole, &together, &edition), release).await?;
            finish(connection, desk, actor, &whole, &entries).await
        })
        .await?;
    show(desk).await;
    Ok(later)
}

/// Checks that a set is what was shown and that nothing of it has to be put right.
fn check(whole: &Whole, edition: &Edition, release: &Release) -> Result<Together, WorkflowError> {
    match whole.set.stage {
        Stage::Draft | Stage::Review => {}
        Stage::Back => return Err(WorkflowError::Refused(words::SENT_BACK)),
        Stage::Published | Stage::Cancelled => return Err(WorkflowError::Refused(words::CLOSED)),
    }
    check_not_stale(whole, edition)?;
    if whole.fingerprint(edition) != release.shown {
        return Err(WorkflowError::Refused(words::CHANGED));
    }
    let at = release.in_force_at.unwrap_or(edition.at);
    let together = off_async_threads(|| whole.prepare(edition, at));
    let problems = problems(whole, &together, edition);
    if problems.is_empty() { Ok(together) } else { Err(WorkflowError::NotReady(problems)) }
}

/// Everything that has to be put right before a set can be published, a sentence each.
pub fn problems(whole: &Whole, together: &Together, edition: &Edition) -> Vec<String> {
    let titles = whole.members.iter().filter(|member| member.step().is_some());
    let titles = titles.map(|member| words::title(member, edition));
    let of_parts = titles.zip(&together.prepared).filter_map(|(title, prepared)| {
        let problems = prepared.as_ref().err()?;
        Some(problems.iter().map(move |problem| format!("“{title}”: {problem}")))
    });
    let mut problems: Vec<String> = of_parts.flatten().collect();
    problems.extend(together.problems.iter().cloned());
    if whole.needs_note() && whole.set.note.is_empty() {
        problems.push(words::NO_NOTE.to_owned());
    }
    problems
}

async fn enter(
    connection: &mut PgConnection,
    actor: &Actor,
    (whole, together, edition): (&Whole, &Together, &Edition),
    release: &Release,
) -> Result<Vec<Entry>, WorkflowError> {
    let (facts, fingerprint) = (whole.facts(edition), whole.fingerprint(edition));
    let mut all = Vec::with_capacity(whole.members.len());
    for (member, prepared) in whole.members.iter().zip(&together.prepared) {
        let prepared = prepared.as_ref().map_err(|problems| WorkflowError::NotReady(problems.clone()))?;
        let seen = whole.seen(member, &facts, fingerprint, actor);
        let is_alone = Seen::count(&seen) < 2;
        if is_alone && release.reason.is_none() {
            return Err(WorkflowError::NeedsAnother);
        }
        let reason = release.reason.clone().filter(|_| is_alone);
        let mut particulars = Particulars::new(seen, actor, reason).written_by(member.writer());
        match member.own_draft().map(|draft| &draft.content) {
            Some(DraftContent::Notice(notice)) => particulars.answers.clone_from(&notice.answers),
            _ => particulars.note = Some(whole.set.note.clone()).filter(|note| !note.is_empty()),
        }
        all.push((member, prepared, particulars, words::title(member, edition)));
    }
    let versions: Vec<Version<'_>> = all
        .iter()
        .map(|(member, prepared, particulars, title)| Version {
            subject: &member.part.subject,
            prepared,
            title,
            particulars,
            put_back: None,
        })
        .collect();
    append_together(connection, actor, &versions, release.in_force_at).await
}

/// Takes away what is over: the drafts, requests for the same withdrawals, and the set. Tells whoever wrote it, and where parts were
/// published alone whoever may approve them. Says when they come into force, where that is later.
async fn finish(
    connection: &mut PgConnection,
    desk: &DeskNow,
    actor: &Actor,
    whole: &Whole,
    entries: &[Entry],
) -> Result<Option<Timestamp>, WorkflowError> {
    let id = whole.set.id;
    for member in &whole.members {
        let subject = &member.part.subject;
        if let Some(draft) = member.own_draft() {
            drafts::store::remove(connection, subject, draft.revision).await?;
        }
        if let (Subject::Notice(_), Kind::Withdrawal(_)) = (subject, &member.part.kind) {
            publishing::close_withdrawal(connection, subject, actor, desk.now()).await?;
        }
    }
    let numbers: Vec<i64> = entries.iter().map(|entry| entry.number).collect();
    store::close(connection, actor, id, Some(&numbers), desk.now()).await?;
    let first = entries.first().ok_or(WorkflowError::NotFound)?;
    let later = (first.in_force_at > first.recorded_at).then_some(first.in_force_at);
    let details = json!({ "entries": numbers, "in_force_at": first.in_force_at });
    audit::record(connection, actor.who(), actions::SET_PUBLISHED, &subject_of(id), &details).await?;
    let (what, said) = match later {
        Some(at) => {
            ("Scheduled", format!("{} scheduled your change set: it goes live on {}.", actor.name(), time_words(at)))
        }
        None => ("Published", format!("{} published your change set: all of it is live now.", actor.name())),
    };
    let authors = whole.authors();
    letters::of_set(connection, desk, actor, letter(whole, what, said, None, Some(&authors))).await?;
    let mut alone = None;
    for number in &numbers {
        if let Some(found) = publishing::alone(connection, *number).await? {
            alone = Some(found.reason);
        }
    }
    if let Some(reason) = alone {
        let said = format!(
            "{} published a change set without a second check. Somebody else has to read and approve it.",
            actor.name()
        );
        let quoted = Some(("Their reason", reason.as_str()));
        let letter = letter(whole, "Published without a second check", said, quoted, None);
        letters::of_set(connection, desk, actor, letter).await?;
    }
    Ok(later)
}
