//! Everything the public site can show, read from the ledger: an immutable value that a node swaps as a whole. It grows by the
//! entries that came since, so that a publish costs one small read.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::model::{
    Address, Facts, Level, Navigation, NoticeContent, NoticeKind, PageContent, RedactionContent, Timeline,
};
use crate::ledger::store::Kept;
use crate::ledger::{Entry, Hash, Kind};

/// What a node knows of the ledger. Nothing in here is filtered by time: whoever shows it asks what is in force at an instant
/// (see [`super::Edition`]).
#[derive(Clone, Debug, Default)]
pub struct Published {
    /// Number of the last entry.
    pub length: i64,
    /// Hash of the last entry.
    pub head: Option<Hash>,
    /// When the last entry was recorded.
    pub recorded_at: Option<Timestamp>,
    /// Notices by the name in their subject.
    pub notices: BTreeMap<String, Notice>,
    pub(super) pages: BTreeMap<String, Timeline<Arc<PageContent>>>,
    pub(super) facts: Timeline<Arc<Facts>>,
    pub(super) navigation: Timeline<Arc<Navigation>>,
    pub(super) hours: BTreeMap<String, Timeline<Arc<str>>>,
    /// What was read, so that the next reading can go on from here and a snapshot can be written.
    pub(super) log: Arc<Vec<Kept>>,
}

/// A notice with all of its versions.
#[derive(Clone, Debug, Default)]
pub struct Notice {
    /// The name in its subject.
    pub name: String,
    /// Every version, by number.
    pub versions: BTreeMap<i32, Arc<Version>>,
    /// Versions taken back before they came into force, with the time that was done. Publicly they were never in force.
    pub cancelled: BTreeMap<i32, Timestamp>,
    pub(super) timeline: Timeline<Arc<Version>>,
}

/// A version of a notice.
#[derive(Clone, Debug)]
pub struct Version {
    /// Its number.
    pub number: i32,
    /// Its entry in the chain.
    pub entry: Entry,
    /// What is known of it; none once it was redacted.
    pub about: Option<About>,
    /// The text itself, where it is in force or scheduled; older ones are read from the database.
    pub text: Option<Arc<NoticeContent>>,
    /// When and on what ground its content was destroyed.
    pub redaction: Option<Redaction>,
}

/// What lists say of a version without its text.
#[derive(Clone, Debug)]
pub struct About {
    /// Address under this version.
    pub address: Address,
    /// Title.
    pub title: String,
    /// BCP 47.
    pub language: String,
    /// Text or banner.
    pub kind: NoticeKind,
    /// Public change note.
    pub change_note: String,
    /// Whether visitors are asked about cookies again.
    pub ask_again: bool,
    /// Date of the next review.
    pub review_by: Option<Date>,
    /// Level and end, for banners.
    pub banner: Option<(Level, Option<Timestamp>)>,
}

/// That a content was destroyed.
#[derive(Clone, Debug)]
pub struct Redaction {
    /// When.
    pub at: Timestamp,
    /// The legal ground.
    pub ground: String,
}

/// An entry whose content does not read as its kind says.
#[derive(Debug, thiserror::Error)]
#[error("ledger entry {number} does not read as its kind says: {source}")]
pub struct Unreadable {
    number: i64,
    #[source]
    source: serde_json::Error,
}

impl Notice {
    /// The version in force at an instant.
    #[must_use]
    pub fn in_force(&self, at: Timestamp) -> Option<&Arc<Version>> {
        self.timeline.at(at)
    }

    /// Versions that the public may know of at an instant, oldest first: in force by then and never cancelled.
    #[must_use]
    pub fn public(&self, now: Timestamp) -> impl DoubleEndedIterator<Item = &Arc<Version>> {
        self.versions
            .values()
            .filter(move |version| version.entry.in_force_at <= now && !self.cancelled.contains_key(&version.number))
    }

    /// One of them by its number.
    #[must_use]
    pub fn public_version(&self, number: i32, now: Timestamp) -> Option<&Arc<Version>> {
        self.public(now).find(|version| version.number == number)
    }

    /// When a version stopped (by `now`) being in force; none while it is, or when it never was.
    #[must_use]
    pub fn until(&self, version: &Version, now: Timestamp) -> Option<Timestamp> {
        self.timeline.until(version.entry.number).filter(|until| *until <= now)
    }
}

impl Published {
    /// The notice whose public address, in any version that was in force by then, is this one. The newest owner of an
    /// address wins.
    #[must_use]
    pub fn notice_at(&self, address: &str, now: Timestamp) -> Option<&Notice> {
        self.notices
            .values()
            .filter_map(|notice| {
                let newest = notice
                    .public(now)
                    .rev()
                    .find(|version| version.about.as_ref().is_some_and(|about| about.address.as_str() == address));
                // A notice of which nothing is left to read keeps the address its subject names.
                let newest = newest.or_else(|| {
                    notice.public(now).next_back().filter(|version| version.about.is_none() && notice.name == address)
                })?;
                Some((newest.entry.number, notice))
            })
            .max_by_key(|(number, _)| *number)
            .map(|(_, notice)| notice)
    }

