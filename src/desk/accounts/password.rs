//! Passwords: which ones are taken, and how they are kept (argon2id, RFC 9106). Hashing fills a core for a moment, so it runs
//! beside the tasks that answer requests, few at a time.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};

/// Fewest characters (ASVS 5.0, 6.2.1 advises 15).
pub const SHORTEST: usize = 15;
/// Most characters (ASVS 5.0, 6.2.9 asks for 64 at least).
pub const LONGEST: usize = 128;

/// The cost of hashing.
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
    pub fn nobody(self) -> String {
        format!(
            "$argon2id$v=19$m={},t={},p=1$SVhFNGxZbUd0T3p3Q1c4UQ$Gd3wSk6zq1oX4mEJ0h8tVYpRjcBf2nLuA7iCvD9KxWs",
            self.memory, self.passes
        )
    }

    /// Tells that a hash was made at another cost, so that it is to be replaced at the next sign-in.
    pub fn is_not_of(self, hash: &str) -> bool {
        let params = PasswordHash::new(hash).ok().and_then(|hash| Params::try_from(&hash).ok());
        params.is_none_or(|params| params.m_cost() != self.memory || params.t_cost() != self.passes)
    }
}

/// A reason why a password is not taken.
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
    /// The sentence for the person who typed it.
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

/// Tells why a password is not taken; `about` are names and addresses that somebody would try first for this person.
pub fn unfit(password: &str, about: &[&str]) -> Option<Unfit> {
    match password.chars().count() {
        ..SHORTEST => Some(Unfit::Short),
        SHORTEST..=LONGEST => (guesses(password, &obvious(about)) < FEWEST_GUESSES).then_some(Unfit::Common),
        _ => Some(Unfit::Long),
    }
}

/// Fewest guesses, as a power of ten, that somebody must need who knows which words a password is made of and in which order.
const FEWEST_GUESSES: f64 = 10.0;

/// Words that somebody would try first at any site like this one.
const HERE: [&str; 14] = [
    "bluelamp",
    "blue",
    "lamp",
    "police",
    "constabulary",
    "force",
    "officer",
    "staff",
    "desk",
    "editor",
    "publisher",
    "admin",
    "administrator",
    "website",
];

/// Sentences of many words that everybody knows, so that they are guessed as one. Words, names and passwords that are common by
/// themselves are in the dictionaries of zxcvbn.
const KNOWN_BY_ALL: [&str; 40] = [
    "correct horse battery staple",
    "to be or not to be",
    "that is the question",
    "the quick brown fox",
    "jumps over the lazy dog",
    "it was the best of times",
    "it was the worst of times",
    "once upon a time",
    "happily ever after",
    "may the force be with you",
    "i am your father",
    "winter is coming",
    "live long and prosper",
    "elementary my dear watson",
    "houston we have a problem",
    "let it be",
    "all you need is love",
    "never gonna give you up",
    "never gonna let you down",
    "twinkle twinkle little star",
    "how i wonder what you are",
    "mary had a little lamb",
    "humpty dumpty sat on a wall",
    "baa baa black sheep",
    "god save the king",
    "god save the queen",
    "rule britannia",
    "keep calm and carry on",
    "mind the gap",
    "in the beginning was the word",
    "our father who art in heaven",
    "the lord is my shepherd",
    "four score and seven years ago",
    "i have a dream",
    "just do it",
    "open sesame",
    "this is my password",
    "i do not know",
    "let me in",
    "you shall not pass",
];

/// The first guesses for a person's password: the words of their names and addresses, alone and joined, and well-known words.
fn obvious(about: &[&str]) -> Vec<String> {
    let mut words = Vec::new();
    for known in about.iter().chain(&HERE).chain(&KNOWN_BY_ALL) {
        let parts: Vec<String> = known
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|part| !part.is_empty())
            .map(str::to_lowercase)
            .collect();
        // The first two too: a name in an address, a force without "Police".
        words.push(parts.concat());
        words.push(parts.iter().take(2).map(String::as_str).collect());
        words.push(known.to_lowercase());
        if !KNOWN_BY_ALL.contains(known) {
            words.extend(parts.into_iter().filter(|part| part.chars().count() > 2));
        }
    }
    words
}

