//! The meaning of a typed word, however it is spelt.

use std::collections::{BTreeMap, HashMap};

use crate::text::urgency::pattern::Set;

/// Letters from which a word may have a slip of the pen.
const SHORTEST_WITH_SLIP: usize = 5;
/// Consonants from which a word without vowels may stand for one with them.
const SHORTEST_WITHOUT_VOWELS: usize = 3;
/// Letters from which words may have run together, and at most; and how many words those are at most.
const SHORTEST_RUN: usize = 6;
const LONGEST_RUN: usize = 30;
const MOST_IN_A_RUN: usize = 4;

/// The words that the rules know.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// For each word the sets that it is in, in order; ordinary words are in none.
    sets: HashMap<String, Vec<Set>>,
    /// Words that stand for others, such as those of text messages.
    spellings: HashMap<String, Vec<String>>,
    /// Known words by their first letter.
    by_letter: BTreeMap<u8, Vec<String>>,
    /// Known words by how they look with no letter twice in a row, and without vowels.
    squeezed: HashMap<String, String>,
    without_vowels: HashMap<String, String>,
}

impl Words {
    /// Makes a word known, and puts it in a set.
    pub(super) fn add(&mut self, word: String, set: Option<Set>) {
        let sets = self.sets.entry(word).or_default();
        if let (Some(set), Err(place)) = (set, set.map_or(Err(0), |set| sets.binary_search(&set))) {
            sets.insert(place, set);
        }
    }

    pub(super) fn add_spelling(&mut self, typed: &str, meant: &[String]) {
        self.spellings.insert(typed.to_owned(), meant.to_vec());
    }

    /// Prepares for looking up, when all words are known.
    pub(super) fn prepare(&mut self) {
        let mut known: Vec<&String> = self.sets.keys().collect();
        known.sort();
        for word in known {
            if let Some(first) = word.bytes().next().filter(|_| word.len() >= SHORTEST_WITH_SLIP) {
                self.by_letter.entry(first).or_default().push(word.clone());
            }
            self.squeezed.entry(squeeze(word)).or_insert_with(|| word.clone());
            let bare = without_vowels(word);
            if bare.len() >= SHORTEST_WITHOUT_VOWELS && self.sets.get(word).is_some_and(|sets| !sets.is_empty()) {
                self.without_vowels.entry(bare).or_insert_with(|| word.clone());
            }
        }
    }

    /// The sets of the words that a typed word stands for.
    pub(super) fn read<'a>(&'a self, typed: &str, into: &mut Vec<&'a [Set]>) {
        if let Some(meant) = self.spellings.get(typed) {
            into.extend(meant.iter().map(|word| self.sets.get(word).map_or(&[][..], Vec::as_slice)));
        } else if let Some(sets) = self.sets.get(typed) {
            into.push(sets);
        } else if let Some(sets) = self.nearest(typed).and_then(|word| self.sets.get(word)) {
            into.push(sets);
        } else if let Some(run) = self.split(typed, MOST_IN_A_RUN).filter(|_| typed.len() >= SHORTEST_RUN) {
            for word in run {
                self.read(word, into);
            }
        } else {
            into.push(&[]);
        }
    }

    /// The known word that a word is meant to be which is not known.
    fn nearest(&self, typed: &str) -> Option<&str> {
        let typed = &with_letters(typed)?;
        if let Some((known, _)) = self.sets.get_key_value(typed) {
            return Some(known);
        }
        if let Some(known) = self.squeezed.get(&squeeze(typed)) {
            return Some(known);
        }
        if typed.len() >= SHORTEST_WITHOUT_VOWELS && without_vowels(typed) == *typed {
            return self.without_vowels.get(typed).map(String::as_str);
        }
        let near = self.by_letter.get(&typed.bytes().next()?).filter(|_| typed.len() + 1 >= SHORTEST_WITH_SLIP)?;
        near.iter().find(|known| is_slip(typed, known)).map(String::as_str)
    }

    /// The known words that a word is made of, if it is: few and long ones first.
    fn split<'t>(&self, typed: &'t str, most: usize) -> Option<Vec<&'t str>> {
        if self.sets.contains_key(typed) || self.spellings.contains_key(typed) {
            return Some(vec![typed]);
        }
        if most == 1 || typed.len() > LONGEST_RUN {
            return None;
        }
        let cuts = (1..typed.len()).rev().filter_map(|at| typed.split_at_checked(at));
        let known = |part: &str| {
            (part.len() > 1 || part == "i") && (self.sets.contains_key(part) || self.spellings.contains_key(part))
        };
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
