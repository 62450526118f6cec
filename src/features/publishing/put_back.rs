//! Putting back what was in force before: the state before this one of a notice, a page, the facts, the navigation or the promoted answers is
//! published again.

use jiff::Timestamp;
use sqlx::PgConnection;

use crate::base::ledger::store::Kept;
use crate::base::ledger::{Kind, store as ledger};
use crate::base::web::heavy::off_async_threads;
use crate::desk::accounts::doubt::Doubted;
use crate::desk::accounts::{Actor, Desk};
use crate::features::drafts::{DraftContent, NoticeDraft, signatures};
use crate::features::publishing::entries::{content, entry, to_draft};
use crate::features::publishing::model::{Done, Particulars, Seen, WorkflowError};
use crate::features::publishing::publish::{LIMIT, Version};
use crate::features::publishing::ready::Prepared;
use crate::features::publishing::{publish, ready, store, words};
use crate::site::edition::Edition;
use crate::site::model::{NoticeContent, PageContent};
use crate::site::subject::Subject;
use crate::site::timeline::Timeline;

/// Publishes again what was in force before an entry, which must still be the one in force. Who saw that when it was published has
/// seen it, as long as it is served as it was then.
/// Errors: [`WorkflowError`]; `Refused` where another version came into force since, or there is nothing to put back.
pub async fn put_back(desk: &Desk, actor: &Actor, number: i64, reason: &str) -> Result<(Subject, Done), WorkflowError> {
    let done = desk
        .database()
        .write(LIMIT, async |connection| {
            ledger::lock(connection).await?;
            let site = store::site_now(connection, desk).await?;
            let edition = desk.site().edition_of(site);
            let earlier = Earlier::find(connection, &edition, number).await?;
            let prepared = off_async_threads(|| prepare(&earlier.subject, &earlier.again, &edition));
            let prepared = prepared.map_err(WorkflowError::NotReady)?;
            let particulars = earlier.particulars(connection, desk, actor, &prepared, reason).await?;
            let version = Version {
                subject: &earlier.subject,
                prepared: &prepared,
                title: earlier.again.title(),
                particulars: &particulars,
                put_back: Some(earlier.then.entry.number),
            };
            let done = publish::append_version(connection, desk, actor, &version, None).await?;
            Ok::<_, WorkflowError>((earlier.subject, done))
        })
        .await?;
    publish::show(desk).await;
    Ok(done)
}

/// What was in force before an entry, as it would be published again.
pub(crate) struct Earlier {
    pub(crate) subject: Subject,
    pub(crate) again: DraftContent,
    /// The entry that was in force then.
    pub(crate) then: Kept,
    old: Option<Particulars>,
}

impl Earlier {
    /// Finds it.
    ///
    /// # Errors
    /// `Refused` where the entry is not in force any more, was the first, or what was before was redacted.
    pub(crate) async fn find(
        connection: &mut PgConnection,
        edition: &Edition,
        number: i64,
    ) -> Result<Self, WorkflowError> {
        let kept = entry(connection, number).await?;
        let then = entry(connection, find_previous(edition, &kept)?).await?;
        let old = store::particulars(connection, then.entry.number).await?;
        let (subject, mut again) = previous_as_draft(&kept, &then)?;
        if let (DraftContent::Notice(draft), Some(old)) = (&mut again, &old) {
            draft.answers.clone_from(&old.answers);
        }
        Ok(Self { subject, again, then, old })
    }

    /// Who stands for it when it is published again.
    pub(crate) async fn particulars(
        &self,
        connection: &mut PgConnection,
        desk: &Desk,
        actor: &Actor,
        prepared: &Prepared,
        reason: &str,
    ) -> Result<Particulars, WorkflowError> {
        let Self { subject, again, then, old } = self;
        let same = match prepared {
            Prepared::Notice(served) => {
                let then = content(then)?;
                served.html == then.html && served.title == then.title
            }
            _ => to_draft(then)?.1 == *again,
        };
        let seen = if same { seen_then(connection, then.entry.number, old.clone()).await? } else { Vec::new() };
        let doubted = Doubted::find(connection, desk.now()).await?;
        let mut particulars = Particulars::new(with(seen, actor, &doubted), actor, Some(reason.to_owned()));
        if let DraftContent::Notice(draft) = again {
            let all = signatures::find(connection, subject).await?;
            particulars.signatures = signatures::of_answers(&draft.answers, &all);
            particulars.answers.clone_from(&draft.answers);
        }
        if !matches!(subject, Subject::Notice(_)) {
            particulars.note = Some(format!("We put back version {}.", then.entry.version.unwrap_or(0)));
        }
        Ok(particulars)
    }
}

