//! The view at one address, with the notices on it.

use std::sync::Arc;

use jiff::Timestamp;

use crate::base::web::pages::PageBytes;
use crate::site::model::PageContent;
use crate::site::published::{Notice, Published, Version, Withdrawal};

/// Something a visitor can read under one address.
#[derive(Debug)]
pub struct View {
    /// The page it is, or the page that a notice alone stands on.
    pub page: Option<Arc<PageContent>>,
    /// Set for a notice alone.
    pub notice: Option<String>,
    /// Its sections, in order.
    pub sections: Vec<Section>,
    /// Its bytes, made when somebody asks.
    pub bytes: PageBytes,
}

impl View {
    /// Tells that it is about harm: the page is marked, or every text on it.
    pub fn is_about_harm(&self) -> bool {
        let page = self.page.as_ref().filter(|_| self.notice.is_none());
        let versions = self.sections.iter().filter_map(|section| section.version.as_ref());
        let mut texts = versions.filter_map(|version| version.about.as_ref()).peekable();
        page.is_some_and(|page| page.about_harm) || (texts.peek().is_some() && texts.all(|about| about.about_harm))
    }

    /// The page's title, or that of the notice alone.
    pub fn title(&self) -> Option<&str> {
        match (&self.page, &self.notice) {
            (Some(page), None) => Some(&page.title),
            _ => self.sections.first()?.version.as_ref()?.about.as_ref().map(|about| about.title.as_str()),
        }
    }
}

/// A notice on a page.
#[derive(Clone, Debug)]
pub struct Section {
    /// Name of the notice.
    pub name: String,
    /// The version in force; none where nothing is.
    pub version: Option<Arc<Version>>,
    /// Set where nothing is in force because it was withdrawn.
    pub withdrawal: Option<Arc<Withdrawal>>,
}

impl Section {
    /// A notice at an instant.
    pub fn new(notice: &Notice, at: Timestamp) -> Self {
        Self {
            name: notice.name.clone(),
            version: notice.in_force(at).cloned(),
            withdrawal: notice.withdrawn(at).map(|withdrawal| Arc::new(withdrawal.clone())),
        }
    }

    /// A notice of which nothing is known at an instant.
    pub fn empty(name: &str) -> Self {
        Self { name: name.to_owned(), version: None, withdrawal: None }
    }
}

/// The notices of a page with their versions in force at an instant.
pub fn sections(published: &Published, page: &PageContent, at: Timestamp) -> Vec<Section> {
    page.notices
        .iter()
        .map(|name| {
            let notice = published.notices.get(name.as_str());
            notice.map_or_else(|| Section::empty(name.as_str()), |notice| Section::new(notice, at))
        })
        .collect()
}
