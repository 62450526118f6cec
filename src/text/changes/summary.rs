//! The summary of changes: counts in a few short sentences.

use crate::text::changes::blocks::{Block, Class};
use crate::text::changes::words::Comparison;

/// Counts for the summary.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) changed: Counts,
    pub(super) added: Counts,
    pub(super) removed: Counts,
    pub(super) added_words: usize,
    pub(super) removed_words: usize,
    pub(super) added_columns: usize,
    pub(super) removed_columns: usize,
    links: usize,
    split: usize,
    joined: usize,
    renumbered: bool,
}

/// The number of blocks of each class.
#[derive(Default)]
pub(super) struct Counts {
    headings: usize,
    paragraphs: usize,
    items: usize,
    rows: usize,
    other: usize,
}

impl Counts {
    pub(super) fn count(&mut self, block: &Block) {
        let place = match block.class() {
            Class::Heading => &mut self.headings,
            Class::Paragraph => &mut self.paragraphs,
            Class::Item => &mut self.items,
            Class::Row(_) => &mut self.rows,
            Class::Code => &mut self.other,
            Class::Rule => return,
        };
        *place = place.saturating_add(1);
    }

    fn each(&self) -> [usize; 5] {
        [self.headings, self.paragraphs, self.items, self.rows, self.other]
    }

    fn total(&self) -> usize {
        self.each().iter().sum()
    }
}

impl Tally {
    pub(super) fn pair(&mut self, old: &Block, new: &Block, cells: &[Comparison]) {
        if cells.iter().any(Comparison::changes_text) {
            self.changed.count(new);
        }
        for cell in cells {
            self.added_words = self.added_words.saturating_add(cell.added_words);
            self.removed_words = self.removed_words.saturating_add(cell.removed_words);
            self.links = self.links.saturating_add(cell.notes.len());
        }
        self.added_words = self.added_words.saturating_add(new.extra_word_count());
        self.removed_words = self.removed_words.saturating_add(old.extra_word_count());
        self.renumbered |= new.is_renumbered_from(old);
    }

    pub(super) fn regroup(&mut self, old: &[Block], new: &[Block]) {
        let count = if old.len() < new.len() { &mut self.split } else { &mut self.joined };
        *count = count.saturating_add(1);
    }

    pub(super) fn summary(&self, identical: bool) -> String {
        if identical {
            return "Nothing in the text changed.".to_owned();
        }
        let mut said = Vec::new();
        let noun = self.noun();
        let blocks = [(self.changed.total(), Verb::Changed), (self.added.total(), Verb::Added)];
        said.extend(sentence(noun, blocks.into_iter().chain([(self.removed.total(), Verb::Removed)])));
        let columns = [(self.added_columns, Verb::Added), (self.removed_columns, Verb::Removed)];
        said.extend(sentence(("column", "columns"), columns));
        let words = [(self.added_words, Verb::Added), (self.removed_words, Verb::Removed)];
        match sentence(("word", "words"), words) {
            Some(words) => said.push(words),
            None if !said.is_empty() => said.push("Only punctuation or spacing differs.".to_owned()),
            None => {}
        }
        said.extend(sentence(("link", "links"), [(self.links, Verb::Changed)]));
        if said.is_empty() {
            let what = match (self.split, self.joined, self.renumbered) {
                (0, 0, true) => "only the numbers of a list changed",
                _ => "only how they are set out changed",
            };
            return format!("The words are the same; {what}.");
        }
        said.extend(sentence(("passage", "passages"), [(self.split, Verb::Split), (self.joined, Verb::Joined)]));
        said.join(" ")
    }

    /// The noun for the blocks: that of their kind if they are all of one kind.
    fn noun(&self) -> (&'static str, &'static str) {
        let [changed, added, removed] = [self.changed.each(), self.added.each(), self.removed.each()];
        let touched = changed
            .iter()
            .zip(added)
            .zip(removed)
            .map(|((changed, added), removed)| *changed > 0 || added > 0 || removed > 0);
        let names = [
            ("heading", "headings"),
            ("paragraph", "paragraphs"),
            ("list item", "list items"),
            ("table row", "table rows"),
            ("passage", "passages"),
        ];
        let mut kinds = touched.zip(names).filter_map(|(touched, name)| touched.then_some(name));
        match (kinds.next(), kinds.next()) {
            (Some(name), None) => name,
            _ => ("passage", "passages"),
        }
    }
}

/// A change.
#[derive(Clone, Copy)]
enum Verb {
    Changed,
    Added,
    Removed,
    Split,
    Joined,
}

impl Verb {
    fn words(self, count: usize) -> &'static str {
        match (self, count) {
            (Self::Changed, _) => "changed",
            (Self::Added, 1) => "was added",
            (Self::Added, _) => "were added",
            (Self::Removed, 1) => "was removed",
            (Self::Removed, _) => "were removed",
            (Self::Split, 1) => "was split",
            (Self::Split, _) => "were split",
            (Self::Joined, 1) => "was joined from several",
            (Self::Joined, _) => "were joined from several",
        }
    }
}

/// "Three paragraphs changed, seven were added and one was removed."; none where all counts are 0.
fn sentence((one, many): (&str, &str), counts: impl IntoIterator<Item = (usize, Verb)>) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    for (count, verb) in counts.into_iter().filter(|(count, _)| *count > 0) {
        let (number, verb) = (number(count), verb.words(count));
        let noun = if count == 1 { one } else { many };
        parts.push(if parts.is_empty() { format!("{number} {noun} {verb}") } else { format!("{number} {verb}") });
    }
    let last = parts.pop()?;
    let said = if parts.is_empty() { last } else { format!("{} and {last}", parts.join(", ")) };
    let mut letters = said.chars();
    let first = letters.next()?;
    Some(format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

/// A number as it is written in a sentence: in letters up to ten.
fn number(count: usize) -> String {
    const LETTERS: [&str; 11] = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    LETTERS.get(count).map_or_else(|| count.to_string(), |letters| (*letters).to_owned())
}
