//! Counts of pages shown and visits begun, as sums for each day in London. They are in memory until they are written,
//! and say nothing about any person.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;

use crate::base::clock;

/// The most days in memory while the database is away. A newer day replaces the oldest.
const DAYS: usize = 40;

/// The most pages that are counted separately on one day.
const PAGES: usize = 20_000;

/// The running sums; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Counts(Arc<Mutex<Running>>);

#[derive(Debug, Default)]
struct Running {
    sums: Sums,
    /// The last day that was counted on, with its end, so that most counts need no time zone look-up.
    today: Option<Today>,
}

#[derive(Clone, Copy, Debug)]
struct Today {
    day: Date,
    from: Timestamp,
    until: Timestamp,
}

/// Sums by day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums(BTreeMap<Date, Counted>);

/// The sums of one day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// The number of times each page was shown, by address.
    pub pages: HashMap<String, u64>,
    /// Visits that began.
    pub visits: u64,
    /// Accepts that were honoured without a record.
    pub unrecorded: u64,
}

impl Counts {
    /// Counts a page that was shown. Its address must be one that the site has, because there is a sum for each.
    pub fn page_shown(&self, address: &str, now: Timestamp) {
        let mut running = self.running();
        let pages = &mut running.counted(now).pages;
        if let Some(shown) = pages.get_mut(address) {
            *shown = shown.saturating_add(1);
        } else if pages.len() < PAGES {
            pages.insert(address.to_owned(), 1);
        }
    }

    /// Counts a visit that began.
    pub fn visit_began(&self, now: Timestamp) {
        let mut running = self.running();
        let counted = running.counted(now);
        counted.visits = counted.visits.saturating_add(1);
    }

    /// Counts an accept that was honoured without a record.
    pub fn accepted_without_record(&self, now: Timestamp) {
        let mut running = self.running();
        let counted = running.counted(now);
        counted.unrecorded = counted.unrecorded.saturating_add(1);
    }

    /// Takes the sums since the last call.
    pub fn take(&self) -> Sums {
        std::mem::take(&mut self.running().sums)
    }

    /// Adds sums again that could not be written.
    pub fn give_back(&self, sums: Sums) {
        let mut running = self.running();
        for (day, counted) in sums.0 {
            let kept = running.sums.0.entry(day).or_default();
            kept.visits = kept.visits.saturating_add(counted.visits);
            kept.unrecorded = kept.unrecorded.saturating_add(counted.unrecorded);
            for (page, shown) in counted.pages {
                let sum = kept.pages.entry(page).or_default();
                *sum = sum.saturating_add(shown);
            }
        }
        running.sums.forget_oldest();
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    fn counted(&mut self, now: Timestamp) -> &mut Counted {
        let day = match self.today {
            Some(today) if today.from <= now && now < today.until => today.day,
            _ => {
                let today = Today::of(now);
                self.today = Some(today);
                self.sums.0.entry(today.day).or_default();
                self.sums.forget_oldest();
                today.day
            }
        };
        self.sums.0.entry(day).or_default()
    }
}

impl Today {
    /// The day in London at an instant. A day without an end (the last of the calendar) is looked up each time.
    fn of(now: Timestamp) -> Self {
        let civil = clock::london(now);
        let from = civil.start_of_day().map_or(now, |start| start.timestamp());
        let end = civil.tomorrow().and_then(|tomorrow| tomorrow.start_of_day());
        Self { day: civil.date(), from, until: end.map_or(now, |end| end.timestamp()) }
    }
}

impl Sums {
    /// Tells that there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The days with their sums, oldest first.
    pub fn days(&self) -> impl Iterator<Item = (Date, &Counted)> {
        self.0.iter().map(|(day, counted)| (*day, counted))
    }

    fn forget_oldest(&mut self) {
        while self.0.len() > DAYS {
            self.0.pop_first();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn shown(sums: &Sums) -> Vec<(String, String, u64)> {
        let mut rows: Vec<_> = sums
            .days()
            .flat_map(|(day, counted)| {
                counted.pages.iter().map(move |(page, count)| (day.to_string(), page.clone(), *count))
            })
            .collect();
        rows.sort();
        rows
    }

    #[test]
    fn a_page_is_counted_on_its_day_in_london() {
        let counts = Counts::default();
        counts.page_shown("home", at("2026-06-30T22:59:59Z"));
        counts.page_shown("home", at("2026-06-30T23:00:00Z"));
        counts.page_shown("home", at("2026-07-01T12:00:00Z"));
        let rows = shown(&counts.take());
        assert_eq!(rows, [("2026-06-30".into(), "home".into(), 1), ("2026-07-01".into(), "home".into(), 2)]);
        assert!(counts.take().is_empty());
    }

    #[test]
    fn what_could_not_be_written_is_added_to_what_came_since() {
        let counts = Counts::default();
        counts.page_shown("home", at("2026-11-24T12:00:00Z"));
        counts.visit_began(at("2026-11-24T12:00:00Z"));
        let taken = counts.take();
        counts.page_shown("home", at("2026-11-24T12:01:00Z"));
        counts.give_back(taken);
        let sums = counts.take();
        assert_eq!(shown(&sums), [("2026-11-24".into(), "home".into(), 2)]);
        assert_eq!(sums.days().map(|(_, counted)| counted.visits).sum::<u64>(), 1);
    }

    #[test]
    fn a_long_absence_of_the_database_costs_no_more_than_some_days() {
        let counts = Counts::default();
        for day in 0..100_i64 {
            counts.visit_began(Timestamp::from_second(day * 86_400).unwrap());
        }
        assert_eq!(counts.take().days().count(), DAYS);
    }

    #[test]
    fn addresses_beyond_the_limit_are_not_told_apart() {
        let counts = Counts::default();
        for number in 0..PAGES + 5 {
            counts.page_shown(&number.to_string(), at("2026-11-24T12:00:00Z"));
        }
        assert_eq!(shown(&counts.take()).len(), PAGES);
    }
}
