//! The actions on an entry of the ledger: cancel it before its time, approve it afterwards, correct it, start a draft from it.

use jiff::Timestamp;
use serde_json::json;
use sqlx::PgConnection;

use crate::base::audit;
use crate::base::ledger::store::{Kept, LedgerError};
use crate::base::ledger::{Kind, NewEntry, store as ledger};
use crate::desk::accounts::Actor;
use crate::desk::accounts::doubt::{Doubted, NEEDS_VOUCHER};
use crate::desk::now::DeskNow;
use crate::features::discussion::store as discussion;
use crate::features::drafts::actions::DRAFT_DISCARDED;
use crate::features::drafts::answers::carry_over;
use crate::features::drafts::model::{Draft, NoticeDraft};
use crate::features::drafts::{DraftContent, Written, store as drafts};
use crate::features::publishing::model::{FormToken, Particulars, WorkflowError};
use crate::features::publishing::publish::LIMIT;
use crate::features::publishing::{actions, publish, store, words};
use crate::site::model::{CorrectionContent, NoticeContent};
use crate::site::subject::Subject;

/// An entry that can be read by staff. Errors: `NotFound`, or when the database cannot be reached.
pub async fn entry(connection: &mut PgConnection, number: i64) -> Result<Kept, WorkflowError> {
    store::entry(connection, number).await?.ok_or(WorkflowError::NotFound)
}

/// Cancels an entry before it comes into force. Errors: [`WorkflowError`]; `Refused` where it is too late.
pub async fn cancel(desk: &DeskNow, actor: &Actor, number: i64, reason: &str) -> Result<(), WorkflowError> {
    desk.database()
        .write(LIMIT, async |connection| {
            ledger::lock(connection).await?;
            let kept = entry(connection, number).await?;
            check_cancellable(connection, &kept, desk.now()).await?;
            let new = NewEntry {
                kind: Kind::Cancellation,
                subject: kept.entry.subject.clone(),
                version: None,
                target: Some(number),
                in_force_at: None,
                imported: false,
                // The public learns that it was cancelled and nothing else.
                content: "{}".to_owned(),
                particulars: serde_json::to_string(&Particulars::by(actor, Some(reason)))?,
            };
            ledger::append(connection, new).await.map_err(too_late)?;
            let details = json!({ "entry": number, "version": kept.entry.version, "reason": reason });
            audit::record(connection, actor.who(), actions::CANCELLED, &kept.entry.subject, &details).await?;
            Ok::<_, WorkflowError>(())
        })
        .await?;
    publish::show(desk).await;
    Ok(())
}

/// Checks that an entry can still be cancelled. Errors: `Refused` where it cannot, `NotFound` where it is of no such kind.
pub async fn check_cancellable(
    connection: &mut PgConnection,
    kept: &Kept,
    now: Timestamp,
) -> Result<(), WorkflowError> {
    if !kept.entry.kind.is_state() && kept.entry.kind != Kind::Withdrawal {
        return Err(WorkflowError::NotFound);
    }
    if store::is_cancelled(connection, kept.entry.number).await? {
        return Err(WorkflowError::Refused(words::CANCELLED));
    }
    if kept.entry.in_force_at <= now {
        return Err(WorkflowError::Refused(words::TOO_LATE));
    }
    Ok(())
}

/// The database has the last word on what is too late.
fn too_late(error: LedgerError) -> WorkflowError {
    let rule = match &error {
        LedgerError::Sql(sqlx::Error::Database(said)) => said.constraint().map(ToOwned::to_owned),
        _ => None,
    };
    match rule.as_deref() {
        Some("ledger_entry_cancels_the_future_only") => WorkflowError::Refused(words::TOO_LATE),
        Some("ledger_entry_one_cancellation_key") => WorkflowError::Refused(words::CANCELLED),
        _ => error.into(),
    }
}

/// Approves afterwards what another person published alone.
/// Errors: [`WorkflowError`]; `Refused` where somebody did before, or where this is who let it out.
pub async fn approve(desk: &DeskNow, actor: &Actor, number: i64) -> Result<(), WorkflowError> {
    desk.database()
        .write(LIMIT, async |connection| {
            let kept = entry(connection, number).await?;
            let alone = store::alone_for_change(connection, number).await?.ok_or(WorkflowError::NotFound)?;
            check_approvable(&alone, actor, &Doubted::find(connection, desk.now()).await?)?;
            store::approve_alone(connection, number, actor, desk.now()).await?;
            let details = json!({ "entry": number, "version": kept.entry.version, "published_by": alone.publisher.id });
            audit::record(connection, actor.who(), actions::APPROVED_AFTERWARDS, &kept.entry.subject, &details).await?;
            Ok(())
        })
        .await
}

/// Checks that this person may approve an entry afterwards.
pub fn check_approvable(alone: &store::Alone, actor: &Actor, doubted: &Doubted) -> Result<(), WorkflowError> {
    if alone.approved.is_some() {
        return Err(WorkflowError::Refused(words::APPROVED_ALREADY));
    }
    if alone.publisher.id == actor.id() {
        return Err(WorkflowError::Refused(words::OWN_RELEASE));
    }
    if doubted.holds(actor.id()) || doubted.holds(alone.publisher.id) {
        return Err(WorkflowError::Refused(NEEDS_VOUCHER));
    }
    Ok(())
}

