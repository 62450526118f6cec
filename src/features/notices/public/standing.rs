//! The standing of a version at an instant, in the words for a visitor.

use jiff::Timestamp;

use crate::base::clock::{date_words, time_words};
use crate::site::published::{Notice, Version};

/// The standing of a version: whether it is in force, and when it was.
pub(in crate::features::notices) struct Standing {
    /// "In force".
    pub(in crate::features::notices) word: &'static str,
    /// Its name in the style sheet.
    pub(in crate::features::notices) class: &'static str,
    /// "since 1 June 2022".
    pub(in crate::features::notices) dates: String,
    /// The days for a title: "1 September 2021 to 1 June 2022".
    pub(in crate::features::notices) days: String,
}

impl Standing {
    pub(in crate::features::notices) fn of(notice: &Notice, version: &Version, now: Timestamp) -> Self {
        let since = date_words(version.entry.in_force_at);
        if let Some(redaction) = &version.redaction {
            let dates = format!("on {}", date_words(redaction.at));
            return Self { word: "Text removed", class: "gone", days: since, dates };
        }
        if is_current(notice, version, now) {
            let end = version.banner().and_then(|banner| banner.ends_at);
            return match end {
                Some(end) if end <= now => {
                    let end = date_words(end);
                    let dates = format!("shown from {since} until {end}");
                    Self { word: "Ended", class: "past", dates, days: format!("{since} to {end}") }
                }
                end => {
                    let until = end.map_or_else(String::new, |end| format!(", until {}", date_words(end)));
                    Self {
                        word: "In force",
                        class: "now",
                        dates: format!("since {since}{until}"),
                        days: format!("since {since}"),
                    }
                }
            };
        }
        let ended = notice.until(version, now);
        let withdrawn = notice.public_withdrawals(now).any(|withdrawal| Some(withdrawal.entry.in_force_at) == ended);
        let start = version.entry.in_force_at;
        let days = match ended.map(date_words) {
            Some(until) if until != since => format!("{since} to {until}"),
            _ => since.clone(),
        };
        let dates = match ended {
            Some(until) if withdrawn => format!("from {since} until it was withdrawn on {}", date_words(until)),
            // Days alone would say that it began and ended at once.
            Some(until) if until > start && date_words(until) == since => {
                format!("from {} until {}", time_words(start), time_words(until))
            }
            Some(until) if until > start => format!("from {since} until {}", date_words(until)),
            _ => {
                let dates = format!("A later version took its place at once, on {since}");
                return Self { word: "No longer current", class: "past", dates, days };
            }
        };
        Self { word: "No longer current", class: "past", dates: format!("It was in force {dates}"), days }
    }

    /// "In force since 1 June 2022." or "It was in force from 1 September 2021 until 1 June 2022."
    pub(in crate::features::notices) fn sentence(&self) -> String {
        if self.class == "now" { format!("{} {}.", self.word, self.dates) } else { format!("{}.", self.dates) }
    }
}

/// Tells whether it is the version in force.
pub(super) fn is_current(notice: &Notice, version: &Version, now: Timestamp) -> bool {
    notice.in_force(now).is_some_and(|current| current.number == version.number)
}
