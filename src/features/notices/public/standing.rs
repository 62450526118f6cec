//! How a version stands at an instant, as a visitor is told.

use jiff::Timestamp;

use crate::base::clock::{date_words, time_words};
use crate::site::published::{Notice, Version};

/// Whether a version is in force, and when it was.
pub(super) struct Standing {
    /// "In force".
    pub(super) word: &'static str,
    /// Its name in the style sheet.
    pub(super) class: &'static str,
    /// "since 1 June 2022".
    pub(super) dates: String,
}

impl Standing {
    pub(super) fn of(notice: &Notice, version: &Version, now: Timestamp) -> Self {
        let since = date_words(version.entry.in_force_at);
        if let Some(redaction) = &version.redaction {
            let dates = format!("on {}", date_words(redaction.at));
            return Self { word: "Text removed", class: "gone", dates };
        }
        if is_current(notice, version, now) {
            let end = version.banner().and_then(|banner| banner.ends_at);
            return match end {
                Some(end) if end <= now => {
                    let dates = format!("shown from {since} until {}", date_words(end));
                    Self { word: "Ended", class: "past", dates }
                }
                Some(end) => {
                    Self { word: "In force", class: "now", dates: format!("since {since}, until {}", date_words(end)) }
                }
                None => Self { word: "In force", class: "now", dates: format!("since {since}") },
            };
        }
        let ended = notice.until(version, now);
        let withdrawn = notice.public_withdrawals(now).any(|withdrawal| Some(withdrawal.entry.in_force_at) == ended);
        let start = version.entry.in_force_at;
        let dates = match ended {
            Some(until) if withdrawn => format!("from {since} until it was withdrawn on {}", date_words(until)),
            // Days alone would say that it began and ended at once.
            Some(until) if until > start && date_words(until) == since => {
                format!("from {} until {}", time_words(start), time_words(until))
            }
            Some(until) if until > start => format!("from {since} until {}", date_words(until)),
            _ => {
                let dates = format!("A later version took its place at once, on {since}");
                return Self { word: "No longer current", class: "past", dates };
            }
        };
        Self { word: "No longer current", class: "past", dates: format!("It was in force {dates}") }
    }
}

/// Whether it is the version in force.
pub(super) fn is_current(notice: &Notice, version: &Version, now: Timestamp) -> bool {
    notice.in_force(now).is_some_and(|current| current.number == version.number)
}
