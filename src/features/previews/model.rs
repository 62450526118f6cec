//! Preview links: their drafts, their recipients and their lifetimes.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::base::ledger::Hash;
use crate::features::drafts::model::Person;
use crate::site::subject::Subject;

/// The longest label, in characters.
pub const LONGEST_LABEL: usize = 120;

/// The most drafts that one link shows.
pub const MOST_DRAFTS: usize = 100;

/// The stored hash of a secret in an address: SHA-256 over its 32 bytes. Any other text gets a hash that no link has, so
/// that it can be looked up like any other.
pub fn hash_of(secret: &str) -> Hash {
    hex::decode(secret).ok().filter(|bytes| bytes.len() == 32).map_or(Hash::ZERO, |bytes| Hash::of(&bytes))
}

/// The lifetime of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// 24 hours.
    Day,
    /// 7 times that.
    Week,
    /// 30 times that.
    Month,
}

impl Lifetime {
    /// Every choice, the shortest first.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// The name in the form.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Day => "One day",
            Self::Week => "One week",
            Self::Month => "One month (30 days)",
        }
    }

    /// Its length.
    pub fn duration(self) -> SignedDuration {
        SignedDuration::from_hours(match self {
            Self::Day => 24,
            Self::Week => 7 * 24,
            Self::Month => 30 * 24,
        })
    }

    /// The choice with a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lifetime| lifetime.name() == name)
    }
}

/// The terms of a link: its drafts and times. The public side knows nothing else of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The drafts.
    pub subjects: Vec<Subject>,
    /// The time at which it was made. A draft that was started later is another one and is not shown.
    pub made_at: Timestamp,
    /// The time at which it ends by itself.
    pub ends_at: Timestamp,
    /// The time at which it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}

impl Terms {
    /// The state of the link at a time.
    pub fn state(&self, now: Timestamp) -> LinkState {
        match self.revoked_at {
            Some(_) => LinkState::Revoked,
            None if self.ends_at <= now => LinkState::Ended,
            None => LinkState::Open,
        }
    }
}

/// The state of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// Works.
    Open,
    /// Ended by itself.
    Ended,
    /// Was revoked.
    Revoked,
}

impl LinkState {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Open => "Works",
            Self::Ended => "Ended",
            Self::Revoked => "Revoked",
        }
    }
}

/// A link as staff see it. Nobody sees its secret again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its id, which is no secret.
    pub id: Uuid,
    /// The person or office that it is for.
    pub label: String,
    /// The person who made it.
    pub made_by: Person,
    /// Its drafts and times.
    pub terms: Terms,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_works_until_the_instant_it_ends() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let terms = Terms { subjects: Vec::new(), made_at: at(0), ends_at: at(10), revoked_at: None };
        assert_eq!(terms.state(at(9)), LinkState::Open);
        assert_eq!(terms.state(at(10)), LinkState::Ended);
        assert_eq!(Terms { revoked_at: Some(at(1)), ..terms }.state(at(2)), LinkState::Revoked);
    }

    #[test]
    fn only_64_digits_are_a_secret() {
        assert_eq!(hash_of(&"ab".repeat(32)), Hash::of(&[0xab; 32]));
        for wrong in ["", "ab", &"g".repeat(64), &"a".repeat(63), &"a".repeat(66)] {
            assert_eq!(hash_of(wrong), Hash::ZERO, "{wrong}");
        }
    }

    #[test]
    fn a_lifetime_is_read_back_as_written() {
        for lifetime in Lifetime::ALL {
            assert_eq!(Lifetime::named(lifetime.name()), Some(lifetime));
        }
        assert_eq!(Lifetime::named("ever"), None);
    }
}