/// Estimates the guesses that a password takes, as a power of ten. It is read as it is, and in small letters without what stands between
/// its words; the lower number counts. The parts are multiplied as they are: zxcvbn's own number adds ten thousand for each part, so that
/// four of the most
/// common words would pass.
fn guesses(password: &str, obvious: &[String]) -> f64 {
    let obvious: Vec<&str> = obvious.iter().map(String::as_str).collect();
    let bare: String = password.chars().filter(|letter| letter.is_alphanumeric()).collect();
    let of = |text: &str| -> f64 {
        if text.is_empty() {
            return 0.0;
        }
        let entropy = zxcvbn::zxcvbn(text, &obvious);
        let parts = entropy.sequence().iter();
        #[expect(clippy::cast_precision_loss, reason = "its size is what counts")]
        parts.map(|part| (part.guesses.unwrap_or(1).max(1) as f64).log10()).sum()
    };
    of(password).min(of(&bare.to_lowercase()))
}

/// Hashes a password (a PHC string with a random salt).
pub fn hash(cost: Cost, password: &str) -> anyhow::Result<String> {
    let hasher = cost.hasher().map_err(|error| anyhow::anyhow!("{error}"))?;
    let hash = hasher.hash_password(password.as_bytes()).map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(hash.to_string())
}

/// Tells that a password matches a hash.
pub fn is_right(password: &str, hash: &str) -> bool {
    // The cost is the hash's own.
    Argon2::default().verify_password(password.as_bytes(), hash).is_ok()
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
        let good = [
            "harbour violet casting umbrella",
            "harbourvioletcastingumbrella",
            longest,
            "Straße über Łódź 2031",
            "x7#Kq9!vLm2$Rt5p",
            "northshire otters juggle seventeen kettles",
        ];
        for good in good {
            assert_eq!(unfit(good, &about), None, "{good}");
        }
        for (wrong, why) in [
            ("", Unfit::Short),
            ("Tr0ub4dor&3", Unfit::Short),
            ("passwordpassword", Unfit::Common),
            ("123456789012345", Unfit::Common),
            ("aaaaaaaaaaaaaaaaaaaa", Unfit::Common),
            ("qwertyuiopasdfghjkl", Unfit::Common),
            ("abcdefghijklmnopqrst", Unfit::Common),
            ("abcabcabcabcabcabcabc", Unfit::Common),
            ("1212121212121212", Unfit::Common),
            ("aaaaabbbbbcccccddddd", Unfit::Common),
            ("1qaz2wsx3edc4rfv5tgb", Unfit::Common),
            ("northshireexample2026", Unfit::Common),
            ("erin.editor@northshire.example", Unfit::Common),
        ] {
            assert_eq!(unfit(wrong, &about), Some(why), "{wrong}");
        }
        assert_eq!(unfit(&"ab c".repeat(33), &about), Some(Unfit::Long));
    }

    #[test]
    fn what_somebody_would_try_first_is_not_taken_however_it_is_written() {
        let about = ["Pass Tester", "pass.tester@northshire.example", "Northshire Police"];
        for base in [
            "northshire police",
            "northshire police website",
            "pass tester northshire",
            "pass.tester@northshire.example",
            "police constabulary northshire",
            "bluelamp admin northshire",
            "this is my password",
            "super secret password",
            "correct horse battery staple",
            "to be or not to be",
            "the quick brown fox jumps",
            "i love you very much",
            "let me in please please",
            "november police 2026",
        ] {
            let plain = base.to_owned();
            let joined = base.replace([' ', '.', '@'], "");
            let dashed = base.replace(' ', "-");
            let title: String = base
                .split(' ')
                .map(|word| {
                    word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect::<String>()
                })
                .collect();
            for way in [plain, joined.clone(), dashed, title, joined.to_uppercase(), joined.replace('o', "0")] {
                for ending in ["", "1", "!", "123", "2026", "2026!", "2026!!"] {
                    let password = format!("{way}{ending}");
                    assert!(unfit(&password, &about).is_some(), "{password}: {}", guesses(&password, &obvious(&about)));
                }
            }
        }
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
