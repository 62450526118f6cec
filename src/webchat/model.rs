//! Opening hours: lines with the times of the week at which they are answered, in London time.

use jiff::Timestamp;
use jiff::civil::{Time, Weekday};
use serde::Deserialize;

use crate::clock;

/// The hours of webchat, as `hours.toml` has them.
#[derive(Clone, Debug, Deserialize)]
pub struct Hours {
    /// What visitors can ask about, each with its times.
    #[serde(rename = "line")]
    pub lines: Vec<Line>,
}

/// One sort of enquiry.
#[derive(Clone, Debug, Deserialize)]
pub struct Line {
    /// What visitors see.
    pub label: String,
    /// When it is answered.
    pub open: Vec<Opening>,
}

/// A span of some days of the week, from a time on and until before another; `24:00` is the end of the day.
#[derive(Clone, Debug, Deserialize)]
pub struct Opening {
    days: Vec<String>,
    from: String,
    to: String,
}

impl Opening {
    fn holds(&self, day: Weekday, time: Time) -> bool {
        let name = match day {
            Weekday::Monday => "monday",
            Weekday::Tuesday => "tuesday",
            Weekday::Wednesday => "wednesday",
            Weekday::Thursday => "thursday",
            Weekday::Friday => "friday",
            Weekday::Saturday => "saturday",
            Weekday::Sunday => "sunday",
        };
        let begun = parse(&self.from).is_some_and(|from| from <= time);
        let over = self.to != "24:00" && parse(&self.to).is_none_or(|to| to <= time);
        self.days.iter().any(|known| known.eq_ignore_ascii_case(name)) && begun && !over
    }

    /// "monday to friday, 10:00 to 15:00", in words.
    fn words(&self) -> String {
        let days = match (self.days.first(), self.days.last()) {
            (Some(_), Some(_)) if self.days.len() == 7 => "every day".to_owned(),
            (Some(first), Some(last)) if self.days.len() > 1 => format!("{} to {}", capital(first), capital(last)),
            (Some(only), _) => capital(only),
            _ => String::new(),
        };
        if self.from == "00:00" && self.to == "24:00" {
            format!("{days}, at all hours")
        } else {
            format!("{days}, {} to {}", self.from, self.to)
        }
    }
}

impl Line {
    /// Whether its hours say that it is answered at an instant, by the clock in London.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        let there = clock::london(at);
        self.open.iter().any(|opening| opening.holds(there.weekday(), there.time()))
    }

    /// Its hours in words.
    #[must_use]
    pub fn words(&self) -> String {
        self.open.iter().map(Opening::words).collect::<Vec<_>>().join("; ")
    }
}

fn parse(time: &str) -> Option<Time> {
    time.parse().ok()
}

fn capital(day: &str) -> String {
    let mut letters = day.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tickets() -> Line {
        serde_json::from_str(
            r#"{"label":"Tickets","open":[{"days":["monday","tuesday","wednesday","thursday","friday"],"from":"10:00","to":"15:00"}]}"#,
        )
        .unwrap()
    }

    #[test]
    fn hours_are_those_of_london_in_summer_and_in_winter() {
        let open = |at: &str| tickets().is_open(at.parse().unwrap());
        assert!(open("2026-07-01T09:00:00Z"), "10:00 in summer");
        assert!(!open("2026-07-01T14:00:00Z"), "15:00 in summer");
        assert!(!open("2026-12-01T09:59:59Z"));
        assert!(open("2026-12-01T10:00:00Z"));
        assert!(!open("2026-12-05T12:00:00Z"), "a Saturday");
        assert_eq!(tickets().words(), "Monday to Friday, 10:00 to 15:00");
    }

    #[test]
    fn a_line_that_never_closes_is_open_at_midnight() {
        let days = r#"["monday","tuesday","wednesday","thursday","friday","saturday","sunday"]"#;
        let json = format!(r#"{{"label":"All","open":[{{"days":{days},"from":"00:00","to":"24:00"}}]}}"#);
        let line: Line = serde_json::from_str(&json).unwrap();
        assert!(line.is_open("2026-12-05T00:00:00Z".parse().unwrap()));
        assert!(line.is_open("2026-12-05T23:59:59.999999Z".parse().unwrap()));
        assert_eq!(line.words(), "every day, at all hours");
    }
}
