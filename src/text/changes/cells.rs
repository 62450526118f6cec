//! Writes one cell of a block: its words with what went and what came, its links whole.

use std::ops::Range;

use crate::text::changes::blocks::Column;
use crate::text::changes::prose::Prose;
use crate::text::changes::words::Comparison;
use crate::text::markdown::escape;

pub(super) fn write_cell(out: &mut String, header: bool, class: &str, content: impl FnOnce(&mut String)) {
    let (start, end) = if header { ("<th scope=\"col\"", "</th>") } else { ("<td", "</td>") };
    out.push_str(start);
    if !class.is_empty() {
        out.push_str(" class=\"");
        escape(out, class);
        out.push('"');
    }
    out.push('>');
    content(out);
    out.push_str(end);
}

/// Writes what stands in a column that came or went.
pub(super) fn write_extra(out: &mut String, header: bool, column: Column, prose: &Prose) {
    let (tag, word) = if column == Column::Added { ("ins", "added") } else { ("del", "removed") };
    if header {
        let label = if column == Column::Added { "Added column: " } else { "Removed column: " };
        push_all(out, &["<span class=\"change-label\">", label, "</span>"]);
    }
    if prose.text.is_empty() {
        return;
    }
    push_all(out, &["<", tag, ">"]);
    if !header {
        push_all(out, &["<span class=\"visually-hidden\">[", word, ": </span>"]);
    }
    if column == Column::Added {
        prose.write_linked(out, 0..prose.text.len());
    } else {
        prose.write_plain(out, 0..prose.text.len());
    }
    if !header {
        out.push_str("<span class=\"visually-hidden\">] </span>");
    }
    push_all(out, &["</", tag, ">"]);
}

pub(super) fn push_all(out: &mut String, parts: &[&str]) {
    for part in parts {
        out.push_str(part);
    }
}

/// Tells whether a screen reader should say that `range` changed: white space alone would be noise.
fn is_said(prose: &Prose, range: &Range<usize>) -> bool {
    prose.text.get(range.clone()).is_some_and(|text| !text.trim().is_empty())
}

/// Writes one cell: the new text, its links whole, with what went and what came.
pub(super) struct CellWriter<'a> {
    out: &'a mut String,
    old: &'a Prose,
    new: &'a Prose,
    comparison: &'a Comparison,
    /// The link of the new text that is open.
    open: Option<usize>,
}

impl<'a> CellWriter<'a> {
    pub(super) fn new(out: &'a mut String, old: &'a Prose, new: &'a Prose, comparison: &'a Comparison) -> Self {
        Self { out, old, new, comparison, open: None }
    }

    pub(super) fn write(mut self) {
        for segment in &self.comparison.segments {
            if segment.same {
                self.same(segment.new.clone());
                continue;
            }
            if !segment.old.is_empty() {
                // Words that went from the middle of a link are shown inside it.
                if self.new.link_at(segment.new.start) != self.open {
                    self.switch(None);
                }
                let said = is_said(self.old, &segment.old);
                self.out.push_str(if said {
                    "<del><span class=\"visually-hidden\">[removed: </span>"
                } else {
                    "<del>"
                });
                self.old.write_plain(self.out, segment.old.clone());
                self.out.push_str(if said { "<span class=\"visually-hidden\">] </span></del>" } else { "</del>" });
            }
            self.added(segment.new.clone());
        }
        self.switch(None);
    }

    /// Writes text that stayed, and behind it the notes about links that went.
    fn same(&mut self, range: Range<usize>) {
        for (stretch, style) in self.new.stretches(range) {
            self.switch(style.link);
            let mut start = stretch.start;
            for (end, note) in self.comparison.notes.at.range(start.saturating_add(1)..=stretch.end) {
                self.new.write_plain(self.out, start..*end);
                self.note(note);
                start = *end;
            }
            self.new.write_plain(self.out, start..stretch.end);
        }
    }

    /// Writes new text. A link that is partly old stays one link, with the mark inside it.
    fn added(&mut self, range: Range<usize>) {
        let mut middle = range.clone();
        if let Some(open) = self.open {
            middle.start = self.end_of_link(&range, open);
            self.inserted(range.start..middle.start);
        }
        let last = self.new.link_at(range.end).filter(|_| range.end < self.new.text.len());
        if let Some(last) = last {
            let stretches = self.new.stretches(middle.clone());
            middle.end = stretches
                .filter(|(_, style)| style.link != Some(last))
                .map(|(s, _)| s.end)
                .last()
                .unwrap_or(middle.start);
        }
        if !middle.is_empty() {
            self.switch(None);
            self.inserted(middle.clone());
        }
        if middle.end < range.end {
            self.switch(last);
            self.inserted(middle.end..range.end);
        }
    }

    /// The end of `link` within `range`, at whose start it is open.
    fn end_of_link(&self, range: &Range<usize>, link: usize) -> usize {
        let stretches = self.new.stretches(range.clone());
        stretches.take_while(|(_, style)| style.link == Some(link)).map(|(s, _)| s.end).last().unwrap_or(range.start)
    }

    fn inserted(&mut self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let said = is_said(self.new, &range);
        self.out.push_str(if said { "<ins><span class=\"visually-hidden\">[added: </span>" } else { "<ins>" });
        if self.open.is_some() {
            self.new.write_plain(self.out, range);
        } else {
            self.new.write_linked(self.out, range);
        }
        self.out.push_str(if said { "<span class=\"visually-hidden\">] </span></ins>" } else { "</ins>" });
    }

    /// Closes the open link, with what there is to say about it, and opens another.
    fn switch(&mut self, link: Option<usize>) {
        if self.open == link {
            return;
        }
        if let Some(open) = self.open {
            self.new.close_link(self.out, Some(open));
            if let Some(note) = self.comparison.notes.after_link.get(&open) {
                self.note(note);
            }
        }
        self.new.open_link(self.out, link);
        self.open = link;
    }

    fn note(&mut self, text: &str) {
        self.out.push_str("<span class=\"change-note\"> ");
        escape(self.out, text);
        self.out.push_str("</span>");
    }
}
