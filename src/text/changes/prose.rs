//! The inline text of a block: its characters, how they are set, and where its links lead.

use std::ops::Range;

use crate::text::markdown::{NEW_WINDOW, escape};

/// The style of a stretch of text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) emphasis: bool,
    pub(super) strong: bool,
    pub(super) code: bool,
    /// The link it belongs to, as an index of [`Prose::links`].
    pub(super) link: Option<usize>,
}

/// A link's target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) href: String,
    pub(super) new_window: bool,
}

/// Text in which white space is single spaces, and line breaks are `\n`; preformatted text is kept as it is. The
/// "(opens in a new window)" of links is left out: it is furniture, written anew for each link.
#[derive(Clone, Debug, Default)]
pub(super) struct Prose {
    pub(super) text: String,
    /// The ends of the stretches of one style, in bytes.
    spans: Vec<(usize, Style)>,
    pub(super) links: Vec<Link>,
    preformatted: bool,
}

impl Prose {
    pub(super) fn new(preformatted: bool) -> Self {
        Self { preformatted, ..Self::default() }
    }

    /// Appends text, decoded.
    pub(super) fn push(&mut self, text: &str, style: Style) {
        for character in text.chars() {
            let character = if self.preformatted || !character.is_whitespace() { character } else { ' ' };
            if character == ' ' && !self.preformatted && (self.text.is_empty() || self.text.ends_with([' ', '\n'])) {
                continue;
            }
            self.push_character(character, style);
        }
    }

    /// Appends a line break.
    pub(super) fn push_break(&mut self, style: Style) {
        self.trim_end();
        if !self.text.is_empty() {
            self.push_character('\n', style);
        }
    }

    fn push_character(&mut self, character: char, style: Style) {
        self.text.push(character);
        let end = self.text.len();
        match self.spans.last_mut() {
            Some((last_end, last_style)) if *last_style == style => *last_end = end,
            _ => self.spans.push((end, style)),
        }
    }

    /// Drops "(opens in a new window)" from the end of a link whose text began at `start`.
    pub(super) fn drop_new_window(&mut self, start: usize) {
        let kept =
            self.text.get(start..).and_then(|text| text.strip_suffix(NEW_WINDOW)).map(|text| text.trim_end().len());
        if let Some(kept) = kept {
            self.cut(start.saturating_add(kept));
        }
    }

    /// Drops white space from the end, once the text is complete.
    pub(super) fn trim_end(&mut self) {
        if !self.preformatted {
            self.cut(self.text.trim_end_matches([' ', '\n']).len());
        }
    }

    fn cut(&mut self, length: usize) {
        self.text.truncate(length);
        while let Some((_, style)) = self.spans.pop_if(|(end, _)| *end > length) {
            if self.spans.last().map_or(0, |(end, _)| *end) < length {
                self.spans.push((length, style));
            }
        }
    }

    /// The stretches of one style each that make up `range`.
    pub(super) fn stretches(&self, range: Range<usize>) -> impl Iterator<Item = (Range<usize>, Style)> + '_ {
        let first = self.spans.partition_point(|(end, _)| *end <= range.start);
        let mut start = range.start;
        self.spans.iter().skip(first).map_while(move |(end, style)| {
            let stretch = start..range.end.min(*end);
            start = *end;
            (stretch.start < stretch.end).then_some((stretch, *style))
        })
    }

    /// The link that the byte at `offset` belongs to.
    pub(super) fn link_at(&self, offset: usize) -> Option<usize> {
        let index = self.spans.partition_point(|(end, _)| *end <= offset);
        self.spans.get(index).and_then(|(_, style)| style.link)
    }

    /// Writes `range` with its emphasis and code, links apart.
    pub(super) fn write_plain(&self, out: &mut String, range: Range<usize>) {
        for (stretch, style) in self.stretches(range) {
            self.write_stretch(out, stretch, style);
        }
    }

    /// Writes `range` with its links, each whole.
    pub(super) fn write_linked(&self, out: &mut String, range: Range<usize>) {
        let mut open = None;
        for (stretch, style) in self.stretches(range) {
            if open != style.link {
                self.close_link(out, open);
                self.open_link(out, style.link);
                open = style.link;
            }
            self.write_stretch(out, stretch, style);
        }
        self.close_link(out, open);
    }

    pub(super) fn open_link(&self, out: &mut String, link: Option<usize>) {
        let Some(link) = link.and_then(|index| self.links.get(index)) else { return };
        out.push_str("<a href=\"");
        escape(out, &link.href);
        out.push_str(if link.new_window { "\" rel=\"noopener noreferrer\" target=\"_blank\">" } else { "\">" });
    }

    pub(super) fn close_link(&self, out: &mut String, link: Option<usize>) {
        let Some(link) = link.and_then(|index| self.links.get(index)) else { return };
        if link.new_window {
            out.push(' ');
            out.push_str(NEW_WINDOW);
        }
        out.push_str("</a>");
    }

    fn write_stretch(&self, out: &mut String, stretch: Range<usize>, style: Style) {
        let Some(text) = self.text.get(stretch) else { return };
        let tags = [(style.strong, "strong"), (style.emphasis, "em"), (style.code, "code")];
        for (_, tag) in tags.iter().filter(|(on, _)| *on) {
            out.push('<');
            out.push_str(tag);
            out.push('>');
        }
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                out.push_str(if self.preformatted { "\n" } else { "<br>\n" });
            }
            escape(out, line);
        }
        for (_, tag) in tags.iter().rev().filter(|(on, _)| *on) {
            out.push_str("</");
            out.push_str(tag);
            out.push('>');
        }
    }
}
