//! The shell around the content of every public page: the data that `templates/layouts/public.html` reads.

use crate::base::language::{Language, Worded};
use crate::base::web::assets;

/// The title of a page about harm: true, and dull to whoever looks over a shoulder.
const DISCREET_TITLE: &str = "Help and advice";

/// A link with its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The label.
    pub label: String,
    /// The address.
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

/// The state of the cookie banner.
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
    /// Tells whether it asks.
    pub fn asks(self) -> bool {
        self == Self::Asks
    }

    /// Tells whether it confirms an accept.
    pub fn confirms_accept(self) -> bool {
        self == Self::ConfirmsAccept
    }

    /// Tells whether it confirms a reject.
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
    /// The address that the cookie form leads back to: the path with its query.
    pub return_to: String,
    /// One sentence for search engines.
    pub description: Option<String>,
    /// Absolute address of the page that this one repeats a part of.
    pub canonical: Option<String>,
    /// Set if search engines are asked to leave it out.
    pub noindex: bool,
    /// Feed of changes to what it shows, with its title.
    pub feed: Option<Link>,
    /// Set if the page is about harm: see [`Shell::make_discreet`].
    pub is_discreet: bool,
    /// Set if another day was asked for, and the page has none.
    pub has_no_past: bool,
    /// The site's own address without a slash at its end.
    pub origin: String,
    /// The main navigation.
    pub navigation: Vec<Link>,
    /// The footer.
    pub footer: Vec<Link>,
    /// Banners in force here.
    pub banners: Vec<BannerView>,
    /// The state of the cookie banner.
    pub cookies: CookieBanner,
    /// The page without the confirmation of a cookie choice.
    pub hide_href: String,
    /// The address of the text on calling 999 without speaking; none while it is not in force.
    pub cannot_speak: Option<String>,
    /// Pages that help somebody who is at a loss: those of them that are there.
    pub help: Vec<Link>,
    /// Words in the search box.
    pub search: String,
    /// The address of the neutral site.
    pub neutral_site: String,
    /// Address of the style sheet.
    pub stylesheet: &'static str,
    /// Address of the script.
    pub script: &'static str,
    /// Address of the icon.
    pub icon: &'static str,
    /// Address of the icon for the first screen of a phone.
    pub touch_icon: &'static str,
    /// Address of the picture that stands beside a shared link.
    pub picture: &'static str,
}

impl Shell {
    /// Makes the page one about harm: its tab does not tell what it is about, and it asks nothing about cookies.
    pub fn make_discreet(&mut self) {
        self.is_discreet = true;
        (self.icon, self.touch_icon) = (assets::neutral_icon(), assets::neutral_touch_icon());
        if self.cookies.asks() {
            self.cookies = CookieBanner::Hidden;
        }
    }

    /// The title of a page about harm.
    pub fn discreet_title(&self) -> &'static str {
        DISCREET_TITLE
    }
}