    /// The page with an address, as it is composed at an instant.
    #[must_use]
    pub fn page_at(&self, address: &str, at: Timestamp) -> Option<Arc<PageContent>> {
        self.pages
            .values()
            .filter_map(|timeline| timeline.at(at))
            .find(|page| page.address.as_str() == address)
            .cloned()
    }

    /// The newest page that had an address in any version in force by then.
    #[must_use]
    pub fn page_known_at(&self, address: &str, now: Timestamp) -> Option<Arc<PageContent>> {
        let last = |timeline: &'_ Timeline<Arc<PageContent>>| {
            timeline.up_to(now).rev().find(|page| page.address.as_str() == address).cloned()
        };
        self.pages.values().find_map(last)
    }

    /// The notice that is read alone under an address at an instant.
    #[must_use]
    pub fn notice_read_at(&self, address: &str, at: Timestamp) -> Option<&Notice> {
        self.notices.values().rev().find(|notice| {
            notice.in_force(at).is_some_and(|version| match &version.about {
                Some(about) => about.kind == NoticeKind::Text && about.address.as_str() == address,
                None => notice.name == address,
            })
        })
    }

    /// The opening hours of a service at an instant, as JSON.
    #[must_use]
    pub fn hours_at(&self, service: &str, at: Timestamp) -> Option<Arc<str>> {
        self.hours.get(service)?.at(at).cloned()
    }

    /// The facts at an instant.
    #[must_use]
    pub fn facts_at(&self, at: Timestamp) -> Arc<Facts> {
        self.facts.at(at).cloned().unwrap_or_default()
    }

    /// The first instant after `now` at which anything changes by the clock: something comes into force or a banner ends.
    #[must_use]
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let notices = self.notices.values().filter_map(|notice| notice.timeline.next_change(now));
        let pages = self.pages.values().filter_map(|page| page.next_change(now));
        let hours = self.hours.values().filter_map(|hours| hours.next_change(now));
        let ends = self.notices.values().filter_map(|notice| {
            let about = notice.in_force(now)?.about.as_ref()?;
            about.banner.as_ref()?.1.filter(|end| *end > now)
        });
        let single = [self.facts.next_change(now), self.navigation.next_change(now)];
        notices.chain(pages).chain(hours).chain(ends).chain(single.into_iter().flatten()).min()
    }

    /// The site after some more entries. Texts that neither are nor will be in force by `now` are let go.
    ///
    /// # Errors
    /// When an entry's content does not read as its kind says; the site stays as it was.
    pub fn with(&self, more: Vec<Kept>, now: Timestamp) -> Result<Self, Unreadable> {
        let mut log = Vec::with_capacity(self.log.len() + more.len());
        log.extend(self.log.iter().cloned());
        log.extend(more);
        Self::read(log, now)
    }

    /// The site that a whole log gives.
    ///
    /// # Errors
    /// When an entry's content does not read as its kind says.
    pub fn read(mut log: Vec<Kept>, now: Timestamp) -> Result<Self, Unreadable> {
        let marks = Marks::read(&log)?;
        for kept in &mut log {
            if marks.redactions.contains_key(&kept.entry.number) {
                kept.content = None;
            }
        }
        let mut site = Self::default();
        for kept in &log {
            site.enter(kept, &marks)?;
        }
        site.let_go(&mut log, now)?;
        if let Some(last) = log.last() {
            site.length = last.entry.number;
            site.head = Some(last.entry.hash);
            site.recorded_at = Some(last.entry.recorded_at);
        }
        site.log = Arc::new(log);
        Ok(site)
    }

    fn enter(&mut self, kept: &Kept, marks: &Marks) -> Result<(), Unreadable> {
        let entry = &kept.entry;
        let cancelled = marks.cancellations.get(&entry.number).copied();
        let (sort, name) = entry.subject.split_once(':').unwrap_or(("", &entry.subject));
        let (at, number) = (entry.in_force_at, entry.number);
        match entry.kind {
            Kind::Version => {
                let version = Arc::new(Version::read(kept, marks)?);
                let notice = self.notices.entry(name.to_owned()).or_default();
                name.clone_into(&mut notice.name);
                if let Some(when) = cancelled {
                    notice.cancelled.insert(version.number, when);
                } else {
                    notice.timeline.add(at, number, Some(Arc::clone(&version)));
                }
                notice.versions.insert(version.number, version);
            }
            _ if cancelled.is_some() => {}
            // A page and its notice may have the same name.
            Kind::Withdrawal => match sort {
                "notice" => {
                    let notice = self.notices.entry(name.to_owned()).or_default();
                    name.clone_into(&mut notice.name);
                    notice.timeline.add(at, number, None);
                }
                "page" => self.pages.entry(name.to_owned()).or_default().add(at, number, None),
                "hours" => self.hours.entry(name.to_owned()).or_default().add(at, number, None),
                _ => {}
            },
            Kind::Page => {
                let page = content(kept)?.map(Arc::new);
                self.pages.entry(name.to_owned()).or_default().add(at, number, page);
            }
            Kind::Facts => self.facts.add(at, number, content(kept)?.map(Arc::new)),
            Kind::Navigation => self.navigation.add(at, number, content(kept)?.map(Arc::new)),
            Kind::Hours => {
                let hours = kept.content.as_ref().map(|sealed| Arc::from(sealed.body.as_str()));
                self.hours.entry(name.to_owned()).or_default().add(at, number, hours);
            }
            Kind::Cancellation | Kind::Correction | Kind::Redaction => {}
        }
        Ok(())
    }

    /// Drops texts (not what lists say of them) that can never be shown without the database.
    fn let_go(&mut self, log: &mut [Kept], now: Timestamp) -> Result<(), Unreadable> {
        let mut gone = HashSet::new();
        for notice in self.notices.values() {
            let current = notice.in_force(now).map(|version| version.entry.number);
            for version in notice.versions.values() {
                let over = version.entry.in_force_at <= now && current != Some(version.entry.number);
                if over || notice.cancelled.contains_key(&version.number) {
                    gone.insert(version.entry.number);
                }
            }
        }
        for kept in log.iter_mut().filter(|kept| gone.contains(&kept.entry.number)) {
            let Some(sealed) = &mut kept.content else { continue };
            if sealed.body.contains("\"html\":") {
                let unreadable = |source| Unreadable { number: kept.entry.number, source };
                let mut text: NoticeContent = serde_json::from_str(&sealed.body).map_err(unreadable)?;
                text.html.clear();
                text.markdown.clear();
                text.html.push_str(LET_GO);
                sealed.body = serde_json::to_string(&text).map_err(unreadable)?;
            }
        }
        for notice in self.notices.values_mut() {
            let drop_text = |version: &mut Arc<Version>| {
                if gone.contains(&version.entry.number) && version.text.is_some() {
                    Arc::make_mut(version).text = None;
                }
            };
            notice.versions.values_mut().for_each(drop_text);
            notice.timeline.each_mut(drop_text);
        }
        Ok(())
    }
}

