//! Writes the blocks of both fragments, one under the other, with the changes marked.

use std::collections::BTreeMap;

use crate::text::changes::blocks::{Block, Class, Column, Container, ExtraCell, Kind};
use crate::text::changes::cells::{CellWriter, push_all, write_cell, write_extra};
use crate::text::changes::words::Comparison;
use crate::text::markdown::escape;

/// The change of a whole block.
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
        self.write_whole(block, Mark::Added);
    }

    pub(super) fn removed(&mut self, block: &Block) {
        if block.kind != Kind::Rule {
            self.write_whole(block, Mark::Removed);
        }
    }

    /// Writes the new version of a block with the changes of each cell.
    pub(super) fn paired(&mut self, old: &Block, new: &Block, cells: &[Comparison]) {
        self.block(new, &old.extra, None, |out, index| {
            if let (Some(old), Some(new), Some(cell)) = (old.cells.get(index), new.cells.get(index), cells.get(index)) {
                CellWriter::new(out, old, new, cell).write();
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

    fn write_whole(&mut self, block: &Block, mark: Mark) {
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
        self.open_containers(block);
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
                // A removed heading must not take the id of a present one.
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
    fn open_containers(&mut self, block: &Block) {
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
