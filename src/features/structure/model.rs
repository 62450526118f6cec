//! The rules of pages and navigation: which addresses are free, what a page needs before it is published, where links may lead.

use std::collections::BTreeSet;

use crate::base::web::form::{Problems, Wrong, read_line};
use crate::features::drafts::{Draft, DraftContent};
use crate::site::edition::Edition;
use crate::site::free_addresses as addresses;
use crate::site::model::{Address, Navigation, NoticeKind, PageContent};
use crate::site::paths;
use crate::site::subject::Subject;
use crate::text::folding::sort_key;

/// The longest title, in characters.
const LONGEST_TITLE: usize = 120;

/// The longest description, in characters: search engines cut anything longer.
const LONGEST_DESCRIPTION: usize = 300;

/// The longest label of a link, in characters.
const LONGEST_LABEL: usize = 40;

/// The two lists of links: their names in the form and for people.
pub const LISTS: [(&str, &str); 3] = [("main", "Main navigation"), ("footer", "Footer"), (REDIRECTS, "Redirects")];

/// The list of redirects, whose first column is an old path and not what a link says.
pub const REDIRECTS: &str = "redirects";

/// The most links in the navigation and in the footer.
pub const MOST_LINKS: usize = 15;

/// The most redirects.
pub const MOST_REDIRECTS: usize = 200;

/// The longest path that is redirected, in bytes.
const LONGEST_PATH: usize = 200;

/// The most notices on a page.
pub const MOST_NOTICES: usize = 30;

/// The title of a page.
pub fn title(typed: &str) -> Result<String, Wrong> {
    read_line(typed, LONGEST_TITLE)
}

/// Reads the description of a page for search engines.
pub fn description(typed: &str) -> Result<String, Wrong> {
    read_line(typed, LONGEST_DESCRIPTION)
}

/// The problems of a page that do not depend on what else the site holds, by the fields of its form.
pub fn page_problems(typed_title: &str, typed_description: &str, notices: &[Address]) -> Problems {
    let mut problems = Problems::default();
    problems.check("title", "Title", title(typed_title));
    problems.check("description", "What it is about", description(typed_description));
    if notices.len() > MOST_NOTICES {
        problems.add("add", format!("A page can hold at most {MOST_NOTICES} texts."));
    }
    problems
}

/// An address as it is typed, with or without its slash.
pub fn address(typed: &str) -> Result<Address, Wrong> {
    let typed = typed.trim();
    let name = typed.strip_prefix('/').unwrap_or(typed);
    Address::try_from(name.to_owned()).map_err(|_| {
        "Write small letters, digits and single hyphens, such as lost-property. Some words are the site's own.".into()
    })
}

/// Checks that a page may have its address: nothing else is, was or will be read there, and no draft asks for it.
/// Errors: a sentence that says why not.
pub fn may_have(edition: &Edition, drafts: &[Draft], name: &Address, page: &PageContent) -> Result<(), String> {
    let subject = Subject::Page(name.clone());
    let (declared, published) = (&edition.declared, &edition.published);
    if let Some(problem) = addresses::problem(declared, published, &subject, &page.address, &page.notices) {
        return Err(problem);
    }
    let asked =
        drafts.iter().filter(|draft| draft.subject != subject).any(|draft| match (&draft.subject, &draft.content) {
            (Subject::Page(_), DraftContent::Page(other)) => other.address == page.address,
            (Subject::Notice(name), DraftContent::Notice(notice)) => {
                notice.address == page.address && !page.notices.contains(name)
            }
            _ => false,
        });
    if asked { Err("Another draft asks for this address. Choose another.".to_owned()) } else { Ok(()) }
}

/// Names of texts that can stand on a page, with their titles and sorted by them: what is in force and no banner.
pub fn texts(edition: &Edition) -> Vec<(String, String)> {
    let texts = edition.published.notices.values().filter_map(|notice| {
        let about = notice.in_force(edition.at)?.about.as_ref()?;
        (about.kind == NoticeKind::Text).then(|| (notice.name.clone(), about.title.clone()))
    });
    let mut texts: Vec<(String, String)> = texts.collect();
    texts.sort_by_cached_key(|(_, title)| sort_key(title));
    texts
}