/// Adds a public remark to a version that said something wrong; both stay. One person writes it, so another approves it afterwards.
pub async fn correct(desk: &DeskNow, actor: &Actor, number: i64, text: &str) -> Result<(), WorkflowError> {
    desk.database()
        .write(LIMIT, async |connection| {
            ledger::lock(connection).await?;
            let kept = entry(connection, number).await?;
            let content = check_correctable(connection, &kept, desk.now()).await?;
            let particulars = Particulars::by(actor, Some("A correction"));
            let new = NewEntry {
                kind: Kind::Correction,
                subject: kept.entry.subject.clone(),
                version: None,
                target: Some(number),
                in_force_at: None,
                imported: false,
                content: serde_json::to_string(&CorrectionContent { text: text.to_owned() })?,
                particulars: serde_json::to_string(&particulars)?,
            };
            let correction = ledger::append(connection, new).await?;
            let details = json!({ "entry": correction.number, "of": number, "version": kept.entry.version });
            audit::record(connection, actor.who(), actions::CORRECTED, &kept.entry.subject, &details).await?;
            publish::note_alone(connection, desk, actor, &correction, &particulars, &content.title).await?;
            Ok::<_, WorkflowError>(())
        })
        .await?;
    publish::show(desk).await;
    Ok(())
}

/// The content of a version that can be corrected: one that is public and still has its text.
/// Errors: `NotFound` or `Refused` where it cannot.
pub async fn check_correctable(
    connection: &mut PgConnection,
    kept: &Kept,
    now: Timestamp,
) -> Result<NoticeContent, WorkflowError> {
    if kept.entry.kind != Kind::Version {
        return Err(WorkflowError::NotFound);
    }
    if kept.entry.in_force_at > now || store::is_cancelled(connection, kept.entry.number).await? {
        return Err(WorkflowError::Refused(words::NOT_PUBLIC));
    }
    content(kept)
}

/// The content of a version of a notice. Errors: `Refused` where it was redacted.
pub fn content(kept: &Kept) -> Result<NoticeContent, WorkflowError> {
    let sealed = kept.content.as_ref().ok_or(WorkflowError::Refused(words::REMOVED))?;
    Ok(serde_json::from_str(&sealed.body)?)
}

/// Starts a draft from an entry. `instead_of` is the revision of a draft that is thrown away for it.
/// Errors: [`WorkflowError`]; `InTheWay` where there is a draft that nobody said may go.
pub async fn restore(
    desk: &DeskNow,
    actor: &Actor,
    number: i64,
    instead_of: Option<i64>,
) -> Result<Subject, WorkflowError> {
    desk.database()
        .write(LIMIT, async |connection| {
            let kept = entry(connection, number).await?;
            let (subject, mut content) = to_draft(&kept)?;
            carry_over(connection, &subject, &mut content, number).await?;
            if let Some(draft) = drafts::find_for_change(connection, &subject).await? {
                if instead_of != Some(draft.revision) {
                    return Err(WorkflowError::InTheWay(Box::new(draft)));
                }
                discard_within(connection, actor, &draft).await?;
            }
            let edition = &desk.edition;
            let written = Written { subject: &subject, content: &content, facts: &edition.facts };
            drafts::start(connection, actor, written, Some(number), desk.now()).await?;
            Ok(subject)
        })
        .await
}

/// The content of a draft that is made from an entry.
/// Errors: `NotFound` where it is no state that staff can draft, `Refused` where its text is gone.
pub fn to_draft(kept: &Kept) -> Result<(Subject, DraftContent), WorkflowError> {
    let subject: Subject = kept.entry.subject.parse().map_err(|_| WorkflowError::NotFound)?;
    if kept.entry.kind != subject.kind() {
        return Err(WorkflowError::NotFound);
    }
    let body = &kept.content.as_ref().ok_or(WorkflowError::Refused(words::REMOVED))?.body;
    let content = match subject {
        Subject::Notice(_) => DraftContent::Notice(NoticeDraft::from_version(&serde_json::from_str(body)?)),
        Subject::Page(_) => DraftContent::Page(serde_json::from_str(body)?),
        Subject::Facts => DraftContent::Facts(serde_json::from_str(body)?),
        Subject::Navigation => DraftContent::Navigation(serde_json::from_str(body)?),
        Subject::Promoted => DraftContent::Promoted(serde_json::from_str(body)?),
    };
    Ok((subject, content))
}

/// Throws a draft away, if it is still the one that was shown.
pub async fn discard(desk: &DeskNow, actor: &Actor, subject: &Subject, shown: FormToken) -> Result<(), WorkflowError> {
    desk.database()
        .write(LIMIT, async |connection| {
            let draft = publish::lock_if_unchanged(connection, subject, shown, &desk.edition.facts).await?;
            discard_within(connection, actor, &draft).await
        })
        .await
}

pub(super) async fn discard_within(
    connection: &mut PgConnection,
    actor: &Actor,
    draft: &Draft,
) -> Result<(), WorkflowError> {
    drafts::remove(connection, &draft.subject, draft.revision).await?;
    discussion::delete_since(connection, &draft.subject, draft.started_at).await?;
    let details = json!({ "revision": draft.revision, "fingerprint": draft.fingerprint });
    audit::record(connection, actor.who(), DRAFT_DISCARDED, &draft.subject.to_string(), &details).await?;
    Ok(())
}
