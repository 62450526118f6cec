//! The actions on a set before it is published: its parts are chosen, a review is asked for, another person approves it or sends it
//! back, or it is cancelled.

use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit;
use crate::base::ledger::Hash;
use crate::desk::accounts::Actor;
use crate::desk::accounts::doubt::NEEDS_VOUCHER;
use crate::desk::now::DeskNow;
use crate::features::change_sets::model::{Kind, MOST_PARTS, Member, Stage, Whole, entry_in_force};
use crate::features::change_sets::store::NewPart;
use crate::features::change_sets::{actions, paths, store, words};
use crate::features::drafts;
use crate::features::drafts::Draft;
use crate::features::drafts::model::ExactText;
use crate::features::publishing::letters;
use crate::features::publishing::letters::OfSet;
use crate::features::publishing::model::WorkflowError;
use crate::site::edition::Edition;
use crate::site::model::WithdrawalContent;
use crate::site::subject::Subject;

/// The name of a set in the audit log.
pub fn subject_of(set: Uuid) -> String {
    format!("set:{set}")
}

/// A set to be made.
#[derive(Clone, Debug)]
pub struct NewSet {
    /// Its id, which its form carries, so that a form sent twice makes one set.
    pub id: Uuid,
    /// Its title.
    pub title: String,
    /// The note on what changed, for parts whose contents have no change note.
    pub note: String,
}

/// The part that a draft becomes.
pub fn part_of_draft(edition: &Edition, draft: &Draft) -> NewPart {
    NewPart {
        subject: draft.subject.clone(),
        kind: Kind::Draft(draft.started_at),
        base: entry_in_force(edition, &draft.subject),
    }
}

/// The part that withdraws something in force.
pub fn part_of_withdrawal(edition: &Edition, subject: Subject, content: WithdrawalContent) -> NewPart {
    NewPart { base: entry_in_force(edition, &subject), kind: Kind::Withdrawal(content), subject }
}

/// Makes a set of these parts within a transaction; a form that is sent twice makes one. Says whether it did.
///
/// # Errors
/// `NotReady` where a part is in another set.
pub async fn make_within(
    connection: &mut PgConnection,
    desk: &DeskNow,
    actor: &Actor,
    new: &NewSet,
    parts: &[NewPart],
) -> Result<bool, WorkflowError> {
    if !store::begin(connection, actor, new.id, &new.title, &new.note, desk.now()).await? {
        return Ok(false);
    }
    let details = json!({ "title": new.title, "parts": names(parts) });
    audit::record(connection, actor.who(), actions::SET_MADE, &subject_of(new.id), &details).await?;
    add_within(connection, desk, actor, new.id, parts).await?;
    Ok(true)
}

fn names(parts: &[NewPart]) -> Vec<String> {
    parts.iter().map(|part| part.subject.to_string()).collect()
}

async fn add_within(
    connection: &mut PgConnection,
    desk: &DeskNow,
    actor: &Actor,
    set: Uuid,
    parts: &[NewPart],
) -> Result<(), WorkflowError> {
    let mut elsewhere = Vec::new();
    for part in parts {
        if store::add_part(connection, actor, set, part, desk.now()).await? {
            continue;
        }
        let title = words::subject_title(&part.subject, &desk.edition);
        match store::set_of(connection, &part.subject).await? {
            Some((other, _)) if other == set => {}
            Some((_, other)) => elsewhere.push(words::in_another(&title, &other)),
            None => elsewhere.push(words::DRAFT_GONE.to_owned()),
        }
    }
    if elsewhere.is_empty() { Ok(()) } else { Err(WorkflowError::NotReady(elsewhere)) }
}

/// An open set that nobody else changes until the transaction ends.
///
/// # Errors
/// `NotFound`, or `Refused` where it is closed.
pub async fn open_for_change(connection: &mut PgConnection, desk: &DeskNow, id: Uuid) -> Result<Whole, WorkflowError> {
    let whole = store::whole_for_change(connection, id, desk.now()).await?.ok_or(WorkflowError::NotFound)?;
    if whole.set.stage.is_open() { Ok(whole) } else { Err(WorkflowError::Refused(words::CLOSED)) }
}

/// A change of the parts of a set.
#[derive(Clone, Debug)]
pub enum Parts {
    /// Drafts come in.
    Add(Vec<Subject>),
    /// One goes out; its draft stays.
    Leave(Subject),
    /// One that became stale is taken as it is now.
    TakeAnew(Subject),
}

