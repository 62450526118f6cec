//! What stands around the content of every public page: the data that `templates/layouts/public.html` reads.

use crate::base::language::{Language, Worded};

/// A link with its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it says.
    pub label: String,
    /// Where it leads.
    pub href: String,
}

impl Link {
    /// A link.
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: href.into() }
    }
}

/// A message across the site. Those about an emergency stand above the content, all others below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BannerView {
    /// `information`, `warning` or `emergency`.
    pub level: &'static str,
    /// Its title, in the language of its text.
    pub title: Worded,
    /// Its text: an HTML fragment of our own renderer.
    pub html: String,
    /// Its history.
    pub href: String,
}

/// What the cookie banner says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CookieBanner {
    /// Nothing: a choice was made, or the browser's Global Privacy Control made it.
    #[default]
    Hidden,
    /// Asks.
    Asks,
    /// Confirms that cookies were accepted.
    ConfirmsAccept,
    /// Confirms that cookies were rejected.
    ConfirmsReject,
}

impl CookieBanner {
    /// Whether it asks.
    pub fn asks(self) -> bool {
        self == Self::Asks
    }

    /// Whether it confirms an accept.
    pub fn confirms_accept(self) -> bool {
        self == Self::ConfirmsAccept
    }

    /// Whether it confirms a reject.
    pub fn confirms_reject(self) -> bool {
        self == Self::ConfirmsReject
    }
}

/// The shell of a page.
#[derive(Clone, Debug, Default)]
pub struct Shell {
    /// The language of the site's own words.
    pub language: Language,
    /// The page's title, without the force's name.
    pub title: String,
    /// The force's name.
    pub force_name: String,
    /// Its short name.
    pub force_short_name: String,
    /// Path of the page.
    pub path: String,
    /// Where the cookie form comes back to: the path with its query.
    pub return_to: String,
    /// One sentence for search engines.
    pub description: Option<String>,
    /// Absolute address of the page that this one repeats a part of.
    pub canonical: Option<String>,
    /// Whether search engines are asked to leave it out.
    pub noindex: bool,
    /// Feed of changes to what it shows.
    pub feed: Option<String>,
    /// The main navigation.
    pub navigation: Vec<Link>,
    /// The footer.
    pub footer: Vec<Link>,
    /// Banners in force here.
    pub banners: Vec<BannerView>,
    /// What the cookie banner says.
    pub cookies: CookieBanner,
    /// The page without the confirmation of a cookie choice.
    pub hide_href: String,
    /// Where to read how to call 999 without speaking; none while no such text is in force.
    pub cannot_speak: Option<String>,
    /// Pages that help somebody who is at a loss: those of them that are there.
    pub help: Vec<Link>,
    /// Words in the search box.
    pub search: String,
    /// Where quick exit leads to.
    pub neutral_site: String,
    /// Address of the style sheet.
    pub stylesheet: &'static str,
    /// Address of the script.
    pub script: &'static str,
    /// Address of the icon.
    pub icon: &'static str,
}
