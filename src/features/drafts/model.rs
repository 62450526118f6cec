//! Drafts, and the rule by which two people have seen the same text.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::base::language::Language;
use crate::base::ledger::Hash;
use crate::site::model::{
    Address, Banner, Facts, Navigation, NoticeContent, NoticeKind, PageContent, Promoted, is_not,
};
use crate::site::subject::Subject;
use crate::text::markdown;

/// A notice as it is being written. Unlike a version it may be unfinished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeDraft {
    /// The address it will have.
    pub address: Address,
    /// Title, perhaps still empty.
    pub title: String,
    /// BCP 47.
    pub language: Language,
    /// Words that people use for it; see [`NoticeContent::words`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// Text or banner.
    pub kind: NoticeKind,
    /// The text.
    pub markdown: String,
    /// The public change note; may still be empty.
    pub change_note: String,
    /// Set if visitors are asked about cookies again.
    pub ask_again: bool,
    /// The day by which the force means to look at it again.
    pub review_by: Option<Date>,
    /// Level, pages and end, for a banner.
    pub banner: Option<Banner>,
    /// Set if it is about harm; see [`NoticeContent::about_harm`].
    #[serde(default, skip_serializing_if = "is_not")]
    pub about_harm: bool,
    /// Answers to the list of what the law asks of a privacy notice, by the key of the question. Not public.
    #[serde(default)]
    pub answers: BTreeMap<String, Answer>,
}

/// The answer to a question of the law's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Set if the text says it; otherwise it was waived.
    pub met: bool,
    /// The reason why it was waived.
    #[serde(default)]
    pub reason: String,
    /// Hash of the text that was answered for: a changed text is asked about again.
    pub of: Hash,
}

/// The part of a published version's private particulars that its next draft starts from. Publishing writes `answers` into them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParticularsAnswers {
    /// See [`NoticeDraft::answers`].
    #[serde(default)]
    pub answers: BTreeMap<String, Answer>,
}

/// The answers that the particulars of a version hold (JSON), to be carried over into its next draft.
pub fn particulars_answers(particulars: &str) -> BTreeMap<String, Answer> {
    serde_json::from_str::<ParticularsAnswers>(particulars).unwrap_or_default().answers
}

impl NoticeDraft {
    /// A new text, empty.
    pub fn new(address: Address, kind: NoticeKind) -> Self {
        Self {
            address,
            title: String::new(),
            language: Language::BritishEnglish,
            words: String::new(),
            kind,
            markdown: String::new(),
            change_note: String::new(),
            ask_again: false,
            review_by: None,
            banner: None,
            about_harm: false,
            answers: BTreeMap::new(),
        }
    }

    /// Makes a draft from a version. Its change note starts empty.
    pub fn from_version(version: &NoticeContent) -> Self {
        Self {
            address: version.address.clone(),
            title: version.title.clone(),
            language: version.language.clone(),
            words: version.words.clone(),
            kind: version.kind,
            markdown: version.markdown.clone(),
            change_note: String::new(),
            ask_again: false,
            review_by: version.review_by,
            banner: version.banner.clone(),
            about_harm: version.about_harm,
            answers: BTreeMap::new(),
        }
    }
}

/// The content of a draft, as its subject has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DraftContent {
    /// A notice.
    Notice(NoticeDraft),
    /// A page; staff give a public change note for it as well, which the audit log keeps.
    Page(PageContent),
    /// The facts.
    Facts(Facts),
    /// The navigation.
    Navigation(Navigation),
    /// The answers that the search puts first.
    Promoted(Promoted),
}

impl DraftContent {
    /// SHA-256 over what will be public, and over the answers to the law's list: two people must have seen the same.
    pub fn fingerprint(&self) -> Result<Hash, serde_json::Error> {
        Ok(Hash::of(&serde_json::to_vec(self)?))
    }

    /// SHA-256 over the facts that the text is served with; none where it uses none. A text that was seen with other facts is another.
    pub fn facts_in(&self, facts: &Facts) -> Option<Hash> {
        let Self::Notice(draft) = self else { return None };
        let read = markdown::facts_read(&draft.markdown);
        let values: serde_json::Value = read.iter().map(|name| (*name, facts.get(*name).cloned())).collect();
        (!read.is_empty()).then(|| Hash::of(values.to_string().as_bytes()))
    }

    /// Its name by itself: its title, else its address. Where the edition is at hand,
    /// [`crate::features::drafts::titles::title`] knows better.
    pub fn title(&self) -> &str {
        match self {
            Self::Notice(draft) if draft.title.is_empty() => draft.address.as_str(),
            Self::Notice(draft) => &draft.title,
            Self::Page(page) if page.title.is_empty() => page.address.as_str(),
            Self::Page(page) => &page.title,
            Self::Facts(_) => "Names, addresses and numbers",
            Self::Navigation(_) => "Navigation and footer",
            Self::Promoted(_) => "Promoted answers",
        }
    }
}

