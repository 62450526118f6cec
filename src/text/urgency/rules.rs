//! Weighing the cues of a text.

use std::collections::HashMap;

use crate::text::urgency::model::Crisis;
use crate::text::urgency::pattern::{Pattern, Set, Step, end};
use crate::text::urgency::spelling::Words;

/// Points from which a text is taken for one of somebody in a crisis.
const ENOUGH: i32 = 110;

/// A pattern that speaks for a crisis, or against one.
#[derive(Debug)]
pub(super) struct Cue {
    /// The points that it gives; below zero where it speaks against a crisis.
    pub(super) points: i32,
    /// The kind that it speaks for; none where it says nothing about the kind.
    pub(super) crisis: Option<Crisis>,
    pub(super) pattern: Pattern,
}

/// The content of the files of words and of cues.
#[derive(Debug, Default)]
pub(super) struct Rules {
    pub(super) words: Words,
    /// Phrases that mean something else than their words.
    sayings: Vec<Pattern>,
    sayings_by_first: ByFirst,
    cues: Vec<Cue>,
    cues_by_first: ByFirst,
}

/// Numbers of patterns by the set of their first word.
#[derive(Debug, Default)]
struct ByFirst {
    sets: HashMap<Set, Vec<usize>>,
    /// Patterns that begin with something else than a word.
    others: Vec<usize>,
}

impl Rules {
    pub(super) fn add_saying(&mut self, saying: Pattern) {
        self.sayings_by_first.add(self.sayings.len(), &saying);
        self.sayings.push(saying);
    }

    pub(super) fn add_cue(&mut self, cue: Cue) {
        self.cues_by_first.add(self.cues.len(), &cue.pattern);
        self.cues.push(cue);
    }

    /// The kind of crisis that a text speaks of.
    pub(super) fn find(&self, words: &[String]) -> Option<Crisis> {
        let cues: Vec<&Cue> = self.cues_in(words).into_iter().filter_map(|number| self.cues.get(number)).collect();
        if cues.iter().map(|cue| cue.points).sum::<i32>() < ENOUGH {
            return None;
        }
        let points_for = |crisis: Crisis| -> i32 {
            cues.iter().filter(|cue| cue.crisis == Some(crisis)).map(|cue| cue.points).sum()
        };
        // Of kinds with the same points the first in their order is meant.
        let kinds = Crisis::ALL.into_iter().rev().map(|crisis| (points_for(crisis), crisis));
        let best = kinds.filter(|(points, _)| *points > 0).max_by_key(|(points, _)| *points);
        Some(best.map_or(Crisis::DangerNow, |(_, crisis)| crisis))
    }

    /// The cues that stand in a text, each once.
    pub(super) fn cues_in(&self, words: &[String]) -> Vec<usize> {
        let mut text: Vec<&[Set]> = Vec::with_capacity(words.len());
        for word in words {
            self.words.read(word, &mut text);
        }
        self.pass_over_sayings(&mut text);
        let mut found = vec![false; self.cues.len()];
        for (at, sets) in text.iter().enumerate() {
            for number in self.cues_by_first.beginning_with(sets) {
                if let (Some(is_found @ false), Some(cue)) = (found.get_mut(number), self.cues.get(number)) {
                    *is_found = end(&cue.pattern, &text, at).is_some();
                }
            }
        }
        found.into_iter().enumerate().filter(|(_, is_found)| *is_found).map(|(number, _)| number).collect()
    }

    /// Leaves the words of sayings without a meaning.
    fn pass_over_sayings(&self, text: &mut [&[Set]]) {
        let mut at = 0;
        while let Some(sets) = text.get(at) {
            let sayings = self.sayings_by_first.beginning_with(sets).filter_map(|number| self.sayings.get(number));
            match sayings.filter_map(|saying| end(saying, text, at)).max().filter(|end| *end > at) {
                Some(end) => {
                    text.iter_mut().take(end).skip(at).for_each(|word| *word = &[]);
                    at = end;
                }
                None => at += 1,
            }
        }
    }
}

impl ByFirst {
    fn add(&mut self, number: usize, pattern: &Pattern) {
        match pattern.first() {
            Some(Step::One(set)) => self.sets.entry(*set).or_default().push(number),
            _ => self.others.push(number),
        }
    }

    /// Patterns that may begin with a word of these sets.
    fn beginning_with(&self, sets: &[Set]) -> impl Iterator<Item = usize> {
        sets.iter().filter_map(|set| self.sets.get(set)).flatten().chain(&self.others).copied()
    }
}
