//! Reading the words (`words.txt`) and the cues (`cues.txt`).

use std::collections::HashMap;

use crate::text::urgency::model::Crisis;
use crate::text::urgency::pattern::{Pattern, Set, Step};
use crate::text::urgency::rules::{Cue, Rules};
use crate::text::urgency::spelling::{Known, Spellings, Words};

/// Words that a gap (`..`) may pass over, and that a long one (`...`) may.
const GAP: u8 = 4;
const LONG_GAP: u8 = 12;

/// The rules that stand in some files, and the lines that cannot be read.
pub(super) fn read(files: &[&str]) -> (Rules, Vec<String>) {
    let mut reader = Reader::default();
    for file in files {
        reader.file(file);
    }
    let words = reader.numbers.into_iter().map(|(word, number)| (word, reader.sets.get(number).cloned()));
    let words = words.map(|(word, sets)| Known::new(word, sets.unwrap_or_default())).collect();
    reader.rules.words = Words::new(words, reader.spellings);
    (reader.rules, reader.unread)
}

/// The number of a word, in the order in which they are seen.
type Number = usize;

/// The rules while the files are read.
#[derive(Default)]
struct Reader<'a> {
    classes: HashMap<&'a str, Vec<Number>>,
    /// Sets that were seen, as written.
    known: HashMap<&'a str, Set>,
    /// The words seen, each with a number, and the sets that each number is in.
    numbers: HashMap<Box<str>, Number>,
    sets: Vec<Vec<Set>>,
    spellings: Spellings,
    rules: Rules,
    /// Lines that cannot be read.
    unread: Vec<String>,
}

impl<'a> Reader<'a> {
    fn file(&mut self, file: &'a str) {
        let mut part = "";
        for line in file.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                part = name;
                continue;
            }
            let read = match part {
                "classes" => self.class(line),
                "spellings" => self.spelling(line),
                "ordinary" => self.ordinary(line),
                "sayings" => self.pattern(line).map(|saying| self.rules.add_saying(saying)),
                "any" | "against" => self.cue(None, line),
                _ => Crisis::named(part).and_then(|crisis| self.cue(Some(crisis), line)),
            };
            if read.is_none() {
                self.unread.push(line.to_owned());
            }
        }
    }

    /// `@name: word word~ @other`.
    fn class(&mut self, line: &'a str) -> Option<()> {
        let (name, members) = line.split_once(':')?;
        let name = name.trim().strip_prefix('@')?;
        for member in members.split_whitespace() {
            let words = self.words(member)?;
            self.classes.entry(name).or_default().extend(words);
        }
        Some(())
    }

    /// `typed other = word word`.
    fn spelling(&mut self, line: &'a str) -> Option<()> {
        let (typed, meant) = line.split_once('=')?;
        let meant: Box<[Box<str>]> = meant.split_whitespace().map(Box::from).collect();
        for typed in typed.split_whitespace() {
            self.spellings.insert(typed.into(), meant.clone());
        }
        (!meant.is_empty()).then_some(())
    }

    fn ordinary(&mut self, line: &'a str) -> Option<()> {
        for word in line.split_whitespace() {
            self.words(word)?;
        }
        Some(())
    }

    /// `points step step`.
    fn cue(&mut self, crisis: Option<Crisis>, line: &'a str) -> Option<()> {
        let (points, pattern) = line.split_once(' ')?;
        let points = points.parse().ok()?;
        let pattern = self.pattern(pattern)?;
        self.rules.add_cue(Cue { points, crisis, pattern });
        Some(())
    }

    fn pattern(&mut self, line: &'a str) -> Option<Pattern> {
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
        for part in written.split('|') {
            for word in self.words(part)? {
                self.sets.get_mut(word)?.push(set);
            }
        }
        self.known.insert(written, set);
        Some(set)
    }

    /// The words of `word`, `word~` or `@class`.
    fn words(&mut self, part: &str) -> Option<Vec<Number>> {
        if let Some(class) = part.strip_prefix('@') {
            return self.classes.get(class).cloned();
        }
        if let Some(base) = part.strip_suffix('~') {
            return Some(forms(base).iter().map(|form| self.number(form)).collect());
        }
        let is_word = !part.is_empty() && part.chars().all(char::is_alphanumeric);
        is_word.then(|| vec![self.number(part)])
    }

    fn number(&mut self, word: &str) -> Number {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        let number = self.sets.len();
        self.numbers.insert(word.into(), number);
        self.sets.push(Vec::new());
        number
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
