//! Guessing is slowed down and nobody is locked out. A try that comes too soon is refused with the time to wait; it is neither
//! worked on nor counted. What is tried is an account and where the try comes from. A browser that its owner signed in with before
//! carries a cookie that says so and has a ladder of its own, so that strangers who hammer an account do not slow down its owner.
//! Passkeys cannot be guessed and are not slowed down.
//!
//! Slowing down bounds guesses by the hour and not in all, so an account's wrong passwords and codes are also counted until its owner
//! signs in with both. At [`WARNED_AT`] the owner gets a mail; at [`LOCKED_AT`] the password counts only once they have opened the
//! link in another mail. Nothing is taken away, and passkeys go on. Strangers cannot tell: the answer is that of a wrong password.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::base::sealing::Keys;
use crate::base::web::client::rate_limit_key;

/// After a day without a failure all is forgotten.
pub const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Failures of an account without a sign-in after which its owner is told.
pub const WARNED_AT: i32 = 20;
/// The wrong tries after which its password needs an unlock link (NIST SP 800-63B-4 section 3.2.2 allows 100).
pub const LOCKED_AT: i32 = 100;
/// The time that an unlock link holds. Whoever types the right password after that is sent another.
pub const UNLOCK_HOLDS: SignedDuration = SignedDuration::from_hours(24);

/// Failures, and how long after the last of so few the next try has to wait.
type Ladder = [(i32, i64); 5];
/// For one account: from the second try on.
const ACCOUNT: Ladder = [(1, 0), (3, 1), (9, 3), (25, 5), (100, 10)];
/// For an address that many people may share, within one hour.
const ADDRESS: Ladder = [(10, 0), (30, 1), (60, 3), (120, 5), (240, 10)];
/// Past the end of a ladder.
const LONGEST: SignedDuration = SignedDuration::from_secs(60);

/// Something that is tried, under a keyed hash.
#[derive(Clone, Copy)]
pub struct Tried {
    /// The hash.
    pub key: [u8; 32],
    /// Tells that a right try clears the earlier wrong ones.
    pub forgets: bool,
    ladder: &'static Ladder,
}

impl Tried {
    fn new(keys: &Keys, purpose: &str, value: &str) -> Self {
        Self { key: keys.lookup(purpose, value), forgets: true, ladder: &ACCOUNT }
    }

    /// The password of the account with an address, whether there is one or not.
    pub fn account(keys: &Keys, address: &str) -> Self {
        Self::new(keys, "tries.account", address)
    }

    /// Tries from a browser that the account's owner signed in with before.
    pub fn device(keys: &Keys, device: Uuid) -> Self {
        Self::new(keys, "tries.device", &device.to_string())
    }

    /// The code of somebody whose password was right.
    pub fn code(keys: &Keys, staff: Uuid) -> Self {
        Self::new(keys, "tries.code", &staff.to_string())
    }

    /// The password of somebody signed in, asked for again.
    pub fn confirmation(keys: &Keys, session: Uuid) -> Self {
        Self::new(keys, "tries.confirmation", &session.to_string())
    }

    /// Passwords from an address. Counted anew each hour: where many people share one, somebody always mistypes something.
    pub fn address(keys: &Keys, from: Option<IpAddr>, now: Timestamp) -> Self {
        Self { forgets: false, ladder: &ADDRESS, ..Self::new(keys, "tries.address", &place(from, now)) }
    }

    /// The time that it still has to wait; none when it may be tried.
    pub fn wait(&self, failures: i32, last_at: Timestamp, now: Timestamp) -> Option<SignedDuration> {
        let since = now.duration_since(last_at);
        if since >= FORGOTTEN_AFTER {
            return None;
        }
        let step = self.ladder.iter().find(|(fewer, _)| failures < *fewer);
        let wait = step.map_or(LONGEST, |(_, seconds)| SignedDuration::from_secs(*seconds));
        let left = wait - since;
        left.is_positive().then_some(left)
    }
}

