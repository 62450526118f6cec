//! The cookie choice, and its form in a cookie: `2.none` for a reject, `2.statistics.<receipt>` for an accept with a record,
//! `2.statistics` for one without, all under version 2 of the cookie notice.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, Mac as _};
use jiff::Timestamp;
use sha2::Sha256;

/// The time for which a choice is valid, in seconds: 180 days.
pub const CHOICE_SECONDS: u64 = 180 * 24 * 60 * 60;

/// The assumed length of a visit, in seconds: 30 minutes.
pub const VISIT_SECONDS: u64 = 30 * 60;

/// The name of the only optional category, in records and cookies.
pub const STATISTICS: &str = "statistics";

/// The number of random digits in a receipt. As many digits of a hash follow them.
const RANDOM_DIGITS: usize = 16;

/// The name of a reject, in the cookie.
const NONE: &str = "none";

/// A visitor's choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The version of the cookie notice they read.
    pub notice_version: i32,
    /// Their decision.
    pub decision: Decision,
}

/// The decision about optional cookies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Statistics are accepted. The receipt is also in a consent record; none if no record was made.
    Accept(Option<Receipt>),
    /// Optional cookies are rejected.
    Reject,
}

/// A code that links an accept to its record: 32 lower-case hexadecimal digits, half of them random and half a keyed
/// hash (HMAC-SHA-256) over those and the version of the notice, by which the site recognises its own receipts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt(String);

/// The key of receipts, the same on every node. It has no `Debug`, so that it cannot be logged.
#[derive(Clone, Copy)]
pub struct ReceiptKey([u8; 32]);

/// The value is not a cookie or receipt of this site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cookie choice of this site")]
pub struct NotAChoice;

/// A consent record. It says nothing about the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRecord {
    /// The receipt in their cookie.
    pub receipt: Receipt,
    /// The version of the cookie notice they read.
    pub notice_version: i32,
    /// The time of the accept.
    pub chosen_at: Timestamp,
}

impl Choice {
    /// Tells that the choice was made after visitors were last asked again.
    pub fn holds(&self, consent_since: i32) -> bool {
        self.notice_version >= consent_since
    }

    /// Tells that visits may be counted.
    pub fn accepts(&self) -> bool {
        matches!(self.decision, Decision::Accept(_))
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.decision {
            Decision::Accept(Some(receipt)) => write!(formatter, "{}.{STATISTICS}.{receipt}", self.notice_version),
            Decision::Accept(None) => write!(formatter, "{}.{STATISTICS}", self.notice_version),
            Decision::Reject => write!(formatter, "{}.{NONE}", self.notice_version),
        }
    }
}

impl FromStr for Choice {
    type Err = NotAChoice;

    fn from_str(text: &str) -> Result<Self, NotAChoice> {
        let (version, rest) = text.split_once('.').ok_or(NotAChoice)?;
        // `parse` accepts a sign and leading zeros.
        if version.starts_with('0') || !version.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotAChoice);
        }
        let notice_version = version.parse().map_err(|_| NotAChoice)?;
        let decision = match rest.split_once('.') {
            None if rest == NONE => Decision::Reject,
            None if rest == STATISTICS => Decision::Accept(None),
            Some((STATISTICS, receipt)) => Decision::Accept(Some(receipt.parse()?)),
            _ => return Err(NotAChoice),
        };
        Ok(Self { notice_version, decision })
    }
}

impl ReceiptKey {
    /// Makes a key from bytes; none if their number is wrong.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    fn seal(self, random: &str, notice_version: i32) -> Option<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(format!("bluelamp consent receipt 1\n{notice_version}\n{random}").as_bytes());
        let sealed = hex::encode(mac.finalize().into_bytes());
        sealed.get(..RANDOM_DIGITS).map(str::to_owned)
    }
}

impl Receipt {
    /// Makes a receipt for a version of the notice. None if the system gives no random bytes.
    pub fn new(key: ReceiptKey, notice_version: i32) -> Option<Self> {
        let mut bytes = [0_u8; RANDOM_DIGITS / 2];
        getrandom::fill(&mut bytes).ok()?;
        let random = hex::encode(bytes);
        let seal = key.seal(&random, notice_version)?;
        Some(Self(random + &seal))
    }

