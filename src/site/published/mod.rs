//! Everything the public site can show, read from the ledger: an immutable value that a node swaps as a whole. It grows by the
//! entries that came since, so that a publish costs one small read.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeBounds;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::base::language::Language;
use crate::base::ledger::{Entry, Hash};
use crate::site::model::{
    Address, Banner, Facts, Navigation, NoticeContent, NoticeKind, PageContent, Promoted, WithdrawalContent,
};
use crate::site::timeline::Timeline;

mod catalogue;
mod reading;

pub use crate::site::published::catalogue::Catalogue;

/// A node's knowledge of the ledger. Nothing in here is filtered by time: its users ask for what is in force at an instant
/// (see [`crate::site::edition::Edition`]).
#[derive(Clone, Debug, Default)]
pub struct Published {
    /// Number of the last entry.
    pub length: i64,
    /// Hash of the last entry.
    pub head: Option<Hash>,
    /// The time at which the last entry was recorded.
    pub recorded_at: Option<Timestamp>,
    /// The instant for which texts were let go: what is in force earlier may lack its text.
    pub(super) read_for: Option<Timestamp>,
    /// Notices by the name in their subject.
    pub notices: Catalogue<Notice>,
    /// The names of the notices that have an address in any version, by that address.
    names_at: Catalogue<BTreeSet<String>>,
    pub(crate) pages: Catalogue<Timeline<Arc<PageContent>>>,
    /// When pages were or will be taken away, by the name in their subject; what was cancelled before its time is not among it.
    page_withdrawals: Catalogue<Vec<Withdrawal>>,
    pub(crate) facts: Timeline<Arc<Facts>>,
    pub(crate) navigation: Timeline<Arc<Navigation>>,
    pub(crate) promoted: Timeline<Arc<Promoted>>,
    pub(super) hours: Catalogue<Timeline<Arc<str>>>,
    hashes: Arc<Vec<Hash>>,
    lacking: BTreeSet<i64>,
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
    /// Its withdrawals, past and to come, in the order of entry; those that were cancelled before their time are not among them.
    pub withdrawals: Vec<Withdrawal>,
    pub(crate) timeline: Timeline<Arc<Version>>,
}

/// A version of a notice.
#[derive(Clone, Debug)]
pub struct Version {
    /// Its number.
    pub number: i32,
    /// Its entry in the chain.
    pub entry: Entry,
    /// Its metadata; none once it was redacted.
    pub about: Option<About>,
    /// The text itself, where it is in force or scheduled; older ones are read from the database.
    pub text: Option<Arc<NoticeContent>>,
    /// The time at which and the ground on which its content was destroyed.
    pub redaction: Option<Redaction>,
    /// Corrections that were published since, first to last.
    pub corrections: Vec<Correction>,
}

/// From a time on, nothing of a notice or a page is in force.
#[derive(Clone, Debug)]
pub struct Withdrawal {
    /// Its entry in the chain.
    pub entry: Entry,
    /// Why, and where to go instead; none once that was redacted.
    pub content: Option<WithdrawalContent>,
}

/// A remark on a version that said something wrong.
#[derive(Clone, Debug)]
pub struct Correction {
    /// Its entry in the chain.
    pub entry: Entry,
    /// The correct statement; none once that was redacted.
    pub text: Option<String>,
}

/// The metadata of a version, for lists.
#[derive(Clone, Debug)]
pub struct About {
    /// Address under this version.
    pub address: Address,
    /// Title.
    pub title: String,
    /// The language of the title, the text and the change note.
    pub language: Language,
    /// Text or banner.
    pub kind: NoticeKind,
    /// Public change note.
    pub change_note: String,
    /// Set if visitors are asked about cookies again.
    pub ask_again: bool,
    /// Date of the next review.
    pub review_by: Option<Date>,
    /// Level, pages and end, for banners.
    pub banner: Option<Banner>,
    /// Set if it is about harm.
    pub about_harm: bool,
}

/// The redaction of a content.
#[derive(Clone, Debug)]
pub struct Redaction {
    /// When.
    pub at: Timestamp,
    /// The legal ground.
    pub ground: String,
    /// The address of the version, where the redaction kept it.
    pub address: Option<Address>,
}

/// An entry whose content does not read as its kind says.
#[derive(Debug, thiserror::Error)]
#[error("ledger entry {number} does not read as its kind says: {source}")]
pub struct Unreadable {
    number: i64,
    #[source]
    source: serde_json::Error,
}

