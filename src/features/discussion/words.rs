//! Sentences about comments.

use crate::features::discussion::model::{Comment, Kind};

/// The sentence for a passage that does not stand in the text.
pub(super) const NO_SUCH_PASSAGE: &str =
    "These words do not stand in the text as it is now. Copy them from the text, or leave the field empty.";
/// The sentence for a form that was sent before and comes again with other words.
pub(super) const SENT_BEFORE: &str =
    "A comment was sent from this form before. It is below. Press the button again to add these words as another one.";
/// The sentence for an answer to a comment that is gone.
pub(super) const NOTHING_TO_ANSWER: &str =
    "The comment that you answer is gone. Press the button again to add your words as a comment of their own.";

/// Says what somebody did, after their name.
pub(crate) fn did(comment: &Comment) -> String {
    match (comment.kind, &comment.reviewer) {
        (Kind::Comment, _) if comment.reply_to.is_some() => "answered".to_owned(),
        (Kind::Comment, _) => "commented".to_owned(),
        (Kind::Review, Some(reviewer)) => format!("asked {} for a review", reviewer.person.name),
        (Kind::Review, None) => "asked for a review".to_owned(),
        (Kind::Back, _) => "sent the draft back".to_owned(),
    }
}

/// Says that a person who was asked for a review cannot give it any more.
pub(crate) fn reviewer_left(comment: &Comment) -> Option<String> {
    let reviewer = comment.reviewer.as_ref().filter(|reviewer| !reviewer.may_review)?;
    let name = &reviewer.person.name;
    Some(format!("{name} was asked for this review and cannot give one any more. Anybody else who may review can."))
}
