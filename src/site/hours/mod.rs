//! Opening hours: lines with the times of the week at which they are answered, and days that are not like others. All times
//! are civil times in London.

use std::fmt::Write as _;

use jiff::civil::{Date, Time, Weekday};
use jiff::{Timestamp, ToSpan as _};
use serde::Deserialize;

use crate::base::clock;

/// The number of days ahead in which an opening is looked for.
const DAYS_AHEAD: i32 = 28;

/// The hours of webchat, as `hours.toml` has them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// The lines, each with its times.
    #[serde(rename = "line")]
    pub lines: Vec<Line>,
    /// Days that are not like others, such as bank holidays.
    #[serde(rename = "exception", default)]
    pub exceptions: Vec<Exception>,
}

/// One sort of enquiry.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Its name in exceptions: small letters and hyphens.
    pub name: String,
    /// Its name for visitors.
    pub label: String,
    /// The spans of time in which it is answered.
    pub open: Vec<Opening>,
}

/// A span of some days of the week.
#[derive(Clone, Debug, Deserialize)]
pub struct Opening {
    days: Vec<Day>,
    #[serde(flatten)]
    span: Span,
}

/// A date on which some lines have other hours.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The day in London.
    pub date: Date,
    /// The reason for visitors, such as `Christmas Day`.
    pub label: String,
    /// Names of the lines it is about.
    pub lines: Vec<String>,
    /// The spans of time in which they are answered on that day; closed all day without any.
    #[serde(default)]
    pub open: Vec<Span>,
}

/// From a time on and until before another, on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Ends")]
pub struct Span {
    from: Time,
    /// The end; none is the end of the day.
    to: Option<Time>,
}

#[derive(Deserialize)]
struct Ends {
    from: String,
    to: String,
}

impl TryFrom<Ends> for Span {
    type Error = String;

    fn try_from(ends: Ends) -> Result<Self, String> {
        let time = |text: &str| {
            let plain = text.len() == 5 && text.is_ascii();
            let parsed = text.parse::<Time>().ok().filter(|_| plain);
            parsed.ok_or_else(|| format!("\"{text}\" is no time of day: write 09:30, or 24:00 for the end of the day"))
        };
        let from = time(&ends.from)?;
        let to = if ends.to == "24:00" { None } else { Some(time(&ends.to)?) };
        if to.is_some_and(|to| to <= from) {
            return Err(format!("{} is not before {}: write hours past midnight as two days", ends.from, ends.to));
        }
        Ok(Self { from, to })
    }
}

/// A day of the week by its English name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Day {
    fn of(weekday: Weekday) -> Self {
        match weekday {
            Weekday::Monday => Self::Monday,
            Weekday::Tuesday => Self::Tuesday,
            Weekday::Wednesday => Self::Wednesday,
            Weekday::Thursday => Self::Thursday,
            Weekday::Friday => Self::Friday,
            Weekday::Saturday => Self::Saturday,
            Weekday::Sunday => Self::Sunday,
        }
    }
}

impl Span {
    fn is_whole_day(self) -> bool {
        self.from == Time::midnight() && self.to.is_none()
    }

    /// From and until, on a date. A time that the clocks skip is the one after; one that comes twice, the first.
    fn on(self, date: Date) -> Option<(Timestamp, Timestamp)> {
        let at = |date: Date, time| Some(date.to_datetime(time).to_zoned(clock::zone()).ok()?.timestamp());
        let end = match self.to {
            Some(to) => at(date, to)?,
            None => at(date.tomorrow().ok()?, Time::midnight())?,
        };
        Some((at(date, self.from)?, end))
    }

    fn words(self) -> String {
        if self.is_whole_day() {
            return "all day".to_owned();
        }
        format!("{} to {}", time_words(self.from), time_words(self.to.unwrap_or_default()))
    }
}

/// The state of a line by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Within its hours until a time; none where it does not close in the weeks ahead.
    Open(Option<Timestamp>),
    /// Outside its hours until a time; none where it does not open in the weeks ahead.
    Closed(Option<Timestamp>),
}

impl State {
    /// The sentence for visitors at `now`.
    pub fn words(self, now: Timestamp) -> String {
        match self {
            Self::Open(None) => "Open now".to_owned(),
            Self::Open(Some(until)) => format!("Open now, until {}", end_words(until, now)),
            Self::Closed(Some(next)) => format!("Closed. Opens {}", start_words(next, now)),
            Self::Closed(None) => "Closed".to_owned(),
        }
    }
}

/// "10am", "9:30am", "midday" or "midnight".
fn time_words(time: Time) -> String {
    match (time.hour(), time.minute()) {
        (0, 0) => "midnight".to_owned(),
        (12, 0) => "midday".to_owned(),
        (_, 0) => time.strftime("%-I%P").to_string(),
        _ => time.strftime("%-I:%M%P").to_string(),
    }
}

/// "today at 10am", or "Monday 30 November at 10am". A day that opens with its first minute stands alone.
fn start_words(at: Timestamp, now: Timestamp) -> String {
    let there = clock::london(at);
    let is_today = there.date() == clock::london(now).date();
    let day = if is_today { "today".to_owned() } else { there.strftime("%A %-d %B").to_string() };
    if there.time() == Time::midnight() { day } else { format!("{day} at {}", time_words(there.time())) }
}