/// Stands in the log for a text that was let go, so that nobody takes the rest for a whole version.
const LET_GO: &str = "\u{0}let go";

impl Version {
    fn read(kept: &Kept, marks: &Marks) -> Result<Self, Unreadable> {
        let text: Option<NoticeContent> = content(kept)?;
        let about = text.as_ref().map(|text| About {
            address: text.address.clone(),
            title: text.title.clone(),
            language: text.language.clone(),
            kind: text.kind,
            change_note: text.change_note.clone(),
            ask_again: text.ask_again,
            review_by: text.review_by,
            banner: text.banner.as_ref().map(|banner| (banner.level, banner.ends_at)),
        });
        Ok(Self {
            number: kept.entry.version.unwrap_or(0),
            entry: kept.entry.clone(),
            about,
            text: text.filter(|text| text.html != LET_GO).map(Arc::new),
            redaction: marks.redactions.get(&kept.entry.number).cloned(),
        })
    }
}

/// What entries say about other entries, by the number of the entry they speak of.
#[derive(Default)]
struct Marks {
    cancellations: HashMap<i64, Timestamp>,
    redactions: HashMap<i64, Redaction>,
}

impl Marks {
    fn read(log: &[Kept]) -> Result<Self, Unreadable> {
        let mut marks = Self::default();
        for kept in log {
            let at = kept.entry.recorded_at;
            match (kept.entry.kind, kept.entry.target) {
                (Kind::Cancellation, Some(target)) => {
                    marks.cancellations.insert(target, at);
                }
                (Kind::Redaction, Some(target)) => {
                    let ground = content::<RedactionContent>(kept)?.map_or_else(String::new, |content| content.ground);
                    marks.redactions.insert(target, Redaction { at, ground });
                }
                _ => {}
            }
        }
        Ok(marks)
    }
}

fn content<T: serde::de::DeserializeOwned>(kept: &Kept) -> Result<Option<T>, Unreadable> {
    kept.content
        .as_ref()
        .map(|sealed| serde_json::from_str(&sealed.body))
        .transpose()
        .map_err(|source| Unreadable { number: kept.entry.number, source })
}
