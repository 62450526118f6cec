//! Functions on a finished fragment: they move its headings down or take its words out.

use crate::text::markdown::html::{Piece, attribute, decode, pieces};
use crate::text::markdown::model::NEW_WINDOW;

/// Moves every heading one level down (`h2` to `h3`, …, `h5` to `h6`), for a page where the notice stands under a
/// heading of its own. Takes what [`crate::text::markdown::render`] made.
pub fn deepen(html: &str) -> String {
    let mut deeper = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        deeper.push_str(before);
        deeper.push('<');
        rest = after;
        for (name, deeper_name) in [("h2", "h3"), ("h3", "h4"), ("h4", "h5"), ("h5", "h6")] {
            let (slash, tag) = after.strip_prefix('/').map_or(("", after), |tag| ("/", tag));
            if let Some(end) = tag.strip_prefix(name)
                && end.starts_with(['>', ' '])
            {
                deeper.push_str(slash);
                deeper.push_str(deeper_name);
                rest = end;
                break;
            }
        }
    }
    deeper.push_str(rest);
    deeper
}

/// A fragment without the ids of its headings, for a page that shows several versions of one text.
pub fn without_ids(html: &str) -> String {
    let mut parts = html.split(" id=\"");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.filter_map(|part| part.split_once('"')).fold(first, |plain, (_, rest)| plain + rest)
}

/// The words of a fragment, for search and summaries: a line for each block and table row, spaces between cells, and
/// without the "(opens in a new window)" of links.
pub fn plain_text(html: &str) -> String {
    let mut text = PlainText::default();
    // For each open link, where its text starts, if it leaves the site.
    let mut links: Vec<Option<usize>> = Vec::new();
    let mut preformatted = false;
    for piece in pieces(html) {
        match piece {
            Piece::Text(part) if preformatted => part.split('\n').enumerate().for_each(|(index, line)| {
                if index > 0 {
                    text.end_line();
                }
                text.push_words(&decode(line));
            }),
            Piece::Text(part) => text.push_words(&decode(part)),
            Piece::Open { name: "a", attributes } => {
                links.push((attribute(attributes, "target").is_some()).then_some(text.out.len()));
            }
            Piece::Close { name: "a" } => {
                if let Some(Some(start)) = links.pop() {
                    text.drop_new_window(start);
                }
            }
            Piece::Open { name: "td" | "th", .. } => text.gap = true,
            Piece::Open { name, .. } | Piece::Close { name } => {
                if name == "pre" {
                    preformatted = matches!(piece, Piece::Open { .. });
                }
                if !is_inline(name) {
                    text.end_line();
                }
            }
        }
    }
    text.end_line();
    text.out.pop();
    text.out
}

fn is_inline(name: &str) -> bool {
    matches!(name, "em" | "strong" | "code" | "span" | "ins" | "del" | "td" | "th")
}

#[derive(Default)]
struct PlainText {
    out: String,
    /// White space was seen since the last word.
    gap: bool,
}

impl PlainText {
    fn push_words(&mut self, words: &str) {
        for character in words.chars() {
            if character.is_whitespace() {
                self.gap = true;
                continue;
            }
            if self.gap && !self.out.is_empty() && !self.out.ends_with('\n') {
                self.out.push(' ');
            }
            self.gap = false;
            self.out.push(character);
        }
    }

    fn end_line(&mut self) {
        self.gap = false;
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    fn drop_new_window(&mut self, link_start: usize) {
        let Some(before) = self.out.strip_suffix(NEW_WINDOW) else { return };
        let kept = before.trim_end_matches(' ').len();
        if before.len() >= link_start {
            self.out.truncate(kept.max(link_start));
        }
    }
}
