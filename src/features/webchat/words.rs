//! Sentences of webchat.

use jiff::Timestamp;

use crate::features::webchat::model::Offer;

pub(super) const ENDED_BY_VISITOR: &str = "The visitor ended the chat.";
pub(super) const ENDED_BY_STAFF: &str = "We ended the chat.";
pub(super) const ENDED_BY_SILENCE: &str = "The chat ended because nothing was written for a while.";
pub(super) const STILL_THERE: &str =
    "Are you still there? Write something, or the chat ends in five minutes. You can start another at any time.";
pub(super) const BACK_IN_QUEUE: &str = "The person who answered you has lost their connection. You are at the front of the queue, and somebody else will read all of this.";

pub(super) const TOO_MANY: &str =
    "You sent many messages in a minute. This one was not sent: it is still below. Wait a minute, then send it.";
pub(super) const OTHER_TEXT: &str =
    "This message was sent before with other words. Read the chat above; if these words are missing, send them now.";
pub(super) const HAS_ENDED: &str = "The chat has ended, so this was not sent. It is still below for you to copy.";
pub(super) const LINE_CLOSED: &str =
    "Nobody can answer this just now. What you wrote is still here: copy it, or try again in a moment.";
pub(super) const TOO_MANY_STARTS: &str =
    "Many chats were started from your address in the last hour. Wait a while, or call 101. In an emergency call 999.";
pub(super) const NO_SUCH_CODE: &str = "This code opens no chat. Check each letter. A chat is destroyed some time after its end, and then its code opens nothing.";
pub(super) const NOT_KEPT: &str = "Your message was not kept. It is still below: please send it again.";

/// What a line offers, in a sentence.
pub(super) fn offer(offer: &Offer, now: Timestamp) -> String {
    match offer {
        Offer::Closed(state) => state.words(now),
        Offer::NobodyHere => "Nobody is here to answer just now".to_owned(),
        Offer::Full => "Too many people are waiting just now".to_owned(),
        Offer::Open { waiting, median } => {
            let waiting = match waiting {
                0 => "nobody is waiting".to_owned(),
                1 => "1 person is waiting".to_owned(),
                waiting => format!("{waiting} people are waiting"),
            };
            let median = match median {
                None => "How long it takes is not known".to_owned(),
                Some(seconds) if *seconds < 60 => "Most lately waited less than a minute".to_owned(),
                Some(seconds) => {
                    format!("Half of those answered lately waited {} minutes or less", (seconds + 59) / 60)
                }
            };
            format!("Open: {waiting}. {median}")
        }
    }
}

/// Where a visitor stands in the queue.
pub(super) fn place(ahead: i64) -> String {
    match ahead {
        0 => "You are next. You can go on writing meanwhile.".to_owned(),
        1 => "1 person is before you. You can go on writing meanwhile.".to_owned(),
        ahead => format!("{ahead} people are before you. You can go on writing meanwhile."),
    }
}

pub(super) const AT_LIMIT: &str = "You have as many chats as you take at a time. End one, or raise your limit.";
pub(super) const NOT_ON_DUTY: &str = "Say first that you are available.";
pub(super) const GONE: &str = "This chat is not yours, or it has ended. The page shows how things stand now.";
pub(super) const REASON: &str = "Write why you open this chat. The reason is kept in the audit log.";

/// Told to both sides when somebody takes a chat.
pub(super) fn answered_by(name: &str) -> String {
    format!("{name} is answering you now.")
}

/// Told to whoever comes second.
pub(super) fn somebody_has_it(name: &str) -> String {
    format!("{name} has this chat already.")
}

/// Told with an answer that came too late.
pub(super) fn not_yours(text: &str) -> String {
    format!(
        "This chat is not with you any more, or its visitor left suddenly: nothing is sent to them. Not sent: “{}”",
        text.trim()
    )
}

/// The same after the end.
pub(super) fn ended(text: &str) -> String {
    format!("The chat has ended. Not sent: “{}”", text.trim())
}
