//! The pages for writing: the list of notices, a notice's overview, the editor with its preview and checks, and the
//! comparison of any two states. Publishing and all that follows is another feature's.

pub(crate) mod beside;
pub(crate) mod compare;
mod conflict;
pub(crate) mod edit;
pub(crate) mod form;
pub(crate) mod list;
mod merging;
pub(crate) mod new;
mod old_texts;
pub(crate) mod overview;
mod page;
mod pickers;
mod sent;
pub(crate) mod words;

use crate::desk::accounts::permission::{Permission as _, Reading};
use crate::desk::declared::Section;
use crate::desk::feature::Feature;
use crate::desk::now::DeskNow;
use crate::desk::paths;

use std::sync::Arc;

use jiff::Timestamp;
use sqlx::PgConnection;

use crate::base::error::AppError;
use crate::base::ledger::store::LedgerError;
use crate::features::drafts;
use crate::features::drafts::answers::of_version;
use crate::features::drafts::{Draft, DraftContent, NoticeDraft};
use crate::site::model::{Address, NoticeContent, NoticeKind};
use crate::site::published::{Notice, Version};
use crate::site::store;
use crate::site::subject::Subject;

/// The declaration of this feature.
pub const FEATURE: Feature = Feature {
    sections: &[
        Section { label: "Notices", path: paths::NOTICES, roles: Reading::ROLES },
        Section { label: "Banners", path: paths::BANNERS, roles: Reading::ROLES },
    ],
    ..Feature::named("editor")
};

/// The name of a notice in a path.
fn parse_name(name: String) -> Result<Address, AppError> {
    Address::try_from(name).map_err(|_| AppError::NotFound)
}

/// The version that a new draft of a notice starts from: the version in force, or the last one that was, or one that is still to come. Not one
/// that was cancelled or whose text was removed.
fn source(notice: &Notice, now: Timestamp) -> Option<&Arc<Version>> {
    let readable =
        |version: &&Arc<Version>| version.redaction.is_none() && !notice.cancelled.contains_key(&version.number);
    notice
        .in_force(now)
        .filter(readable)
        .or_else(|| notice.public(now).rfind(readable))
        .or_else(|| notice.versions.values().rfind(readable))
}

/// The text of a version, in force or not; none where it was removed.
async fn text(desk: &DeskNow, version: &Version) -> Result<Option<Arc<NoticeContent>>, AppError> {
    if version.redaction.is_some() {
        return Ok(None);
    }
    if let Some(text) = &version.text {
        return Ok(Some(Arc::clone(text)));
    }
    let number = version.entry.number;
    let read = async |connection: &mut PgConnection| {
        store::entry_for_staff(connection, number).await.map_err(LedgerError::into_sql)
    };
    let kept = desk.database().read(read).await?;
    let content = kept.and_then(|kept| kept.content);
    let text = content.map(|sealed| serde_json::from_str(&sealed.body)).transpose();
    Ok(text.map_err(anyhow::Error::from)?.map(Arc::new))
}

/// A version that a draft starts from.
#[derive(Clone, Copy)]
struct Source {
    number: i32,
    /// Its entry in the ledger.
    entry: i64,
}

impl Source {
    fn of(version: &Version) -> Self {
        Self { number: version.number, entry: version.entry.number }
    }
}

/// The beginning of a new draft.
struct Beginning {
    source: Source,
    content: NoticeDraft,
}

/// A notice as somebody opens it to work on it.
struct Opened {
    name: Address,
    /// The draft, where there is one.
    kept: Option<Draft>,
    /// The content of the draft, or of a new one.
    content: NoticeDraft,
    /// The version that a new draft would start from.
    source: Option<Source>,
    /// The title of that version.
    published_title: Option<String>,
}

impl Opened {
    fn subject(&self) -> Subject {
        Subject::Notice(self.name.clone())
    }

    /// The entry that the draft started from, or would.
    fn base(&self) -> Option<i64> {
        self.kept.as_ref().map_or(self.source.map(|source| source.entry), |draft| draft.base)
    }

    /// Its title while it is worked on: that of its draft, else as it was published, else by its address.
    fn title(&self) -> &str {
        let titles = [Some(self.content.title.as_str()), self.published_title.as_deref()];
        let mut titles = titles.into_iter().flatten();
        titles.find(|title| !title.is_empty()).unwrap_or(self.content.address.as_str())
    }

    fn is_banner(&self) -> bool {
        self.content.kind == NoticeKind::Banner
    }

    /// The pattern of a path in its section of the main navigation.
    fn section(&self) -> &'static str {
        if self.is_banner() { paths::BANNER_NEW } else { paths::NOTICE }
    }
}

/// Opens a notice. Errors: `NotFound` where there is neither a version nor a draft; otherwise when the database is away.
async fn open(desk: &DeskNow, name: String) -> Result<Opened, AppError> {
    let name = parse_name(name)?;
    let subject = Subject::Notice(name.clone());
    let kept = desk.database().read(async |connection| drafts::store::find(connection, &subject).await).await?;
    let beginning = beginning(desk, &name).await?;
    let source = beginning.as_ref().map(|beginning| beginning.source);
    let published_title = beginning.as_ref().map(|beginning| beginning.content.title.clone());
    let content = match &kept {
        Some(draft) => notice_content(draft).cloned(),
        None => beginning.map(|beginning| beginning.content),
    };
    Ok(Opened { name, kept, content: content.ok_or(AppError::NotFound)?, source, published_title })
}

/// The beginning of a new draft, with the answers to the law's list that its version was published with.
async fn beginning(desk: &DeskNow, name: &Address) -> Result<Option<Beginning>, AppError> {
    let edition = &desk.edition;
    let Some(notice) = edition.published.notices.get(name.as_str()) else { return Ok(None) };
    let Some(version) = source(notice, desk.now()) else { return Ok(anew(notice, name, desk.now())) };
    let Some(text) = text(desk, version).await? else { return Ok(None) };
    let (source, mut content) = (Source::of(version), NoticeDraft::from_version(&text));
    let answers = async |connection: &mut PgConnection| of_version(connection, name.as_str(), source.entry).await;
    content.answers = desk.database().read(answers).await?;
    Ok(Some(Beginning { source, content }))
}

/// An empty text that follows the last version of a notice of which nothing can be read any more.
fn anew(notice: &Notice, name: &Address, now: Timestamp) -> Option<Beginning> {
    let last = notice.in_force(now).or_else(|| notice.public(now).next_back());
    Some(Beginning { source: Source::of(last?), content: NoticeDraft::new(name.clone(), NoticeKind::Text) })
}

/// The notice in a draft.
fn notice_content(draft: &Draft) -> Option<&NoticeDraft> {
    match &draft.content {
        DraftContent::Notice(notice) => Some(notice),
        _ => None,
    }
}