/// The state of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Being written.
    Draft,
    /// Waits for a second person.
    Review,
    /// Came back with a comment.
    Back,
}

impl State {
    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Review => "review",
            Self::Back => "back",
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Review => "For review",
            Self::Back => "Sent back",
        }
    }

    /// The class of its tag.
    pub fn class(self) -> &'static str {
        match self {
            Self::Draft => "tag",
            Self::Review => "tag tag-wait",
            Self::Back => "tag tag-off",
        }
    }
}

/// A draft as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its subject.
    pub subject: Subject,
    /// Its content.
    pub content: DraftContent,
    /// See [`DraftContent::fingerprint`].
    pub fingerprint: Hash,
    /// See [`DraftContent::facts_in`]; those that were in force when it was saved.
    pub facts: Option<Hash>,
    /// The ledger entry it started from; none for something new.
    pub base: Option<i64>,
    /// Grows with each save.
    pub revision: i64,
    /// Its state.
    pub state: State,
    /// The reason why it was sent back.
    pub comment: Option<String>,
    /// The person who started it.
    pub started_by: Person,
    /// When.
    pub started_at: Timestamp,
    /// The person who saved it last.
    pub saved_by: Person,
    /// When.
    pub saved_at: Timestamp,
}

/// A content to be saved, with the facts that its writer sees it with.
#[derive(Clone, Copy, Debug)]
pub struct Written<'a> {
    /// Its subject.
    pub subject: &'a Subject,
    /// Its content.
    pub content: &'a DraftContent,
    /// The facts in force.
    pub facts: &'a Facts,
}

/// A text with the facts that it is served with: what two people must have seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExactText {
    /// See [`DraftContent::fingerprint`].
    pub fingerprint: Hash,
    /// See [`DraftContent::facts_in`].
    pub facts: Option<Hash>,
}

impl ExactText {
    /// The text that a form names; none where it does not say which text it showed.
    pub fn read(fingerprint: &str, facts: &str) -> Option<Self> {
        let facts = if facts.is_empty() { None } else { Some(facts.parse().ok()?) };
        Some(Self { fingerprint: fingerprint.parse().ok()?, facts })
    }
}

impl Written<'_> {
    /// The text that is written.
    pub fn text(&self) -> Result<ExactText, serde_json::Error> {
        Ok(ExactText { fingerprint: self.content.fingerprint()?, facts: self.content.facts_in(self.facts) })
    }
}

/// A member of staff in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Id of the account.
    pub id: Uuid,
    /// Name.
    pub name: String,
}

/// A record that a person has seen a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenBy {
    /// The person.
    pub person: Person,
    /// Set if they wrote it; otherwise they approved it.
    pub wrote: bool,
    /// See [`DraftContent::facts_in`]; those that it was shown with.
    pub facts: Option<Hash>,
    /// When.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> NoticeDraft {
        NoticeDraft::new("contact".to_owned().try_into().unwrap(), NoticeKind::Text)
    }

    #[test]
    fn every_public_word_and_every_answer_changes_the_fingerprint() {
        let before = DraftContent::Notice(draft()).fingerprint().unwrap();
        let noted = NoticeDraft { change_note: "New.".to_owned(), ..draft() };
        assert_ne!(DraftContent::Notice(noted).fingerprint().unwrap(), before);
        let mut answered = draft();
        answered.answers.insert("controller".to_owned(), Answer { met: true, reason: String::new(), of: Hash::ZERO });
        assert_ne!(DraftContent::Notice(answered).fingerprint().unwrap(), before);
    }

    #[test]
    fn only_a_fact_that_the_text_uses_makes_it_another_text() {
        let facts = |email: &str, other: &str| {
            Facts::from([("email".to_owned(), email.to_owned()), ("other".to_owned(), other.to_owned())])
        };
        let text = |markdown: &str| DraftContent::Notice(NoticeDraft { markdown: markdown.to_owned(), ..draft() });
        let using = text("Write to {{ email }}.");
        assert_eq!(using.facts_in(&facts("a", "b")), using.facts_in(&facts("a", "c")));
        assert_ne!(using.facts_in(&facts("a", "b")), using.facts_in(&facts("c", "b")));
        assert_ne!(using.facts_in(&facts("", "b")), using.facts_in(&Facts::new()));
        assert_eq!(text("Call us.").facts_in(&facts("a", "b")), None);
        assert_eq!(DraftContent::Facts(facts("a", "b")).facts_in(&facts("a", "b")), None);
    }
}