/// Makes the content of what was published before, checked against a site.
///
/// # Errors
/// The problems to be put right first, a sentence each.
pub fn prepare(subject: &Subject, again: &DraftContent, edition: &Edition) -> Result<Prepared, Vec<String>> {
    match (subject, again) {
        (Subject::Notice(name), DraftContent::Notice(draft)) => {
            put_back_ready(name.as_str(), draft, edition).map(|served| Prepared::Notice(Box::new(served)))
        }
        _ => ready::prepare(subject, again, edition, edition.at),
    }
}

/// Checks a text that was published before: all but the law's list, which may be newer than the text.
fn put_back_ready(name: &str, draft: &NoticeDraft, edition: &Edition) -> Result<NoticeContent, Vec<String>> {
    let blocking = crate::features::drafts::checks::blocking(name, draft, edition, edition.at);
    let problems: Vec<String> =
        blocking.into_iter().filter(|problem| problem.field != "law").map(|problem| problem.message).collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    ready::served(name, draft, edition)
}

/// Makes the draft that would be published again: the content that was in force then, at the address that `kept` has now.
/// Errors: `Refused` where it was redacted.
pub(super) fn previous_as_draft(kept: &Kept, then: &Kept) -> Result<(Subject, DraftContent), WorkflowError> {
    let (subject, mut again) = to_draft(then)?;
    // A withdrawal has no address of its own.
    let now = kept.content.as_ref().filter(|_| kept.entry.kind == subject.kind()).map(|sealed| sealed.body.as_str());
    match &mut again {
        DraftContent::Notice(draft) => {
            draft.change_note = format!("We put back the text of version {}.", then.entry.version.unwrap_or(0));
            // The text goes back, the notice does not move.
            if let Some(now) = now {
                let now: NoticeContent = serde_json::from_str(now)?;
                (draft.address, draft.review_by) = (now.address, now.review_by);
            }
        }
        DraftContent::Page(page) => {
            if let Some(now) = now {
                page.address = serde_json::from_str::<PageContent>(now)?.address;
            }
        }
        DraftContent::Facts(_) | DraftContent::Navigation(_) | DraftContent::Promoted(_) => {}
    }
    Ok((subject, again))
}

/// The entry that was in force before this one, which must be the one in force.
/// Errors: `Refused` where it is not, or is the first; `NotFound` where it is of no kind that is put back.
pub(super) fn find_previous(edition: &Edition, kept: &Kept) -> Result<i64, WorkflowError> {
    let subject: Subject = kept.entry.subject.parse().map_err(|_| WorkflowError::NotFound)?;
    if kept.entry.kind != subject.kind() && kept.entry.kind != Kind::Withdrawal {
        return Err(WorkflowError::NotFound);
    }
    let (site, number, at) = (&edition.published, kept.entry.number, edition.at);
    let found = match &subject {
        Subject::Notice(name) => site.notices.get(name.as_str()).map(|notice| earlier(&notice.timeline, number, at)),
        Subject::Page(name) => site.pages.get(name.as_str()).map(|page| earlier(page, number, at)),
        Subject::Facts => Some(earlier(&site.facts, number, at)),
        Subject::Navigation => Some(earlier(&site.navigation, number, at)),
        Subject::Promoted => Some(earlier(&site.promoted, number, at)),
    };
    found.ok_or(WorkflowError::NotFound)?
}

fn earlier<T>(timeline: &Timeline<T>, number: i64, at: Timestamp) -> Result<i64, WorkflowError> {
    if timeline.number_at(at) != Some(number) {
        return Err(WorkflowError::Refused(words::NOT_IN_FORCE));
    }
    timeline.before(number, at).ok_or(WorkflowError::Refused(words::FIRST_VERSION))
}

/// The people who have seen the text of an entry: those of its particulars, and the one who approved it afterwards.
async fn seen_then(
    connection: &mut PgConnection,
    entry: i64,
    particulars: Option<Particulars>,
) -> Result<Vec<Seen>, WorkflowError> {
    let mut seen = particulars.map(|particulars| particulars.seen).unwrap_or_default();
    let approved = store::alone(connection, entry).await?.and_then(|alone| alone.approved);
    if let Some((person, _)) = approved.filter(|(person, _)| seen.iter().all(|known| known.id != person.id)) {
        // The account that approved it afterwards counted at that time.
        seen.push(Seen::new(person.id, &person.name, "approved", &Doubted::default()));
    }
    Ok(seen)
}

fn with(mut seen: Vec<Seen>, actor: &Actor, doubted: &Doubted) -> Vec<Seen> {
    if seen.iter().all(|known| known.id != actor.id()) {
        seen.push(Seen::new(actor.id(), actor.name(), "published", doubted));
    }
    seen
}
