//! The day or the time at which somebody asks how something was, as they type it.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use crate::base::clock;

/// No text is older. A year below is a slip of the keyboard.
const FIRST_YEAR: i16 = 1900;

/// An instant up to now that somebody asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// The instant itself.
    pub at: Timestamp,
    /// The day, where a whole one was asked for: then the instant is its end in London, or now on the day itself.
    pub day: Option<Date>,
}

/// A text that names no instant up to now; says what to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAnInstant(pub &'static str);

const UNREADABLE: NotAnInstant =
    NotAnInstant("Enter a real date with a four-digit year, such as 1 12 2021 or 2021-12-01.");
const TOO_EARLY: NotAnInstant = NotAnInstant("The year must be 1900 or later.");
const NOT_YET: NotAnInstant = NotAnInstant("That day has not come yet. Choose today or an earlier day.");

impl AsOf {
    /// Reads a day (`2021-12-01`, `01/12/2021`), a time in London (`2021-12-01T10:30`), or a time with its offset (RFC 3339).
    /// A time that comes twice is the later one.
    pub fn read(asked: &str, now: Timestamp) -> Result<Self, NotAnInstant> {
        let asked = asked.trim();
        if let Some([typed, month, year]) = parts(asked)
            && let Ok(read) = day(typed, month, year)
        {
            return Self::at_end_of(read, now);
        }
        // The `+` of an offset arrives as a space in a query.
        let at = match asked.replace(' ', "+").parse::<Timestamp>() {
            Ok(at) => at,
            Err(_) if asked.contains(':') => {
                let local: DateTime = asked.parse().map_err(|_| UNREADABLE)?;
                clock::zone().to_ambiguous_timestamp(local).later().map_err(|_| UNREADABLE)?
            }
            Err(_) => return Err(UNREADABLE),
        };
        Self { at, day: None }.check(now)
    }

    /// Reads a day from three fields.
    pub fn read_fields(day_typed: &str, month: &str, year: &str, now: Timestamp) -> Result<Self, NotAnInstant> {
        Self::at_end_of(day(day_typed.trim(), month.trim(), year.trim())?, now)
    }

    fn at_end_of(day: Date, now: Timestamp) -> Result<Self, NotAnInstant> {
        if day > clock::london(now).date() {
            return Err(NOT_YET);
        }
        let next = day.tomorrow().ok().and_then(clock::start_of).ok_or(UNREADABLE)?;
        let end = Timestamp::from_microsecond(next.as_microsecond() - 1).map_err(|_| UNREADABLE)?;
        Self { at: end.min(now), day: Some(day) }.check(now)
    }

    fn check(self, now: Timestamp) -> Result<Self, NotAnInstant> {
        if clock::london(self.at).year() < FIRST_YEAR {
            return Err(TOO_EARLY);
        }
        if self.at > now { Err(NOT_YET) } else { Ok(self) }
    }

    /// "1 December 2021", or "1 December 2021 at 10:30" where a time was asked for; in London.
    pub fn words(self) -> String {
        self.day.map_or_else(|| clock::time_words(self.at), clock::day_words)
    }

    /// The day on which it lies, in London.
    pub fn date(self) -> Date {
        self.day.unwrap_or_else(|| clock::london(self.at).date())
    }

    /// The value for the `datetime` of an HTML `time` (HTML section 4.5.14): the day, or the time to the second.
    pub fn html_datetime(self) -> String {
        self.day.map_or_else(|| self.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(), |day| day.to_string())
    }
}

/// Day, month and year of a text that is written as three parts, in the British order or the year first; whether they make a day is
/// another question.
pub fn parts(typed: &str) -> Option<[&str; 3]> {
    let parts: Vec<&str> = typed.trim().split(['-', '/', '.', ' ']).collect();
    match *parts.as_slice() {
        [year, month, day] if year.len() == 4 => Some([day, month, year]),
        [day, month, year] => Some([day, month, year]),
        _ => None,
    }
}

/// The day of a number of one or two digits for the day and for the month, and of four for the year.
fn day(day: &str, month: &str, year: &str) -> Result<Date, NotAnInstant> {
    let number = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        let plain = lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if plain { text.parse::<i16>().map_err(|_| UNREADABLE) } else { Err(UNREADABLE) }
    };
    let month = month_named(month).map_or_else(|| number(month, 1..=2), Ok)?;
    let [day, month] = [number(day, 1..=2)?, month].map(|number| i8::try_from(number).unwrap_or(0));
    Date::new(number(year, 4..=4)?, month, day).map_err(|_| UNREADABLE)
}

/// The number of a month by its name, or by at least the first three letters of it.
fn month_named(typed: &str) -> Option<i16> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let typed = typed.to_lowercase();
    let at = MONTHS.iter().position(|month| typed.len() >= 3 && month.starts_with(&typed))?;
    i16::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-01-01T00:00:00Z";

    fn read(text: &str) -> Result<String, NotAnInstant> {
        AsOf::read(text, NOW.parse().unwrap()).map(|asked| asked.at.to_string())
    }

    #[test]
    fn a_date_means_its_end_in_london_also_where_the_clocks_change() {
        let end = |text: &str| read(text).unwrap();
        assert_eq!(end("2021-12-01"), "2021-12-01T23:59:59.999999Z");
        assert_eq!(end("2021-03-28"), "2021-03-28T22:59:59.999999Z");
        assert_eq!(end("2021-10-31"), "2021-10-31T23:59:59.999999Z");
        assert_eq!(end("2026-01-01"), "2026-01-01T00:00:00Z");
    }

    #[test]
    fn a_day_is_read_as_people_here_write_it() {
        for text in [
            "01/12/2021",
            "1/12/2021",
            "1.12.2021",
            "1-12-2021",
            "1 12 2021",
            "2021/12/1",
            " 2021-12-01 ",
            "1 December 2021",
            "1 dec 2021",
        ] {
            assert_eq!(read(text).as_deref(), Ok("2021-12-01T23:59:59.999999Z"), "{text}");
        }
    }

    #[test]
    fn a_time_without_an_offset_is_one_in_london() {
        assert_eq!(read("2021-07-01T10:30").as_deref(), Ok("2021-07-01T09:30:00Z"));
        assert_eq!(read("2021-12-01T10:30:15").as_deref(), Ok("2021-12-01T10:30:15Z"));
        assert_eq!(read("2021-10-31T01:30").as_deref(), Ok("2021-10-31T01:30:00Z"), "the second of two");
        assert_eq!(read("2021-07-01T10:00:00 01:00").as_deref(), Ok("2021-07-01T09:00:00Z"));
    }

    #[test]
    fn what_is_to_come_and_what_is_no_time_is_refused() {
        for bad in [
            "",
            " ",
            "x",
            "2026-01-02",
            "2026-01-01T00:00:01Z",
            "2021-13-01",
            "2021-02-30",
            "30/02/2021",
            "13/13/2021",
            "1/12/21",
            "1 de 2021",
            "1 decembers 2021",
            "+1/12/2021",
            "20211201",
            "\0",
            "9999-12-31",
            "1899-12-31",
            "0001-01-01",
            "1700-01-01T00:00:00Z",
            "١/١٢/٢٠٢١",
        ] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_html_datetime_has_no_decimals() {
        let of = |text: &str| AsOf::read(text, NOW.parse().unwrap()).unwrap().html_datetime();
        assert_eq!(of("01/12/2021"), "2021-12-01");
        assert_eq!(of("2021-12-01T10:30:00.5Z"), "2021-12-01T10:30:00Z");
    }
}
