//! The base of all forms: the problems found in what was typed, as kinds and not as sentences; their words, said in one place; and
//! values that are never shown again. `templates/components/fields.html` has the fields that show them.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Deref, Range};

use axum::http::StatusCode;
use jiff::civil::{Date, Time};
use serde::Deserialize;

use crate::base::characters::find_unfit_in_line;

/// Years of the days that a form takes; any other is a slip of the keyboard.
pub const YEARS: Range<i16> = 2000..2100;

/// A reason why the value of a field cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Nothing was typed.
    Missing,
    /// Too many characters were typed.
    TooLong {
        /// The most that are taken.
        most: usize,
        /// The number of characters that were typed.
        length: usize,
    },
    /// A character that cannot be seen, or that no text may hold.
    Unfit(char),
    /// Not a day of the calendar.
    NotADay,
    /// Not a time of day.
    NotATime,
    /// There were too many tries; this one was not counted. How many seconds to wait.
    Wait(u32),
    /// A sentence of a feature's own, for what no other kind says.
    Other(Cow<'static, str>),
}

impl fmt::Display for Wrong {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => formatter.write_str("Write something here."),
            Self::TooLong { most, length } => {
                write!(formatter, "Use at most {most} characters. You typed {length}.")
            }
            Self::Unfit(unfit) => write!(
                formatter,
                "This holds a character that cannot be shown (U+{:04X}). Delete it, or type it again by hand.",
                u32::from(*unfit)
            ),
            Self::NotADay => formatter.write_str("Write the day as 2026-11-24."),
            Self::NotATime => formatter.write_str("Write the time as 17:30."),
            Self::Wait(seconds) => {
                let s = if *seconds == 1 { "" } else { "s" };
                write!(
                    formatter,
                    "There were wrong tries just before. Wait {seconds} second{s}, then try again. This try was not counted."
                )
            }
            Self::Other(sentence) => formatter.write_str(sentence),
        }
    }
}

impl From<&'static str> for Wrong {
    fn from(sentence: &'static str) -> Self {
        Self::Other(Cow::Borrowed(sentence))
    }
}

impl From<String> for Wrong {
    fn from(sentence: String) -> Self {
        Self::Other(Cow::Owned(sentence))
    }
}

/// A field that cannot be used, and why. Its words make sense alone, as in the summary above a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Id of the field, which the summary leads to; empty where the problem belongs to no field.
    pub field: Cow<'static, str>,
    /// The name of the field, for a sentence that does not have it; otherwise empty.
    what: Cow<'static, str>,
    /// The kind.
    pub wrong: Wrong,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = self.wrong.to_string();
        if self.what.is_empty() {
            return formatter.write_str(&sentence);
        }
        let mut letters = sentence.chars();
        let first = letters.next().map(|first| first.to_lowercase().to_string()).unwrap_or_default();
        write!(formatter, "{}: {first}{}", self.what, letters.as_str())
    }
}

/// Everything that was wrong with a form when it was sent; empty for one that is shown for the first time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    list: Vec<Problem>,
    conflicts: bool,
}

impl Problems {
    /// One problem.
    pub fn one(field: impl Into<Cow<'static, str>>, wrong: impl Into<Wrong>) -> Self {
        let mut problems = Self::default();
        problems.add(field, wrong);
        problems
    }

    /// Adds a problem whose sentence says what it is about.
    pub fn add(&mut self, field: impl Into<Cow<'static, str>>, wrong: impl Into<Wrong>) {
        self.add_named(field, "", wrong);
    }

    /// Adds a problem of the field that is called `what`.
    pub fn add_named(
        &mut self,
        field: impl Into<Cow<'static, str>>,
        what: impl Into<Cow<'static, str>>,
        wrong: impl Into<Wrong>,
    ) {
        self.list.push(Problem { field: field.into(), what: what.into(), wrong: wrong.into() });
    }

    /// The value that was read from the field called `what`; where there is none, the problem is added.
    pub fn check<T>(
        &mut self,
        field: impl Into<Cow<'static, str>>,
        what: impl Into<Cow<'static, str>>,
        read: Result<T, impl Into<Wrong>>,
    ) -> Option<T> {
        read.map_err(|wrong| self.add_named(field, what, wrong)).ok()
    }

    /// Another person changed meanwhile what the form was made of.
    pub fn conflict() -> Self {
        Self { conflicts: true, ..Self::default() }
    }

    /// Tells whether no field has a problem.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Tells whether the form was not taken, because of a field or of somebody else's change.
    pub fn has_any(&self) -> bool {
        self.conflicts || !self.list.is_empty()
    }