/// The label of a link.
pub fn label(typed: &str) -> Result<String, Wrong> {
    read_line(typed, LONGEST_LABEL)
}

/// The target of a link: a path of this site that there is, perhaps with a heading's mark after `#`.
pub fn href(edition: &Edition, typed: &str) -> Result<String, Wrong> {
    let typed = typed.trim();
    let (path, mark) = typed.split_once('#').map_or((typed, None), |(path, mark)| (path, Some(mark)));
    let plain = |mark: &str| {
        !mark.is_empty() && mark.len() <= 100 && mark.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if !path.starts_with('/') || !mark.is_none_or(plain) {
        return Err("Write a path of this site that starts with /, such as /contact.".into());
    }
    let there = path == "/"
        || edition.declared.navigation.contains(&path)
        || path.strip_prefix('/').is_some_and(|address| address != "home" && edition.views.contains_key(address));
    if there {
        Ok(typed.to_owned())
    } else {
        Err("Nothing is published at this path. Publish the page first, or correct the path.".into())
    }
}

/// A path that is to lead on: the way it is kept, in small letters and without a slash at its end.
pub fn old_path(typed: &str) -> Result<String, Wrong> {
    let path = typed.trim().trim_end_matches('/').to_lowercase();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/%+".contains(&byte);
    if !path.starts_with('/') || path.contains("//") || path.len() > LONGEST_PATH || !path.bytes().all(plain) {
        return Err("Write the path of the old address, such as /contact-us.".into());
    }
    if paths::is_own(path.split('/').nth(1).unwrap_or_default()) {
        return Err("The site answers this address itself.".into());
    }
    Ok(path)
}

/// Reads a redirect's old path that staff type: nothing may be read there now.
pub fn redirected(edition: &Edition, typed: &str) -> Result<String, Wrong> {
    let path = old_path(typed)?;
    let address = path.trim_start_matches('/');
    if edition.declared.is_own(address) {
        return Err("The site answers this address itself.".into());
    }
    if edition.views.contains_key(address) || edition.moved.contains_key(address) {
        return Err("A page is read at this address, or was, and it leads there already.".into());
    }
    Ok(path)
}

/// The id of a field of a link.
pub fn link_field(list: &str, field: &str, at: usize) -> String {
    format!("{list}-{field}-{at}")
}

/// The problems of the links around every page, by the fields of their form.
pub fn navigation_problems(edition: &Edition, links: &Navigation) -> Problems {
    let mut problems = Problems::default();
    for ((list, title), links) in LISTS.into_iter().zip([&links.navigation, &links.footer]) {
        for (at, link) in links.iter().enumerate() {
            let mut check = |field: &str, what: &str, read: Result<String, Wrong>| {
                problems.check(link_field(list, field, at), format!("{title}, link {}, {what}", at + 1), read);
            };
            check("label", "words", label(&link.label));
            check("href", "path", href(edition, &link.href));
        }
        if links.is_empty() {
            problems.add(format!("{list}-new-label"), format!("{title}: keep at least one link."));
        } else if links.len() > MOST_LINKS {
            problems.add(link_field(list, "label", MOST_LINKS), format!("{title}: keep at most {MOST_LINKS} links."));
        }
    }
    let mut known = BTreeSet::new();
    for (at, redirect) in links.redirects.iter().enumerate() {
        let mut check = |field: &str, what: &str, read: Result<String, Wrong>| {
            problems.check(link_field(REDIRECTS, field, at), format!("Redirects, link {}, {what}", at + 1), read);
        };
        let from = redirected(edition, &redirect.from);
        let twice = from.as_ref().is_ok_and(|from| !known.insert(from.clone()));
        check("label", "old path", if twice { Err("This path is there twice.".into()) } else { from });
        check("href", "path", href(edition, &redirect.to));
    }
    if links.redirects.len() > MOST_REDIRECTS {
        let message = format!("Redirects: keep at most {MOST_REDIRECTS} of them.");
        problems.add(link_field(REDIRECTS, "label", MOST_REDIRECTS), message);
    }
    problems
}
