//! Redaction: the content of an entry is destroyed on a legal ground, that somebody asks for and another person confirms. The entry stays
//! and says so.

use jiff::Timestamp;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit;
use crate::base::audit::Who;
use crate::base::ledger::store::Kept;
use crate::base::ledger::{Kind, NewEntry, store as ledger};
use crate::desk::accounts::Actor;
use crate::desk::accounts::doubt::{Doubted, NEEDS_VOUCHER};
use crate::desk::now::DeskNow;
use crate::features::discussion::store as discussion;
use crate::features::drafts::actions::DRAFT_DISCARDED;
use crate::features::drafts::store as drafts;
use crate::features::publishing::model::WorkflowError;
use crate::features::publishing::publish::LIMIT;
use crate::features::publishing::store::{RedactionRequest, Removal};
use crate::features::publishing::{actions, entries, letters, model, publish, store, words};
use crate::site::model::{Address, RedactionContent};
use crate::site::subject::Subject;

/// Destroys the contents of entries and enters a redaction for each. Run it in a transaction. Returns their subjects. Of versions that
/// were public by `public_by`, the redaction keeps the address; it stays for ever, so none is kept unless somebody asked for it.
/// Errors: `Refused` where an entry has no text, or none any more; otherwise when the database refuses.
pub async fn redact(
    connection: &mut PgConnection,
    entries: &[i64],
    ground: &str,
    particulars: &serde_json::Value,
    public_by: Option<Timestamp>,
) -> Result<Vec<String>, WorkflowError> {
    ledger::lock(connection).await?;
    let mut subjects = Vec::new();
    for &target in entries {
        let kept = check_redactable(connection, target).await?;
        let address = address(connection, &kept, public_by).await?;
        let new = NewEntry {
            kind: Kind::Redaction,
            subject: kept.entry.subject.clone(),
            version: None,
            target: Some(target),
            in_force_at: None,
            imported: false,
            content: serde_json::to_string(&RedactionContent { ground: ground.to_owned(), address })?,
            particulars: particulars.to_string(),
        };
        ledger::append(connection, new).await?;
        ledger::destroy_content(connection, target).await?;
        discussion::delete_of(connection, &kept.entry.subject).await?;
        subjects.push(kept.entry.subject);
    }
    Ok(subjects)
}

/// The address of a version that was public by then.
async fn address(
    connection: &mut PgConnection,
    kept: &Kept,
    public_by: Option<Timestamp>,
) -> Result<Option<Address>, WorkflowError> {
    let was_public = public_by.is_some_and(|now| kept.entry.in_force_at <= now);
    if kept.entry.kind != Kind::Version || !was_public || store::is_cancelled(connection, kept.entry.number).await? {
        return Ok(None);
    }
    Ok(Some(entries::content(kept)?.address))
}

/// The command line's redaction: whoever can type it has the database's login, so nobody confirms it. Drafts that started from such a
/// text go too. Returns what they were of.
pub async fn from_console(
    connection: &mut PgConnection,
    targets: &[i64],
    ground: &str,
) -> Result<Vec<Subject>, WorkflowError> {
    let particulars = json!({ "writer": "bluelamp redact", "approver": null, "reason": null });
    let subjects = redact(connection, targets, ground, &particulars, None).await?;
    for (entry, subject) in targets.iter().zip(subjects) {
        audit::record(connection, Who::CONSOLE, actions::REDACTED, &subject, &json!({ "entry": entry })).await?;
    }
    let mut discarded = Vec::new();
    for (subject, revision) in store::drafts_from(connection, targets).await? {
        drafts::remove(connection, &subject, revision).await?;
        let details = json!({ "revision": revision });
        audit::record(connection, Who::CONSOLE, DRAFT_DISCARDED, &subject.to_string(), &details).await?;
        discarded.push(subject);
    }
    Ok(discarded)
}

/// An entry whose content can be destroyed.
async fn check_redactable(connection: &mut PgConnection, number: i64) -> Result<Kept, WorkflowError> {
    const NO_TEXT: WorkflowError = WorkflowError::Refused(words::NO_TEXT);
    let kept = store::entry(connection, number).await?.ok_or(NO_TEXT)?;
    if !kept.entry.kind.is_state() && !matches!(kept.entry.kind, Kind::Withdrawal | Kind::Correction) {
        return Err(NO_TEXT);
    }
    if kept.content.is_none() {
        return Err(WorkflowError::Refused(words::REMOVED_ALREADY));
    }
    Ok(kept)
}

/// The entries that a redaction may be asked for beside this one: those of the same subject that still have their text.
/// Errors: [`WorkflowError`]; `NotFound` where the entry holds no text.
pub async fn candidates(connection: &mut PgConnection, number: i64) -> Result<Vec<Kept>, WorkflowError> {
    let first = check_redactable(connection, number).await?;
    let log = crate::site::store::log_after(connection, 0).await?;
    let same = log.into_iter().filter(|kept| {
        let has_text = kept.entry.kind.is_state() || matches!(kept.entry.kind, Kind::Withdrawal | Kind::Correction);
        kept.entry.subject == first.entry.subject && has_text && kept.content.is_some()
    });
    Ok(same.collect())
}

