//! Cuts a fragment into blocks.

use std::rc::Rc;

use crate::text::markdown::{Piece, attribute, decode, pieces};

use crate::text::changes::prose::{Link, Prose, Style};
use crate::text::changes::words;

/// Containers deeper than this are taken as one; [`crate::text::markdown::render`] stays below.
const DEEPEST: usize = 32;

/// A container of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    Quote,
    Bullets,
    /// A numbered list, and the number of the item at hand.
    Numbers(u64),
}

impl Container {
    /// Tells whether both are the same sort of container.
    pub(super) fn is_like(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }
}

/// The kind of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Heading {
        tag: String,
        id: String,
    },
    Paragraph,
    /// Text straight in a list item.
    Bare,
    Code,
    Rule,
    /// A table row, the table's name, and the class of each cell.
    Row {
        header: bool,
        table: Rc<str>,
        cell_classes: Vec<String>,
        /// The columns of both tables laid over one another, where the two differ in their columns.
        columns: Option<Rc<[Column]>>,
    },
}

/// The class of a block. Only blocks of one class can be versions of one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Heading,
    Paragraph,
    Item,
    Code,
    Rule,
    /// With this many cells.
    Row(usize),
}

/// A block of text; all but table rows have one cell.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) containers: Vec<Container>,
    /// The outermost of `containers` in which a list item begins with this block.
    pub(super) new_item: Option<usize>,
    pub(super) kind: Kind,
    pub(super) cells: Vec<Prose>,
    /// Cells of a row in columns that only its own fragment has.
    pub(super) extra: Vec<ExtraCell>,
}

/// A column of two tables that are laid over one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Both,
    /// Only in the later table.
    Added,
    /// Only in the earlier table.
    Removed,
}

/// A cell of a column that the other fragment does not have.
#[derive(Clone, Debug)]
pub(super) struct ExtraCell {
    pub(super) prose: Prose,
    /// Class of the cell.
    pub(super) class: String,
}

impl Block {
    pub(super) fn class(&self) -> Class {
        match self.kind {
            Kind::Heading { .. } => Class::Heading,
            Kind::Code => Class::Code,
            Kind::Rule => Class::Rule,
            Kind::Row { .. } => Class::Row(self.cells.len()),
            Kind::Paragraph | Kind::Bare => {
                let in_list = self.containers.iter().any(|container| !matches!(container, Container::Quote));
                if in_list { Class::Item } else { Class::Paragraph }
            }
        }
    }

    /// The number of words in the block.
    pub(super) fn word_count(&self) -> usize {
        let own: usize = self.cells.iter().map(|cell| words::count(&cell.text)).sum();
        own.saturating_add(self.extra_word_count())
    }

    /// The number of words in columns that the other fragment does not have.
    pub(super) fn extra_word_count(&self) -> usize {
        self.extra.iter().map(|cell| words::count(&cell.prose.text)).sum()
    }

    /// Tells whether it is running text: a paragraph or an item of a list.
    pub(super) fn is_running_text(&self) -> bool {
        matches!(self.class(), Class::Paragraph | Class::Item)
    }

    /// Tells whether it has another number in its list than another block.
    pub(super) fn is_renumbered_from(&self, other: &Self) -> bool {
        let mut both = self.containers.iter().zip(&other.containers);
        both.any(|pair| matches!(pair, (Container::Numbers(own), Container::Numbers(other)) if own != other))
    }
}

/// All blocks of a fragment, in order.
pub(super) fn read(fragment: &str) -> Vec<Block> {
    let mut reader = Reader::default();
    for piece in pieces(fragment) {
        match piece {
            Piece::Open { name, attributes } => reader.open(name, attributes),
            Piece::Close { name } => reader.close(name),
            Piece::Text(text) => reader.text(text),
        }
    }
    reader.end_block();
    reader.blocks
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    containers: Vec<Container>,
    /// Containers beyond [`DEEPEST`].
    beyond: usize,
    new_item: Option<usize>,
    open: Option<(Kind, Vec<Prose>)>,
    table: Rc<str>,
    in_head: bool,
    style: Style,
    /// The start of the open link's text.
    link_start: usize,
}

