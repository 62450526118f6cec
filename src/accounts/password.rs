//! Passwords: which ones are taken, and how they are kept (argon2id, RFC 9106). Hashing fills a core for a moment, so it runs
//! beside the tasks that answer requests, few at a time.

use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::time::timeout;

use super::desk::Desk;
use crate::error::AppError;

/// Fewest characters (ASVS 5.0, 6.2.1 advises 15).
pub const SHORTEST: usize = 15;
/// Most characters (ASVS 5.0, 6.2.9 asks for 64 at least).
pub const LONGEST: usize = 128;
/// How long a sign-in waits for its turn to be worked on.
const TURN: Duration = Duration::from_secs(5);

/// What hashing costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory, KiB.
    memory: u32,
    /// Passes over it.
    passes: u32,
}

impl Cost {
    /// 64 MiB, three passes, one lane: above the floor of ASVS 5.0, appendix C; about 150 ms of a core.
    pub const FULL: Self = Self { memory: 64 * 1024, passes: 3 };
    /// Next to nothing, for tests.
    pub const LEAST: Self = Self { memory: 8, passes: 1 };

    fn hasher(self) -> Result<Argon2<'static>, argon2::Error> {
        let params = Params::new(self.memory, self.passes, 1, None)?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }

    /// A hash of no known password: for an address that nobody has, it is checked as any other would be.
    #[must_use]
    pub fn nobody(self) -> String {
        format!(
            "$argon2id$v=19$m={},t={},p=1$SVhFNGxZbUd0T3p3Q1c4UQ$Gd3wSk6zq1oX4mEJ0h8tVYpRjcBf2nLuA7iCvD9KxWs",
            self.memory, self.passes
        )
    }

    /// Whether a hash was made at another cost, so that it is to be made anew at the next chance.
    #[must_use]
    pub fn is_not_of(self, hash: &str) -> bool {
        let params = PasswordHash::new(hash).ok().and_then(|hash| Params::try_from(&hash).ok());
        params.is_none_or(|params| params.m_cost() != self.memory || params.t_cost() != self.passes)
    }
}

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// Fewer than [`SHORTEST`] characters.
    Short,
    /// More than [`LONGEST`] characters.
    Long,
    /// Among the first that somebody would try.
    Common,
}

impl Unfit {
    /// The same for whoever typed it.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Short => {
                "Use at least 15 characters. Four or five words that do not belong together are a good password."
            }
            Self::Long => "Use at most 128 characters.",
            Self::Common => {
                "That password is easy to guess: it is a common one, a pattern, or made of your name. Try four or five words \
                 that do not belong together, or let your password manager make one."
            }
        }
    }
}

/// Why a password is not taken; `about` are words that somebody would try first for this person.
#[must_use]
pub fn unfit(password: &str, about: &[&str]) -> Option<Unfit> {
    match password.chars().count() {
        ..SHORTEST => Some(Unfit::Short),
        SHORTEST..=LONGEST => (zxcvbn::zxcvbn(password, about).score() < zxcvbn::Score::Three).then_some(Unfit::Common),
        _ => Some(Unfit::Long),
    }
}

/// Hashes a password (a PHC string with a random salt).
///
/// # Errors
/// When the system has no memory or random bytes for it.
pub fn hash(cost: Cost, password: &str) -> anyhow::Result<String> {
    let hasher = cost.hasher().map_err(|error| anyhow::anyhow!("{error}"))?;
    let hash = hasher.hash_password(password.as_bytes()).map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(hash.to_string())
}

/// Whether a password is the one that was hashed.
#[must_use]
pub fn is_right(password: &str, hash: &str) -> bool {
    // The cost is the hash's own.
    Argon2::default().verify_password(password.as_bytes(), hash).is_ok()
}

/// Runs such work beside the tasks that answer requests, when its turn comes.
///
/// # Errors
/// `TooMany` when its turn does not come in time.
pub async fn beside<T: Send + 'static>(desk: &Desk, work: impl FnOnce() -> T + Send + 'static) -> Result<T, AppError> {
    let turn = timeout(TURN, desk.hashing().clone().acquire_owned()).await;
    let Ok(Ok(turn)) = turn else { return Err(AppError::TooMany { retry_after: 5 }) };
    let done = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        work()
    });
    done.await.map_err(|error| AppError::Internal(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_are_taken_and_common_ones_are_not() {
        let about = ["Erin Editor", "erin.editor@northshire.example"];
        let longest = "harbour violet casting umbrella, seven otters read maps by lamplight; \
                       thistle kettles hum under gravel roofs while nobody counts";
        assert_eq!(longest.chars().count(), LONGEST);
        for good in ["harbour violet casting umbrella", longest, "Straße über Łódź 2031"] {
            assert_eq!(unfit(good, &about), None, "{good}");
        }
        for (wrong, why) in [
            ("", Unfit::Short),
            ("Tr0ub4dor&3", Unfit::Short),
            ("passwordpassword", Unfit::Common),
            ("123456789012345", Unfit::Common),
            ("aaaaaaaaaaaaaaaaaaaa", Unfit::Common),
            ("qwertyuiopasdfghjkl", Unfit::Common),
            ("erin.editor@northshire.example", Unfit::Common),
        ] {
            assert_eq!(unfit(wrong, &about), Some(why), "{wrong}");
        }
        assert_eq!(unfit(&"ab c".repeat(33), &about), Some(Unfit::Long));
    }

    #[test]
    fn a_password_is_known_by_its_hash_alone() {
        let hash = hash(Cost::LEAST, "harbour violet casting").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}");
        assert!(is_right("harbour violet casting", &hash));
        assert!(!is_right("harbour violet castinG", &hash));
    }

    #[test]
    fn an_older_cost_is_told_and_the_hash_of_nobody_is_as_dear_as_any() {
        let older = hash(Cost::LEAST, "harbour violet casting").unwrap();
        assert!(Cost::FULL.is_not_of(&older));
        assert!(!Cost::LEAST.is_not_of(&older));
        for cost in [Cost::LEAST, Cost::FULL] {
            assert!(!cost.is_not_of(&cost.nobody()));
        }
        assert!(!is_right("", &Cost::LEAST.nobody()));
    }
}
