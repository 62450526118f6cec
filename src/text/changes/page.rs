//! Writes the blocks of both fragments, one under the other, with the changes marked.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::text::markdown::escape;

use crate::text::changes::blocks::{Block, Class, Column, Container, ExtraCell, Kind};
use crate::text::changes::prose::Prose;
use crate::text::changes::words::Comparison;

/// What happened to a whole block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Added,
    Removed,
}

/// The HTML so far and what is open in it.
#[derive(Default)]
pub(super) struct Page {
    out: String,
    containers: Vec<Container>,
    table: Option<TablePart>,
    table_names: BTreeMap<String, usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TablePart {
    Head,
    Body,
}

impl Page {
    pub(super) fn added(&mut self, block: &Block) {
        self.whole(block, Mark::Added);
    }

    pub(super) fn removed(&mut self, block: &Block) {
        if block.kind != Kind::Rule {
            self.whole(block, Mark::Removed);
        }
    }

    /// Writes the new version of a block with the changes of each cell.
    pub(super) fn paired(&mut self, old: &Block, new: &Block, cells: &[Comparison]) {
        self.block(new, &old.extra, None, |out, index| {
            if let (Some(old), Some(new), Some(cell)) = (old.cells.get(index), new.cells.get(index), cells.get(index)) {
                CellWriter { out, old, new, comparison: cell, open: None }.write();
            }
        });
    }

    /// Writes the new blocks of words that were set out otherwise.
    pub(super) fn regrouped(&mut self, old: &[Block], new: &[Block]) {
        for (at, block) in new.iter().enumerate() {
            let what = match block.class() {
                Class::Item => "list item",
                _ => "paragraph",
            };
            let label = match (at, old.len()) {
                (0, 1) => String::new(),
                (0, parts) => format!("Joined from {parts} parts: "),
                _ => format!("New {what}: "),
            };
            self.block(block, &[], None, |out, index| {
                let Some(cell) = block.cells.get(index) else { return };
                if !label.is_empty() {
                    push_all(out, &["<span class=\"change-label\">", &label, "</span>"]);
                }
                cell.write_linked(out, 0..cell.text.len());
            });
        }
    }

    pub(super) fn finish(mut self) -> String {
        self.close_table();
        self.close_containers(0);
        self.out
    }

    fn whole(&mut self, block: &Block, mark: Mark) {
        self.block(block, &[], Some(mark), |out, index| {
            let Some(cell) = block.cells.get(index) else { return };
            if index == 0 {
                out.push_str("<span class=\"change-label\">");
                out.push_str(if mark == Mark::Added { "Added: " } else { "Removed: " });
                out.push_str("</span>");
            }
            if cell.text.is_empty() {
                return;
            }
            if mark == Mark::Added {
                out.push_str("<ins>");
                cell.write_linked(out, 0..cell.text.len());
                out.push_str("</ins>");
            } else {
                out.push_str("<del>");
                cell.write_plain(out, 0..cell.text.len());
                out.push_str("</del>");
            }
        });
    }

    /// Writes a block's element in its place; `content` writes what is in each cell, and `gone` are the cells of columns that only the
    /// other version of a row has.
    fn block(
        &mut self,
        block: &Block,
        gone: &[ExtraCell],
        mark: Option<Mark>,
        mut content: impl FnMut(&mut String, usize),
    ) {
        self.enter(block);
        let class = match mark {
            None => "",
            Some(Mark::Added) => "block-added",
            Some(Mark::Removed) => "block-removed",
        };
        let open = |out: &mut String, tag: &str| {
            push_all(out, &["<", tag]);
            if !class.is_empty() {
                push_all(out, &[" class=\"", class, "\""]);
            }
        };
        match &block.kind {
            Kind::Rule => self.out.push_str("<hr>\n"),
            Kind::Paragraph => {
                open(&mut self.out, "p");
                self.out.push('>');
                content(&mut self.out, 0);
                self.out.push_str("</p>\n");
            }
            Kind::Bare => {
                // In a list item the text has no element of its own.
                if mark.is_some() {
                    open(&mut self.out, "span");
                    self.out.push('>');
                }
                content(&mut self.out, 0);
                self.out.push_str(if mark.is_some() { "</span>\n" } else { "\n" });
            }
            Kind::Code => {
                open(&mut self.out, "pre");
                self.out.push_str("><code>");
                content(&mut self.out, 0);
                self.out.push_str("</code></pre>\n");
            }
            Kind::Heading { tag, id } => {
                open(&mut self.out, tag);
                // What is gone must not be found in the place of what is there.
                if mark != Some(Mark::Removed) && !id.is_empty() {
                    self.out.push_str(" id=\"");
                    escape(&mut self.out, id);
                    self.out.push('"');
                }
                self.out.push('>');
                content(&mut self.out, 0);
                push_all(&mut self.out, &["</", tag, ">\n"]);
            }
            Kind::Row { header, table, cell_classes, columns } => {
                self.open_table(*header, table);
                open(&mut self.out, "tr");
                self.out.push('>');
                let own = if mark == Some(Mark::Removed) { Column::Removed } else { Column::Added };
                let (mut extra, mut gone) = (block.extra.iter(), gone.iter());
                let mut shared = cell_classes.iter().enumerate();
                let plain = vec![Column::Both; cell_classes.len()];
                for column in columns.as_deref().unwrap_or(&plain) {
                    if *column == Column::Both {
                        let Some((index, class)) = shared.next() else { continue };
                        write_cell(&mut self.out, *header, class, |out| content(out, index));
                        continue;
                    }
                    let cell = if *column == own { extra.next() } else { gone.next() };
                    let class = cell.map_or("", |cell| cell.class.as_str());
                    write_cell(&mut self.out, *header, class, |out| {
                        if let Some(cell) = cell {
                            write_extra(out, *header, *column, &cell.prose);
                        }
                    });
                }
                self.out.push_str("</tr>\n");
            }
        }
    }