/// Changes which parts an open set has.
///
/// # Errors
/// [`WorkflowError`]; `NotReady` where a part cannot come in.
pub async fn change_parts(desk: &DeskNow, actor: &Actor, id: Uuid, change: &Parts) -> Result<(), WorkflowError> {
    desk.database()
        .write(desk.limit(), async |connection| {
            let whole = open_for_change(connection, desk, id).await?;
            let edition = &desk.edition;
            let details = match change {
                Parts::Add(subjects) => {
                    let mut parts = Vec::new();
                    for subject in subjects {
                        let draft = drafts::store::find_for_change(connection, subject).await?;
                        let draft = draft.ok_or_else(|| WorkflowError::NotReady(vec![words::DRAFT_GONE.to_owned()]))?;
                        parts.push(part_of_draft(edition, &draft));
                    }
                    if parts.is_empty() {
                        return Err(WorkflowError::NotReady(vec![words::NO_PART.to_owned()]));
                    }
                    if whole.members.len() + parts.len() > MOST_PARTS {
                        return Err(WorkflowError::NotReady(vec![words::too_many()]));
                    }
                    add_within(connection, desk, actor, id, &parts).await?;
                    json!({ "added": names(&parts) })
                }
                Parts::Leave(subject) => {
                    if !store::remove_part(connection, id, subject).await? {
                        return Ok(());
                    }
                    json!({ "left_out": subject.to_string() })
                }
                Parts::TakeAnew(subject) => {
                    let member = whole.members.iter().find(|member| member.part.subject == *subject);
                    let Some(part) = member.and_then(|member| anew(member, edition)) else { return Ok(()) };
                    store::remove_part(connection, id, subject).await?;
                    store::add_part(connection, actor, id, &part, desk.now()).await?;
                    json!({ "taken_anew": subject.to_string() })
                }
            };
            audit::record(connection, actor.who(), actions::SET_CHANGED, &subject_of(id), &details).await?;
            Ok(())
        })
        .await
}

/// A part as it would be taken now; none where there is nothing to take.
pub fn anew(member: &Member, edition: &Edition) -> Option<NewPart> {
    match (&member.part.kind, &member.draft) {
        (Kind::Draft(_), Some(draft)) => Some(part_of_draft(edition, draft)),
        (Kind::Draft(_), None) => None,
        (Kind::Withdrawal(content), _) => {
            Some(part_of_withdrawal(edition, member.part.subject.clone(), content.clone()))
        }
    }
}

/// Asks for one review of everything in a set.
///
/// # Errors
/// [`WorkflowError`]; `NotReady` where a part is stale, `Refused` where it waits already.
pub async fn submit(desk: &DeskNow, actor: &Actor, id: Uuid) -> Result<(), WorkflowError> {
    desk.database()
        .write(desk.limit(), async |connection| {
            let whole = open_for_change(connection, desk, id).await?;
            submit_within(connection, desk, actor, &whole).await
        })
        .await
}

/// Asks for a review of a set, within a transaction that holds it.
pub async fn submit_within(
    connection: &mut PgConnection,
    desk: &DeskNow,
    actor: &Actor,
    whole: &Whole,
) -> Result<(), WorkflowError> {
    let (set, edition, now) = (&whole.set, &desk.edition, desk.now());
    check_not_stale(whole, edition)?;
    if set.stage == Stage::Review && set.asked_by == Some(actor.id()) {
        return Err(WorkflowError::Refused(words::WAITS_ALREADY));
    }
    let facts = whole.facts(edition);
    for draft in whole.members.iter().filter_map(Member::own_draft) {
        // Whoever wrote a text stands for it as it is served with the facts of this set.
        if [draft.started_by.id, draft.saved_by.id].contains(&actor.id()) {
            let text = ExactText { fingerprint: draft.fingerprint, facts: draft.content.facts_in(&facts) };
            drafts::store::note_sight(connection, actor, &draft.subject, text, true, now).await?;
        }
    }
    store::set_stage(connection, set.id, Stage::Review, None, Some(actor.id())).await?;
    let details = json!({ "fingerprint": whole.fingerprint(edition), "parts": parts_of(whole) });
    audit::record(connection, actor.who(), actions::SET_SUBMITTED, &subject_of(set.id), &details).await?;
    let said = format!("{} asks for a review of {} changes that belong together.", actor.name(), whole.members.len());
    let letter = letter(whole, "For review", said, None, None);
    letters::of_set(connection, desk, actor, letter).await?;
    Ok(())
}