    /// The problem of a field.
    pub fn of(&self, field: &str) -> Option<&Wrong> {
        self.list.iter().find(|problem| problem.field == field).map(|problem| &problem.wrong)
    }

    /// The problems in the order of the form.
    pub fn all(&self) -> &[Problem] {
        &self.list
    }

    /// The problems as sentences that make sense without the form.
    pub fn sentences(&self) -> Vec<String> {
        self.list.iter().map(ToString::to_string).collect()
    }

    /// The seconds to wait before the form is sent again, where there were too many tries.
    pub fn wait(&self) -> Option<u32> {
        self.list.iter().find_map(|problem| match problem.wrong {
            Wrong::Wait(seconds) => Some(seconds),
            _ => None,
        })
    }

    /// The status of the page that shows the form with these problems.
    pub fn status(&self) -> StatusCode {
        if self.conflicts {
            StatusCode::CONFLICT
        } else if self.wait().is_some() {
            StatusCode::TOO_MANY_REQUESTS
        } else if self.list.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }
}

/// Something secret that was typed, such as a password. It cannot be written into a page or a log.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Concealed(String);

impl Deref for Concealed {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Concealed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Concealed")
    }
}

/// All fields of a form in the order they were sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// The first value of a field; empty where it was not sent.
    pub fn get(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// Every value of a field.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Fields whose name starts with `start`, as (rest of the name, value).
    pub fn starting<'a>(&'a self, start: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(move |(name, value)| Some((name.strip_prefix(start)?, value.as_str())))
    }
}

/// Reads one line of text: blanks around it are cut off, and it must not hold a character that cannot be seen.
pub fn read_line(typed: &str, most: usize) -> Result<String, Wrong> {
    let text = typed.trim();
    let length = text.chars().count();
    if text.is_empty() {
        Err(Wrong::Missing)
    } else if length > most {
        Err(Wrong::TooLong { most, length })
    } else if let Some(unfit) = find_unfit_in_line(text) {
        Err(Wrong::Unfit(unfit))
    } else {
        Ok(text.to_owned())
    }
}

/// Reads a day.
pub fn read_day(typed: &str) -> Result<Date, Wrong> {
    typed.trim().parse().ok().filter(|day: &Date| YEARS.contains(&day.year())).ok_or(Wrong::NotADay)
}

/// Reads a time of day.
pub fn read_time(typed: &str) -> Result<Time, Wrong> {
    typed.trim().parse().map_err(|_| Wrong::NotATime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_and_says_what_is_wrong_with_it() {
        assert_eq!(read_line("  a b ", 5).as_deref(), Ok("a b"));
        assert_eq!(read_line(" ", 5), Err(Wrong::Missing));
        assert_eq!(read_line("abcdef", 5), Err(Wrong::TooLong { most: 5, length: 6 }));
        assert_eq!(read_line("a\nb", 5), Err(Wrong::Unfit('\n')));
        assert_eq!(read_line("\u{7}", 5), Err(Wrong::Unfit('\u{7}')));
    }

    #[test]
    fn a_day_is_of_this_century() {
        assert!(read_day(" 2099-12-31 ").is_ok());
        for wrong in ["", "2026-13-01", "1999-12-31", "2100-01-01", "0202-01-01"] {
            assert_eq!(read_day(wrong), Err(Wrong::NotADay), "{wrong}");
        }
    }

    #[test]
    fn the_summary_names_a_field_that_the_sentence_does_not_name() {
        let mut problems = Problems::default();
        problems.add("email", "Type your email address.");
        assert_eq!(problems.check("title", "Title", read_line(" ", 5)), None);
        assert_eq!(problems.sentences(), ["Type your email address.", "Title: write something here."]);
        assert_eq!(problems.of("title").map(ToString::to_string).as_deref(), Some("Write something here."));
        assert_eq!(problems.of("address"), None);
    }

    #[test]
    fn the_status_says_what_became_of_the_form() {
        assert_eq!(Problems::default().status(), StatusCode::OK);
        assert_eq!(Problems::one("title", Wrong::Missing).status(), StatusCode::UNPROCESSABLE_ENTITY);
        let waiting = Problems::one("password", Wrong::Wait(2));
        assert_eq!((waiting.status(), waiting.wait()), (StatusCode::TOO_MANY_REQUESTS, Some(2)));
        let conflict = Problems::conflict();
        assert_eq!((conflict.status(), conflict.is_empty(), conflict.has_any()), (StatusCode::CONFLICT, true, true));
    }

    #[test]
    fn what_is_concealed_is_not_written_anywhere() {
        assert_eq!(format!("{:?}", Concealed("secret words".to_owned())), "Concealed");
    }
}
