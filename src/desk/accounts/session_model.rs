//! Sessions, their secrets and their lifetimes.

use jiff::{SignedDuration, Timestamp};

use crate::base::ledger::Hash;
use crate::desk::accounts::model::{Actor, Stage};
use crate::desk::accounts::parked::KEPT;

/// A session ends when nothing was asked for this long (ASVS 5.0, 7.3.1).
pub const IDLE: SignedDuration = SignedDuration::from_mins(30);

/// A session ends this long after sign-in, whatever was done (ASVS 5.0, 7.3.2): a shift.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(12);

/// A sign-in that stopped half way ends after this.
pub const HALF_WAY: SignedDuration = SignedDuration::from_mins(10);

/// The secret in a cookie or link: 32 random bytes. The database keeps its hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// A new one.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The text in a cookie or link: 64 hexadecimal digits.
    pub fn text(&self) -> String {
        hex::encode(self.0)
    }

    /// The hash that is stored (SHA-256, which is enough for 256 random bits).
    pub fn hash(&self) -> Hash {
        Hash::of(&self.0)
    }

    /// Reads a cookie or link; none when it is no secret of ours.
    pub fn read(text: &str) -> Option<Self> {
        Some(Self(hex::decode(text).ok()?.try_into().ok()?))
    }
}

/// A session as it is looked up.
#[derive(Clone, Debug)]
pub struct Session {
    /// Hash of the cookie.
    pub hash: Hash,
    /// Its owner.
    pub actor: Actor,
    /// The stage that the sign-in has reached.
    pub stage: Stage,
    /// The time at which it began.
    pub created_at: Timestamp,
    /// The time of its last use.
    pub seen_at: Timestamp,
    /// The time at which it was ended, if it was.
    pub ended_at: Option<Timestamp>,
}

impl Session {
    /// The time at which it ended or will end by itself.
    pub fn ends_at(&self) -> Timestamp {
        let (idle, longest) = self.stage.limits();
        let by_itself = |from: Timestamp, after| from.checked_add(after).unwrap_or(Timestamp::MAX);
        let end = by_itself(self.seen_at, idle).min(by_itself(self.created_at, longest));
        self.ended_at.map_or(end, |ended| ended.min(end))
    }

    /// Tells that it expired, so short a time ago that its owner may still send a form. One that was ended says nothing any
    /// more about who sits there.
    pub fn ran_out(&self, now: Timestamp) -> bool {
        let over = !self.holds(now) && now.duration_since(self.ends_at()) < KEPT;
        over && self.ended_at.is_none() && self.stage == Stage::Full
    }

    /// Tells that it is valid at a time.
    pub fn holds(&self, now: Timestamp) -> bool {
        now < self.ends_at()
    }
}

impl Stage {
    /// The longest that a session may be idle, and the longest that it may last.
    fn limits(self) -> (SignedDuration, SignedDuration) {
        match self {
            Self::Full => (IDLE, LONGEST),
            Self::Second => (HALF_WAY, HALF_WAY),
        }
    }
}