/// "3pm", or "midnight on Thursday 24 December" on another day: midnight ends the day before it.
fn end_words(at: Timestamp, now: Timestamp) -> String {
    let there = clock::london(at);
    let is_midnight = there.time() == Time::midnight();
    let day = if is_midnight { there.date().yesterday().unwrap_or(there.date()) } else { there.date() };
    let time = time_words(there.time());
    if day == clock::london(now).date() { time } else { format!("{time} on {}", day.strftime("%A %-d %B")) }
}

impl Hours {
    /// Reads `hours.toml`.
    pub fn read(text: &str) -> Result<Self, String> {
        let hours: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let known = |name: &String| hours.lines.iter().any(|line| line.name == *name);
        match hours.exceptions.iter().flat_map(|exception| &exception.lines).find(|name| !known(name)) {
            Some(name) => Err(format!("an exception names the line \"{name}\", and there is none of that name")),
            None => Ok(hours),
        }
    }

    /// The state of a line at an instant.
    pub fn state(&self, line: &Line, now: Timestamp) -> State {
        let today = clock::london(now).date();
        // Hours that began yesterday end at midnight at the latest, so today's are the first that matter.
        let spans = (0..DAYS_AHEAD).filter_map(|ahead| today.checked_add(ahead.days()).ok());
        let spans = spans.flat_map(|date| self.on(line, date));
        let mut open_until = None;
        for (from, to) in spans {
            match open_until {
                None if from <= now && now < to => open_until = Some(to),
                None if from > now => return State::Closed(Some(from)),
                Some(end) if from <= end => open_until = Some(end.max(to)),
                Some(end) => return State::Open(Some(end)),
                None => {}
            }
        }
        let far = today.checked_add(DAYS_AHEAD.days()).ok();
        let far = far.and_then(|date| Some(date.to_zoned(clock::zone()).ok()?.timestamp()));
        match open_until {
            Some(end) if far.is_some_and(|far| end < far) => State::Open(Some(end)),
            Some(_) => State::Open(None),
            None => State::Closed(None),
        }
    }

    /// The spans of a line on a date, in order.
    fn on(&self, line: &Line, date: Date) -> Vec<(Timestamp, Timestamp)> {
        let exception = self
            .exceptions
            .iter()
            .rev()
            .find(|exception| exception.date == date && exception.lines.contains(&line.name));
        let spans: Vec<Span> = if let Some(exception) = exception {
            exception.open.clone()
        } else {
            let day = Day::of(date.weekday());
            line.open.iter().filter(|opening| opening.days.contains(&day)).map(|opening| opening.span).collect()
        };
        let mut spans: Vec<_> = spans.into_iter().filter_map(|span| span.on(date)).collect();
        spans.sort_unstable();
        spans
    }

    /// Exceptions from today on, soonest first, in words: "Christmas Day, Friday 25 December 2026: closed".
    pub fn ahead(&self, now: Timestamp) -> Vec<String> {
        let today = clock::london(now).date();
        let last = today.checked_add(DAYS_AHEAD.days()).unwrap_or(today);
        let mut ahead: Vec<&Exception> =
            self.exceptions.iter().filter(|exception| (today..=last).contains(&exception.date)).collect();
        ahead.sort_by_key(|exception| exception.date);
        ahead
            .into_iter()
            .map(|exception| {
                let labels = self.lines.iter().filter(|line| exception.lines.contains(&line.name));
                let labels: Vec<&str> = labels.map(|line| line.label.as_str()).collect();
                let spans: Vec<String> = exception.open.iter().map(|span| span.words()).collect();
                let hours = if spans.is_empty() { "closed".to_owned() } else { spans.join(" and ") };
                let date = exception.date.strftime("%A %-d %B %Y");
                format!("{}, {date}: {hours} ({})", exception.label, labels.join("; "))
            })
            .collect()
    }
}

impl Line {
    /// Its usual hours in words.
    pub fn words(&self) -> String {
        let mut words = String::new();
        for opening in &self.open {
            let between = if words.is_empty() { "" } else { "; " };
            // Writing to a String cannot fail.
            let _ = write!(words, "{between}{}", opening.words());
        }
        words
    }
}

impl Opening {
    /// "Monday to Friday, 10am to 3pm".
    fn words(&self) -> String {
        if self.days.len() == 7 && self.span.is_whole_day() {
            return "24 hours a day, 7 days a week".to_owned();
        }
        let names: Vec<String> = self.days.iter().map(|day| format!("{day:?}")).collect();
        let follow = self.days.windows(2).all(|pair| matches!(pair, [one, next] if *next as u8 == *one as u8 + 1));
        let days = match names.as_slice() {
            _ if names.len() == 7 => "every day".to_owned(),
            [first, .., last] if follow && names.len() > 2 => format!("{first} to {last}"),
            [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            _ => names.concat(),
        };
        format!("{days}, {}", self.span.words())
    }
}

#[cfg(test)]
mod tests;
