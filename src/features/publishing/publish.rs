//! Publishing: one transaction under the ledger's lock, so that whatever two people press at once, one version comes of it.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use sqlx::PgConnection;

use crate::base::audit;
use crate::base::ledger::{Entry, Kind, NewEntry, store as ledger};
use crate::base::web::heavy::off_async_threads;
use crate::desk::accounts::doubt::Doubted;
use crate::desk::accounts::{Actor, Desk};
use crate::features::drafts::actions::DRAFT_DISCARDED;
use crate::features::drafts::model::{Draft, NoticeDraft};
use crate::features::drafts::{DraftContent, signatures, store as drafts};
use crate::features::publishing::model::{Done, FormToken, Particulars, ReviewState, Seen, WorkflowError};
use crate::features::publishing::ready::Prepared;
use crate::features::publishing::{actions, letters, ready, store};
use crate::site::model::{Facts, Level, NoticeKind};
use crate::site::subject::Subject;

/// The time limit for an action that a button asks for. It may wait for another that holds the ledger's lock.
pub const LIMIT: Duration = Duration::from_secs(10);

/// The way in which a draft is published.
#[derive(Clone, Debug)]
pub struct Release {
    /// The draft that was on the screen.
    pub shown: FormToken,
    /// When; none is now.
    pub in_force_at: Option<Timestamp>,
    /// The reason for publishing it alone.
    pub reason: Option<String>,
    /// The change note of pages, facts, navigation and promoted answers, whose contents have none.
    pub note: Option<String>,
}

/// The draft of a subject, if it is still the one that was shown; nobody changes it until the transaction ends.
/// Errors: `Gone`, `Stale` or `NewFacts`, with what happened.
pub async fn lock_if_unchanged(
    connection: &mut PgConnection,
    subject: &Subject,
    shown: FormToken,
    in_force: &Facts,
) -> Result<Draft, WorkflowError> {
    let Some(draft) = drafts::find_for_change(connection, subject).await? else {
        return Err(why_draft_is_missing(connection, subject).await?);
    };
    shown.check_unchanged(draft, in_force)
}

/// Finds out what became of a draft that does not exist any more.
pub async fn why_draft_is_missing(
    connection: &mut PgConnection,
    subject: &Subject,
) -> Result<WorkflowError, sqlx::Error> {
    let ends = [actions::PUBLISHED, actions::PUBLISHED_ALONE, DRAFT_DISCARDED];
    Ok(WorkflowError::Gone(audit::store::last(connection, &subject.to_string(), &ends).await?.map(Box::new)))
}

/// Tells that one publisher may publish this without a second person and without a reason: an emergency banner.
pub fn is_urgent(content: &DraftContent) -> bool {
    let DraftContent::Notice(draft) = content else { return false };
    let level = draft.banner.as_ref().map(|banner| banner.level);
    draft.kind == NoticeKind::Banner && level == Some(Level::Emergency)
}

/// Publishes a draft as the next version of its subject.
pub async fn publish(desk: &Desk, actor: &Actor, subject: &Subject, release: &Release) -> Result<Done, WorkflowError> {
    let done = desk
        .database()
        .write(LIMIT, async |connection| publish_within(connection, desk, actor, subject, release).await)
        .await?;
    show(desk).await;
    Ok(done)
}

async fn publish_within(
    connection: &mut PgConnection,
    desk: &Desk,
    actor: &Actor,
    subject: &Subject,
    release: &Release,
) -> Result<Done, WorkflowError> {
    ledger::lock(connection).await?;
    let site = store::site_now(connection, desk).await?;
    let edition = desk.site().edition_of(site);
    let now = edition.at;
    let draft = lock_if_unchanged(connection, subject, release.shown, &edition.facts).await?;
    let prepare = || ready::prepare(subject, &draft.content, &edition, release.in_force_at.unwrap_or(now));
    let prepared = off_async_threads(prepare).map_err(WorkflowError::NotReady)?;
    let sights = drafts::sights(connection, subject, draft.fingerprint).await?;
    let looked = ReviewState::new(draft, sights, &edition.facts, Doubted::find(connection, now).await?);
    let (seen, draft) = (looked.seen_by(actor), looked.draft);
    let mut reason = release.reason.clone();
    if Seen::count(&seen) < 2 && reason.is_none() {
        if !is_urgent(&draft.content) {
            return Err(WorkflowError::NeedsAnother);
        }
        reason = Some("An emergency banner".to_owned());
    }
    let mut particulars = Particulars::new(seen, actor, reason).written_by(&draft.saved_by);
    particulars.note.clone_from(&release.note);
    if let DraftContent::Notice(NoticeDraft { answers, .. }) = &draft.content {
        particulars.answers.clone_from(answers);
        particulars.signatures = signatures::of_answers(answers, &signatures::find(connection, subject).await?);
    }
    let version = Version {
        subject,
        prepared: &prepared,
        title: draft.content.title(),
        particulars: &particulars,
        put_back: None,
    };
    let done = append_version(connection, desk, actor, &version, release.in_force_at).await?;
    drafts::remove(connection, subject, draft.revision).await?;
    letters::published(connection, (desk, &edition), actor, &draft, done.scheduled.then_some(done.in_force_at)).await?;
    Ok(done)
}