    /// Closes and opens lists and quotes until the block's place is reached.
    fn enter(&mut self, block: &Block) {
        let shared =
            self.containers.iter().zip(&block.containers).take_while(|(open, new)| open.is_like(**new)).count();
        let new_item = block.new_item.filter(|depth| *depth < shared);
        let stays = new_item.is_none() && shared == self.containers.len() && shared == block.containers.len();
        if !stays || !matches!(block.kind, Kind::Row { .. }) {
            self.close_table();
        }
        let mut depth = shared;
        if let Some(list) = new_item {
            depth = list.saturating_add(1);
            self.close_containers(depth);
            self.out.push_str("</li>\n");
            if let Some(container) = block.containers.get(list) {
                self.open_item(*container);
            }
        }
        self.close_containers(depth);
        for container in block.containers.iter().skip(depth) {
            self.containers.push(*container);
            match container {
                Container::Quote => self.out.push_str("<blockquote>\n"),
                Container::Bullets => self.out.push_str("<ul>\n"),
                Container::Numbers(_) => self.out.push_str("<ol>\n"),
            }
            self.open_item(*container);
        }
    }

    /// A numbered item carries its number: removed ones among them would shift the count.
    fn open_item(&mut self, container: Container) {
        match container {
            Container::Quote => {}
            Container::Bullets => self.out.push_str("<li>"),
            Container::Numbers(number) => push_all(&mut self.out, &["<li value=\"", &number.to_string(), "\">"]),
        }
    }

    fn close_containers(&mut self, depth: usize) {
        while self.containers.len() > depth {
            match self.containers.pop() {
                Some(Container::Quote) => self.out.push_str("</blockquote>\n"),
                Some(Container::Bullets) => self.out.push_str("</li>\n</ul>\n"),
                Some(Container::Numbers(_)) => self.out.push_str("</li>\n</ol>\n"),
                None => {}
            }
        }
    }

    fn open_table(&mut self, header: bool, name: &str) {
        if header && self.table == Some(TablePart::Body) {
            self.close_table();
        }
        if self.table.is_none() {
            let count = self.table_names.entry(name.to_owned()).or_insert(0);
            *count = count.saturating_add(1);
            let name = if *count > 1 { format!("{name} ({count})") } else { name.to_owned() };
            self.out.push_str("<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"");
            escape(&mut self.out, &name);
            self.out.push_str("\"><table>\n");
        }
        let wanted = if header { TablePart::Head } else { TablePart::Body };
        if self.table == Some(wanted) {
            return;
        }
        if self.table == Some(TablePart::Head) {
            self.out.push_str("</thead>\n");
        }
        self.out.push_str(if header { "<thead>\n" } else { "<tbody>\n" });
        self.table = Some(wanted);
    }

    fn close_table(&mut self) {
        match self.table.take() {
            Some(TablePart::Head) => self.out.push_str("</thead>\n</table></div>\n"),
            Some(TablePart::Body) => self.out.push_str("</tbody>\n</table></div>\n"),
            None => {}
        }
    }
}

fn write_cell(out: &mut String, header: bool, class: &str, content: impl FnOnce(&mut String)) {
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
fn write_extra(out: &mut String, header: bool, column: Column, prose: &Prose) {
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

fn push_all(out: &mut String, parts: &[&str]) {
    for part in parts {
        out.push_str(part);
    }
}

/// Whether a screen reader should say that `range` changed: white space alone would be noise.
fn is_said(prose: &Prose, range: &Range<usize>) -> bool {
    prose.text.get(range.clone()).is_some_and(|text| !text.trim().is_empty())
}

/// Writes one cell: the new text, its links whole, with what went and what came.
struct CellWriter<'a> {
    out: &'a mut String,
    old: &'a Prose,
    new: &'a Prose,
    comparison: &'a Comparison,
    /// The link of the new text that is open.
    open: Option<usize>,
}

impl CellWriter<'_> {
    fn write(mut self) {
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

    /// Where `link` ends within `range`, at whose start it is open.
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
