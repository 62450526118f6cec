//! What a redaction would take away: the text of an entry, and where visitors read it at this moment.

use crate::base::clock::time_words;
use crate::base::ledger::Kind;
use crate::base::ledger::store::Kept;
use crate::base::web::shell::Link;
use crate::desk::accounts::Desk;
use crate::features::publishing::deeds;
use crate::features::publishing::staff::entry_page::shown;
use crate::site::edition::Edition;
use crate::site::model::path_of;
use crate::site::paths;
use crate::site::published::{Notice, Version};
use crate::site::subject::EntrySubject;
use crate::text::markdown::without_ids;

/// The content of an entry, for somebody who has to decide whether it goes.
pub(super) struct Content {
    /// As it is served; none where it is no text.
    pub(super) html: Option<String>,
    /// What stands around the text, or instead of it.
    pub(super) lines: Vec<String>,
    /// Whether visitors read it now.
    pub(super) read_now: bool,
    /// Who can read it, in a sentence.
    pub(super) readers: String,
    /// Where they read it, on the public site.
    pub(super) places: Vec<Link>,
}

impl Content {
    /// The content of an entry and its readers.
    pub(super) fn new(desk: &Desk, kept: &Kept) -> Self {
        let edition = desk.site().edition();
        let root = desk.settings().public_url.as_str().trim_end_matches('/');
        let (html, lines) = shown(kept);
        let html = html.map(|html| without_ids(&html).replace(" href=\"/", &format!(" href=\"{root}/")));
        let (read_now, readers, paths) = readers(&edition, kept);
        let place = |path: String| Link::new(format!("{root}{path}"), format!("{root}{path}"));
        Self { html, lines, read_now, readers, places: paths.into_iter().map(place).collect() }
    }
}

/// Whether visitors read an entry now, a sentence about it, and the paths they read it at.
fn readers(edition: &Edition, kept: &Kept) -> (bool, String, Vec<String>) {
    let nobody = |why: &str| (false, why.to_owned(), Vec::new());
    let entry = &kept.entry;
    if kept.content.is_none() {
        return nobody("Nobody can read it any more.");
    }
    let name = EntrySubject::of(entry).notice();
    let notice = name.and_then(|name| edition.published.notices.get(name));
    let cancelled = notice.is_some_and(|notice| {
        entry.kind == Kind::Version && entry.version.is_some_and(|number| notice.cancelled.contains_key(&number))
    });
    if cancelled {
        return nobody("It was cancelled and was never public.");
    }
    if entry.in_force_at > edition.at {
        return nobody(&format!("It is not public yet. It is due on {}.", time_words(entry.in_force_at)));
    }
    let Some(notice) = notice else {
        let said = "It is public: pages show it, or show it when a visitor asks for an earlier day.";
        return (true, said.to_owned(), Vec::new());
    };
    let version = entry.version.and_then(|number| notice.public_version(number, edition.at));
    match version {
        Some(version) if entry.kind == Kind::Version => of_version(edition, notice, version),
        _ => {
            (true, "Visitors read it now in the history of this notice:".to_owned(), vec![paths::notice(&notice.name)])
        }
    }
}

fn of_version(edition: &Edition, notice: &Notice, version: &Version) -> (bool, String, Vec<String>) {
    let own = paths::version(&notice.name, version.number);
    let in_force = notice.in_force(edition.at).is_some_and(|current| current.number == version.number);
    if !in_force {
        return (
            true,
            "It is not in force, but visitors can still read it as an earlier version:".to_owned(),
            vec![own],
        );
    }
    if deeds::is_banner(version) {
        let shown = edition.banners.iter().any(|banner| banner.name == notice.name);
        let said = if shown {
            "Visitors read it now as a banner at the top of pages, and here:"
        } else {
            "The banner has ended, but visitors can still read it here:"
        };
        return (true, said.to_owned(), vec![own]);
    }
    let holds = |sections: &[crate::site::edition::Section]| sections.iter().any(|one| one.name == notice.name);
    let mut places: Vec<String> =
        edition.views.iter().filter(|(_, view)| holds(&view.sections)).map(|(address, _)| path_of(address)).collect();
    places.sort();
    places.push(own);
    (true, "Visitors read it now:".to_owned(), places)
}
