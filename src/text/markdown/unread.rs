//! Words of a text that the reader of Markdown drops without a trace: cells that a row has beyond the columns of its table, addresses of
//! links that nothing refers to, words behind the fence of a code block.

use std::collections::BTreeSet;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};

/// Follows the events of a text and keeps the stretches of it between them that hold words.
pub(super) struct Unread<'a> {
    text: &'a str,
    /// Up to where everything was looked at.
    seen: usize,
    in_table: bool,
    gaps: Vec<Gap>,
    /// Labels of links that are referred to, in small letters.
    labels: BTreeSet<String>,
}

struct Gap {
    range: Range<usize>,
    in_table: bool,
}

impl<'a> Unread<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, seen: 0, in_table: false, gaps: Vec::new(), labels: BTreeSet::new() }
    }

    pub(super) fn event(&mut self, event: &Event<'_>, range: &Range<usize>) {
        match event {
            Event::Start(Tag::Item) => {
                let item = self.text.get(range.clone()).unwrap_or_default();
                let mark = item.len() - item.trim_start_matches(|c: char| c.is_ascii_digit()).len();
                self.read(range.start..range.start.saturating_add(mark));
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) if !info.contains(char::is_whitespace) => {
                let block = self.text.get(range.clone()).unwrap_or_default();
                let first = block.find('\n').unwrap_or(block.len());
                self.read(range.start..range.start.saturating_add(first));
            }
            Event::Start(Tag::Link { id, .. } | Tag::Image { id, .. }) => {
                self.labels.insert(id.to_lowercase());
                self.read(range.start..range.start);
            }
            Event::Start(Tag::Table(_)) => {
                self.read(range.start..range.start);
                self.in_table = true;
            }
            Event::End(TagEnd::Table) => {
                self.read(range.end..range.end);
                self.in_table = false;
            }
            // The address of a link stands behind its words.
            Event::End(TagEnd::Link | TagEnd::Image) => self.seen = self.seen.max(range.end),
            Event::Text(_) | Event::Code(_) | Event::Html(_) | Event::InlineHtml(_) => self.read(range.clone()),
            _ => {}
        }
    }

    /// Takes note of what lies before a stretch that is shown.
    fn read(&mut self, range: Range<usize>) {
        let gap = self.text.get(self.seen..range.start).unwrap_or_default();
        if gap.contains(char::is_alphanumeric) {
            self.gaps.push(Gap { range: self.seen..range.start, in_table: self.in_table });
        }
        self.seen = self.seen.max(range.end);
    }

    /// The places where words are dropped, by their bytes, and the remark on each.
    pub(super) fn finish(mut self) -> Vec<(usize, &'static str)> {
        self.read(self.text.len()..self.text.len());
        let mut found = Vec::new();
        for gap in &self.gaps {
            let mut start = gap.range.start;
            let mut is_address = false;
            for line in self.text.get(gap.range.clone()).unwrap_or_default().split_inclusive('\n') {
                let at = start;
                start = start.saturating_add(line.len());
                if !line.contains(char::is_alphanumeric) {
                    continue;
                }
                let label = line.trim_start_matches([' ', '\t', '>', '-', '*', '+']).strip_prefix('[');
                let label = label.and_then(|line| line.split_once("]:")).map(|(label, _)| label.to_lowercase());
                if let Some(label) = &label {
                    is_address = self.labels.contains(label);
                }
                if !is_address {
                    found.push((
                        at,
                        if gap.in_table {
                            WIDE
                        } else if label.is_some() {
                            ADDRESS
                        } else {
                            OTHER
                        },
                    ));
                }
            }
        }
        found
    }
}

const WIDE: &str = "This row has more cells than its table has columns, and the last would not be shown. Give the table another column.";
const ADDRESS: &str = "This line is read as the address of a link that is used nowhere, and would not be shown. Write \\[ for the \
                       bracket, or delete the line.";
const OTHER: &str = "Words of this line would not be shown. Write them in a paragraph of their own.";
