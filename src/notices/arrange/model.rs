//! The rules of pages and navigation: which addresses are free, what a page needs before it is published, where links may lead.

use jiff::Timestamp;

use super::super::drafts::{Draft, DraftContent, Subject};
use super::super::edition::Edition;
use super::super::model::{Address, NavigationLink, NoticeKind, PageContent};
use super::super::published::Published;
use crate::web::fields;

/// The longest title, in characters.
const LONGEST_TITLE: usize = 120;

/// The longest description, in characters: search engines cut anything longer.
const LONGEST_DESCRIPTION: usize = 300;

/// The longest label of a link, in characters.
const LONGEST_LABEL: usize = 40;

/// The most links in the navigation and in the footer.
pub const MOST_LINKS: usize = 15;

/// The most notices on a page.
pub const MOST_NOTICES: usize = 30;

/// Pages that the program looks for under their address: it adds a form to them, or is led there by links of its own.
const FIXED: [&str; 5] = ["home", "cookies", "report", "contact", "leaving-quickly"];

/// Addresses that the program answers itself, besides those that no address may be at all.
const OWN: [&str; 2] = ["webchat", "preview"];

/// Local paths that lead somewhere without being a page of staff's.
const OWN_PATHS: [&str; 5] = ["/webchat", "/report", "/search", "/notices", "/notices/proof"];

/// Whether a page must stay where it is.
#[must_use]
pub fn is_fixed(page: &Address) -> bool {
    FIXED.contains(&page.as_str())
}

/// The title of a page.
///
/// # Errors
/// A sentence that says what to write.
pub fn title(typed: &str) -> Result<String, String> {
    fields::line(typed, LONGEST_TITLE)
}

/// What search engines are told of a page.
///
/// # Errors
/// A sentence that says what to write.
pub fn description(typed: &str) -> Result<String, String> {
    fields::line(typed, LONGEST_DESCRIPTION)
}

/// An address as it is typed, with or without its slash.
///
/// # Errors
/// A sentence that says what to write.
pub fn address(typed: &str) -> Result<Address, String> {
    let typed = typed.trim();
    let name = typed.strip_prefix('/').unwrap_or(typed);
    Address::try_from(name.to_owned()).map_err(|_| {
        "Write small letters, digits and single hyphens, such as lost-property. Some words are the site's own."
            .to_owned()
    })
}

/// Whether a page may have its address. One that another page or notice has, had or will have is taken for ever, since old addresses
/// lead on to where their text is now; so no two can lead to one another.
///
/// # Errors
/// A sentence that says why not.
pub fn may_have(published: &Published, drafts: &[Draft], name: &Address, page: &PageContent) -> Result<(), String> {
    let wanted = page.address.as_str();
    if is_fixed(name) && wanted != name.as_str() {
        return Err(format!("The site leads people to this page itself, so it has to stay at {}.", name.path()));
    }
    if OWN.contains(&wanted) || (FIXED.contains(&wanted) && name.as_str() != wanted) {
        return Err("The site answers this address itself. Choose another.".to_owned());
    }
    let taken = |by: &str| Err(format!("This address belongs to the page “{by}”, now or earlier. Choose another."));
    for (other, timeline) in &published.pages {
        if other != name.as_str()
            && let Some(page) = timeline.each().find(|page| page.address.as_str() == wanted)
        {
            return taken(&page.title);
        }
    }
    for (other, notice) in &published.notices {
        let about = notice.versions.values().filter_map(|version| version.about.as_ref());
        let owns = about.clone().find(|about| about.address.as_str() == wanted);
        if let Some(about) = owns
            && !page.notices.iter().any(|on_page| on_page.as_str() == other)
        {
            return Err(format!(
                "This address belongs to the text “{}”, now or earlier. Put that text on the page first, or choose another.",
                about.title
            ));
        }
    }
    for draft in drafts {
        match (&draft.subject, &draft.content) {
            (Subject::Page(other), DraftContent::Page(page)) if other != name && page.address.as_str() == wanted => {
                return taken(&page.title);
            }
            (Subject::Notice(other), DraftContent::Notice(notice))
                if notice.address.as_str() == wanted && !page.notices.contains(other) =>
            {
                return Err("A draft of a text has this address. Choose another.".to_owned());
            }
            _ => {}
        }
    }
    Ok(())
}

/// Names of texts that can stand on a page, with their titles: what is in force and no banner.
#[must_use]
pub fn texts(edition: &Edition) -> Vec<(String, String)> {
    let texts = edition.published.notices.values().filter_map(|notice| {
        let about = notice.in_force(edition.at)?.about.as_ref()?;
        (about.kind == NoticeKind::Text).then(|| (notice.name.clone(), about.title.clone()))
    });
    texts.collect()
}

/// The title of a notice at an instant, or its name.
#[must_use]
pub fn title_of(published: &Published, notice: &str, at: Timestamp) -> String {
    let version = published.notices.get(notice).and_then(|notice| notice.in_force(at));
    version.and_then(|version| version.about.as_ref()).map_or_else(|| notice.to_owned(), |about| about.title.clone())
}

/// The label of a link.
///
/// # Errors
/// A sentence that says what to write.
pub fn label(typed: &str) -> Result<String, String> {
    fields::line(typed, LONGEST_LABEL)
}

/// Where a link leads: a path of this site that there is, perhaps with a heading's mark after `#`.
///
/// # Errors
/// A sentence that says what to write.
pub fn href(edition: &Edition, typed: &str) -> Result<String, String> {
    let typed = typed.trim();
    let (path, mark) = typed.split_once('#').map_or((typed, None), |(path, mark)| (path, Some(mark)));
    let plain = |mark: &str| {
        !mark.is_empty() && mark.len() <= 100 && mark.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if !path.starts_with('/') || !mark.is_none_or(plain) {
        return Err("Write a path of this site that starts with /, such as /contact.".to_owned());
    }
    let there = path == "/"
        || OWN_PATHS.contains(&path)
        || path.strip_prefix('/').is_some_and(|address| address != "home" && edition.views.contains_key(address));
    if there {
        Ok(typed.to_owned())
    } else {
        Err("Nothing is published at this path. Publish the page first, or correct the path.".to_owned())
    }
}

/// Links on one line, for comparing.
#[must_use]
pub fn in_words(links: &[NavigationLink]) -> String {
    links.iter().map(|link| format!("{} ({})", link.label, link.href)).collect::<Vec<_>>().join(", ")
}
