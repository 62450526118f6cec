//! The addresses that a notice or page may take: those at which nothing else is, was or will be read, so that an old address leads for ever
//! to one thing, and never round in a circle.

use crate::site::declared::Declared;
use crate::site::model::{Address, PageContent};
use crate::site::published::{Notice, Published};
use crate::site::subject::Subject;
use crate::site::timeline::Timeline;

/// Says why this address cannot be taken; none where it can. `stands_on_it` are the notices of a page that wants it.
///
/// A page and a notice that stands on it may share an address: the page is shown there.
pub fn problem(
    declared: &Declared,
    site: &Published,
    subject: &Subject,
    wanted: &Address,
    stands_on_it: &[Address],
) -> Option<String> {
    match subject {
        Subject::Notice(name) => of_notice(declared, site, name, wanted),
        Subject::Page(name) => of_page(declared, site, name, wanted, stands_on_it),
        Subject::Facts | Subject::Navigation | Subject::Promoted => None,
    }
}

fn of_notice(declared: &Declared, site: &Published, name: &Address, wanted: &Address) -> Option<String> {
    if site.notices.get(name.as_str()).is_some_and(|own| has(own, wanted)) {
        return None;
    }
    if is_kept_from(declared, wanted, name) {
        return Some(answered(wanted));
    }
    if let Some(other) = other_notice(site, name.as_str(), wanted) {
        return Some(taken_words(wanted, &format!("the notice “{other}”")));
    }
    let page = site.pages.iter().find(|(_, page)| was_at(page, wanted) && !shows(page, wanted, name))?;
    Some(taken_words(wanted, &format!("the page “{}”", page.0)))
}

fn of_page(
    declared: &Declared,
    site: &Published,
    name: &Address,
    wanted: &Address,
    notices: &[Address],
) -> Option<String> {
    let own = site.pages.get(name.as_str());
    let last = own.and_then(|own| own.contents().next_back());
    if last.is_some_and(|last| last.address == *wanted) {
        return None;
    }
    if let Some(own) = last.map(|last| &last.address).filter(|address| declared.is_own(address.as_str())) {
        return Some(format!("This page has to stay at {}: the program answers there itself.", own.path()));
    }
    if own.is_some_and(|own| was_at(own, wanted)) {
        return None;
    }
    if is_kept_from(declared, wanted, name) {
        return Some(answered(wanted));
    }
    let mut others = site.pages.iter().filter(|(other, _)| *other != name.as_str());
    if let Some((other, _)) = others.find(|(_, page)| was_at(page, wanted)) {
        return Some(taken_words(wanted, &format!("the page “{other}”")));
    }
    let owner = other_notice(site, "", wanted)?;
    let is_on_it = notices.iter().any(|notice| notice.as_str() == owner);
    (!is_on_it).then(|| taken_words(wanted, &format!("the notice “{owner}”, which is not on this page")))
}

/// Tells that the program answers an address itself and what is called `name` cannot stand there.
fn is_kept_from(declared: &Declared, wanted: &Address, name: &Address) -> bool {
    declared.is_closed(wanted.as_str()) || (declared.is_own(wanted.as_str()) && wanted != name)
}

fn answered(address: &Address) -> String {
    format!("The program answers {} itself, so nothing can move there. Choose another address.", address.path())
}

fn taken_words(address: &Address, owner: &str) -> String {
    format!(
        "The address {} belongs to {owner}, which is, was or will be read there: old links must go on leading to it. Choose another address.",
        address.path()
    )
}

/// Another notice that is, was or will be read at an address. Its name counts as one: its history is found under it.
fn other_notice<'a>(site: &'a Published, name: &str, wanted: &Address) -> Option<&'a str> {
    let mut others = site.notices.values().filter(|other| other.name != name);
    others.find(|other| other.name == wanted.as_str() || has(other, wanted)).map(|other| other.name.as_str())
}

fn has(notice: &Notice, wanted: &Address) -> bool {
    notice.timeline.contents().any(|version| version.address() == Some(wanted))
}

fn was_at(page: &Timeline<std::sync::Arc<PageContent>>, wanted: &Address) -> bool {
    page.contents().any(|page| page.address == *wanted)
}

/// Tells that every state of the page that was at the address shows the notice.
fn shows(page: &Timeline<std::sync::Arc<PageContent>>, wanted: &Address, notice: &Address) -> bool {
    let mut there = page.contents().filter(|page| page.address == *wanted);
    there.all(|page| page.notices.contains(notice))
}
