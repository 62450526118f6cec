//! The entries of the chain, and the way their hashes are made.

use std::fmt;
use std::fmt::Write as _;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The version of the canonical bytes that hashes are taken over.
pub const FORMAT: i16 = 1;

/// A SHA-256 digest (FIPS 180-4), written in lower-case hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The previous hash of the first entry.
    pub const ZERO: Self = Self([0; 32]);

    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A text that is not 64 hexadecimal digits, or bytes that are not 32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hash is 64 hexadecimal digits (32 bytes)")]
pub struct NotAHash;

impl FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NotAHash)?;
        Ok(Self(bytes))
    }
}

impl TryFrom<Vec<u8>> for Hash {
    type Error = NotAHash;

    fn try_from(bytes: Vec<u8>) -> Result<Self, NotAHash> {
        bytes.try_into().map(Self).map_err(|_| NotAHash)
    }
}

impl Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The kind of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A version of a notice.
    Version,
    /// A version of a page: its title and its notices in order.
    Page,
    /// A version of the force's names, addresses and numbers.
    Facts,
    /// A version of the navigation and the footer.
    Navigation,
    /// A version of the answers that the search puts first.
    Promoted,
    /// A version of opening hours.
    Hours,
    /// Takes back an entry before it comes into force.
    Cancellation,
    /// From a time on, nothing of the subject is in force.
    Withdrawal,
    /// A remark on an entry that said something wrong.
    Correction,
    /// Destroys the content of an entry on a legal ground.
    Redaction,
}

impl Kind {
    /// Every kind there is.
    pub const ALL: [Self; 10] = [
        Self::Version,
        Self::Page,
        Self::Facts,
        Self::Navigation,
        Self::Promoted,
        Self::Hours,
        Self::Cancellation,
        Self::Withdrawal,
        Self::Correction,
        Self::Redaction,
    ];

    /// The name in the canonical bytes and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Page => "page",
            Self::Facts => "facts",
            Self::Navigation => "navigation",
            Self::Promoted => "promoted",
            Self::Hours => "hours",
            Self::Cancellation => "cancellation",
            Self::Withdrawal => "withdrawal",
            Self::Correction => "correction",
            Self::Redaction => "redaction",
        }
    }

    /// Tells whether entries of this kind are numbered states of their subject.
    pub fn is_state(self) -> bool {
        matches!(self, Self::Version | Self::Page | Self::Facts | Self::Navigation | Self::Promoted | Self::Hours)
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or(UnknownKind)
    }
}

/// A kind of entry that this release does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a kind of ledger entry that this release does not know")]
pub struct UnknownKind;

/// A text with the random salt its commitment is made with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// 32 random bytes: without them nobody can confirm a guess of a text that was redacted.
    pub salt: Hash,
    /// JSON, kept exactly as it was hashed.
    pub body: String,
}

impl Sealed {
    /// Seals a text with a fresh salt from the system's random source.
    pub fn new(body: String) -> Result<Self, getrandom::Error> {
        let mut salt = [0; 32];
        getrandom::fill(&mut salt)?;
        Ok(Self { salt: Hash(salt), body })
    }

    /// SHA-256 over the salt and then the text.
    pub fn commitment(&self) -> Hash {
        let mut digest = Sha256::new();
        digest.update(self.salt.0);
        digest.update(self.body.as_bytes());
        Hash(digest.finalize().into())
    }
}

/// The content of an entry as it can be read today.
pub type Content = Option<Sealed>;

/// An entry of the chain, without what it commits to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Position in the chain, from 1, without gaps.
    pub number: i64,
    /// Version of the canonical bytes.
    pub format: i16,
    /// The kind.
    pub kind: Kind,
    /// A name that stays when a notice moves, such as `notice:website-privacy`.
    pub subject: String,
    /// Number of the state of the subject, from 1; none for entries that are not states.
    pub version: Option<i32>,
    /// The entry that a cancellation, correction or redaction speaks of.
    pub target: Option<i64>,
    /// The database's time when the entry was made.
    pub recorded_at: Timestamp,
    /// The time at which it comes into force; earlier than `recorded_at` only for imported history.
    pub in_force_at: Timestamp,
    /// Set if it was imported, with the dates it came with.
    pub imported: bool,
    /// Commitment to the public content.
    pub content_commitment: Hash,
    /// Commitment to the private particulars.
    pub particulars_commitment: Hash,
    /// Hash of the entry before this one.
    pub previous_hash: Hash,
    /// Hash of this entry.
    pub hash: Hash,
}

