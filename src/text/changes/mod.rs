//! What changed between two served fragments, for people: old words struck out, new words marked, and said in text as
//! well, so that neither colour nor sight is needed (WCAG 1.1.1, 1.3.1, 1.4.1).
//!
//! Both fragments are cut into blocks (headings, paragraphs, list items, table rows). Equal blocks are matched first,
//! then each block in a rewritten stretch is paired with the one it most resembles, and words are compared inside the
//! pairs. All of the text is shown, so that changes keep their context.
//!
//! Classes in the result: `change-label` on visible labels ("Added:", "Removed:"), `change-note` on visible notes about
//! links, `visually-hidden` on what only screen readers say, `block-added` and `block-removed` on whole blocks.
//!
//! Pure and deterministic: work is capped by counts, never by a clock, so that a page shows the same changes for ever.

mod align;
mod blocks;
mod page;
mod prose;
#[cfg(test)]
mod tests;
mod words;

use crate::text::changes::align::Step;
use crate::text::changes::blocks::{Block, Class};
use crate::text::changes::words::{Budget, Comparison};

/// What changed from one fragment to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// The later fragment as HTML with the changes marked.
    pub html: String,
    /// One line of plain text, such as "2 paragraphs changed, 1 added; 41 words added, 17 removed."
    pub summary: String,
    /// How many words only the later fragment has.
    pub added_words: usize,
    /// How many words only the earlier fragment has.
    pub removed_words: usize,
    /// Whether both fragments are the same, byte for byte.
    pub identical: bool,
}

/// Compares two fragments made by [`crate::text::markdown::render`], the earlier one first. An empty `before` marks all of
/// `after` as added.
pub fn compare(before: &str, after: &str) -> Changes {
    let old = blocks::read(before);
    let new = blocks::read(after);
    let mut budget = Budget::default();
    let mut tally = Tally::default();
    let mut page = page::Page::default();
    for step in align::align(&old, &new) {
        match step {
            Step::Removed(block) => {
                tally.removed.count(block);
                tally.removed_words = tally.removed_words.saturating_add(block.word_count());
                page.removed(block);
            }
            Step::Added(block) => {
                tally.added.count(block);
                tally.added_words = tally.added_words.saturating_add(block.word_count());
                page.added(block);
            }
            Step::Paired(old, new) => {
                let cells: Vec<Comparison> =
                    old.cells.iter().zip(&new.cells).map(|(old, new)| words::compare(old, new, &mut budget)).collect();
                tally.pair(new, &cells);
                page.paired(old, new, &cells);
            }
        }
    }
    Changes {
        html: page.finish(),
        summary: tally.summary(before == after),
        added_words: tally.added_words,
        removed_words: tally.removed_words,
        identical: before == after,
    }
}

/// Counts for the summary.
#[derive(Default)]
struct Tally {
    changed: Counts,
    added: Counts,
    removed: Counts,
    added_words: usize,
    removed_words: usize,
    links: usize,
}

/// How many blocks of each class.
#[derive(Default)]
struct Counts {
    headings: usize,
    paragraphs: usize,
    items: usize,
    rows: usize,
    other: usize,
}

impl Counts {
    fn count(&mut self, block: &Block) {
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
    fn pair(&mut self, block: &Block, cells: &[Comparison]) {
        if cells.iter().any(Comparison::changes_text) {
            self.changed.count(block);
        }
        for cell in cells {
            self.added_words = self.added_words.saturating_add(cell.added_words);
            self.removed_words = self.removed_words.saturating_add(cell.removed_words);
            self.links = self.links.saturating_add(cell.notes.len());
        }
    }

    fn summary(&self, identical: bool) -> String {
        if identical {
            return "Nothing in the text changed.".to_owned();
        }
        let (one, many) = self.noun();
        let mut blocks = Vec::new();
        let counts = [(&self.changed, "changed"), (&self.added, "added"), (&self.removed, "removed")];
        for (counts, what) in counts {
            match (counts.total(), blocks.is_empty()) {
                (0, _) => {}
                (1, true) => blocks.push(format!("1 {one} {what}")),
                (number, true) => blocks.push(format!("{number} {many} {what}")),
                (number, false) => blocks.push(format!("{number} {what}")),
            }
        }
        let mut words = Vec::new();
        for (count, what) in [(self.added_words, "added"), (self.removed_words, "removed")] {
            match (count, words.is_empty()) {
                (0, _) => {}
                (1, true) => words.push(format!("1 word {what}")),
                (number, true) => words.push(format!("{number} words {what}")),
                (number, false) => words.push(format!("{number} {what}")),
            }
        }
        let mut parts = Vec::new();
        if !blocks.is_empty() {
            parts.push(blocks.join(", "));
            parts.push(if words.is_empty() { "only punctuation or spacing".to_owned() } else { words.join(", ") });
        }
        match self.links {
            0 => {}
            1 => parts.push("1 link changed".to_owned()),
            links => parts.push(format!("{links} links changed")),
        }
        if parts.is_empty() {
            return "The words are the same; only how they are set out changed.".to_owned();
        }
        format!("{}.", parts.join("; "))
    }

    /// What to call the blocks: by their kind if they are all of one kind.
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
