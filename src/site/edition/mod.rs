//! The site as it stands at one instant, with the bytes of its pages once somebody asked for them. An edition ends when the
//! clock brings something into force; the next one is made from the same [`Published`].

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::base::web::shell::Link;
use crate::site::declared::Declared;
use crate::site::model::{Address, Banner, Facts, Level, Navigation, NoticeContent, Promoted, path_of};
use crate::site::published::{Notice, Published, Version};

mod places;
mod view;

use crate::site::edition::places::Places;
pub use crate::site::edition::view::{Section, View, sections};

/// The notice whose versions say whether visitors are asked about cookies again.
pub(super) const COOKIES: &str = "cookies";
/// The address, before any move, of the page about calling 999 without speaking.
const CANNOT_SPEAK: &str = "cannot-speak";
/// Pages that help somebody who is at a loss, by the address before any move.
const HELP: [&str; 4] = ["services", "helplines", "contact", "leaving-quickly"];

/// The site in force from an instant until the next change.
#[derive(Debug)]
pub struct Edition {
    /// Its source.
    pub published: Arc<Published>,
    /// The declarations of features for the public site.
    pub declared: Arc<Declared>,
    /// The instant it was made for.
    pub at: Timestamp,
    /// The first instant it no longer holds for.
    pub until: Option<Timestamp>,
    /// The force's names and numbers.
    pub facts: Arc<Facts>,
    /// The links around every page.
    pub navigation: Arc<Navigation>,
    /// The answers that the search puts first.
    pub promoted: Arc<Promoted>,
    /// Pages and notices alone by address; a page hides a notice of the same address.
    pub views: HashMap<String, View>,
    /// The present address of what was read at an old address, by old address.
    pub moved: HashMap<String, String>,
    /// Names of notices that were withdrawn, by the address they were read at last.
    pub withdrawn: HashMap<String, String>,
    /// Names of pages that were taken away, by each address they were read at.
    pub taken_away: HashMap<String, String>,
    /// Banners in force, the most urgent first.
    pub banners: Vec<BannerNow>,
    /// A choice made under this version of the cookie notice or a later one still holds.
    pub consent_since: i32,
    /// The version of the cookie notice in force, under which a choice is made now.
    pub consent_version: i32,
}

/// A banner in force.
#[derive(Clone, Debug)]
pub struct BannerNow {
    /// Name of the notice.
    pub name: String,
    /// Its text.
    pub text: Arc<NoticeContent>,
    /// Its number.
    pub version: i32,
}

impl BannerNow {
    /// A version of a notice, with its text.
    pub fn new(notice: &Notice, version: &Version, text: &Arc<NoticeContent>) -> Self {
        Self { name: notice.name.clone(), text: Arc::clone(text), version: version.number }
    }

    fn banner(&self) -> Option<&Banner> {
        self.text.banner.as_ref()
    }

    /// Its urgency.
    pub fn level(&self) -> Level {
        self.banner().map_or(Level::Information, |banner| banner.level)
    }

    /// Tells that it shows on a page (`None` stands for pages that have no address of their own).
    pub fn shows_on(&self, page: Option<&str>) -> bool {
        let Some(banner) = self.banner() else { return false };
        banner.pages.iter().any(|wanted| wanted == "all" || Some(wanted.as_str()) == page)
    }
}

impl Edition {
    /// The edition of an instant.
    pub fn new(published: Arc<Published>, at: Timestamp, declared: Arc<Declared>) -> Self {
        let cookies = published.notices.get(COOKIES);
        let consent_since = cookies
            .into_iter()
            .flat_map(|notice| notice.public(at))
            .filter(|version| version.about.as_ref().is_some_and(|about| about.ask_again))
            .map(|version| version.number)
            .max()
            .unwrap_or(1);
        let consent_version =
            cookies.and_then(|notice| notice.in_force(at)).map_or(1, |version| version.number).max(consent_since);
        let Places { views, moved, withdrawn, taken_away } = Places::new(&published, at);
        Self {
            at,
            until: published.next_change(at),
            facts: published.facts_at(at),
            navigation: published.navigation.at(at).cloned().unwrap_or_default(),
            promoted: published.promoted.at(at).cloned().unwrap_or_default(),
            views,
            moved,
            withdrawn,
            taken_away,
            banners: banners(&published, at),
            consent_since,
            consent_version,
            published,
            declared,
        }
    }

    /// Tells that nothing was ever published here.
    pub fn is_empty(&self) -> bool {
        self.views.is_empty()
    }

    /// The force's name, or a plain word for a site without facts.
    pub fn force_name(&self) -> &str {
        self.facts.get("force_name").map_or("Police", String::as_str)
    }

    /// The force's short name.
    pub fn force_short_name(&self) -> &str {
        self.facts.get("force_short_name").map_or_else(|| self.force_name(), String::as_str)
    }

    /// The path of the page about calling 999 without speaking, wherever it is read now; none while no such text is in force.
    pub fn cannot_speak(&self) -> Option<String> {
        self.standing(CANNOT_SPEAK).map(|(address, _)| path_of(address))
    }

    /// Links to the pages that help somebody who is at a loss, by their titles.
    pub fn help(&self) -> Vec<Link> {
        let links = HELP.iter().filter_map(|known| self.standing(known));
        links.filter_map(|(address, view)| Some(Link::new(view.title()?, path_of(address)))).collect()
    }

    /// The text in force that is read now where an address led at first, if there is one.
    fn standing<'a>(&'a self, known: &'a str) -> Option<(&'a str, &'a View)> {
        let address = self.moved.get(known).map_or(known, String::as_str);
        let has_text = |section: &Section| section.version.as_ref().is_some_and(|version| version.redaction.is_none());
        let view = self.views.get(address)?;
        view.sections.iter().any(has_text).then_some((address, view))
    }

    /// Banners that show on a page.
    pub fn banners_on<'a>(&'a self, page: Option<&'a str>) -> impl Iterator<Item = &'a BannerNow> {
        self.banners.iter().filter(move |banner| banner.shows_on(page))
    }

    /// Addresses of pages, in order of address.
    pub fn page_addresses(&self) -> Vec<&Address> {
        let mut addresses: Vec<&Address> = self
            .views
            .values()
            .filter(|view| view.notice.is_none())
            .filter_map(|view| view.page.as_ref().map(|page| &page.address))
            .collect();
        addresses.sort();
        addresses
    }
}

/// The banners in force at an instant that have not ended by then, with their notices, the most urgent first.
pub fn banners_at(published: &Published, at: Timestamp) -> Vec<(&Notice, &Arc<Version>)> {
    let in_force = published.notices.values().filter_map(|notice| Some((notice, notice.in_force(at)?)));
    let shown = in_force.filter_map(|(notice, version)| {
        let banner = version.banner().filter(|banner| banner.ends_at.is_none_or(|end| at < end))?;
        Some((banner.level, notice, version))
    });
    let mut shown: Vec<_> = shown.collect();
    shown.sort_by(|(one, first, _), (other, second, _)| other.cmp(one).then_with(|| first.name.cmp(&second.name)));
    shown.into_iter().map(|(_, notice, version)| (notice, version)).collect()
}

fn banners(published: &Published, at: Timestamp) -> Vec<BannerNow> {
    let banners = banners_at(published, at).into_iter();
    let with_text =
        banners.filter_map(|(notice, version)| Some(BannerNow::new(notice, version, version.text.as_ref()?)));
    with_text.collect()
}