impl Reader {
    fn open(&mut self, name: &str, attributes: &str) {
        match name {
            "p" => self.start(Kind::Paragraph),
            "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.start(Kind::Heading { tag: name.to_owned(), id: attribute(attributes, "id").unwrap_or_default() });
            }
            "pre" => self.start(Kind::Code),
            "hr" => {
                self.start(Kind::Rule);
                self.end_block();
            }
            "blockquote" => self.open_container(Container::Quote),
            "ul" => self.open_container(Container::Bullets),
            "ol" => {
                let first = attribute(attributes, "start").and_then(|start| start.parse::<u64>().ok()).unwrap_or(1);
                self.open_container(Container::Numbers(first.wrapping_sub(1)));
            }
            "li" => self.item(),
            "div" => {
                self.end_block();
                self.table = attribute(attributes, "aria-label").unwrap_or_default().into();
            }
            "thead" => self.in_head = true,
            "tr" => {
                self.end_block();
                let (header, table) = (self.in_head, Rc::clone(&self.table));
                let row = Kind::Row { header, table, cell_classes: Vec::new(), columns: None };
                self.open = Some((row, Vec::new()));
            }
            "td" | "th" => {
                if let Some((Kind::Row { cell_classes, .. }, cells)) = &mut self.open {
                    cell_classes.push(attribute(attributes, "class").unwrap_or_default());
                    cells.push(Prose::new(false));
                }
            }
            "em" => self.style.emphasis = true,
            "strong" => self.style.strong = true,
            "code" => self.style.code = !matches!(self.open, Some((Kind::Code, _))),
            "a" => self.start_link(attributes),
            "br" => {
                let style = self.style;
                if let Some(prose) = self.prose() {
                    prose.push_break(style);
                }
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "p" | "h2" | "h3" | "h4" | "h5" | "h6" | "pre" | "li" | "tr" | "div" => self.end_block(),
            "blockquote" | "ul" | "ol" => {
                self.end_block();
                if self.beyond > 0 {
                    self.beyond = self.beyond.saturating_sub(1);
                } else {
                    self.containers.pop();
                    self.new_item = self.new_item.filter(|depth| *depth < self.containers.len());
                }
            }
            "thead" => self.in_head = false,
            "em" => self.style.emphasis = false,
            "strong" => self.style.strong = false,
            "code" => self.style.code = false,
            "a" => self.end_link(),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.open.is_none() {
            if text.trim().is_empty() {
                return;
            }
            self.start(Kind::Bare);
        }
        let style = self.style;
        if let Some(prose) = self.prose() {
            prose.push(&decode(text), style);
        }
    }

    /// The prose that text goes to now; none between the cells of a row.
    fn prose(&mut self) -> Option<&mut Prose> {
        self.open.as_mut().and_then(|(_, cells)| cells.last_mut())
    }

    fn start(&mut self, kind: Kind) {
        self.end_block();
        let prose = Prose::new(kind == Kind::Code);
        self.open = Some((kind, vec![prose]));
    }

    fn open_container(&mut self, container: Container) {
        self.end_block();
        if self.containers.len() < DEEPEST {
            self.containers.push(container);
        } else {
            self.beyond = self.beyond.saturating_add(1);
        }
    }

    fn item(&mut self) {
        self.end_block();
        let innermost = self.containers.iter().rposition(|container| !matches!(container, Container::Quote));
        let Some(depth) = innermost else { return };
        if let Some(Container::Numbers(number)) = self.containers.get_mut(depth) {
            *number = number.wrapping_add(1);
        }
        self.new_item = Some(self.new_item.map_or(depth, |outer| outer.min(depth)));
    }

    fn start_link(&mut self, attributes: &str) {
        if self.open.is_none() {
            self.start(Kind::Bare);
        }
        let link = Link {
            href: attribute(attributes, "href").unwrap_or_default(),
            new_window: attribute(attributes, "target").is_some(),
        };
        let Some(prose) = self.prose() else { return };
        prose.links.push(link);
        let (start, index) = (prose.text.len(), prose.links.len().saturating_sub(1));
        self.link_start = start;
        self.style.link = Some(index);
    }

    fn end_link(&mut self) {
        let Some(index) = self.style.link.take() else { return };
        let start = self.link_start;
        if let Some(prose) = self.prose()
            && prose.links.get(index).is_some_and(|link| link.new_window)
        {
            prose.drop_new_window(start);
        }
    }

    fn end_block(&mut self) {
        // Bold that begins a list item is open before the text that it begins.
        let Some((kind, mut cells)) = self.open.take() else { return };
        self.style = Style::default();
        cells.iter_mut().for_each(Prose::trim_end);
        let empty = cells.iter().all(|cell| cell.text.is_empty());
        if empty && kind != Kind::Rule {
            return;
        }
        let new_item = self.new_item.take();
        self.blocks.push(Block { containers: self.containers.clone(), new_item, kind, cells, extra: Vec::new() });
    }
}
