//! The places that can be found: the pages and notices of an edition, and the pages that features make themselves, each once.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::sync::Arc;

use crate::base::language::Language;
use crate::site::declared::OwnPage;
use crate::site::edition::{Edition, Section, View};
use crate::site::model::{NoticeContent, PageContent, path_of};
use crate::text::markdown::{headings, plain_text};

/// Something that can be found.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Place {
    /// A page or a notice alone, by its address.
    View(Arc<str>),
    /// A page that a feature makes itself, by its path.
    Own(&'static str),
}

/// The label of a link to a page that has no title of its own.
const MORE: &str = "Read more";

/// The texts by which a place is found.
#[derive(Default)]
pub(super) struct Searched {
    pub(super) title: String,
    pub(super) words: String,
    pub(super) headings: String,
    pub(super) text: String,
}

/// Places of an edition with what tells a change, in the order of their addresses.
pub(super) fn places(edition: &Edition) -> Vec<(Place, u64)> {
    let mut addresses: Vec<&String> = edition.views.keys().collect();
    addresses.sort();
    let of_view = |address: &String| {
        let view = edition.views.get(address)?;
        let shown = is_found(edition, address, view) && view.sections.iter().any(|section| text(section).is_some());
        shown.then(|| (Place::View(Arc::from(address.as_str())), mark(address, view)))
    };
    let own = edition.declared.own_pages.iter().map(|page| page.path);
    let own = own.filter(|path| !edition.views.contains_key(path.trim_start_matches('/')));
    addresses.into_iter().filter_map(of_view).chain(own.map(|path| (Place::Own(path), 0))).collect()
}

fn own_page<'a>(edition: &'a Edition, path: &str) -> Option<&'a OwnPage> {
    edition.declared.own_pages.iter().find(|page| page.path == path)
}

/// A notice that is all of a page with another address is found as that page.
fn is_found(edition: &Edition, address: &str, view: &View) -> bool {
    let page = view.page.as_ref().filter(|_| view.notice.is_some());
    page.is_none_or(|page| {
        page.notices.len() > 1 || !edition.views.contains_key(page.address.as_str()) || page.address.as_str() == address
    })
}

/// A number that is another one whenever what a place is found by is.
fn mark(address: &str, view: &View) -> u64 {
    let mut hasher = DefaultHasher::new();
    address.hash(&mut hasher);
    if let Some(page) = page(view) {
        (&page.title, &page.description).hash(&mut hasher);
    }
    for section in &view.sections {
        section.name.hash(&mut hasher);
        if let Some(version) = section.version.as_ref().filter(|version| version.text.is_some()) {
            version.entry.hash.hash(&mut hasher);
        }
    }
    hasher.finish()
}

fn page(view: &View) -> Option<&PageContent> {
    view.page.as_deref().filter(|_| view.notice.is_none())
}

fn text(section: &Section) -> Option<&Arc<NoticeContent>> {
    section.version.as_ref()?.text.as_ref()
}

/// The texts that are read at a place and nowhere else.
fn own_texts<'a>(edition: &'a Edition, view: &'a View) -> impl Iterator<Item = &'a Arc<NoticeContent>> {
    let is_only = view.sections.len() == 1;
    let has_own_place = move |section: &Section, text: &NoticeContent| {
        let alone = edition.views.get(text.address.as_str()).and_then(|view| view.notice.as_ref());
        !is_only && view.notice.is_none() && alone == Some(&section.name)
    };
    view.sections
        .iter()
        .filter_map(|section| Some((section, text(section)?)))
        .filter(move |(section, text)| !has_own_place(section, text))
        .map(|(_, text)| text)
}

/// The texts by which a place is found; none where it is not there any more.
pub(super) fn searched(edition: &Edition, place: &Place) -> Option<Searched> {
    let address = match place {
        Place::Own(path) => {
            let page = own_page(edition, path)?;
            let (title, words) = (page.title.to_owned(), format!("{}, {path}", page.words));
            return Some(Searched { title, words, headings: String::new(), text: page.about.to_owned() });
        }
        Place::View(address) => address,
    };
    let view = edition.views.get(&**address)?;
    let mut searched = Searched::default();
    let mut add = |to: fn(&mut Searched) -> &mut String, words: &str| {
        let to = to(&mut searched);
        to.push_str(words);
        to.push('\n');
    };
    if let Some(page) = page(view) {
        add(|to| &mut to.title, &page.title);
        add(|to| &mut to.text, &page.description);
        view.sections.iter().filter_map(text).for_each(|text| add(|to| &mut to.headings, &text.title));
    }
    add(|to| &mut to.headings, &address.replace('-', " "));
    add(|to| &mut to.headings, address);
    for text in own_texts(edition, view) {
        if page(view).is_none() {
            add(|to| &mut to.title, &text.title);
        }
        add(|to| &mut to.words, &text.words);
        add(|to| &mut to.headings, text.address.as_str());
        for heading in headings(&text.html) {
            add(|to| &mut to.headings, &heading.words);
        }
        add(|to| &mut to.text, &plain_text(&text.html));
    }
    Some(searched)
}

/// An entry of a list for a place.
pub(super) struct PlaceEntry {
    pub(super) href: String,
    pub(super) title: String,
    pub(super) language: Language,
    /// Its text, a line a block.
    pub(super) text: String,
}

/// The title of what is read at a local path, perhaps with a heading's mark; none where nothing is.
pub(super) fn title_of<'a>(edition: &'a Edition, href: &str) -> Option<&'a str> {
    let path = href.split(['#', '?']).next().unwrap_or(href);
    let address = if path == "/" { "home" } else { path.trim_start_matches('/') };
    let own = || own_page(edition, path).map(|page| page.title);
    let declared = || edition.declared.navigation.contains(&path).then_some(MORE);
    edition.views.get(address).and_then(View::title).or_else(own).or_else(declared)
}

/// The entry of a list for a place that is there now.
pub(super) fn shown(edition: &Edition, place: &Place) -> Option<PlaceEntry> {
    let address = match place {
        Place::Own(path) => {
            let page = own_page(edition, path)?;
            return Some(PlaceEntry {
                href: page.path.to_owned(),
                title: page.title.to_owned(),
                language: Language::default(),
                text: page.about.to_owned(),
            });
        }
        Place::View(address) => address,
    };
    let view = edition.views.get(&**address)?;
    let texts: Vec<&Arc<NoticeContent>> = own_texts(edition, view).collect();
    let first = texts.first().copied().or_else(|| view.sections.iter().find_map(text))?;
    let mut lines: Vec<String> = texts.iter().map(|text| plain_text(&text.html)).collect();
    if texts.is_empty() {
        lines.extend(page(view).map(|page| page.description.clone()));
    }
    Some(PlaceEntry {
        href: path_of(address),
        title: page(view).map_or_else(|| first.title.clone(), |page| page.title.clone()),
        language: first.language.clone(),
        text: lines.join("\n"),
    })
}
