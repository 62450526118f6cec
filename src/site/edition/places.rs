//! The map of addresses at an instant: pages and notices alone, moved addresses with their targets, and withdrawn notices.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::base::web::pages::PageBytes;
use crate::site::edition::view::{Section, View, sections};
use crate::site::model::{NoticeKind, PageContent};
use crate::site::published::{Notice, Published};

#[derive(Default)]
pub(super) struct Places {
    pub(super) views: HashMap<String, View>,
    pub(super) moved: HashMap<String, String>,
    pub(super) withdrawn: HashMap<String, String>,
    pub(super) taken_away: HashMap<String, String>,
}

impl Places {
    /// A page hides a notice of the same address; what stands somewhere hides what was there before, but for a notice alone: where
    /// its page stood before, a visitor is looking for the page.
    pub(super) fn new(published: &Published, at: Timestamp) -> Self {
        let mut places = Self::default();
        let pages: Vec<&Arc<PageContent>> = published.pages.values().filter_map(|timeline| timeline.at(at)).collect();
        let mut page_of: HashMap<&str, &Arc<PageContent>> = HashMap::with_capacity(pages.len());
        for page in &pages {
            for name in &page.notices {
                page_of.entry(name.as_str()).or_insert(page);
            }
        }
        places.views.reserve(published.notices.len() + pages.len());
        for notice in published.notices.values() {
            places.notice(notice, page_of.get(notice.name.as_str()).copied(), at);
        }
        for timeline in published.pages.values() {
            let Some(page) = timeline.at(at) else { continue };
            for old in timeline.up_to(at).map(|before| &before.address).filter(|old| **old != page.address) {
                let on_it = |view: &View| view.notice.as_ref().is_some_and(|name| is_on(page, name));
                if places.views.get(old.as_str()).is_some_and(on_it) {
                    places.views.remove(old.as_str());
                }
                if places.withdrawn.get(old.as_str()).is_some_and(|name| is_on(page, name)) {
                    places.withdrawn.remove(old.as_str());
                }
                places.moved.insert(old.as_str().to_owned(), page.address.as_str().to_owned());
            }
        }
        for page in pages {
            let sections = sections(published, page, at);
            let view = View { page: Some(Arc::clone(page)), notice: None, sections, bytes: PageBytes::default() };
            places.views.insert(page.address.as_str().to_owned(), view);
        }
        places.take_away(published, at);
        let Self { views, moved, withdrawn, .. } = &mut places;
        withdrawn.retain(|address, _| !views.contains_key(address));
        moved.retain(|old, _| !views.contains_key(old) && !withdrawn.contains_key(old));
        places
    }

    /// The addresses of pages that were taken away. A text that stands on another page now gives way where visitors of the page are sent
    /// on; one that stands alone is read there.
    fn take_away(&mut self, published: &Published, at: Timestamp) {
        for (name, timeline) in published.pages.iter() {
            let Some(withdrawal) = published.page_withdrawn(name, at) else { continue };
            let leads_on = withdrawal.content.as_ref().is_some_and(|content| !content.go_to.is_empty());
            for address in timeline.up_to(at).map(|page| page.address.as_str()) {
                let stands_elsewhere = |view: &View| view.notice.is_some() && view.page.is_some();
                if leads_on && self.views.get(address).is_some_and(stands_elsewhere) {
                    self.views.remove(address);
                }
                if !self.views.contains_key(address) {
                    self.withdrawn.remove(address);
                    self.moved.remove(address);
                    self.taken_away.insert(address.to_owned(), name.to_owned());
                }
            }
        }
    }

    fn notice(&mut self, notice: &Notice, page: Option<&Arc<PageContent>>, at: Timestamp) {
        let version = notice.in_force(at);
        let last = version.or_else(|| notice.last_in_force(at)).and_then(|version| version.about.as_ref());
        if last.is_some_and(|about| about.kind == NoticeKind::Banner) {
            return;
        }
        let address = notice.address(at);
        if version.is_some() {
            let view = View {
                page: page.cloned(),
                notice: Some(notice.name.clone()),
                sections: vec![Section::new(notice, at)],
                bytes: PageBytes::default(),
            };
            self.views.insert(address.to_owned(), view);
        } else if notice.withdrawn(at).is_some() {
            self.withdrawn.insert(address.to_owned(), notice.name.clone());
        } else {
            return;
        }
        for old in notice.addresses(at).filter(|old| *old != address) {
            self.moved.insert(old.to_owned(), address.to_owned());
        }
    }
}

fn is_on(page: &PageContent, notice: &str) -> bool {
    page.notices.iter().any(|name| name.as_str() == notice)
}