    /// Tells that the site issued it for a version of the notice.
    pub fn is_ours(&self, key: ReceiptKey, notice_version: i32) -> bool {
        // The comparison need not take constant time: the network hides differences this small.
        self.0
            .split_at_checked(RANDOM_DIGITS)
            .is_some_and(|(random, seal)| key.seal(random, notice_version).is_some_and(|expected| expected == seal))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Receipt {
    type Err = NotAChoice;

    fn from_str(text: &str) -> Result<Self, NotAChoice> {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if plain && text.len() == 32 { Ok(Self(text.to_owned())) } else { Err(NotAChoice) }
    }
}

/// The mark in the query of a page that confirms a choice.
const SAVED: &str = "cookies=saved";

/// Adds the mark to a local path. The rest of its query stays, a fragment is dropped.
pub fn with_saved(path: &str) -> String {
    let plain = without_saved(path);
    let sign = if plain.contains('?') { '&' } else { '?' };
    format!("{plain}{sign}{SAVED}")
}

/// Removes the mark and a fragment from a local path.
pub fn without_saved(path: &str) -> String {
    let path = path.split_once('#').map_or(path, |(before, _)| before);
    let Some((path, query)) = path.split_once('?') else { return path.to_owned() };
    let kept: Vec<&str> = query.split('&').filter(|pair| *pair != SAVED && !pair.is_empty()).collect();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}

/// Tells that a query carries the mark.
pub fn is_saved(query: Option<&str>) -> bool {
    query.is_some_and(|query| query.split('&').any(|pair| pair == SAVED))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RECEIPT: &str = "00112233445566778899aabbccddeeff";

    #[test]
    fn the_two_choices_are_read_from_a_cookie() {
        let accept: Choice = format!("2.statistics.{RECEIPT}").parse().unwrap();
        assert!(accept.accepts());
        let reject: Choice = "2.none".parse().unwrap();
        assert_eq!(reject, Choice { notice_version: 2, decision: Decision::Reject });
    }

    #[test]
    fn anything_else_counts_as_no_choice() {
        let upper = format!("2.statistics.{}", RECEIPT.to_uppercase());
        let long = format!("2.statistics.{RECEIPT}0");
        let none_with_receipt = format!("2.none.{RECEIPT}");
        for bad in [
            "",
            ".",
            "2",
            "2.",
            "2.all",
            "2.none.",
            "2.statistics.",
            "0.none",
            "02.none",
            "+2.none",
            "-2.none",
            " 2.none",
            "2.none ",
            "2.NONE",
            "99999999999.none",
            "٢.none",
            &upper,
            &long,
            &none_with_receipt,
        ] {
            assert_eq!(bad.parse::<Choice>(), Err(NotAChoice), "{bad:?}");
        }
    }

    #[test]
    fn a_choice_holds_until_visitors_are_asked_again() {
        let choice: Choice = "3.none".parse().unwrap();
        assert!(choice.holds(2));
        assert!(choice.holds(3));
        assert!(!choice.holds(4));
    }

    #[test]
    fn a_receipt_is_ours_under_its_key_and_version_alone() {
        let (key, other) = (ReceiptKey([1; 32]), ReceiptKey([2; 32]));
        let receipt = Receipt::new(key, 3).unwrap();
        assert_ne!(receipt, Receipt::new(key, 3).unwrap());
        assert!(receipt.is_ours(key, 3));
        assert!(!receipt.is_ours(key, 4));
        assert!(!receipt.is_ours(other, 3));
        assert!(!RECEIPT.parse::<Receipt>().unwrap().is_ours(key, 3));
    }

    #[test]
    fn the_mark_comes_and_goes_without_the_rest_of_the_query() {
        assert_eq!(with_saved("/search?q=a%26b"), "/search?q=a%26b&cookies=saved");
        assert_eq!(with_saved("/?cookies=saved"), "/?cookies=saved");
        assert_eq!(with_saved("/a#b"), "/a?cookies=saved");
        assert_eq!(without_saved("/search?cookies=saved&q=x"), "/search?q=x");
        assert_eq!(without_saved("/?cookies=saved"), "/");
        assert!(is_saved(Some("q=x&cookies=saved")));
        assert!(!is_saved(Some("q=cookies=saved")));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_the_same(version in 1..=i32::MAX, accept: bool, digits in "([0-9a-f]{32})?") {
            let decision = if accept { Decision::Accept(digits.parse().ok()) } else { Decision::Reject };
            let choice = Choice { notice_version: version, decision };
            prop_assert_eq!(choice.to_string().parse::<Choice>(), Ok(choice));
        }

        #[test]
        fn what_reads_is_what_we_would_write(text in "[0-9]{0,3}\\.?(none|statistics|)?\\.?[0-9a-fA-F]{0,33}") {
            if let Ok(choice) = text.parse::<Choice>() {
                prop_assert_eq!(choice.to_string(), text);
            }
        }

        #[test]
        fn no_text_at_all_breaks_the_reader(text in any::<String>()) {
            if let Ok(choice) = text.parse::<Choice>() {
                prop_assert_eq!(choice.to_string(), text);
            }
        }

        #[test]
        fn marking_twice_is_marking_once(path in "/[a-z?&=#]{0,30}") {
            let once = with_saved(&path);
            prop_assert_eq!(with_saved(&once), once.clone());
            prop_assert!(is_saved(once.split_once('?').map(|(_, query)| query)));
            prop_assert!(!without_saved(&once).contains("cookies=saved&") );
        }
    }
}
