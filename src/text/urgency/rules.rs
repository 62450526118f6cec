//! How the rules of `words.txt` are read and matched.

use std::collections::{HashMap, HashSet};

use crate::text::urgency::model::Crisis;

/// Words that a gap (`..`) may pass over, and that a long one (`...`) may.
const GAP: usize = 4;
const LONG_GAP: usize = 12;
/// Words that a step with a star may take.
const MANY: usize = 5;
/// Letters from which a word may have a slip of the pen.
const SHORTEST_WITH_SLIP: usize = 5;

/// A set of words, by its place among all sets.
type Set = u16;

/// A step of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// A word of a set.
    One(Set),
    /// A word of a set, or nothing.
    Maybe(Set),
    /// Some words of a set, or nothing.
    Many(Set),
    /// Any words up to a number, or nothing.
    Gap(usize),
    /// No word of a set comes next.
    Not(Set),
    /// The text begins here.
    Start,
    /// The text ends here.
    End,
}

type Sentence = Vec<Step>;

/// What `words.txt` says.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// For each word, the sets that it is in.
    sets: HashMap<String, Vec<Set>>,
    /// Words that are spelt right and are not words of crisis, though they look like one.
    ordinary: HashSet<String>,
    harmless: Vec<Sentence>,
    crises: Vec<(Crisis, Sentence)>,
    /// Lines that cannot be read; a test says that there are none.
    unread: Vec<String>,
}

/// The sets while the file is read.
#[derive(Default)]
struct Reader<'a> {
    classes: HashMap<&'a str, HashSet<String>>,
    /// Steps that were seen, as written, with their set.
    known: HashMap<&'a str, Set>,
    rules: Rules,
}

impl Rules {
    pub(super) fn read(file: &str) -> Self {
        let mut reader = Reader::default();
        let mut part = "";
        for line in file.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                part = name;
                continue;
            }
            let read = match part {
                "classes" => reader.class(line),
                "ordinary" => {
                    reader.rules.ordinary.extend(line.split_whitespace().map(str::to_owned));
                    Some(())
                }
                "harmless" => reader.sentence(line).map(|sentence| reader.rules.harmless.push(sentence)),
                _ => Crisis::named(part).and_then(|crisis| {
                    let sentence = reader.sentence(line)?;
                    reader.rules.crises.push((crisis, sentence));
                    Some(())
                }),
            };
            if read.is_none() {
                reader.rules.unread.push(line.to_owned());
            }
        }
        reader.rules
    }

    #[cfg(test)]
    pub(super) fn unread(&self) -> &[String] {
        &self.unread
    }

    /// The first kind of crisis of which a sentence stands in a text.
    pub(super) fn find(&self, words: &[String]) -> Option<Crisis> {
        let mut text: Vec<&[Set]> = words.iter().map(|word| self.sets_of(word)).collect();
        let mut at = 0;
        while at < text.len() {
            let ends = self.harmless.iter().filter_map(|sentence| end(sentence, &text, at));
            match ends.max().filter(|end| *end > at) {
                Some(end) => {
                    text.iter_mut().take(end).skip(at).for_each(|word| *word = &[]);
                    at = end;
                }
                None => at += 1,
            }
        }
        let stands = |sentence: &Sentence| (0..text.len()).any(|at| end(sentence, &text, at).is_some());
        Crisis::ALL
            .into_iter()
            .find(|wanted| self.crises.iter().any(|(crisis, sentence)| crisis == wanted && stands(sentence)))
    }

    fn sets_of(&self, word: &str) -> &[Set] {
        if let Some(sets) = self.sets.get(word) {
            return sets;
        }
        if word.chars().count() < SHORTEST_WITH_SLIP || self.ordinary.contains(word) {
            return &[];
        }
        let near = self.sets.iter().filter(|(known, _)| known.len() >= SHORTEST_WITH_SLIP && is_slip(word, known));
        near.min_by_key(|(known, _)| known.as_str()).map_or(&[], |(_, sets)| sets)
    }
}

