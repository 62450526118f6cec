//! Actions and people as the audit log records them, and the hash of a row in its chain.

use std::fmt::Write as _;

use jiff::Timestamp;
use uuid::Uuid;

use crate::base::ledger::Hash;
use crate::base::ledger::model::canonical_time;

/// The person or program that did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Who<'a> {
    /// The account, where there is one.
    pub id: Option<Uuid>,
    /// The name at the time.
    pub name: &'a str,
}

impl Who<'static> {
    /// The person who typed a command on a node.
    pub const CONSOLE: Self = Self { id: None, name: "command line" };
    /// An unknown person, at a failed sign-in.
    pub const NOBODY: Self = Self { id: None, name: "nobody known" };
}

/// Something that is recorded when it is done. A feature declares its actions with `actions!`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    name: &'static str,
    words: &'static str,
}

impl Action {
    pub(crate) const fn new(name: &'static str, words: &'static str) -> Self {
        Self { name, words }
    }

    /// The name in the database.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The words for people, which follow a person's name: `published a version`.
    pub fn words(self) -> &'static str {
        self.words
    }

    /// Finds the action with a name.
    pub fn named(actions: &[Self], name: &str) -> Option<Self> {
        actions.iter().find(|action| action.name == name).copied()
    }
}

/// Declares actions, each with its name in the database and its words for people: `PUBLISHED = "published", "published a version";`.
/// The names are part of the record: none is ever changed.
macro_rules! actions {
    ($($action:ident = $name:literal, $words:literal;)+) => {
        $(
            #[doc = concat!("Somebody ", $words, ".")]
            pub const $action: $crate::base::audit::model::Action = $crate::base::audit::model::Action::new($name, $words);
        )+
        /// Every action of this file.
        pub const ALL: &[$crate::base::audit::model::Action] = &[$($action),+];
    };
}
pub(crate) use actions;

/// The actor whose rows to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doer {
    /// An account.
    Staff(Uuid),
    /// The person who typed a command on a node.
    Console,
    /// An unknown person.
    Nobody,
}

/// A choice of rows; each part narrows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The actor.
    pub who: Option<Doer>,
    /// The action.
    pub action: Option<Action>,
    /// About what exactly.
    pub subject: Option<String>,
    /// From this instant.
    pub from: Option<Timestamp>,
    /// Before this one.
    pub before: Option<Timestamp>,
}

/// A row of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its number; numbers grow, with gaps.
    pub id: i64,
    /// When it was done, by the database's clock.
    pub at: Timestamp,
    /// The account that did it, where one did.
    pub actor: Option<Uuid>,
    /// Their name at the time.
    pub actor_name: String,
    /// Name of the action.
    pub action: String,
    /// The subject of the action, such as `notice:contact` or `staff:` and an id.
    pub subject: String,
    /// More about it, as JSON.
    pub details: String,
}

impl Recorded {
    /// The hash of the row in its place of the chain: over a format line, the place, the hash before it, and every field with its
    /// length in bytes in front, so that no field can reach into the next.
    pub fn hash(&self, position: i64, previous: Hash) -> Hash {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "bluelamp-audit-1\n{position}\n{previous}\n{}\n{}\n{}\n",
            self.id,
            canonical_time(self.at),
            self.actor.map_or_else(|| "-".to_owned(), |actor| actor.to_string()),
        );
        for field in [&self.actor_name, &self.action, &self.subject, &self.details] {
            let _ = writeln!(text, "{}\n{field}", field.len());
        }
        Hash::of(text.as_bytes())
    }
}

/// Rows that are not sealed yet: a moment's work while a node runs. Older ones are what is left where nodes ended by force, or where
/// seals were cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tail {
    /// The number of rows.
    pub rows: i64,
    /// Number of the first.
    pub first: i64,
    /// The time at which it was written.
    pub since: Timestamp,
    /// True where a sealing node was still running a minute later: it should have sealed the row.
    pub overdue: bool,
}

/// A seal with the row that it holds, where that is still there.
pub struct Sealed {
    /// Its place.
    pub position: i64,
    /// Number of the row.
    pub entry: i64,
    /// The hash before; none where it cannot be read.
    pub previous: Option<Hash>,
    /// Its hash; none where it cannot be read.
    pub hash: Option<Hash>,
    /// The row.
    pub row: Option<Recorded>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_bound_to_its_place_and_to_each_field() {
        let row = Recorded {
            id: 7,
            at: "2026-11-24T12:00:00Z".parse().unwrap(),
            actor: None,
            actor_name: "a".to_owned(),
            action: "published".to_owned(),
            subject: "notice:contact".to_owned(),
            details: "{}".to_owned(),
        };
        let hash = row.hash(1, Hash::ZERO);
        assert_ne!(row.hash(2, Hash::ZERO), hash);
        assert_ne!(row.hash(1, Hash::of(b"x")), hash);
        let moved = Recorded { actor_name: "a\n9\npublished".to_owned(), ..row.clone() };
        assert_ne!(moved.hash(1, Hash::ZERO), hash);
        let other = Recorded { details: "{\"a\":1}".to_owned(), ..row };
        assert_ne!(other.hash(1, Hash::ZERO), hash);
    }
}
