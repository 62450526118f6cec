//! The shell around the content of every staff page: the data that `templates/layouts/staff.html` reads.

use crate::base::web::shell::Link;
use crate::desk::flash::Flash;

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