/// Asks for a redaction. Errors: [`WorkflowError`]; `NotReady` where the choice or the ground will not do.
pub async fn ask(desk: &DeskNow, actor: &Actor, removal: Removal<'_>) -> Result<Uuid, WorkflowError> {
    let targets = removal.entries;
    let ground =
        model::reason(removal.ground).ok_or_else(|| WorkflowError::NotReady(vec![words::NO_GROUND.to_owned()]))?;
    if targets.is_empty() {
        return Err(WorkflowError::NotReady(vec![words::NO_CHOICE.to_owned()]));
    }
    desk.database()
        .write(LIMIT, async |connection| {
            let mut subjects = Vec::new();
            for &target in targets {
                let kept = check_redactable(connection, target).await?;
                check_not_the_frame(desk, &kept)?;
                subjects.push(kept.entry.subject);
            }
            subjects.dedup();
            let id =
                store::ask_redaction(connection, Removal { ground: &ground, ..removal }, actor, desk.now()).await?;
            for subject in subjects {
                let details = json!({ "request": id, "entries": targets });
                audit::record(connection, actor.who(), actions::REDACTION_ASKED, &subject, &details).await?;
            }
            letters::to_confirm(connection, desk, actor, letters::Request::Redaction(id)).await?;
            Ok(id)
        })
        .await
}

/// Facts, pages and links around every page cannot go while they are in force: the site would have none.
fn check_not_the_frame(desk: &DeskNow, kept: &Kept) -> Result<(), WorkflowError> {
    let (edition, number) = (&desk.edition, kept.entry.number);
    let published = &edition.published;
    let is_now = match kept.entry.subject.parse() {
        Ok(Subject::Page(name)) => {
            published.pages.get(name.as_str()).and_then(|page| page.number_at(edition.at)) == Some(number)
        }
        Ok(Subject::Facts) => published.facts.number_at(edition.at) == Some(number),
        Ok(Subject::Navigation) => published.navigation.number_at(edition.at) == Some(number),
        _ => false,
    };
    if is_now {
        return Err(WorkflowError::Refused(words::NEEDED_BY_EVERY_PAGE));
    }
    Ok(())
}

/// Carries out a redaction that another person asked for. `discard` says that drafts which started from such a text may go; without it
/// they stand in the way, since the text would live on in them.
pub async fn confirm(desk: &DeskNow, actor: &Actor, id: Uuid, discard: bool) -> Result<(), WorkflowError> {
    desk.database()
        .write(LIMIT, async |connection| {
            ledger::lock(connection).await?;
            let request = open(connection, id).await?;
            if request.asked_by.id == actor.id() {
                return Err(WorkflowError::Refused(words::OWN_REQUEST));
            }
            let doubted = Doubted::find(connection, desk.now()).await?;
            if doubted.holds(actor.id()) || doubted.holds(request.asked_by.id) {
                return Err(WorkflowError::Refused(NEEDS_VOUCHER));
            }
            for (subject, _) in store::drafts_from(connection, &request.entries).await? {
                let Some(draft) = drafts::find_for_change(connection, &subject).await? else { continue };
                if !discard {
                    return Err(WorkflowError::InTheWay(Box::new(draft)));
                }
                entries::discard_within(connection, actor, &draft).await?;
            }
            let particulars = json!({
                "writer": request.asked_by.name, "writer_id": request.asked_by.id, "approver": actor.name(),
                "approver_id": actor.id(), "asked_by": request.asked_by.id, "confirmed_by": actor.id(), "reason": null,
            });
            let public_by = request.keep_addresses.then(|| desk.now());
            let subjects = redact(connection, &request.entries, &request.ground, &particulars, public_by).await?;
            if !store::close_redaction(connection, id, actor, true, desk.now()).await? {
                return Err(CLOSED);
            }
            for (entry, subject) in request.entries.iter().zip(subjects) {
                let details = json!({ "request": id, "entry": entry, "asked_by": request.asked_by.id });
                audit::record(connection, actor.who(), actions::REDACTED, &subject, &details).await?;
            }
            letters::redacted(connection, desk, actor).await?;
            Ok(())
        })
        .await?;
    publish::show(desk).await;
    Ok(())
}

/// Closes a request without doing anything.
pub async fn refuse(desk: &DeskNow, actor: &Actor, id: Uuid) -> Result<(), WorkflowError> {
    desk.database()
        .write(LIMIT, async |connection| {
            let request = open(connection, id).await?;
            if !store::close_redaction(connection, id, actor, false, desk.now()).await? {
                return Err(CLOSED);
            }
            for &entry in &request.entries {
                let Some(kept) = store::entry(connection, entry).await? else { continue };
                let details = json!({ "request": id, "entry": entry });
                audit::record(connection, actor.who(), actions::REDACTION_REFUSED, &kept.entry.subject, &details)
                    .await?;
            }
            Ok(())
        })
        .await
}

const CLOSED: WorkflowError = WorkflowError::Refused(words::CLOSED);

async fn open(connection: &mut PgConnection, id: Uuid) -> Result<RedactionRequest, WorkflowError> {
    let request = store::redactions(connection, Some(id)).await?.pop().ok_or(WorkflowError::NotFound)?;
    if request.closed.is_some() { Err(CLOSED) } else { Ok(request) }
}