impl Version {
    /// The address at which it is or was read, if that is still known.
    pub fn address(&self) -> Option<&Address> {
        let about = self.about.as_ref().map(|about| &about.address);
        about.or_else(|| self.redaction.as_ref()?.address.as_ref())
    }

    /// The title, as far as its text was not removed.
    pub fn title(&self) -> Option<&str> {
        self.about.as_ref().map(|about| about.title.as_str())
    }

    /// Level, pages and end of a banner, as far as its text was not removed.
    pub fn banner(&self) -> Option<&Banner> {
        self.about.as_ref()?.banner.as_ref()
    }
}

impl Notice {
    /// The version in force at an instant.
    pub fn in_force(&self, at: Timestamp) -> Option<&Arc<Version>> {
        self.timeline.at(at)
    }

    /// Versions that the public may know of at an instant, oldest first: in force by then and never cancelled.
    pub fn public(&self, now: Timestamp) -> impl DoubleEndedIterator<Item = &Arc<Version>> {
        self.public_within(.., now)
    }

    /// Public versions whose numbers are within a range.
    pub fn public_within(
        &self,
        numbers: impl RangeBounds<i32>,
        now: Timestamp,
    ) -> impl DoubleEndedIterator<Item = &Arc<Version>> {
        self.versions
            .range(numbers)
            .map(|(_, version)| version)
            .filter(move |version| version.entry.in_force_at <= now && !self.cancelled.contains_key(&version.number))
    }

    /// A public version by its number.
    pub fn public_version(&self, number: i32, now: Timestamp) -> Option<&Arc<Version>> {
        self.public_within(number..=number, now).next()
    }

    /// The withdrawal by which nothing is in force at an instant; none while a version is, and before the first.
    pub fn withdrawn(&self, at: Timestamp) -> Option<&Withdrawal> {
        let number = self.timeline.number_at(at)?;
        self.withdrawals.iter().find(|withdrawal| withdrawal.entry.number == number)
    }

    /// Withdrawals that the public may know of at an instant.
    pub fn public_withdrawals(&self, now: Timestamp) -> impl DoubleEndedIterator<Item = &Withdrawal> {
        self.withdrawals.iter().filter(move |withdrawal| withdrawal.entry.in_force_at <= now)
    }

    /// The version that was in force last by an instant, whether or not it was withdrawn since.
    pub fn last_in_force(&self, at: Timestamp) -> Option<&Arc<Version>> {
        self.timeline.up_to(at).next_back()
    }

    /// The title of the version in force at an instant, else of the last that was, else of the newest: for staff alone.
    pub fn title(&self, at: Timestamp) -> Option<&str> {
        let version = self.in_force(at).or_else(|| self.last_in_force(at));
        version.or_else(|| self.versions.values().next_back())?.title()
    }

    /// The version that was in force before this one.
    pub fn before(&self, version: &Version) -> Option<&Arc<Version>> {
        let mut earlier = self.timeline.up_to(version.entry.in_force_at).rev();
        earlier.find(|earlier| earlier.number != version.number)
    }

    /// The address at an instant: that of the last version in force whose address is still known, else its name.
    pub fn address(&self, at: Timestamp) -> &str {
        self.timeline.up_to(at).rev().find_map(|version| version.address()).map_or(&self.name, Address::as_str)
    }

    /// Every address it was read at by an instant.
    pub fn addresses(&self, at: Timestamp) -> impl Iterator<Item = &str> {
        self.timeline.up_to(at).filter_map(|version| version.address()).map(Address::as_str)
    }

    /// The time at which a version stops being in force, as far as is known today; may lie in the future.
    pub fn next_after(&self, version: &Version) -> Option<Timestamp> {
        self.timeline.until(version.entry.in_force_at, version.entry.number)
    }

    /// The time at which a version stopped (by `now`) being in force; none while it is, or when it never was.
    pub fn until(&self, version: &Version, now: Timestamp) -> Option<Timestamp> {
        self.next_after(version).filter(|until| *until <= now)
    }
}

impl Published {
    /// The hashes of all entries, first to last: that of entry 1 is the first.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// The hash of an entry, in force or not.
    pub fn entry_hash(&self, number: i64) -> Option<Hash> {
        self.hashes.get(usize::try_from(number.checked_sub(1)?).ok()?).copied()
    }

    /// Entries whose content is missing or was not what they committed to, though no redaction says so. None in a ledger that
    /// holds.
    pub fn lacking(&self) -> &BTreeSet<i64> {
        &self.lacking
    }

