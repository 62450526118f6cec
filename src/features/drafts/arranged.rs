//! The differences between the page, facts, navigation or promoted answers of a draft and those in force: a row for each change, in plain words.

use std::collections::BTreeSet;

use crate::features::drafts::differences::Change;
use crate::features::drafts::model::DraftContent;
use crate::features::drafts::titles;
use crate::site::edition::Edition;
use crate::site::fact_names as called;
use crate::site::model::{Facts, Navigation, NavigationLink, PageContent, Promoted, PromotedAnswer, Redirect};
use crate::site::subject::Subject;

/// The page, the facts, the navigation or the promoted answers in force, with its entry; none for a notice.
pub fn in_force(edition: &Edition, subject: &Subject) -> Option<(i64, DraftContent)> {
    let (published, at) = (&edition.published, edition.at);
    match subject {
        Subject::Notice(_) => None,
        Subject::Page(name) => {
            let page = published.pages.get(name.as_str())?;
            Some((page.number_at(at)?, DraftContent::Page((**page.at(at)?).clone())))
        }
        Subject::Facts => Some((published.facts.number_at(at)?, DraftContent::Facts((*edition.facts).clone()))),
        Subject::Navigation => {
            let number = published.navigation.number_at(at)?;
            Some((number, DraftContent::Navigation((*edition.navigation).clone())))
        }
        Subject::Promoted => {
            Some((published.promoted.number_at(at)?, DraftContent::Promoted((*edition.promoted).clone())))
        }
    }
}

/// The changes of a draft of a page, the facts, the navigation or the promoted answers; none for a notice, which has a text to compare.
pub fn arranged(edition: &Edition, subject: &Subject, content: &DraftContent) -> Vec<Change> {
    between(edition, in_force(edition, subject).map(|(_, content)| content).as_ref(), content)
}

/// The differences between two states of a page, the facts, the navigation or the promoted answers.
pub fn between(edition: &Edition, before: Option<&DraftContent>, after: &DraftContent) -> Vec<Change> {
    match (before, after) {
        (Some(DraftContent::Page(before)), DraftContent::Page(after)) => {
            page(Some(before), after, |name| titles::of_notice(name, edition))
        }
        (_, DraftContent::Page(after)) => page(None, after, |name| titles::of_notice(name, edition)),
        (Some(DraftContent::Facts(before)), DraftContent::Facts(after)) => facts(before, after),
        (_, DraftContent::Facts(after)) => facts(&Facts::new(), after),
        (Some(DraftContent::Navigation(before)), DraftContent::Navigation(after)) => navigation(before, after),
        (_, DraftContent::Navigation(after)) => navigation(&Navigation::default(), after),
        (Some(DraftContent::Promoted(before)), DraftContent::Promoted(after)) => promoted(before, after),
        (_, DraftContent::Promoted(after)) => promoted(&Promoted::default(), after),
        (_, DraftContent::Notice(_)) => Vec::new(),
    }
}

fn page(before: Option<&PageContent>, after: &PageContent, title: impl Fn(&str) -> String) -> Vec<Change> {
    let old = |value: fn(&PageContent) -> String| before.map_or_else(String::new, value);
    let mut changes = vec![
        Change::new("Title", old(|page| page.title.clone()), after.title.as_str()),
        Change::new("Description", old(|page| page.description.clone()), after.description.as_str()),
        Change::new("Address", old(|page| page.address.path()), after.address.path()),
        Change::new("About harm", old(|page| harm(page.about_harm)), harm(after.about_harm)),
    ];
    changes.retain(|change| change.before != change.after);
    let texts = |page: &PageContent| page.notices.iter().map(|notice| title(notice.as_str())).collect::<Vec<_>>();
    let before = before.map(texts).unwrap_or_default();
    changes.extend(list("Notices", &before, &texts(after), |one, other| one == other, Clone::clone));
    changes
}

/// Tells whether a page is about harm; nothing for one that is not, so that a new page says it only where it is.
fn harm(about_harm: bool) -> String {
    if about_harm { "yes".to_owned() } else { String::new() }
}

fn facts(before: &Facts, after: &Facts) -> Vec<Change> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let value = |facts: &Facts, name: &String| facts.get(name).cloned().unwrap_or_default();
    let changed = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    changed.map(|name| Change::new(called::label(name), value(before, name), value(after, name))).collect()
}

fn navigation(before: &Navigation, after: &Navigation) -> Vec<Change> {
    let akin = |one: &NavigationLink, other: &NavigationLink| one.href == other.href || one.label == other.label;
    let words = |link: &NavigationLink| format!("{} ({})", link.label, link.href);
    let mut changes = list("Main navigation", &before.navigation, &after.navigation, akin, words);
    changes.extend(list("Footer", &before.footer, &after.footer, akin, words));
    let akin = |one: &Redirect, other: &Redirect| one.from == other.from;
    let words = |redirect: &Redirect| format!("{} to {}", redirect.from, redirect.to);
    changes.extend(list("Redirects", &before.redirects, &after.redirects, akin, words));
    changes
}

fn promoted(before: &Promoted, after: &Promoted) -> Vec<Change> {
    let akin =
        |one: &PromotedAnswer, other: &PromotedAnswer| one.words == other.words || one.sentence == other.sentence;
    let words = |answer: &PromotedAnswer| {
        let rest = [&answer.number, &answer.link].into_iter().filter(|part| !part.is_empty());
        rest.fold(format!("{}: {}", answer.words, answer.sentence), |words, part| format!("{words} ({part})"))
    };
    list("Promoted answers", &before.answers, &after.answers, akin, words)
}

