//! Comments of staff on a text, and the rules for what they hold.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::base::characters::find_unfit;
use crate::base::web::form::Wrong;
use crate::features::drafts::model::Person;

/// The longest comment or message, in characters.
pub const LONGEST_COMMENT: usize = 2000;
/// The longest passage that a comment quotes, in characters.
pub const LONGEST_PASSAGE: usize = 500;
/// The time that comments are kept.
pub const KEPT_FOR: SignedDuration = SignedDuration::from_hours(2 * 365 * 24);

/// The part that a comment plays besides saying something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Comment,
    /// It asks for a review.
    Review,
    /// It sends a draft back.
    Back,
}

impl Kind {
    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Review => "review",
            Self::Back => "back",
        }
    }

    /// The kind with a name.
    pub fn named(name: &str) -> Self {
        match name {
            "review" => Self::Review,
            "back" => Self::Back,
            _ => Self::Comment,
        }
    }
}

/// A person who was asked for a review by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewer {
    /// The person.
    pub person: Person,
    /// False once their account is suspended or has lost the role.
    pub may_review: bool,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Its id.
    pub id: Uuid,
    /// Its kind.
    pub kind: Kind,
    /// The words of the text that it quotes; empty where it is about all of it.
    pub passage: String,
    /// Its words; may be empty where it asks for a review.
    pub words: String,
    /// The person asked for the review; none for everybody who may review.
    pub reviewer: Option<Reviewer>,
    /// The comment that it answers.
    pub reply_to: Option<Uuid>,
    /// The person who wrote it.
    pub writer: Person,
    /// When.
    pub at: Timestamp,
}

/// A comment to be kept.
#[derive(Clone, Copy, Debug)]
pub struct NewComment<'a> {
    /// Its id, which the form carries, so that a form sent again is found out.
    pub id: Uuid,
    /// Its kind.
    pub kind: Kind,
    /// See [`Comment::passage`].
    pub passage: &'a str,
    /// See [`Comment::words`].
    pub words: &'a str,
    /// Account of the person who is asked for a review.
    pub reviewer: Option<Uuid>,
    /// See [`Comment::reply_to`].
    pub reply_to: Option<Uuid>,
}

impl<'a> NewComment<'a> {
    /// Words of a kind that are about all of a text.
    pub fn of(kind: Kind, words: &'a str) -> Self {
        Self { id: Uuid::now_v7(), kind, passage: "", words, reviewer: None, reply_to: None }
    }
}

/// The wish of whoever asks for a review: a person, where they name one, and a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Account of the person who is asked; none for everybody who may review.
    pub reviewer: Option<Uuid>,
    /// The message; may be empty.
    pub message: String,
}

/// Words that were typed, with line breaks of one kind and nothing around them. Errors: why they cannot be kept. Empty words are no error.
pub fn read_words(typed: &str, most: usize) -> Result<String, Wrong> {
    let words = typed.replace("\r\n", "\n").trim().to_owned();
    let length = words.chars().count();
    if length > most {
        return Err(Wrong::TooLong { most, length });
    }
    find_unfit(&words).map_or(Ok(words), |unfit| Err(Wrong::Unfit(unfit)))
}

/// Tells that a passage stands in a text, however either breaks its lines.
pub fn stands_in(text: &str, passage: &str) -> bool {
    let on_a_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    on_a_line(text).contains(&on_a_line(passage))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passage_is_found_over_the_ends_of_lines_and_not_once_a_word_changed() {
        let text = "Call 101.\nWe are open  from 9am\nto 5pm.";
        assert!(stands_in(text, "open from 9am to 5pm"));
        assert!(stands_in(text, " 101. We\n are "));
        assert!(!stands_in(text, "open from 8am to 5pm"));
    }

    #[test]
    fn words_are_kept_as_typed_up_to_the_limit() {
        assert_eq!(read_words(" One.\r\nTwo. ", 20).as_deref(), Ok("One.\nTwo."));
        assert_eq!(read_words("  ", 20).as_deref(), Ok(""));
        assert!(matches!(read_words(&"x".repeat(21), 20), Err(Wrong::TooLong { most: 20, length: 21 })));
        assert!(matches!(read_words("a\u{202E}b", 20), Err(Wrong::Unfit('\u{202E}'))));
    }
}
