//! The states of a subject over time.

use jiff::Timestamp;

/// A state of one subject.
#[derive(Clone, Debug)]
pub struct State<T> {
    /// The time at which it comes into force.
    pub in_force_at: Timestamp,
    /// Number of the ledger entry.
    pub entry: i64,
    /// The content; none for a withdrawal, and for one of which nothing is left.
    pub content: Option<T>,
}

/// States of one subject over time. In force at an instant is the state with the greatest in-force time not after it, among
/// equals the one entered last.
#[derive(Clone, Debug)]
pub struct Timeline<T> {
    /// Sorted by in-force time, then by entry.
    states: Vec<State<T>>,
}

impl<T> Default for Timeline<T> {
    fn default() -> Self {
        Self { states: Vec::new() }
    }
}

impl<T> Timeline<T> {
    /// Adds a state.
    pub fn add(&mut self, in_force_at: Timestamp, entry: i64, content: Option<T>) {
        let at = self.place(in_force_at, entry);
        self.states.insert(at, State { in_force_at, entry, content });
    }

    fn place(&self, in_force_at: Timestamp, entry: i64) -> usize {
        self.states.partition_point(|state| (state.in_force_at, state.entry) < (in_force_at, entry))
    }

    /// Takes out the state of an entry, if it is there.
    pub(super) fn remove(&mut self, entry: i64) {
        self.states.retain(|state| state.entry != entry);
    }

    /// Puts another content in the place of an entry's, if it is there.
    pub(super) fn replace(&mut self, entry: i64, content: Option<T>) {
        if let Some(state) = self.states.iter_mut().find(|state| state.entry == entry) {
            state.content = content;
        }
    }

    /// Tells that it has no states.
    pub(super) fn is_empty(&self) -> bool {
        self.states.is_empty()
    }

    /// The content in force at an instant.
    pub fn at(&self, instant: Timestamp) -> Option<&T> {
        self.past(instant).next_back()?.content.as_ref()
    }

    /// Number of the entry that decides what is in force at an instant, a withdrawal too.
    pub fn number_at(&self, instant: Timestamp) -> Option<i64> {
        self.past(instant).next_back().map(|state| state.entry)
    }

    /// Number of the last state that was in force before the one of an entry.
    pub fn before(&self, entry: i64, instant: Timestamp) -> Option<i64> {
        let mut earlier = self.past(instant).rev().skip_while(|state| state.entry != entry).skip(1);
        earlier.find(|state| state.content.is_some()).map(|state| state.entry)
    }

    /// States that have come into force by an instant, first to last.
    pub fn past(&self, instant: Timestamp) -> impl DoubleEndedIterator<Item = &State<T>> {
        let after = self.states.partition_point(|state| state.in_force_at <= instant);
        self.states.iter().take(after)
    }

    /// States that come into force after an instant, first to last.
    pub fn coming(&self, instant: Timestamp) -> impl DoubleEndedIterator<Item = &State<T>> {
        let after = self.states.partition_point(|state| state.in_force_at <= instant);
        self.states.iter().skip(after)
    }

    /// All contents, also those still to come, first to last.
    pub fn contents(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.states.iter().filter_map(|state| state.content.as_ref())
    }

    /// The contents that were in force at any time up to an instant, oldest first.
    pub fn up_to(&self, instant: Timestamp) -> impl DoubleEndedIterator<Item = &T> {
        self.past(instant).filter_map(|state| state.content.as_ref())
    }

    /// The time at which the state that came into force at an instant, of an entry, stops being in force, if a later one is known.
    pub fn until(&self, in_force_at: Timestamp, entry: i64) -> Option<Timestamp> {
        let at = self.place(in_force_at, entry);
        self.states.get(at).filter(|state| state.entry == entry)?;
        self.states.get(at + 1).map(|state| state.in_force_at)
    }

    /// The first change after an instant.
    pub fn next_change(&self, instant: Timestamp) -> Option<Timestamp> {
        self.coming(instant).next().map(|state| state.in_force_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_latest_state_not_after_the_instant_is_in_force() {
        let mut timeline = Timeline::default();
        timeline.add(at(20), 2, Some("b"));
        timeline.add(at(10), 1, Some("a"));
        assert_eq!(timeline.at(at(9)), None);
        assert_eq!(timeline.at(at(10)), Some(&"a"));
        assert_eq!(timeline.at(at(19)), Some(&"a"));
        assert_eq!(timeline.at(at(20)), Some(&"b"));
        assert_eq!((timeline.number_at(at(9)), timeline.number_at(at(19))), (None, Some(1)));
        assert_eq!(timeline.until(at(10), 1), Some(at(20)));
        assert_eq!((timeline.before(2, at(20)), timeline.before(1, at(20))), (Some(1), None));
        assert_eq!(timeline.next_change(at(10)), Some(at(20)));
        assert_eq!(timeline.next_change(at(20)), None);
    }

    #[test]
    fn among_equal_times_the_last_entered_is_in_force() {
        let mut timeline = Timeline::default();
        timeline.add(at(10), 5, Some("later"));
        timeline.add(at(10), 4, Some("earlier"));
        assert_eq!(timeline.at(at(10)), Some(&"later"));
    }

    #[test]
    fn a_withdrawal_leaves_nothing_in_force() {
        let mut timeline = Timeline::default();
        timeline.add(at(10), 1, Some("a"));
        timeline.add(at(30), 2, None);
        assert_eq!(timeline.at(at(40)), None);
    }
}
