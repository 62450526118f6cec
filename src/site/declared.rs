//! The part of the declarations of features that the public site needs. The site is given the sums over all features and knows no feature by name.

/// A page that a feature makes itself, as a search finds it.
#[derive(Clone, Copy, Debug)]
pub struct OwnPage {
    /// Its path.
    pub path: &'static str,
    /// Its title.
    pub title: &'static str,
    /// A sentence about it, which promises nothing that the page does not hold.
    pub about: &'static str,
    /// Words that people use for it, with commas between them.
    pub words: &'static str,
}

/// The sums of what all features declare for the public site.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// Addresses that a feature answers itself.
    pub own: Vec<&'static str>,
    /// Those of them where a page of the force's texts can stand, which the feature shows among its own content.
    pub with_texts: Vec<&'static str>,
    /// Paths of features to which the navigation may lead.
    pub navigation: Vec<&'static str>,
    /// Pages that features make themselves and that a search finds.
    pub own_pages: Vec<OwnPage>,
}

impl Declared {
    /// Tells that a feature answers an address itself. What stands there stays there, and nothing else moves there.
    pub fn is_own(&self, address: &str) -> bool {
        self.own.contains(&address)
    }

    /// Tells that no page or notice can stand at an address.
    pub fn is_closed(&self, address: &str) -> bool {
        self.is_own(address) && !self.with_texts.contains(&address)
    }
}
