//! The meaning of a typed word, however it is spelt.

use std::collections::HashMap;

use crate::text::urgency::pattern::Set;

/// Letters from which a word may have a slip of the pen.
const SHORTEST_WITH_SLIP: usize = 5;
/// Consonants from which a word without vowels may stand for one with them.
const SHORTEST_WITHOUT_VOWELS: usize = 3;
/// Letters from which words may have run together, and at most; and how many words those are at most.
const SHORTEST_RUN: usize = 6;
const LONGEST_RUN: usize = 30;
const MOST_IN_A_RUN: usize = 4;

/// The place of a word among the known ones.
type Place = usize;

/// A known word.
#[derive(Debug)]
pub(super) struct Known {
    word: Box<str>,
    /// The sets that it is in, in order; an ordinary word is in none.
    sets: Box<[Set]>,
}

impl Known {
    pub(super) fn new(word: Box<str>, mut sets: Vec<Set>) -> Self {
        sets.sort_unstable();
        sets.dedup();
        Self { word, sets: sets.into() }
    }
}

/// Words that stand for others, such as those of text messages.
pub(super) type Spellings = HashMap<Box<str>, Box<[Box<str>]>>;

/// The words that the rules know. They stay in memory as long as the program runs, each once.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// In the order of their bytes.
    known: Vec<Known>,
    spellings: Spellings,
    /// Known words in the order of how they look with no letter twice in a row, and those of some set in that of how they look without vowels.
    by_squeezed: Vec<Place>,
    by_consonants: Vec<Place>,
}

impl Words {
    /// Some known words, and the spellings that stand for others.
    pub(super) fn new(mut known: Vec<Known>, spellings: Spellings) -> Self {
        known.sort_unstable_by(|one, other| one.word.cmp(&other.word));
        let looks = |look: fn(&str) -> String, counts: fn(&str, &Known) -> bool| {
            let mut looks: Vec<(String, Place)> = Vec::new();
            looks.extend(known.iter().enumerate().map(|(place, known)| (look(&known.word), place)));
            looks.retain(|(look, place)| known.get(*place).is_some_and(|known| counts(look, known)));
            looks.sort_unstable();
            looks.into_iter().map(|(_, place)| place).collect()
        };
        let by_squeezed = looks(squeeze, |_, _| true);
        let by_consonants =
            looks(without_vowels, |look, known| look.len() >= SHORTEST_WITHOUT_VOWELS && !known.sets.is_empty());
        Self { known, spellings, by_squeezed, by_consonants }
    }

    fn find(&self, word: &str) -> Option<&Known> {
        let place = self.known.binary_search_by(|known| (*known.word).cmp(word)).ok()?;
        self.known.get(place)
    }

    /// The first known word that looks like this.
    fn with_look(&self, places: &[Place], look: fn(&str) -> String, wanted: &str) -> Option<&Known> {
        let look_at = |place: &Place| self.known.get(*place).map(|known| look(&known.word));
        let first = places.partition_point(|place| look_at(place).is_some_and(|look| *look < *wanted));
        let place = places.get(first).filter(|place| look_at(place).is_some_and(|look| look == wanted))?;
        self.known.get(*place)
    }

    /// The sets of the words that a typed word stands for.
    pub(super) fn read<'a>(&'a self, typed: &str, into: &mut Vec<&'a [Set]>) {
        if let Some(meant) = self.spellings.get(typed) {
            into.extend(meant.iter().map(|word| self.find(word).map_or(&[][..], |known| &known.sets)));
        } else if let Some(known) = self.find(typed).or_else(|| self.nearest(typed)) {
            into.push(&known.sets);
        } else if let Some(run) = self.split(typed, MOST_IN_A_RUN).filter(|_| typed.len() >= SHORTEST_RUN) {
            for word in run {
                self.read(word, into);
            }
        } else {
            into.push(&[]);
        }
    }

    /// The known word that a word is meant to be which is not known.
    fn nearest(&self, typed: &str) -> Option<&Known> {
        let typed = &with_letters(typed)?;
        let alike = self.find(typed).or_else(|| self.with_look(&self.by_squeezed, squeeze, &squeeze(typed)));
        if alike.is_some() {
            return alike;
        }
        if typed.len() >= SHORTEST_WITHOUT_VOWELS && without_vowels(typed) == *typed {
            return self.with_look(&self.by_consonants, without_vowels, typed);
        }
        let first = typed.get(..1).filter(|_| typed.len() + 1 >= SHORTEST_WITH_SLIP)?;
        let start = self.known.partition_point(|known| *known.word < *first);
        let near = self.known.iter().skip(start).take_while(|known| known.word.starts_with(first));
        near.filter(|known| known.word.len() >= SHORTEST_WITH_SLIP).find(|known| is_slip(typed, &known.word))
    }

    fn is_known(&self, word: &str) -> bool {
        self.find(word).is_some() || self.spellings.contains_key(word)
    }

    /// The known words that a word is made of, if it is: few and long ones first.
    fn split<'t>(&self, typed: &'t str, most: usize) -> Option<Vec<&'t str>> {
        if self.is_known(typed) {
            return Some(vec![typed]);
        }
        if most == 1 || typed.len() > LONGEST_RUN {
            return None;
        }
        let cuts = (1..typed.len()).rev().filter_map(|at| typed.split_at_checked(at));
        let known = |part: &str| (part.len() > 1 || part == "i") && self.is_known(part);
        cuts.filter(|(first, _)| known(first)).find_map(|(first, rest)| {
            let rest = self.split(rest, most - 1).filter(|rest| rest.iter().all(|word| known(word)))?;
            Some(std::iter::once(first).chain(rest).collect())
        })
    }
}

/// A word in letters only, where it has digits in their stead (k1ll); none where it is a number.
fn with_letters(word: &str) -> Option<String> {
    let letter = |c| match c {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        other => other,
    };
    word.chars().any(char::is_alphabetic).then(|| word.chars().map(letter).collect())
}

/// A word with no letter twice in a row.
fn squeeze(word: &str) -> String {
    let mut squeezed = String::with_capacity(word.len());
    for c in word.chars().filter(|c| !c.is_ascii_digit()) {
        if !squeezed.ends_with(c) {
            squeezed.push(c);
        }
    }
    squeezed
}

fn without_vowels(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, 'a' | 'e' | 'i' | 'o' | 'u')).collect()
}

/// Tells whether a word is another with one slip: a letter too many, too few, wrong, or two in the wrong order. The first letter is right.
fn is_slip(word: &str, meant: &str) -> bool {
    let (word, meant) = (word.as_bytes(), meant.as_bytes());
    if word.first() != meant.first() || word.len().abs_diff(meant.len()) > 1 {
        return false;
    }
    let same = word.iter().zip(meant).take_while(|(one, other)| one == other).count();
    let (word, meant) = (word.get(same..).unwrap_or_default(), meant.get(same..).unwrap_or_default());
    let swapped = matches!((word, meant), ([a, b, ..], [c, d, ..]) if a == d && b == c);
    swapped && after(word, 2) == after(meant, 2)
        || after(word, 1) == after(meant, 1)
        || after(word, 1) == meant
        || word == after(meant, 1)
}

fn after(word: &[u8], letters: usize) -> &[u8] {
    word.get(letters..).unwrap_or_default()
}