    /// The notice that is or was read at an address by then; the newest owner wins. A name in a subject is an address as long as
    /// nothing else was read there, so that links to a history hold also where every text was removed.
    pub fn notice_at(&self, address: &str, now: Timestamp) -> Option<&Notice> {
        let owner = |notice: &'_ Notice| {
            let versions = notice.public(now).rev();
            let mut own = versions.filter(|version| version.address().is_some_and(|own| own.as_str() == address));
            own.next().map(|version| version.entry.number)
        };
        let known = self.names_at.get(address).into_iter().flatten().filter_map(|name| self.notices.get(name));
        let owners = known.filter_map(|notice| Some((owner(notice)?, notice)));
        let newest = owners.max_by_key(|(number, _)| *number).map(|(_, notice)| notice);
        newest.or_else(|| self.notices.get(address).filter(|notice| notice.public(now).next().is_some()))
    }

    /// The withdrawal by which nothing of a page is in force at an instant; none while a version is, and before the first.
    pub fn page_withdrawn(&self, name: &str, at: Timestamp) -> Option<&Withdrawal> {
        let number = self.pages.get(name)?.number_at(at)?;
        self.page_withdrawals.get(name)?.iter().find(|withdrawal| withdrawal.entry.number == number)
    }

    /// The page with an address, as it is composed at an instant.
    pub fn page_at(&self, address: &str, at: Timestamp) -> Option<Arc<PageContent>> {
        self.pages
            .values()
            .filter_map(|timeline| timeline.at(at))
            .find(|page| page.address.as_str() == address)
            .cloned()
    }

    /// The newest page that had an address in any version in force by then.
    pub fn page_known_at(&self, address: &str, now: Timestamp) -> Option<Arc<PageContent>> {
        let last = |timeline: &'_ Timeline<Arc<PageContent>>| {
            timeline.up_to(now).rev().find(|page| page.address.as_str() == address).cloned()
        };
        self.pages.values().find_map(last)
    }

    /// The page that is or was known under an address by now, as it was composed at an earlier instant; the page that has the
    /// address now comes first.
    pub fn page_then(&self, address: &str, now: Timestamp, instant: Timestamp) -> Option<Arc<PageContent>> {
        let has = |page: &Arc<PageContent>| page.address.as_str() == address;
        let known = |timeline: &&Timeline<Arc<PageContent>>| timeline.up_to(now).any(has);
        let owner = self.pages.values().find(|timeline| timeline.at(now).is_some_and(has));
        let then = owner.into_iter().chain(self.pages.values().filter(known)).find_map(|timeline| timeline.at(instant));
        then.cloned()
    }

    /// Pages as they are composed at an instant, each with the time since when it is.
    pub fn pages_since(&self, at: Timestamp) -> impl Iterator<Item = (&PageContent, Timestamp)> {
        let states = self.pages.values().filter_map(move |timeline| timeline.past(at).next_back());
        states.filter_map(|state| Some((&**state.content.as_ref()?, state.in_force_at)))
    }

    /// The opening hours of a service at an instant, as JSON.
    pub fn hours_at(&self, service: &str, at: Timestamp) -> Option<Arc<str>> {
        self.hours.get(service)?.at(at).cloned()
    }

    /// Tells that texts were dropped which are in force at an instant, because the clock was set back since they were read.
    pub fn lacks_texts_at(&self, now: Timestamp) -> bool {
        let Some(read_for) = self.read_for.filter(|read_for| now < *read_for) else { return false };
        self.next_change(now).is_some_and(|change| change <= read_for)
    }

    /// The facts at an instant.
    pub fn facts_at(&self, at: Timestamp) -> Arc<Facts> {
        self.facts.at(at).cloned().unwrap_or_default()
    }

    /// The facts that an entry was made with: those in force when it was recorded, as far as they were entered before it.
    pub fn facts_before(&self, entry: &Entry) -> Arc<Facts> {
        let mut earlier = self.facts.past(entry.recorded_at).rev();
        earlier.find(|state| state.entry < entry.number).and_then(|state| state.content.clone()).unwrap_or_default()
    }

    /// The first instant after `now` at which anything changes by the clock: something comes into force or a banner ends.
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let notices = self.notices.values().filter_map(|notice| notice.timeline.next_change(now));
        let pages = self.pages.values().filter_map(|page| page.next_change(now));
        let hours = self.hours.values().filter_map(|hours| hours.next_change(now));
        let ends =
            self.notices.values().filter_map(|notice| notice.in_force(now)?.banner()?.ends_at.filter(|end| *end > now));
        let single = [self.facts.next_change(now), self.navigation.next_change(now), self.promoted.next_change(now)];
        notices.chain(pages).chain(hours).chain(ends).chain(single.into_iter().flatten()).min()
    }
}
