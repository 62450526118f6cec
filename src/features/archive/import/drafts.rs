//! A folder's files become drafts: what differs from the site, for staff to review and publish.

use std::path::Path;

use jiff::Timestamp;
use serde_json::json;
use sqlx::PgConnection;

use crate::base::audit;
use crate::base::audit::Who;
use crate::desk::accounts::Actor;
use crate::features::archive::actions;
use crate::features::archive::files::{FileError, Folder};
use crate::features::archive::front_matter::{VersionFile, plain};
use crate::features::archive::import::checks;
use crate::features::archive::import::checks::FileChecks;
use crate::features::archive::import::folder::read;
use crate::features::archive::import::model::ImportError;
use crate::features::drafts::answers::carry_over;
use crate::features::drafts::store::{SaveError, find, start};
use crate::features::drafts::{DraftContent, NoticeDraft, Written};
use crate::site::declared::Declared;
use crate::site::model::NoticeContent;
use crate::site::published::{Notice, Published, Unreadable};
use crate::site::store;
use crate::site::subject::Subject;

/// The result of importing a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drafted {
    /// Drafts made.
    pub made: Vec<Subject>,
    /// Subjects that somebody works on already: their drafts stay as they are.
    pub in_the_way: Vec<Subject>,
    /// Files that say what is in the ledger or in a draft already.
    pub unchanged: usize,
    /// Set if opening hours differ: they have no drafts and were left out.
    pub hours_left_out: bool,
    /// Files that were not read, since the folder has no use for them.
    pub left_out: Vec<String>,
    /// Lines of the texts that cannot be published yet or may not be shown as they were meant, with their files.
    pub remarks: Vec<String>,
}

/// Makes drafts of what a folder says otherwise than the ledger, by and in the name of an account.
pub async fn as_drafts(
    connection: &mut PgConnection,
    declared: &Declared,
    path: &Path,
    actor: &Actor,
    now: Timestamp,
) -> Result<Drafted, ImportError> {
    let folder = read(path)?;
    let log = store::log_after(connection, 0).await?;
    // Read a second time below: the published site lets old texts go, and an old file must be told from a changed one.
    let texts = log.clone();
    let site = Published::read(log, now).map_err(|error: Unreadable| FileError::new("the ledger", &error))?;
    let text_of = |number: i64| {
        let kept = texts.iter().find(|kept| kept.entry.number == number)?;
        serde_json::from_str::<NoticeContent>(&kept.content.as_ref()?.body).ok()
    };
    let checks = FileChecks::new(&folder, declared, &site, now);
    check_arranged(&folder, &checks)?;
    let mut drafted = Drafted { left_out: folder.left_out.clone(), ..Drafted::default() };
    let facts = site.facts_at(now);
    let mut wanted = Vec::new();
    arranged(&folder, &site, now, &mut wanted, &mut drafted);
    for (name, number, file) in newest(&folder) {
        let subject = Subject::Notice(file.front.notice.clone());
        let notice = site.notices.get(name);
        let last = notice.and_then(|notice| notice.versions.keys().next_back().copied()).unwrap_or(0);
        let same = notice
            .and_then(|notice| notice.versions.get(&number.min(last)))
            .and_then(|version| text_of(version.entry.number))
            .is_some_and(|text| says(file, &text));
        if same {
            drafted.unchanged += 1;
        } else if number < last {
            let reason =
                format!("the ledger has version {last} of this notice already; export it again and change that");
            return Err(FileError::new(&file.name, &reason).into());
        } else {
            checks.version(name, file)?;
            drafted.remarks.extend(checks::remarks(file, name, &facts));
            let base = notice.and_then(|notice| base(notice, now));
            wanted.push(WantedDraft { subject, content: DraftContent::Notice(draft(name, file)?), base });
        }
    }
    for WantedDraft { subject, mut content, base } in wanted {
        if let Some(entry) = base {
            carry_over(connection, &subject, &mut content, entry).await?;
        }
        match find(connection, &subject).await? {
            Some(draft) if draft.content == content => drafted.unchanged += 1,
            Some(_) => drafted.in_the_way.push(subject),
            None => {
                let written = Written { subject: &subject, content: &content, facts: &facts };
                start(connection, actor, written, base, now).await.map_err(refused)?;
                drafted.made.push(subject);
            }
        }
    }
    let names = |subjects: &[Subject]| subjects.iter().map(ToString::to_string).collect::<Vec<_>>();
    let details = json!({
        "drafts": names(&drafted.made), "in_the_way": names(&drafted.in_the_way), "as": actor.id(), "name": actor.name(),
    });
    audit::record(connection, Who::CONSOLE, actions::IMPORTED, "drafts", &details).await?;
    Ok(drafted)
}

