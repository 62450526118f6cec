//! The contents that ledger entries commit to: notices, pages, facts, navigation and what else staff can change.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};

use crate::base::characters;

/// Reads a line that an earlier release may have taken as it was typed. The entry keeps its bytes; this is what is shown of them.
fn as_shown<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map(characters::as_shown)
}

use crate::base::language::Language;
use crate::site::paths;

/// The change note that all corrections of a typing error share: feeds tell of such a version as a minor one.
pub const TYPING_ERROR: &str = "Typing error corrected.";

/// One version of a notice, as it is kept for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeContent {
    /// The address the notice has under this version: `website-privacy` is read at `/website-privacy`.
    pub address: Address,
    /// The title, plain text.
    #[serde(deserialize_with = "as_shown")]
    pub title: String,
    /// The language it is written in.
    pub language: Language,
    /// Words that people use for what it is about and that do not stand in it, such as "speeding fine", with commas between them: a
    /// search finds it by them. Left out of what is hashed where there are none.
    #[serde(default, skip_serializing_if = "String::is_empty", deserialize_with = "as_shown")]
    pub words: String,
    /// Its kind: a text or a banner.
    pub kind: NoticeKind,
    /// The text in Markdown, with its placeholders.
    pub markdown: String,
    /// The text as it is served: an HTML fragment with the placeholders resolved.
    pub html: String,
    /// The public change note.
    #[serde(deserialize_with = "as_shown")]
    pub change_note: String,
    /// Set if visitors are asked about cookies again.
    pub ask_again: bool,
    /// The day by which the force means to look at it again.
    pub review_by: Option<Date>,
    /// The pages and the end of a banner.
    pub banner: Option<Banner>,
    /// Set if it is about harm, so that its page should not tell over a shoulder what it is about. Left out of what is hashed where
    /// it is not: texts of releases that did not know the mark keep their hashes.
    #[serde(default, skip_serializing_if = "is_not")]
    pub about_harm: bool,
}

/// Tells that a mark is not set.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "this is how serde calls it")]
pub(crate) fn is_not(mark: &bool) -> bool {
    !mark
}

/// The kind of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoticeKind {
    /// A text on a page.
    Text,
    /// A strip above the content of pages.
    Banner,
}

/// The level, pages and end of a banner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Banner {
    /// Its urgency.
    pub level: Level,
    /// Addresses of the pages it shows on; `all` is every page.
    pub pages: Vec<String>,
    /// The time at which it stops showing.
    pub ends_at: Option<Timestamp>,
}

/// The urgency of a banner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Good to know.
    Information,
    /// Mind this.
    Warning,
    /// Danger to people.
    Emergency,
}

impl Level {
    /// Every level, the least urgent first.
    pub const ALL: [Self; 3] = [Self::Information, Self::Warning, Self::Emergency];

    /// The name for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Information => "Information",
            Self::Warning => "Important",
            Self::Emergency => "Emergency",
        }
    }

    /// The name in style sheets and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Emergency => "emergency",
        }
    }
}

/// One version of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageContent {
    /// Its address; `home` is served at `/`.
    pub address: Address,
    /// Its title, the one `h1`.
    #[serde(deserialize_with = "as_shown")]
    pub title: String,
    /// One sentence for search engines.
    #[serde(deserialize_with = "as_shown")]
    pub description: String,
    /// Its notices in order, by the name in their subject.
    pub notices: Vec<Address>,
    /// Set if it is about harm, see [`NoticeContent::about_harm`].
    #[serde(default, skip_serializing_if = "is_not")]
    pub about_harm: bool,
}

/// A link of the navigation or footer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NavigationLink {
    /// The label.
    pub label: String,
    /// A local path.
    pub href: String,
}

/// One version of the links around every page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Navigation {
    /// The main navigation in order.
    pub navigation: Vec<NavigationLink>,
    /// The footer in order.
    pub footer: Vec<NavigationLink>,
    /// Addresses that the site does not have itself, such as those of an old site, with where they lead. Left out of what is hashed
    /// where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirects: Vec<Redirect>,
}

/// An address that leads on to a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirect {
    /// The path that is asked for, in small letters and without a slash at its end.
    pub from: String,
    /// The local path it leads to.
    pub to: String,
}

/// One version of the answers that the search puts first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promoted {
    /// The answers in order.
    pub answers: Vec<PromotedAnswer>,
}

/// An answer that the search puts before its hits where somebody looks for certain words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromotedAnswer {
    /// The words that it answers, with commas between groups of them: a query that holds all words of one group is answered.
    pub words: String,
    /// The answer, plain text.
    pub sentence: String,
    /// A telephone number as people read it; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub number: String,
    /// A local path or an `https` address that says more; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub link: String,
}

impl PromotedAnswer {
    /// The groups of words that it answers.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.words.split(',').map(str::trim).filter(|group| !group.is_empty())
    }
}

/// The force's names, addresses and numbers that placeholders stand for.
pub type Facts = BTreeMap<String, String>;

/// The reason why an entry's content is gone, told to the public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedactionContent {
    /// The legal ground, in words.
    pub ground: String,
    /// The address of the text, which goes on answering; none if it was removed too, was never public, or was not stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

/// A withdrawal of a notice, as the public reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawalContent {
    /// Why.
    #[serde(deserialize_with = "as_shown")]
    pub note: String,
    /// The address to go to instead: a local path or an `https` address; empty for a banner.
    pub go_to: String,
}

/// A correction of a version, which the public reads beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionContent {
    /// The correct statement.
    pub text: String,
}

/// An address that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an address is 1 to 80 small letters, digits and single hyphens between them, and none of the site's own")]
pub struct NotAnAddress;

/// The first part of a local path: small letters, digits and hyphens.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(String);

impl Address {
    /// The text of the address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path a visitor reads it at.
    pub fn path(&self) -> String {
        path_of(&self.0)
    }
}

/// The path of an address.
pub fn path_of(address: &str) -> String {
    if address == "home" { "/".to_owned() } else { paths::address(address) }
}

impl TryFrom<String> for Address {
    type Error = NotAnAddress;

    fn try_from(text: String) -> Result<Self, NotAnAddress> {
        let plain = text.split('-').all(|part| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        });
        if plain && text.len() <= 80 && !paths::is_own(&text) { Ok(Self(text)) } else { Err(NotAnAddress) }
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.0
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_plain_and_never_the_sites_own() {
        for good in ["home", "website-privacy", "a1"] {
            assert!(Address::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a--b", "A", "a/b", "notices", "preview", "a.b", &"x".repeat(81)] {
            assert!(Address::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
