//! The parts of the public site that a notice holds up: whoever withdraws it, or destroys its text, reads that first.

use crate::base::clock::time_words;
use crate::site::edition::Edition;
use crate::site::model::{Address, path_of};
use crate::site::published::Notice;

/// Everything in force that leads to a notice or shows it, and what is scheduled of it, a sentence each.
pub(super) fn affected(edition: &Edition, name: &Address) -> Vec<String> {
    let Some(notice) = edition.published.notices.get(name.as_str()) else { return Vec::new() };
    let mut said = Vec::new();
    for page in edition.published.pages.values().filter_map(|page| page.at(edition.at)) {
        if page.notices.contains(name) {
            let only = if page.notices.len() == 1 { ", and is all that stands there" } else { "" };
            said.push(format!("It stands on the page “{}”{only}.", page.title));
        }
    }
    let places = places(edition, notice, name);
    said.extend(links_around(edition, &places));
    said.extend(links_in_texts(edition, notice, &places));
    said.extend(notice.versions.values().filter(|version| version.entry.in_force_at > edition.at).filter_map(
        |version| {
            let when = time_words(version.entry.in_force_at);
            let waits = !notice.cancelled.contains_key(&version.number);
            waits.then(|| {
                format!(
                    "Version {} of it comes into force on {when} all the same, unless you cancel it.",
                    version.number
                )
            })
        },
    ));
    said
}

/// The paths at which nothing else is read than the notice: its own, and each page that shows nothing else.
fn places(edition: &Edition, notice: &Notice, name: &Address) -> Vec<String> {
    let own = path_of(notice.address(edition.at));
    let shows_more = |path: &str| {
        let view = edition.views.get(path.trim_start_matches('/'));
        view.is_some_and(|view| view.sections.iter().any(|section| section.name != name.as_str()))
    };
    let pages = edition.published.pages.values().filter_map(|page| page.at(edition.at));
    let alone = pages.filter(|page| page.notices.iter().all(|other| other == name)).map(|page| page.address.path());
    let mut places: Vec<String> = std::iter::once(own).filter(|path| !shows_more(path)).chain(alone).collect();
    places.dedup();
    places
}

/// Tells whether a link leads to one of some paths, to a part of it or with a query.
fn leads_to(href: &str, places: &[String]) -> bool {
    places.iter().any(|place| href.split(['#', '?']).next() == Some(place))
}

/// Links of the menu and the footer, and redirects.
fn links_around(edition: &Edition, places: &[String]) -> Vec<String> {
    let around = &edition.navigation;
    let lists = [("menu", &around.navigation), ("footer", &around.footer)];
    let links = lists.into_iter().flat_map(|(list, links)| links.iter().map(move |link| (list, link)));
    let links = links.filter(|(_, link)| leads_to(&link.href, places));
    let redirects = around.redirects.iter().filter(|redirect| leads_to(&redirect.to, places));
    links
        .map(|(list, link)| format!("“{}” in the {list} of every page leads to it.", link.label))
        .chain(redirects.map(|redirect| format!("The address {} leads on to it.", redirect.from)))
        .collect()
}

/// Texts in force with a link to it.
fn links_in_texts(edition: &Edition, notice: &Notice, places: &[String]) -> Vec<String> {
    let others = edition.published.notices.values().filter(|other| other.name != notice.name);
    let texts = others.filter_map(|other| other.in_force(edition.at)?.text.as_ref());
    let hrefs =
        |html: &str| html.split(" href=\"").skip(1).any(|rest| leads_to(rest.split('"').next().unwrap_or(""), places));
    texts.filter(|text| hrefs(&text.html)).map(|text| format!("“{}” has a link to it.", text.title)).collect()
}
