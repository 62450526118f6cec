//! What a choice is and how it is written in a cookie: `2.none` for a reject, `2.statistics.<receipt>` for an accept, both
//! under version 2 of the cookie notice.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

/// How long a choice holds, in seconds: 180 days.
pub const CHOICE_SECONDS: u64 = 180 * 24 * 60 * 60;

/// How long a visit is taken to last, in seconds: 30 minutes.
pub const VISIT_SECONDS: u64 = 30 * 60;

/// The optional category that the site knows, as records and cookies name it.
pub const STATISTICS: &str = "statistics";

/// Stands in the cookie for no optional category.
const NONE: &str = "none";

/// What a visitor chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The version of the cookie notice they read.
    pub notice_version: i32,
    /// What they decided.
    pub decision: Decision,
}

/// Yes or no to the optional cookies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Statistics may be counted; the receipt stands in a record of ours as well.
    Accept(Receipt),
    /// Nothing optional.
    Reject,
}

/// A random code that ties an accept to its record and to nothing else: 32 small hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt(String);

/// A cookie or receipt that is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cookie choice of this site")]
pub struct NotAChoice;

/// That somebody accepted, for the consent record. Nothing about the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRecord {
    /// The code in their cookie.
    pub receipt: Receipt,
    /// The version of the cookie notice they read.
    pub notice_version: i32,
    /// When.
    pub chosen_at: Timestamp,
}

impl Choice {
    /// Whether it was made under a text that still holds.
    #[must_use]
    pub fn holds(&self, consent_since: i32) -> bool {
        self.notice_version >= consent_since
    }

    /// Whether visits may be counted.
    #[must_use]
    pub fn accepts(&self) -> bool {
        matches!(self.decision, Decision::Accept(_))
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.decision {
            Decision::Accept(receipt) => write!(formatter, "{}.{STATISTICS}.{receipt}", self.notice_version),
            Decision::Reject => write!(formatter, "{}.{NONE}", self.notice_version),
        }
    }
}

impl FromStr for Choice {
    type Err = NotAChoice;

    fn from_str(text: &str) -> Result<Self, NotAChoice> {
        let (version, rest) = text.split_once('.').ok_or(NotAChoice)?;
        // `parse` would take a sign and leading zeros.
        if version.starts_with('0') || !version.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotAChoice);
        }
        let notice_version = version.parse().map_err(|_| NotAChoice)?;
        let decision = match rest.split_once('.') {
            None if rest == NONE => Decision::Reject,
            Some((STATISTICS, receipt)) => Decision::Accept(receipt.parse()?),
            _ => return Err(NotAChoice),
        };
        Ok(Self { notice_version, decision })
    }
}

impl Receipt {
    /// A new one from the operating system's randomness.
    ///
    /// # Errors
    /// When the operating system gives none.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(format!("{:032x}", u128::from_be_bytes(bytes))))
    }

    /// The digits.
    #[must_use]
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

/// Marks an address as one to confirm a choice on.
const SAVED: &str = "cookies=saved";

/// A local path with the mark that makes the page confirm the choice; the rest of its query stays, a fragment goes.
#[must_use]
pub fn with_saved(path: &str) -> String {
    let plain = without_saved(path);
    let sign = if plain.contains('?') { '&' } else { '?' };
    format!("{plain}{sign}{SAVED}")
}

/// The same path without the mark and without a fragment.
#[must_use]
pub fn without_saved(path: &str) -> String {
    let path = path.split_once('#').map_or(path, |(before, _)| before);
    let Some((path, query)) = path.split_once('?') else { return path.to_owned() };
    let kept: Vec<&str> = query.split('&').filter(|pair| *pair != SAVED && !pair.is_empty()).collect();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}

/// Whether a query carries the mark.
#[must_use]
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
            "2.statistics",
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
    fn two_receipts_differ() {
        assert_ne!(Receipt::random().unwrap(), Receipt::random().unwrap());
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
        fn what_is_written_reads_the_same(version in 1..=i32::MAX, accept: bool, digits in "[0-9a-f]{32}") {
            let decision = if accept { Decision::Accept(digits.parse().unwrap()) } else { Decision::Reject };
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
