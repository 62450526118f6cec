//! The state of webchat and of its lines, chats, and the people who answer them.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::site::edition::Edition;
use crate::site::hours::{Hours, Line, State};

/// Somebody is there while their page gave a sign of life in this time.
pub const HERE: SignedDuration = SignedDuration::from_secs(60);
/// The most people who wait on a line; beyond it the line is full.
pub const MOST_WAITING: i64 = 30;
/// Fewer answered chats than this say nothing about the wait.
pub const FEWEST_FOR_MEDIAN: i64 = 5;
/// The most characters of a visitor's name.
pub const LONGEST_NAME: usize = 80;
/// Chats that somebody may have at a time.
pub const MOST_CHATS: std::ops::RangeInclusive<i32> = 1..=6;
/// How long the browser keeps the receipt of a chat, in seconds.
pub const COOKIE_SECONDS: u64 = 12 * 60 * 60;
/// How long it keeps it after the end.
pub const COOKIE_AFTER_END: SignedDuration = SignedDuration::from_mins(30);

/// What a line offers now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// It is outside its hours.
    Closed(State),
    /// It is within its hours, and nobody answers it.
    NobodyHere,
    /// As many wait as may.
    Full,
    /// Somebody answers.
    Open {
        /// How many wait.
        waiting: i64,
        /// The median wait of those answered last, in seconds, where enough were.
        median: Option<i64>,
    },
}

/// What the database says of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    /// The line.
    pub line: String,
    /// How many people answer it now.
    pub agents: i64,
    /// How many wait.
    pub waiting: i64,
    /// The median wait of those answered last, in seconds.
    pub median: Option<i64>,
}

impl Offer {
    /// What a line offers. The clock alone never opens it.
    pub fn of(hours: &Hours, line: &Line, queues: &[Queue], now: Timestamp) -> Self {
        let by_clock = hours.state(line, now);
        if matches!(by_clock, State::Closed(_)) {
            return Self::Closed(by_clock);
        }
        match queues.iter().find(|queue| queue.line == line.name) {
            Some(queue) if queue.agents > 0 && queue.waiting >= MOST_WAITING => Self::Full,
            Some(queue) if queue.agents > 0 => Self::Open { waiting: queue.waiting, median: queue.median },
            _ => Self::NobodyHere,
        }
    }

    /// Tells that a chat can be begun.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. })
    }
}

/// The hours in force.
pub fn hours(edition: &Edition, now: Timestamp) -> Option<Hours> {
    // What cannot be read was refused when it was imported; an older node may still meet a newer one's hours.
    edition.published.hours_at("webchat", now).and_then(|json| serde_json::from_str(&json).ok())
}

/// The label of a line for people; its name where it is no line any more.
pub fn label(edition: &Edition, line: &str, now: Timestamp) -> String {
    let hours = hours(edition, now);
    let found = hours.and_then(|hours| hours.lines.into_iter().find(|known| known.name == line));
    found.map_or_else(|| line.to_owned(), |line| line.label)
}

/// A chat, without a word of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chat {
    /// Its conversation.
    pub id: Uuid,
    /// The line.
    pub line: String,
    /// `waiting`, `taken` or `ended`.
    pub state: String,
    /// Whether it is marked as urgent.
    pub urgent: bool,
    /// When it began.
    pub began_at: Timestamp,
    /// Since when it counts in the queue.
    pub queued_at: Timestamp,
    /// Who answers.
    pub agent: Option<Uuid>,
    /// Their name at the desk.
    pub agent_name: Option<String>,
    /// When the visitor left by quick exit.
    pub left_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl Chat {
    /// Tells that somebody has it.
    pub fn is_taken(&self) -> bool {
        self.state == "taken"
    }

    /// Tells that it has ended.
    pub fn has_ended(&self) -> bool {
        self.state == "ended"
    }
}

/// Whether somebody answers chats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Duty {
    /// Takes chats.
    Available,
    /// Is there and takes no more for now.
    Busy,
    /// Is not there.
    #[default]
    Away,
}

impl Duty {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Available, Self::Busy, Self::Away];

    /// The name in the database and in forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Busy => "busy",
            Self::Away => "away",
        }
    }

    /// Reads the name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|duty| duty.name() == name)
    }
}

/// What somebody said of their duty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agent {
    /// Whether they answer.
    pub duty: Duty,
    /// The lines that they answer.
    pub lines: Vec<String>,
    /// How many chats they take at a time.
    pub most: i32,
}

/// Who ended a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// The visitor.
    Visitor,
    /// The person who answered.
    Staff,
    /// The site, because nobody said anything for long.
    Silence,
}

impl EndedBy {
    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Visitor => "visitor",
            Self::Staff => "staff",
            Self::Silence => "silence",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOURS: &str = "[[line]]\nname = \"cameras\"\nlabel = \"Cameras\"\n[[line.open]]\ndays = [\"monday\"]\nfrom = \"10:00\"\nto = \"15:00\"\n";

    #[test]
    fn the_clock_alone_never_opens_a_line() {
        let hours = Hours::read(HOURS).unwrap();
        let line = &hours.lines[0];
        let (open, closed): (Timestamp, Timestamp) =
            ("2026-11-23T12:00:00Z".parse().unwrap(), "2026-11-23T15:00:00Z".parse().unwrap());
        let queue = |agents, waiting| [Queue { line: "cameras".to_owned(), agents, waiting, median: Some(90) }];
        assert_eq!(Offer::of(&hours, line, &[], open), Offer::NobodyHere);
        assert_eq!(Offer::of(&hours, line, &queue(0, 2), open), Offer::NobodyHere);
        assert_eq!(Offer::of(&hours, line, &queue(1, 2), open), Offer::Open { waiting: 2, median: Some(90) });
        assert_eq!(Offer::of(&hours, line, &queue(1, MOST_WAITING), open), Offer::Full);
        assert!(matches!(Offer::of(&hours, line, &queue(1, 0), closed), Offer::Closed(State::Closed(Some(_)))));
    }
}