impl Entry {
    /// The lines that the hash is taken over: a format line, then one field a line, times in UTC to the microsecond,
    /// `-` where a field is empty. No field can hold a line break.
    pub fn canonical_bytes(&self) -> Vec<u8> {
        let number = |value: Option<i64>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
        let mut text = String::with_capacity(512);
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "bluelamp-ledger-{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n",
            self.format,
            self.number,
            self.kind.name(),
            self.subject,
            number(self.version.map(i64::from)),
            number(self.target),
            canonical_time(self.recorded_at),
            canonical_time(self.in_force_at),
            self.imported,
            self.content_commitment,
            self.particulars_commitment,
            self.previous_hash,
        );
        text.into_bytes()
    }

    /// The hash that the fields give, whatever `hash` says.
    pub fn computed_hash(&self) -> Hash {
        Hash::of(&self.canonical_bytes())
    }
}

/// RFC 3339 in UTC with six decimals.
pub fn canonical_time(at: Timestamp) -> String {
    format!("{at:.6}")
}

/// A new entry, without number, time and hashes, which it gets when it is appended.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// The kind.
    pub kind: Kind,
    /// Its subject.
    pub subject: String,
    /// Number of the state, for states.
    pub version: Option<i32>,
    /// The entry spoken of, for the others.
    pub target: Option<i64>,
    /// The time at which it comes into force; none is "as it is recorded".
    pub in_force_at: Option<Timestamp>,
    /// Set if it is imported history.
    pub imported: bool,
    /// Public content as JSON.
    pub content: String,
    /// Private particulars as JSON.
    pub particulars: String,
}

/// A reason why an entry could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The database refused or could not be reached.
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
    /// The system gave no random bytes for a salt.
    #[error("no random bytes for a salt: {0}")]
    Random(#[from] getrandom::Error),
    /// A row holds what this release cannot read.
    #[error("ledger entry {number} cannot be read: {reason}")]
    Unreadable {
        /// The entry.
        number: i64,
        /// The reason, for the log.
        reason: String,
    },
}

impl LedgerError {
    /// The error as one of the database, for callers that know no other; an entry that cannot be read counts as one.
    pub fn into_sql(self) -> sqlx::Error {
        match self {
            Self::Sql(error) => error,
            other => sqlx::Error::Decode(Box::new(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            number: 7,
            format: FORMAT,
            kind: Kind::Version,
            subject: "notice:cookies".to_owned(),
            version: Some(2),
            target: None,
            recorded_at: "2026-01-02T03:04:05.000006Z".parse().unwrap(),
            in_force_at: "2026-01-02T03:04:05Z".parse().unwrap(),
            imported: false,
            content_commitment: Hash::of(b"content"),
            particulars_commitment: Hash::of(b"particulars"),
            previous_hash: Hash::ZERO,
            hash: Hash::ZERO,
        }
    }

    #[test]
    fn the_canonical_bytes_are_twelve_plain_lines() {
        let bytes = entry().canonical_bytes();
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 12);
        assert_eq!(
            &lines[..9],
            [
                "bluelamp-ledger-1",
                "7",
                "version",
                "notice:cookies",
                "2",
                "-",
                "2026-01-02T03:04:05.000006Z",
                "2026-01-02T03:04:05.000000Z",
                "false"
            ]
        );
    }

    #[test]
    fn every_field_moves_the_hash() {
        let base = entry().computed_hash();
        let changes: [fn(&mut Entry); 8] = [
            |entry| entry.number = 8,
            |entry| entry.kind = Kind::Page,
            |entry| entry.subject = "notice:cookie".to_owned(),
            |entry| entry.version = None,
            |entry| entry.target = Some(2),
            |entry| entry.imported = true,
            |entry| entry.content_commitment = Hash::ZERO,
            |entry| entry.previous_hash = Hash::of(b"x"),
        ];
        for change in changes {
            let mut changed = entry();
            change(&mut changed);
            assert_ne!(changed.computed_hash(), base);
        }
    }

    #[test]
    fn the_same_text_is_never_committed_to_alike() {
        let once = Sealed::new("{}".to_owned()).unwrap();
        let again = Sealed::new("{}".to_owned()).unwrap();
        assert_ne!(once.commitment(), again.commitment());
    }

    #[test]
    fn a_hash_is_read_back_as_written() {
        let hash = Hash::of(b"x");
        assert_eq!(hash.to_string().parse::<Hash>().unwrap(), hash);
        assert!("xyz".parse::<Hash>().is_err());
    }
}
