//! "Now or at a time": the fields of a form, and what they say.

use jiff::Timestamp;
use serde::Deserialize;

use crate::base::clock::{Civil, civil, london};
use crate::base::web::form::{Problems, read_day, read_time};

/// The part of a form that says when something comes into force.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct WhenForm {
    /// `now` or `later`.
    #[serde(rename = "when")]
    choice: String,
    pub(crate) date: String,
    pub(crate) time: String,
    /// The one of two instants that is meant by a time that comes twice or never, by its RFC 3339 text.
    instant: String,
    /// The two instants that the form has to ask about.
    #[serde(skip)]
    pub(crate) choices: Vec<Choice>,
}

/// A reason why the time cannot be used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Unclear {
    message: String,
    /// The two instants that may be meant.
    choices: Vec<Choice>,
}

/// One of the instants that may be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
}

impl WhenForm {
    /// Tells that a time was chosen.
    pub(crate) fn is_later(&self) -> bool {
        self.choice == "later"
    }

    /// Reads the time; `None` is now. What cannot be used is added to the problems of the form.
    pub(crate) fn check(&mut self, now: Timestamp, problems: &mut Problems) -> Option<Timestamp> {
        self.read(now).unwrap_or_else(|unclear| {
            problems.add(if unclear.choices.is_empty() { "date" } else { "instant-1" }, unclear.message);
            self.choices = unclear.choices;
            None
        })
    }

    fn read(&self, now: Timestamp) -> Result<Option<Timestamp>, Unclear> {
        let wrong = |message: &str| Unclear { message: message.to_owned(), choices: Vec::new() };
        if !self.is_later() {
            // A text that was meant for a later day must not be published at once.
            let timed = !self.date.trim().is_empty() || !self.time.trim().is_empty();
            let unclear = "You gave a day or a time, but chose “now”. Choose “at a time in the future”, or empty both.";
            return if timed { Err(wrong(unclear)) } else { Ok(None) };
        }
        let date = read_day(&self.date).map_err(|_| wrong("Give the day, such as 2027-03-01, or choose “now”."))?;
        let time = read_time(&self.time).map_err(|_| wrong("Give the time of day, such as 09:00."))?;
        let at = match civil(date.to_datetime(time)) {
            Civil::Once(at) => at,
            Civil::Twice { first: one, second: other } | Civil::Never { before: one, after: other } => {
                let chosen = [one, other].into_iter().find(|at| at.to_string() == self.instant);
                chosen.ok_or_else(|| Unclear {
                    message:
                        "The clocks change then, so that time of day comes twice or not at all. Say which is meant."
                            .to_owned(),
                    choices: vec![choice(one), choice(other)],
                })?
            }
        };
        if at <= now {
            return Err(wrong("That time has gone by. Give a later one, or choose “now”."));
        }
        Ok(Some(at))
    }
}

fn choice(at: Timestamp) -> Choice {
    let label = london(at).strftime("%-d %B %Y at %H:%M, %Z").to_string();
    let label = label.replace("GMT", "Greenwich Mean Time").replace("BST", "British Summer Time");
    Choice { value: at.to_string(), label }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn when(date: &str, time: &str, instant: &str) -> Result<Option<Timestamp>, Unclear> {
        let now = "2026-10-01T00:00:00Z".parse().unwrap();
        let [date, time, instant] = [date, time, instant].map(ToOwned::to_owned);
        WhenForm { choice: "later".to_owned(), date, time, instant, choices: Vec::new() }.read(now)
    }

    #[test]
    fn a_time_that_comes_twice_is_asked_about_and_then_taken() {
        let asked = when("2026-10-25", "01:30", "").unwrap_err();
        let labels: Vec<&str> = asked.choices.iter().map(|choice| choice.label.as_str()).collect();
        assert_eq!(
            labels,
            ["25 October 2026 at 01:30, British Summer Time", "25 October 2026 at 01:30, Greenwich Mean Time"]
        );
        let second = when("2026-10-25", "01:30", &asked.choices[1].value).unwrap().unwrap();
        assert_eq!(second.to_string(), "2026-10-25T01:30:00Z");
        // An instant that is neither of the two is no answer.
        assert!(when("2026-10-25", "01:30", "2026-10-25T05:00:00Z").is_err());
    }

    #[test]
    fn a_time_that_never_comes_has_one_before_and_one_behind_the_gap() {
        let asked = when("2027-03-28", "01:30", "").unwrap_err();
        let labels: Vec<&str> = asked.choices.iter().map(|choice| choice.label.as_str()).collect();
        assert_eq!(
            labels,
            ["28 March 2027 at 00:30, Greenwich Mean Time", "28 March 2027 at 02:30, British Summer Time"]
        );
    }

    #[test]
    fn what_has_gone_by_and_what_is_no_time_is_refused() {
        for (date, time) in [("2026-09-30", "10:00"), ("", "10:00"), ("2026-12-01", ""), ("2026-13-01", "10:00")] {
            assert!(when(date, time, "").unwrap_err().choices.is_empty(), "{date} {time}");
        }
        assert_eq!(when("2026-12-01", "09:00", "").unwrap().unwrap().to_string(), "2026-12-01T09:00:00Z");
    }

    #[test]
    fn a_day_beside_now_is_asked_about() {
        let now = "2026-10-01T00:00:00Z".parse().unwrap();
        assert_eq!(WhenForm::default().read(now), Ok(None));
        for (date, time) in [("2026-12-01", ""), ("", "09:00"), ("2026-12-01", "09:00")] {
            let [choice, date, time] = ["now", date, time].map(ToOwned::to_owned);
            let wrong = WhenForm { choice, date, time, ..WhenForm::default() }.read(now).unwrap_err();
            assert!(wrong.message.contains("chose “now”"), "{}", wrong.message);
        }
    }
}