impl<'a> Reader<'a> {
    /// `@name: word word~ @other`.
    fn class(&mut self, line: &'a str) -> Option<()> {
        let (name, members) = line.split_once(':')?;
        let mut words = HashSet::new();
        for member in members.split_whitespace() {
            words.extend(self.words(member)?);
        }
        self.classes.entry(name.trim().strip_prefix('@')?).or_default().extend(words);
        Some(())
    }

    fn sentence(&mut self, line: &'a str) -> Option<Sentence> {
        line.split_whitespace().map(|step| self.step(step)).collect()
    }

    fn step(&mut self, step: &'a str) -> Option<Step> {
        match step {
            ".." => return Some(Step::Gap(GAP)),
            "..." => return Some(Step::Gap(LONG_GAP)),
            "^" => return Some(Step::Start),
            "$" => return Some(Step::End),
            _ => {}
        }
        if let Some(words) = step.strip_prefix('!') {
            return self.set(words).map(Step::Not);
        }
        if let Some(words) = step.strip_suffix('?') {
            return self.set(words).map(Step::Maybe);
        }
        if let Some(words) = step.strip_suffix('*') {
            return self.set(words).map(Step::Many);
        }
        self.set(step).map(Step::One)
    }

    /// The set of `a|b~|@class`.
    fn set(&mut self, written: &'a str) -> Option<Set> {
        if let Some(known) = self.known.get(written) {
            return Some(*known);
        }
        let set = Set::try_from(self.known.len()).ok()?;
        let mut words = HashSet::new();
        for part in written.split('|') {
            words.extend(self.words(part)?);
        }
        for word in words {
            self.rules.sets.entry(word).or_default().push(set);
        }
        self.known.insert(written, set);
        Some(set)
    }

    fn words(&self, part: &str) -> Option<HashSet<String>> {
        if let Some(class) = part.strip_prefix('@') {
            return self.classes.get(class).cloned();
        }
        if let Some(base) = part.strip_suffix('~') {
            return Some(forms(base).into_iter().collect());
        }
        let is_word = !part.is_empty() && part.chars().all(char::is_alphanumeric);
        is_word.then(|| HashSet::from([part.to_owned()]))
    }
}

/// The regular forms of a verb or a noun, with or without a final g.
fn forms(base: &str) -> Vec<String> {
    let mut forms = vec![base.to_owned(), format!("{base}s"), format!("{base}es")];
    let mut stems = vec![base.to_owned()];
    if let Some(stem) = base.strip_suffix('e') {
        stems = vec![stem.to_owned()];
    } else if let Some(stem) = base.strip_suffix('y') {
        forms.extend([format!("{stem}ies"), format!("{stem}ied")]);
    } else if let Some(last) = base.chars().last() {
        stems.push(format!("{base}{last}"));
    }
    for stem in stems {
        forms.extend(["ed", "ing", "in"].map(|ending| format!("{stem}{ending}")));
    }
    forms
}

/// Where a sentence ends that begins at a place of a text; none where it does not stand there.
fn end(sentence: &[Step], text: &[&[Set]], at: usize) -> Option<usize> {
    let Some((step, rest)) = sentence.split_first() else { return Some(at) };
    let next_is = |set: &Set, at: usize| text.get(at).is_some_and(|sets| sets.contains(set));
    match step {
        Step::One(set) => next_is(set, at).then(|| end(rest, text, at + 1))?,
        Step::Maybe(set) => next_is(set, at).then(|| end(rest, text, at + 1)).flatten().or_else(|| end(rest, text, at)),
        Step::Many(set) => {
            let most = (0..MANY).take_while(|more| next_is(set, at + more)).count();
            (0..=most).rev().find_map(|taken| end(rest, text, at + taken))
        }
        Step::Gap(most) => {
            (0..=*most).take_while(|passed| at + passed <= text.len()).find_map(|passed| end(rest, text, at + passed))
        }
        Step::Not(set) => (!next_is(set, at)).then(|| end(rest, text, at))?,
        Step::Start => (at == 0).then(|| end(rest, text, at))?,
        Step::End => (at == text.len()).then(|| end(rest, text, at))?,
    }
}

/// Whether a word is another with one slip: a letter too many, too few, wrong, or two in the wrong order. The first letter is right.
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