/// The items of a list that were added, changed or removed, and the new order of the rest. Two items that are `akin` are one that changed.
fn list<T: PartialEq>(
    name: &str,
    before: &[T],
    after: &[T],
    akin: impl Fn(&T, &T) -> bool,
    words: impl Fn(&T) -> String,
) -> Vec<Change> {
    let mut rest: Vec<(usize, &T)> = before.iter().enumerate().collect();
    let mut take = |is: &dyn Fn(&T) -> bool| {
        let at = rest.iter().position(|(_, old)| is(old))?;
        Some(rest.remove(at))
    };
    // What each item was, with its place. The same item is found first, so that no akin one takes its place.
    let mut items: Vec<(&T, Option<(usize, &T)>)> = after.iter().map(|item| (item, take(&|old| old == item))).collect();
    for (item, was) in items.iter_mut().filter(|(_, was)| was.is_none()) {
        *was = take(&|old| akin(old, item));
    }
    let mut changes = Vec::new();
    for (item, was) in &items {
        match was {
            None => changes.push(Change::new(format!("{name}: added"), "", words(item))),
            Some((_, old)) if old != item => {
                changes.push(Change::new(format!("{name}: changed"), words(old), words(item)));
            }
            Some(_) => {}
        }
    }
    changes.extend(rest.into_iter().map(|(_, old)| Change::new(format!("{name}: removed"), words(old), "")));
    let stayed: Vec<(usize, &T)> = items.into_iter().filter_map(|(_, was)| was).collect();
    if !stayed.is_sorted_by_key(|(place, _)| *place) {
        let order = |items: &[(usize, &T)]| items.iter().map(|(_, old)| words(old)).collect::<Vec<_>>().join(", ");
        let mut earlier = stayed.clone();
        earlier.sort_by_key(|(place, _)| *place);
        changes.push(Change::new(format!("{name}: order"), order(&earlier), order(&stayed)));
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(all: &[(&str, &str)]) -> Vec<NavigationLink> {
        let link = |(label, href): &(&str, &str)| NavigationLink { label: (*label).into(), href: (*href).into() };
        all.iter().map(link).collect()
    }

    fn redirects(all: &[(&str, &str)]) -> Vec<Redirect> {
        all.iter().map(|(from, to)| Redirect { from: (*from).into(), to: (*to).into() }).collect()
    }

    #[test]
    fn a_fact_goes_by_what_it_is_called() {
        let before = Facts::from([("dpo_name".to_owned(), "A".to_owned()), ("website".to_owned(), "w".to_owned())]);
        let mut after = before.clone();
        after.insert("dpo_name".to_owned(), "B".to_owned());
        after.insert("press_email".to_owned(), "p".to_owned());
        let found = facts(&before, &after);
        assert_eq!(
            found,
            [Change::new("Data Protection Officer's name", "A", "B"), Change::new("Press email", "", "p")]
        );
    }

    #[test]
    fn each_change_of_the_navigation_is_one_row() {
        let before = Navigation {
            navigation: links(&[("Home", "/"), ("Contact", "/contact"), ("Help", "/help")]),
            footer: links(&[("Cookies", "/cookies"), ("Old", "/old")]),
            redirects: redirects(&[("/contact-us", "/contact"), ("/jobs", "/services")]),
        };
        let after = Navigation {
            navigation: links(&[("Home", "/"), ("Help", "/help"), ("Contact us", "/contact"), ("News", "/news")]),
            footer: links(&[("Cookies", "/cookies")]),
            redirects: redirects(&[("/contact-us", "/help"), ("/privacy", "/website-privacy")]),
        };
        let rows = [
            ("Main navigation: changed", "Contact (/contact)", "Contact us (/contact)"),
            ("Main navigation: added", "", "News (/news)"),
            (
                "Main navigation: order",
                "Home (/), Contact (/contact), Help (/help)",
                "Home (/), Help (/help), Contact (/contact)",
            ),
            ("Footer: removed", "Old (/old)", ""),
            ("Redirects: changed", "/contact-us to /contact", "/contact-us to /help"),
            ("Redirects: added", "", "/privacy to /website-privacy"),
            ("Redirects: removed", "/jobs to /services", ""),
        ];
        assert_eq!(navigation(&before, &after), rows.map(|(what, before, after)| Change::new(what, before, after)));
        assert!(navigation(&before, &before).is_empty());
    }

    #[test]
    fn the_texts_of_a_page_go_by_their_titles() {
        let page_of = |notices: &[&str]| PageContent {
            address: "help".to_owned().try_into().unwrap(),
            title: "Help".to_owned(),
            description: "Where to get help.".to_owned(),
            notices: notices.iter().map(|name| (*name).to_owned().try_into().unwrap()).collect(),
            about_harm: false,
        };
        let title = |name: &str| format!("The text {name}");
        let found = page(Some(&page_of(&["a", "b"])), &page_of(&["b", "c"]), title);
        assert_eq!(
            found,
            [Change::new("Notices: added", "", "The text c"), Change::new("Notices: removed", "The text a", "")]
        );
        assert_eq!(page(None, &page_of(&["a"]), title).len(), 4);
    }
}
