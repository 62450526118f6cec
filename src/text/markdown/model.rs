//! Types that the parts of the renderer share: problems, limits, and events with their lines.

use pulldown_cmark::Event;

/// The longest fragment that [`render`](crate::text::markdown::render) makes, in bytes; facts and link references can make a short text long.
pub const LONGEST_FRAGMENT: usize = 1024 * 1024;

/// The most elements that may stand inside one another.
pub(super) const DEEPEST: usize = 24;

pub(super) const TOO_DEEP: &str = "Lists, quotes or emphasis stand too deep inside one another. Use fewer levels.";

/// The most problems that are told at once.
pub(super) const MOST_PROBLEMS: usize = 50;

/// The words at the end of every link that leaves the site (WCAG technique G201).
pub(crate) const NEW_WINDOW: &str = "(opens in a new window)";

/// A reason why a text cannot be published, and its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MarkdownProblem {
    /// The line of the Markdown text, counted from 1.
    pub line: usize,
    /// The sentence for the writer: the problem and what to do about it.
    pub message: String,
}

impl std::fmt::Display for MarkdownProblem {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for MarkdownProblem {}

/// An event of the Markdown reader and the line it starts on.
pub(super) struct Reading<'a> {
    pub(super) event: Event<'a>,
    pub(super) line: usize,
}
