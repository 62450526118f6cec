//! The one place that reads the system clock, so that tests can stop it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::base::language::Language;

/// The clock of the program: the database's time, kept by counting on from what was learned last. The machine's own
/// clock may be wrong by hours, so it decides nothing that a visitor sees.
#[derive(Clone, Debug)]
pub struct Clock {
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    Learned(Arc<Learned>),
    /// Microseconds since the Unix epoch; shared, so that a test can move it.
    Fixed(Arc<AtomicI64>),
}

/// A node's knowledge of the time. A count of [`NEVER`] stands for nothing.
#[derive(Debug)]
struct Learned {
    /// The start of the monotonic count. It never steps; it may stand still while the machine sleeps, which makes a node late and
    /// never early.
    began: Instant,
    /// The database's time, in microseconds, at the beginning of the count.
    at_beginning: AtomicI64,
    /// The time to show until the database's is learned, in microseconds.
    standing: AtomicI64,
}

const NEVER: i64 = i64::MIN;

impl Clock {
    /// The database's time, once it is learned. Until then the time stands where [`Clock::stand_at`] put it; a program that has
    /// nothing to show yet has the machine's.
    pub fn system() -> Self {
        let (at_beginning, standing) = (AtomicI64::new(NEVER), AtomicI64::new(NEVER));
        Self { source: Source::Learned(Arc::new(Learned { began: Instant::now(), at_beginning, standing })) }
    }

    /// A clock that stands still until [`Clock::set`].
    pub fn fixed(at: Timestamp) -> Self {
        Self { source: Source::Fixed(Arc::new(AtomicI64::new(at.as_microsecond()))) }
    }

    /// Moves a fixed clock; another one does not move.
    pub fn set(&self, at: Timestamp) {
        if let Source::Fixed(time) = &self.source {
            time.store(at.as_microsecond(), Ordering::SeqCst);
        }
    }

    /// The time now as the database would tell it, to the microsecond.
    pub fn now(&self) -> Timestamp {
        let learned = match &self.source {
            Source::Learned(learned) => learned,
            Source::Fixed(time) => return from_microseconds(time.load(Ordering::SeqCst)),
        };
        match (learned.at_beginning.load(Ordering::SeqCst), learned.standing.load(Ordering::SeqCst)) {
            (NEVER, NEVER) => machine_time(),
            (NEVER, standing) => from_microseconds(standing),
            (at_beginning, _) => from_microseconds(at_beginning.saturating_add(microseconds_since(learned.began))),
        }
    }

    /// The machine's time, for lines of the log alone: they go on where the database's time is not known.
    pub fn for_log(&self) -> Timestamp {
        match &self.source {
            Source::Learned(_) => machine_time(),
            Source::Fixed(time) => from_microseconds(time.load(Ordering::SeqCst)),
        }
    }

    /// Learns the database's time, read a moment ago.
    pub fn learn(&self, database_time: Timestamp) {
        if let Source::Learned(learned) = &self.source {
            let at_beginning = database_time.as_microsecond().saturating_sub(microseconds_since(learned.began));
            learned.at_beginning.store(at_beginning, Ordering::SeqCst);
        }
    }

    /// Stands still at a time until the database's is learned.
    pub fn stand_at(&self, at: Timestamp) {
        if let Source::Learned(learned) = &self.source {
            learned.standing.store(at.as_microsecond(), Ordering::SeqCst);
        }
    }

    /// Tells whether the time is the database's; a fixed one counts as that.
    pub fn is_learned(&self) -> bool {
        match &self.source {
            Source::Learned(learned) => learned.at_beginning.load(Ordering::SeqCst) != NEVER,
            Source::Fixed(_) => true,
        }
    }