fn parts_of(whole: &Whole) -> Vec<String> {
    whole.members.iter().map(|member| member.part.subject.to_string()).collect()
}

/// A letter about a set.
pub(super) fn letter<'a>(
    whole: &'a Whole,
    what: &'static str,
    said: String,
    quoted: Option<(&'static str, &'a str)>,
    only: Option<&'a [Uuid]>,
) -> OfSet<'a> {
    let set = &whole.set;
    OfSet { what, said, title: &set.title, path: paths::set(set.id), change: &set.note, quoted, only }
}

/// # Errors
/// `NotReady` with a sentence for each part that is stale, or where there is none.
pub(super) fn check_not_stale(whole: &Whole, edition: &Edition) -> Result<(), WorkflowError> {
    if whole.members.is_empty() {
        return Err(WorkflowError::NotReady(vec![words::EMPTY.to_owned()]));
    }
    let stale = whole.stale(edition);
    if stale.is_empty() {
        return Ok(());
    }
    let said = stale.iter().map(|(subject, why)| words::stale(&words::subject_title(subject, edition), why));
    Err(WorkflowError::NotReady(said.collect()))
}

/// Approves everything in a set, as it was shown.
///
/// # Errors
/// [`WorkflowError`]; `Refused` where it is not what was shown, or this person has seen all of it.
pub async fn approve(desk: &DeskNow, actor: &Actor, id: Uuid, shown: Hash) -> Result<(), WorkflowError> {
    desk.database()
        .write(desk.limit(), async |connection| {
            let whole = open_for_change(connection, desk, id).await?;
            let edition = &desk.edition;
            check_not_stale(&whole, edition)?;
            if whole.fingerprint(edition) != shown {
                return Err(WorkflowError::Refused(words::CHANGED));
            }
            if whole.set.stage == Stage::Back {
                return Err(WorkflowError::Refused(words::SENT_BACK));
            }
            if whole.doubted.holds(actor.id()) {
                return Err(WorkflowError::Refused(NEEDS_VOUCHER));
            }
            if whole.has_seen(edition, actor) {
                return Err(WorkflowError::Refused(words::SEEN_ALREADY));
            }
            store::note_approval(connection, actor, id, shown, desk.now()).await?;
            let details = json!({ "fingerprint": shown, "parts": parts_of(&whole) });
            audit::record(connection, actor.who(), actions::SET_APPROVED, &subject_of(id), &details).await?;
            let said = format!("{} approved your change set. It is not published yet.", actor.name());
            let authors = whole.authors();
            letters::of_set(connection, desk, actor, letter(&whole, "Approved", said, None, Some(&authors))).await?;
            Ok(())
        })
        .await
}

/// Sends a set back with a comment.
///
/// # Errors
/// [`WorkflowError`]; `Refused` where it does not wait, or where this person made it.
pub async fn send_back(desk: &DeskNow, actor: &Actor, id: Uuid, comment: &str) -> Result<(), WorkflowError> {
    desk.database()
        .write(desk.limit(), async |connection| {
            let whole = open_for_change(connection, desk, id).await?;
            if whole.set.stage != Stage::Review {
                return Err(WorkflowError::Refused(words::DOES_NOT_WAIT));
            }
            if whole.set.made_by.id == actor.id() {
                return Err(WorkflowError::Refused(words::OWN_SET));
            }
            store::set_stage(connection, id, Stage::Back, Some(comment), None).await?;
            let details = json!({ "comment": comment });
            audit::record(connection, actor.who(), actions::SET_SENT_BACK, &subject_of(id), &details).await?;
            let said = format!("{} read your change set and sent it back.", actor.name());
            let (authors, quoted) = (whole.authors(), Some(("Their comment", comment)));
            letters::of_set(connection, desk, actor, letter(&whole, "Sent back", said, quoted, Some(&authors))).await?;
            Ok(())
        })
        .await
}

/// Cancels a set that is open. Its drafts stay, each by itself.
///
/// # Errors
/// [`WorkflowError`]; `Refused` where it is closed.
pub async fn cancel(desk: &DeskNow, actor: &Actor, id: Uuid) -> Result<(), WorkflowError> {
    desk.database()
        .write(desk.limit(), async |connection| {
            let whole = open_for_change(connection, desk, id).await?;
            let details = json!({ "parts": parts_of(&whole) });
            audit::record(connection, actor.who(), actions::SET_CANCELLED, &subject_of(id), &details).await?;
            store::close(connection, actor, id, None, desk.now()).await?;
            Ok(())
        })
        .await
}