/// An address and the hour.
fn place(from: Option<IpAddr>, now: Timestamp) -> String {
    let from = from.map_or_else(|| "unknown".to_owned(), |from| rate_limit_key(from).to_string());
    format!("{from} {}", now.as_second().div_euclid(3600))
}

/// The seconds to wait, rounded up.
pub fn seconds(wait: SignedDuration) -> u32 {
    u32::try_from((wait.as_millis() + 999) / 1000).unwrap_or(u32::MAX)
}

/// The cookie of a browser that an account was signed in with: the account, an id, and a keyed hash over both.
pub fn device_cookie(keys: &Keys, staff: Uuid, device: Uuid) -> String {
    let seal = keys.lookup("staff.device", &format!("{staff} {device}"));
    format!("{}.{}.{}", staff.simple(), device.simple(), hex::encode(seal))
}

/// The id of the browser, if its cookie is one of ours for this account.
pub fn known_device(keys: &Keys, cookie: &str, staff: Uuid) -> Option<Uuid> {
    let (rest, seal) = cookie.rsplit_once('.')?;
    let (owner, device) = rest.split_once('.')?;
    let device: Uuid = device.parse().ok()?;
    let seal: [u8; 32] = hex::decode(seal).ok()?.try_into().ok()?;
    let known = keys.lookups("staff.device", &format!("{staff} {device}"));
    // Compared through another keyed hash, so that the time it takes tells nothing.
    let same = |right: &[u8; 32]| {
        keys.lookup("staff.device.compare", &hex::encode(right))
            == keys.lookup("staff.device.compare", &hex::encode(seal))
    };
    (owner.parse() == Ok(staff) && known.iter().any(same)).then_some(device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_makes_the_next_try_wait_longer_up_to_a_minute() {
        let keys = Keys::generate().unwrap();
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let waits = |failures| Tried::account(&keys, "ann@northshire.example").wait(failures, now, now);
        assert_eq!(waits(0), None);
        for (failures, seconds) in [(1, 1), (2, 1), (3, 3), (8, 3), (9, 5), (24, 5), (25, 10), (99, 10), (100, 60)] {
            assert_eq!(waits(failures), Some(SignedDuration::from_secs(seconds)), "{failures}");
        }
        let later = now + SignedDuration::from_secs(60);
        assert_eq!(Tried::account(&keys, "x").wait(1000, now, later), None);
        assert_eq!(Tried::address(&keys, None, now).wait(9, now, now), None);
    }

    #[test]
    fn an_address_is_counted_anew_each_hour() {
        let keys = Keys::generate().unwrap();
        let key = |at: &str| Tried::address(&keys, "203.0.113.9".parse().ok(), at.parse().unwrap()).key;
        assert_eq!(key("2026-11-24T12:00:00Z"), key("2026-11-24T12:59:59Z"));
        assert_ne!(key("2026-11-24T12:59:59Z"), key("2026-11-24T13:00:00Z"));
    }

    #[test]
    fn a_wait_is_told_in_whole_seconds() {
        assert_eq!(seconds(SignedDuration::from_millis(1)), 1);
        assert_eq!(seconds(SignedDuration::from_secs(1)), 1);
        assert_eq!(seconds(SignedDuration::from_millis(2500)), 3);
    }

    #[test]
    fn a_device_is_known_to_its_owner_alone() {
        let keys = Keys::generate().unwrap();
        let (owner, other, device) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let cookie = device_cookie(&keys, owner, device);
        assert_eq!(known_device(&keys, &cookie, owner), Some(device));
        assert_eq!(known_device(&keys, &cookie, other), None);
        let forged = device_cookie(&Keys::generate().unwrap(), owner, device);
        assert_eq!(known_device(&keys, &forged, owner), None);
        for wrong in ["", ".", "..", "a.b.c", &cookie[1..]] {
            assert_eq!(known_device(&keys, wrong, owner), None);
        }
    }
}
