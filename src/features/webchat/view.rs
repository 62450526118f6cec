//! Messages as pages show them.

use crate::base::clock::time_words;
use crate::features::conversations::store::Message;

/// A message as it is shown.
pub(super) struct MessageView {
    pub(super) number: i32,
    pub(super) who: String,
    pub(super) class: String,
    pub(super) at: String,
    pub(super) text: String,
    pub(super) is_new: bool,
}

impl MessageView {
    /// A message for one side.
    pub(super) fn of(message: Message, own: &str, seen: i32) -> Self {
        let who = match (message.side.as_str(), message.content.from) {
            (side, _) if side == own => "You".to_owned(),
            ("system", _) => "Webchat".to_owned(),
            ("visitor", name) if name.is_empty() => "Visitor".to_owned(),
            (_, name) => name,
        };
        Self {
            number: message.number,
            who,
            class: message.side,
            at: time_words(message.at),
            text: message.content.text,
            is_new: message.number > seen,
        }
    }
}