    /// Today's date in London.
    pub fn today(&self) -> Date {
        london(self.now()).date()
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock is the one reader of the system's time")]
fn machine_time() -> Timestamp {
    Timestamp::now()
}

fn microseconds_since(began: Instant) -> i64 {
    i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX)
}

fn from_microseconds(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Civil time in London, by the IANA zone database.
pub fn london(at: Timestamp) -> jiff::Zoned {
    at.to_zoned(zone())
}

/// The zone of every civil time on the site.
pub fn zone() -> TimeZone {
    TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC)
}

/// The meaning of a civil time in London.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Civil {
    /// One instant.
    Once(Timestamp),
    /// The clocks go back, and the time comes twice.
    Twice {
        /// In summer time.
        first: Timestamp,
        /// In winter time.
        second: Timestamp,
    },
    /// The clocks go forward past it.
    Never {
        /// The gap's start minus the offset into the gap.
        before: Timestamp,
        /// The gap's end plus the offset into the gap.
        after: Timestamp,
    },
}

/// The instant of a civil time in London, with the two choices where there is not just one.
pub fn civil(at: jiff::civil::DateTime) -> Civil {
    let ambiguous = zone().to_ambiguous_timestamp(at);
    let or_epoch = |at: Result<Timestamp, jiff::Error>| at.unwrap_or(Timestamp::UNIX_EPOCH);
    let (earlier, later) = (or_epoch(ambiguous.earlier()), or_epoch(ambiguous.later()));
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => Civil::Once(later),
        AmbiguousOffset::Fold { .. } => Civil::Twice { first: earlier, second: later },
        AmbiguousOffset::Gap { .. } => Civil::Never { before: earlier, after: later },
    }
}

/// "1 June 2022".
pub fn date_words(at: Timestamp) -> String {
    day_words(london(at).date())
}

/// "1 June 2022 at 10:30", London time.
pub fn time_words(at: Timestamp) -> String {
    Language::default().time(london(at).datetime())
}

/// "1 June 2022".
pub fn day_words(day: Date) -> String {
    Language::default().day(day)
}

/// The first instant of a day in London. None at the end of time.
pub fn start_of(day: Date) -> Option<Timestamp> {
    day.to_zoned(zone()).ok().map(|start| start.timestamp())
}

/// Reads a day as date fields send it, as in 2021-12-01.
pub fn day(text: &str) -> Option<Date> {
    if text.len() == 10 { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_database_knows_london() {
        let summer: Timestamp = "2026-07-01T12:00:00Z".parse().unwrap();
        assert_eq!(time_words(summer), "1 July 2026 at 13:00");
    }

    #[test]
    fn a_time_when_the_clocks_change_comes_twice_or_never() {
        let at = |text: &str| civil(text.parse().unwrap());
        let instant = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(at("2026-07-01T13:00:00"), Civil::Once(instant("2026-07-01T12:00:00Z")));
        let (first, second) = (instant("2026-10-25T00:30:00Z"), instant("2026-10-25T01:30:00Z"));
        assert_eq!(at("2026-10-25T01:30:00"), Civil::Twice { first, second });
        let (before, after) = (instant("2027-03-28T00:30:00Z"), instant("2027-03-28T01:30:00Z"));
        assert_eq!(at("2027-03-28T01:30:00"), Civil::Never { before, after });
    }

    #[test]
    fn a_fixed_clock_ignores_the_database() {
        let clock = Clock::fixed("2030-01-01T00:00:00Z".parse().unwrap());
        clock.learn("2031-01-01T00:00:00Z".parse().unwrap());
        assert_eq!(clock.now().to_string(), "2030-01-01T00:00:00Z");
    }

    #[test]
    fn what_the_database_said_counts_and_not_the_machine() {
        let clock = Clock::system();
        clock.stand_at("2001-01-01T00:00:00Z".parse().unwrap());
        assert_eq!(clock.now().to_string(), "2001-01-01T00:00:00Z", "it stands");
        assert!(!clock.is_learned());
        for told in ["2031-01-01T00:00:00Z", "2030-01-01T00:00:00Z"] {
            let told: Timestamp = told.parse().unwrap();
            clock.learn(told);
            assert!(clock.is_learned());
            let (first, second) = (clock.now(), clock.now());
            assert!(
                told <= first && first <= second && second < told + jiff::Span::new().hours(1),
                "{first}, {second}"
            );
        }
    }
}