fn refused(error: SaveError) -> ImportError {
    match error {
        SaveError::Json(error) => error.into(),
        SaveError::Database(crate::base::database::DatabaseError::Sql(error)) => error.into(),
        other => FileError::new("the database", &other).into(),
    }
}

/// Refuses facts, promoted answers, pages and links that staff could not save.
fn check_arranged(folder: &Folder, checks: &FileChecks<'_>) -> Result<(), FileError> {
    folder.facts.as_ref().map_or(Ok(()), checks::facts)?;
    folder.promoted.as_ref().map_or(Ok(()), |file| checks::promoted(&file.promoted()))?;
    let Some(pages) = &folder.pages else { return Ok(()) };
    checks::links("navigation", &pages.navigation)?;
    checks::links("footer", &pages.footer)?;
    checks::redirects(pages)?;
    pages.pages.iter().try_for_each(|page| checks.page(page))
}

/// A draft to be made.
struct WantedDraft {
    subject: Subject,
    content: DraftContent,
    /// The entry that it starts from.
    base: Option<i64>,
}

/// Facts, pages, navigation and promoted answers that differ from what is in force.
fn arranged(folder: &Folder, site: &Published, now: Timestamp, wanted: &mut Vec<WantedDraft>, drafted: &mut Drafted) {
    let mut want = |subject: Subject, content: DraftContent, differs: bool, base: Option<i64>| {
        if differs { wanted.push(WantedDraft { subject, content, base }) } else { drafted.unchanged += 1 }
    };
    if let Some(facts) = &folder.facts {
        let differs = *site.facts_at(now) != *facts;
        want(Subject::Facts, DraftContent::Facts(facts.clone()), differs, site.facts.number_at(now));
    }
    if let Some(pages) = &folder.pages {
        for file in &pages.pages {
            let timeline = site.pages.get(file.name().as_str());
            let current = timeline.and_then(|timeline| timeline.at(now));
            let differs = current.is_none_or(|current| **current != file.page);
            let base = timeline.and_then(|timeline| timeline.number_at(now));
            want(Subject::Page(file.name().clone()), DraftContent::Page(file.page.clone()), differs, base);
        }
        let links = pages.links();
        let differs = site.navigation.at(now).is_none_or(|current| **current != links);
        want(Subject::Navigation, DraftContent::Navigation(links), differs, site.navigation.number_at(now));
    }
    if let Some(file) = &folder.promoted {
        let promoted = file.promoted();
        let differs = site.promoted.at(now).is_none_or(|current| **current != promoted);
        want(Subject::Promoted, DraftContent::Promoted(promoted), differs, site.promoted.number_at(now));
    }
    if let Some(hours) = &folder.hours {
        let current = site.hours_at("webchat", now).and_then(|hours| serde_json::from_str(&hours).ok());
        drafted.hours_left_out = current.as_ref() != Some(hours);
    }
}

/// The file with the highest number of each notice; versions that are there by their number alone are none.
fn newest(folder: &Folder) -> impl Iterator<Item = (&str, i32, &VersionFile)> {
    let files = || folder.versions.iter().filter(|(_, file)| file.front.absent.is_none());
    files()
        .filter(move |((notice, number), _)| !files().any(|((other, later), _)| other == notice && later > number))
        .map(|((notice, number), file)| (notice.as_str(), *number, file))
}

/// The entry that a draft of a notice starts from: what is in force, or else the last that will be.
fn base(notice: &Notice, now: Timestamp) -> Option<i64> {
    let version = notice.in_force(now).or_else(|| notice.versions.values().next_back())?;
    Some(version.entry.number)
}

/// Tells whether a file says what a version says; the note of the change apart, which says it of that version.
fn says(file: &VersionFile, text: &NoticeContent) -> bool {
    let old = NoticeContent { markdown: plain(&text.markdown), ..text.clone() };
    let content = file.content(file.front.notice.as_str(), old.html.clone());
    content.is_ok_and(|content| NoticeContent { change_note: old.change_note.clone(), ..content } == old)
}

fn draft(name: &str, file: &VersionFile) -> Result<NoticeDraft, ImportError> {
    let content = file.content(name, String::new()).map_err(|reason| FileError::new(&file.name, &reason))?;
    let mut draft = NoticeDraft::from_version(&content);
    draft.change_note = content.change_note;
    draft.ask_again = content.ask_again;
    Ok(draft)
}
