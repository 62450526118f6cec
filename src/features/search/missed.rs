//! Words that were searched for in vain, so that editors learn what people call things. Of a query nothing is kept but a single word of
//! letters, and that only once a node met it some times on one day. Counts are in the node's memory until `recorder.rs` writes them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

use crate::base::clock;
use crate::text::folding::fold;
use crate::text::urgency::find_crisis;

/// Searches on one day from which a word is written down.
const FROM: u32 = 5;
/// Words of a day that a node writes down.
const MOST_WRITTEN: usize = 1_000;
/// Words of a day that a node counts.
const MOST_COUNTED: usize = 10_000;
/// Days that are in memory at most: today, and the day before while its last counts wait to be written.
const MOST_DAYS: usize = 2;
/// Letters of a word that is counted.
const LETTERS: std::ops::RangeInclusive<usize> = 3..=30;
/// Days for which words are kept.
pub(super) const KEPT_DAYS: i64 = 30;

/// The counts of a node.
#[derive(Debug, Default)]
pub struct MissedWords(Mutex<BTreeMap<Date, Day>>);

/// The words of a day.
#[derive(Debug, Default)]
struct Day {
    counts: HashMap<String, Count>,
    /// Words that were met often enough to be written down.
    often: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    times: u32,
    written: u32,
}

/// A word that was searched for in vain so many times more on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Missed {
    /// The day in London.
    pub(super) day: Date,
    /// The word, folded.
    pub(super) word: String,
    /// The searches since it was written down last.
    pub(super) times: u32,
}

/// The word that a query is, where it is one that may be counted: letters alone, and no word of crisis.
fn countable(query: &str) -> Option<String> {
    let word = fold(query.trim());
    let is_word = word.chars().all(char::is_alphabetic) && LETTERS.contains(&word.chars().count());
    (is_word && find_crisis(query).is_none()).then_some(word)
}

impl MissedWords {
    /// Counts a query that found nothing, if it is a word that may be counted.
    pub(super) fn note(&self, query: &str, now: Timestamp) {
        let Some(word) = countable(query) else { return };
        let mut days = self.days();
        let day = clock::london(now).date();
        if !days.contains_key(&day) {
            // Of the days before, only what waits to be written.
            days.values_mut().for_each(|day| day.counts.retain(|_, count| count.is_due()));
            days.insert(day, Day::default());
            while days.len() > MOST_DAYS {
                days.pop_first();
            }
        }
        if let Some(day) = days.get_mut(&day) {
            day.count(word);
        }
    }

    /// Takes what is to be written.
    pub(super) fn take(&self) -> Vec<Missed> {
        let mut taken = Vec::new();
        for (day, words) in self.days().iter_mut() {
            for (word, count) in words.counts.iter_mut().filter(|(_, count)| count.is_due()) {
                taken.push(Missed { day: *day, word: word.clone(), times: count.times - count.written });
                count.written = count.times;
            }
        }
        taken
    }

    /// Gives back what could not be written.
    pub(super) fn give_back(&self, taken: Vec<Missed>) {
        let mut days = self.days();
        for missed in taken {
            let count = days.get_mut(&missed.day).and_then(|day| day.counts.get_mut(&missed.word));
            if let Some(count) = count {
                count.written = count.written.saturating_sub(missed.times);
            }
        }
    }

    fn days(&self) -> MutexGuard<'_, BTreeMap<Date, Day>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Day {
    fn count(&mut self, word: String) {
        if self.counts.len() >= MOST_COUNTED && !self.counts.contains_key(&word) {
            return;
        }
        let count = self.counts.entry(word).or_default();
        if count.times + 1 == FROM {
            if self.often >= MOST_WRITTEN {
                return;
            }
            self.often += 1;
        }
        count.times = count.times.saturating_add(1);
    }
}

impl Count {
    fn is_due(self) -> bool {
        self.times >= FROM && self.written < self.times
    }
}

/// The first day of which words are kept and shown.
pub(super) fn first_day(now: Timestamp) -> Date {
    let today = clock::london(now).date();
    today.checked_sub(KEPT_DAYS.days()).unwrap_or(today)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: &str = "2026-11-24T12:00:00Z";

    fn search(words: &MissedWords, query: &str, times: u32, at: &str) {
        for _ in 0..times {
            words.note(query, at.parse().unwrap());
        }
    }

    fn taken(words: &MissedWords) -> Vec<(String, String, u32)> {
        let mut taken: Vec<_> =
            words.take().into_iter().map(|missed| (missed.day.to_string(), missed.word, missed.times)).collect();
        taken.sort();
        taken
    }

    #[test]
    fn a_word_is_written_from_the_fifth_time_on_a_day_on() {
        let words = MissedWords::default();
        search(&words, "Bud\u{AD}gie", 4, NOON);
        assert_eq!(taken(&words), []);
        search(&words, " BUDGIE ", 1, NOON);
        search(&words, "parrot", 4, NOON);
        assert_eq!(taken(&words), [("2026-11-24".into(), "budgie".into(), 5)]);
        assert_eq!(taken(&words), []);
        search(&words, "budgie", 2, NOON);
        // The next day in London begins anew, and forgets what was not met often.
        search(&words, "budgie", 4, "2026-11-25T00:00:00Z");
        search(&words, "parrot", 1, "2026-11-25T00:00:00Z");
        assert_eq!(taken(&words), [("2026-11-24".into(), "budgie".into(), 2)]);
        search(&words, "budgie", 1, "2026-11-25T12:00:00Z");
        assert_eq!(taken(&words), [("2026-11-25".into(), "budgie".into(), 5)]);
    }

    #[test]
    fn what_could_not_be_written_waits() {
        let words = MissedWords::default();
        search(&words, "budgie", 6, NOON);
        let lost = words.take();
        search(&words, "budgie", 1, NOON);
        words.give_back(lost);
        assert_eq!(taken(&words), [("2026-11-24".into(), "budgie".into(), 7)]);
    }

    #[test]
    fn only_single_words_of_letters_that_are_no_words_of_crisis_are_counted() {
        for counted in ["budgie", "Łódź", "zażółć", "警察署"] {
            assert!(countable(counted).is_some(), "{counted}");
        }
        for not in [
            "",
            "ab",
            "two words",
            "budgie1",
            "0800",
            "@budgie",
            "a@b",
            "e-mail",
            "o'brien",
            "budgie?",
            "suicide",
            "suiside",
            "rape",
            &"a".repeat(31),
        ] {
            assert_eq!(countable(not), None, "{not}");
        }
    }

    #[test]
    fn a_day_counts_and_writes_so_many_words_and_no_more() {
        let word = |number: usize| -> String {
            number.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).chain("word".chars()).collect()
        };
        let words = MissedWords::default();
        for number in 0..=MOST_WRITTEN {
            search(&words, &word(number), 6, NOON);
        }
        assert_eq!(words.take().len(), MOST_WRITTEN);
        for number in 0..MOST_COUNTED + 5 {
            search(&words, &word(number), 1, NOON);
        }
        assert_eq!(words.days().values().map(|day| day.counts.len()).sum::<usize>(), MOST_COUNTED);
    }
}
