//! The shell around the content of every staff page: the data that `templates/layouts/staff.html` reads.

use crate::base::web::shell::Link;
use crate::desk::flash::Flash;
use crate::desk::paths;

/// The parts of the guide, by what the paths of the pages that they are about begin with.
pub const HELP: [(&str, &str); 16] = [
    ("/sign-in", "sign-in-for-the-first-time"),
    ("/welcome", "sign-in-for-the-first-time"),
    ("/account/", "sign-in-for-the-first-time"),
    ("/accounts", "who-may-do-what"),
    ("/account", "sign-in-for-the-first-time"),
    ("/notices/{name}/sheet", "answer-for-a-notice"),
    ("/notices", "change-a-notice-in-three-minutes"),
    ("/banners", "banners"),
    ("/drafts", "review-and-publish"),
    ("/entries", "review-and-publish"),
    ("/promoted-answers", "what-a-search-finds"),
    ("/searches", "what-a-search-finds"),
    ("/facts", "names-addresses-pages"),
    ("/pages", "names-addresses-pages"),
    ("/previews", "show-a-draft-to-somebody-without-an-account"),
    ("/audit", "answer-for-a-notice"),
];

/// The shell of a staff page.
#[derive(Clone, Debug, Default)]
pub struct StaffShell {
    /// The page's title, without the site's name.
    pub title: String,
    /// The force's name.
    pub force_name: String,
    /// The name of the person who is signed in.
    pub person: Option<String>,
    /// The main navigation, as far as their roles reach.
    pub navigation: Vec<Link>,
    /// How many tasks wait for them.
    pub waiting: i64,
    /// The path of the page, or the pattern of a path in its section.
    pub path: String,
    /// A sentence about the last action, shown once above the content.
    pub said: Option<String>,
    /// The reason for which nothing can be saved just now.
    pub warning: Option<&'static str>,
    /// Address of the style sheet.
    pub stylesheet: &'static str,
    /// Address of the script.
    pub script: &'static str,
    /// Address of the icon.
    pub icon: &'static str,
    /// Address of the public site.
    pub public_url: String,
}

impl StaffShell {
    /// Tells that a link of the navigation leads to the section that this page belongs to.
    pub fn is_here(&self, href: &str) -> bool {
        if href == "/" { self.path == "/" } else { self.path == href || self.path.starts_with(&format!("{href}/")) }
    }

    /// The address of the part of the guide that is about this page.
    pub fn help(&self) -> String {
        let part = HELP.iter().find(|(path, _)| self.path.starts_with(path)).map_or("", |(_, part)| *part);
        if part.is_empty() { paths::GUIDE.to_owned() } else { format!("{}#guide-{part}", paths::GUIDE) }
    }

    /// Adds a sentence about the last action.
    #[must_use]
    pub fn saying(mut self, said: Option<String>) -> Self {
        self.said = said;
        self
    }
}

/// The sentence about the last action, from the query of an address.
pub fn said(query: Option<&str>) -> Option<String> {
    Flash::of(query).map(Flash::sentence)
}
