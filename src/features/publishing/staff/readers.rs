//! The text that a redaction would remove, and the places where visitors read it now.

use crate::base::ledger::Kind;
use crate::base::ledger::store::Kept;
use crate::base::web::paths::{absolute, with_absolute_links};
use crate::base::web::shell::Link;
use crate::desk::now::DeskNow;
use crate::features::publishing::staff::entry_page::{Described, describe_content};
use crate::features::publishing::{version_actions, words};
use crate::site::edition::Edition;
use crate::site::model::path_of;
use crate::site::paths;
use crate::site::published::{Notice, Version};
use crate::site::subject::EntrySubject;
use crate::text::markdown::without_ids;

/// The content of an entry, for somebody who has to decide whether it goes.
pub(super) struct Content {
    /// The text as it is served; none if the entry has none.
    pub(super) html: Option<String>,
    /// Lines about the text, or in place of it.
    pub(super) lines: Vec<String>,
    /// Set if visitors read it now.
    pub(super) read_now: bool,
    /// A sentence about its readers.
    pub(super) readers: String,
    /// Links to where they read it.
    pub(super) places: Vec<Link>,
}

/// The readers of an entry.
struct Readers {
    /// Set if visitors read it now.
    read_now: bool,
    said: String,
    /// The paths at which they read it.
    paths: Vec<String>,
}

impl Readers {
    fn now(said: &str, paths: Vec<String>) -> Self {
        Self { read_now: true, said: said.to_owned(), paths }
    }

    fn none(said: &str) -> Self {
        Self { read_now: false, said: said.to_owned(), paths: Vec::new() }
    }
}

impl Content {
    /// The content of an entry and its readers.
    pub(super) fn new(desk: &DeskNow, kept: &Kept) -> Self {
        let public = &desk.settings().public_url;
        let Described { html, lines } = describe_content(kept);
        let html = html.map(|html| with_absolute_links(public, &without_ids(&html)));
        let Readers { read_now, said, paths } = readers(&desk.edition, kept);
        let place = |path: String| Link::new(absolute(public, &path), absolute(public, &path));
        Self { html, lines, read_now, readers: said, places: paths.into_iter().map(place).collect() }
    }
}

fn readers(edition: &Edition, kept: &Kept) -> Readers {
    let entry = &kept.entry;
    if kept.content.is_none() {
        return Readers::none(words::READ_BY_NOBODY);
    }
    let name = EntrySubject::of(entry).notice();
    let notice = name.and_then(|name| edition.published.notices.get(name));
    let cancelled = notice.is_some_and(|notice| {
        entry.kind == Kind::Version && entry.version.is_some_and(|number| notice.cancelled.contains_key(&number))
    });
    if cancelled {
        return Readers::none(words::NEVER_PUBLIC);
    }
    if entry.in_force_at > edition.at {
        return Readers::none(&words::not_public_yet(entry.in_force_at));
    }
    let Some(notice) = notice else { return Readers::now(words::READ_ON_PAGES, Vec::new()) };
    let version = entry.version.and_then(|number| notice.public_version(number, edition.at));
    match version {
        Some(version) if entry.kind == Kind::Version => of_version(edition, notice, version),
        _ => Readers::now(words::READ_IN_HISTORY, vec![paths::notice(&notice.name)]),
    }
}

fn of_version(edition: &Edition, notice: &Notice, version: &Version) -> Readers {
    let own = paths::version(&notice.name, version.number);
    let in_force = notice.in_force(edition.at).is_some_and(|current| current.number == version.number);
    if !in_force {
        return Readers::now(words::READ_AS_EARLIER, vec![own]);
    }
    if version_actions::is_banner(version) {
        let is_up = edition.banners.iter().any(|banner| banner.name == notice.name);
        return Readers::now(if is_up { words::READ_AS_BANNER } else { words::BANNER_HAS_ENDED }, vec![own]);
    }
    let holds = |sections: &[crate::site::edition::Section]| sections.iter().any(|one| one.name == notice.name);
    let mut places: Vec<String> =
        edition.views.iter().filter(|(_, view)| holds(&view.sections)).map(|(address, _)| path_of(address)).collect();
    places.sort();
    places.push(own);
    Readers::now(words::READ_NOW, places)
}
