//! The changes between two served fragments, for people: old words struck out, new words marked, and said in text as
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
mod cells;
mod columns;
mod page;
mod prose;
mod summary;
#[cfg(test)]
mod tests;
mod words;

use crate::text::changes::align::Step;
use crate::text::changes::summary::Tally;
use crate::text::changes::words::{Budget, Comparison};

/// The changes from one fragment to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// The later fragment as HTML with the changes marked.
    pub html: String,
    /// Plain text, such as "Two paragraphs changed and one was added. 41 words were added and 17 removed."
    pub summary: String,
    /// The number of words that only the later fragment has.
    pub added_words: usize,
    /// The number of words that only the earlier fragment has.
    pub removed_words: usize,
    /// Set if both fragments are the same, byte for byte.
    pub identical: bool,
}

/// Compares two fragments made by [`crate::text::markdown::render`], the earlier one first. An empty `before` marks all of
/// `after` as added.
pub fn compare(before: &str, after: &str) -> Changes {
    let mut old = blocks::read(before);
    let mut new = blocks::read(after);
    let mut budget = Budget::default();
    let mut tally = Tally::default();
    (tally.added_columns, tally.removed_columns) = columns::set_apart(&mut old, &mut new);
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
                tally.pair(old, new, &cells);
                page.paired(old, new, &cells);
            }
            Step::Regrouped(old, new) => {
                tally.regroup(old, new);
                page.regrouped(old, new);
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

/// The name of the first change, for a link that jumps there.
pub const FIRST_CHANGE: &str = "first-change";

/// The beginnings of the elements that mark a change. Text cannot hold them: it is escaped.
const MARKS: [&str; 4] = ["<ins>", "<del>", "<span class=\"change-note\">", "<span class=\"change-label\">"];

impl Changes {
    /// The fragment with the name [`FIRST_CHANGE`] on the first change; none where no change is marked.
    pub fn html_with_anchor(&self) -> Option<String> {
        let found = MARKS.iter().filter_map(|mark| Some((self.html.find(mark)?, mark.len())));
        let (at, length) = found.min()?;
        let (before, after) = self.html.split_at_checked(at.saturating_add(length).checked_sub(1)?)?;
        Some(format!("{before} id=\"{FIRST_CHANGE}\"{after}"))
    }
}
