//! The notifications and those whom each wakes. A notification carries a kind and ids, never content; whoever asked for that kind is woken,
//! and nobody else.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use uuid::Uuid;

/// The subject of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The ledger grew.
    Ledger,
    /// A message stands in the outbox.
    Mail,
    /// A queue of people who wait, or the list of those who answer them, changed.
    Board,
    /// Something was said in a conversation.
    Talk(Uuid),
}

impl Topic {
    /// Reads the payload of a notification; none where it is of a kind that this release does not know.
    pub fn read(payload: &str) -> Option<Self> {
        match payload.split_once(':') {
            None => [Self::Ledger, Self::Mail, Self::Board].into_iter().find(|topic| topic.to_string() == payload),
            Some(("talk", id)) => id.parse().ok().map(Self::Talk),
            Some(_) => None,
        }
    }
}

/// The payload of the notification.
impl fmt::Display for Topic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ledger => formatter.write_str("ledger"),
            Self::Mail => formatter.write_str("mail"),
            Self::Board => formatter.write_str("board"),
            Self::Talk(id) => write!(formatter, "talk:{id}"),
        }
    }
}

/// The topics that somebody on this node asked for; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Wakes(Arc<Mutex<HashMap<Topic, watch::Sender<u64>>>>);

impl Wakes {
    /// A receiver whose value grows when something of a topic may have changed; dropped, it is asked for no more. Whoever reads
    /// what changed takes it before the first read, so that nothing falls between the two.
    pub fn subscribe(&self, topic: Topic) -> watch::Receiver<u64> {
        self.topics().entry(topic).or_default().subscribe()
    }

    /// Wakes those who asked for a topic.
    pub fn wake(&self, topic: Topic) {
        if let Some(sender) = self.topics().get(&topic) {
            grow(sender);
        }
    }

    /// Wakes everybody: what happened meanwhile is not known.
    pub fn wake_all(&self) {
        self.topics().values().for_each(grow);
    }

    /// Forgets topics that nobody asks for any more.
    pub fn forget_unused(&self) {
        self.topics().retain(|_, sender| sender.receiver_count() > 0);
    }

    fn topics(&self) -> MutexGuard<'_, HashMap<Topic, watch::Sender<u64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn grow(sender: &watch::Sender<u64>) {
    sender.send_modify(|count| *count = count.wrapping_add(1));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_read_as_it_is_written_and_an_unknown_one_is_none() {
        for topic in [Topic::Ledger, Topic::Mail, Topic::Board, Topic::Talk(Uuid::from_u128(7))] {
            assert_eq!(Topic::read(&topic.to_string()), Some(topic));
        }
        for unknown in ["", "schema", "talk", "talk:", "talk:7", "ledger:7", "LEDGER"] {
            assert_eq!(Topic::read(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn only_those_who_asked_are_woken_and_many_wakes_at_once_are_one() {
        let wakes = Wakes::default();
        let (one, other) = (Topic::Talk(Uuid::from_u128(1)), Topic::Talk(Uuid::from_u128(2)));
        let (mut asked, mut ledger) = (wakes.subscribe(one), wakes.subscribe(Topic::Ledger));
        wakes.wake(other);
        wakes.wake(Topic::Mail);
        assert!(!asked.has_changed().unwrap() && !ledger.has_changed().unwrap());
        for _ in 0..3 {
            wakes.wake(one);
        }
        assert!(asked.has_changed().unwrap() && !ledger.has_changed().unwrap());
        asked.mark_unchanged();
        assert!(!asked.has_changed().unwrap());
        wakes.wake_all();
        assert!(asked.has_changed().unwrap() && ledger.has_changed().unwrap());
        ledger.mark_unchanged();
    }

    #[test]
    fn a_topic_that_nobody_asks_for_any_more_is_forgotten() {
        let wakes = Wakes::default();
        let asked = wakes.subscribe(Topic::Board);
        drop(wakes.subscribe(Topic::Talk(Uuid::from_u128(1))));
        wakes.forget_unused();
        assert_eq!(wakes.topics().keys().copied().collect::<Vec<_>>(), [Topic::Board]);
        drop(asked);
    }
}