/// A version, or a withdrawal, to be entered.
pub(crate) struct Version<'a> {
    pub(crate) subject: &'a Subject,
    pub(crate) prepared: &'a Prepared,
    pub(crate) title: &'a str,
    pub(crate) particulars: &'a Particulars,
    /// The entry that is put back with it, where that is what happens.
    pub(crate) put_back: Option<i64>,
}

/// Appends the next version of a subject, with its lines elsewhere, and a letter where one person stands for it alone.
pub(super) async fn append_version(
    connection: &mut PgConnection,
    desk: &Desk,
    actor: &Actor,
    version: &Version<'_>,
    in_force_at: Option<Timestamp>,
) -> Result<Done, WorkflowError> {
    let entries = append_together(connection, actor, std::slice::from_ref(version), in_force_at).await?;
    let entry = entries.first().ok_or(WorkflowError::NotFound)?;
    let Particulars { alone, reason, .. } = version.particulars;
    if *alone {
        let reason = reason.as_deref().unwrap_or_default();
        letters::published_alone(connection, desk, actor, (version.title, reason), entry.number).await?;
    }
    Ok(to_done(entry))
}

/// Appends versions of several subjects, which are recorded at one instant and come into force at one instant, with their lines elsewhere:
/// who stands for each, and the audit log.
pub(crate) async fn append_together(
    connection: &mut PgConnection,
    actor: &Actor,
    versions: &[Version<'_>],
    in_force_at: Option<Timestamp>,
) -> Result<Vec<Entry>, WorkflowError> {
    let instant = ledger::instant(connection).await?;
    let mut entries = Vec::with_capacity(versions.len());
    for version in versions {
        let particulars = version.particulars;
        let is_withdrawal = matches!(version.prepared, Prepared::Withdrawal(_));
        let number =
            if is_withdrawal { None } else { Some(store::last_version(connection, version.subject).await? + 1) };
        let new = NewEntry {
            kind: if is_withdrawal { Kind::Withdrawal } else { version.subject.kind() },
            subject: version.subject.to_string(),
            version: number,
            target: None,
            in_force_at,
            imported: false,
            content: version.prepared.json()?,
            particulars: serde_json::to_string(particulars)?,
        };
        let entry = ledger::append_at(connection, new, instant).await?;
        let action = match (version.put_back, is_withdrawal, particulars.alone) {
            (Some(_), ..) => actions::PUT_BACK,
            (None, true, _) => actions::WITHDRAWN,
            (None, false, true) => actions::PUBLISHED_ALONE,
            (None, false, false) => actions::PUBLISHED,
        };
        let details = json!({
            "entry": entry.number, "version": number, "in_force_at": entry.in_force_at, "reason": particulars.reason,
            "note": particulars.note, "alone": particulars.alone, "put_back": version.put_back,
        });
        audit::record(connection, actor.who(), action, &entry.subject, &details).await?;
        if particulars.alone {
            let reason = particulars.reason.as_deref().unwrap_or_default();
            store::note_alone(connection, entry.number, actor, reason).await?;
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// Notes that one person published an entry alone, and tells the others, where that is so.
pub(super) async fn note_alone(
    connection: &mut PgConnection,
    desk: &Desk,
    actor: &Actor,
    entry: &Entry,
    particulars: &Particulars,
    title: &str,
) -> Result<(), WorkflowError> {
    if particulars.alone {
        let reason = particulars.reason.as_deref().unwrap_or_default();
        store::note_alone(connection, entry.number, actor, reason).await?;
        letters::published_alone(connection, desk, actor, (title, reason), entry.number).await?;
    }
    Ok(())
}

pub(super) fn to_done(entry: &Entry) -> Done {
    let scheduled = entry.in_force_at > entry.recorded_at;
    Done { entry: entry.number, in_force_at: entry.in_force_at, scheduled }
}

/// Shows on this node what was just entered, so that whoever did it sees it. Other nodes are told by the database; so is this one, if
/// reading fails here.
pub(crate) async fn show(desk: &Desk) {
    if let Err(error) = desk.site().refresh().await {
        tracing::warn!(%error, "what was published is not shown on this node yet");
    }
}
