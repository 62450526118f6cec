//! Reading the words (`words.txt`) and the cues (`cues.txt`).

use std::collections::{HashMap, HashSet};

use crate::text::urgency::model::Crisis;
use crate::text::urgency::pattern::{Pattern, Set, Step};
use crate::text::urgency::rules::{Cue, Rules};

/// Words that a gap (`..`) may pass over, and that a long one (`...`) may.
const GAP: usize = 4;
const LONG_GAP: usize = 12;

/// The rules that stand in some files, and the lines that cannot be read.
pub(super) fn read(files: &[&str]) -> (Rules, Vec<String>) {
    let mut reader = Reader::default();
    for file in files {
        reader.file(file);
    }
    reader.rules.words.prepare();
    (reader.rules, reader.unread)
}

/// The rules while the files are read.
#[derive(Default)]
struct Reader<'a> {
    classes: HashMap<&'a str, HashSet<String>>,
    /// Sets that were seen, as written.
    known: HashMap<&'a str, Set>,
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
        let mut words = HashSet::new();
        for member in members.split_whitespace() {
            words.extend(self.words(member)?);
        }
        self.classes.entry(name.trim().strip_prefix('@')?).or_default().extend(words);
        Some(())
    }

    /// `typed other = word word`.
    fn spelling(&mut self, line: &'a str) -> Option<()> {
        let (typed, meant) = line.split_once('=')?;
        let meant: Vec<String> = meant.split_whitespace().map(str::to_owned).collect();
        for typed in typed.split_whitespace() {
            self.rules.words.add_spelling(typed, &meant);
        }
        (!meant.is_empty()).then_some(())
    }

    fn ordinary(&mut self, line: &'a str) -> Option<()> {
        for word in line.split_whitespace() {
            for word in self.words(word)? {
                self.rules.words.add(word, None);
            }
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
        let mut words = HashSet::new();
        for part in written.split('|') {
            words.extend(self.words(part)?);
        }
        for word in words {
            self.rules.words.add(word, Some(set));
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
