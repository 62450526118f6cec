//! The outline of a fragment: the headings that stand on its top level, and the parts that they open.

use crate::text::markdown::html::{Piece, attribute, decode, pieces};

/// A heading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heading {
    /// Its id.
    pub id: String,
    /// Its words, plain text.
    pub words: String,
}

/// The `h2` headings of a fragment that stand in no list, quote or table.
pub fn headings(html: &str) -> Vec<Heading> {
    let mut headings = Vec::new();
    let mut depth = Depth::default();
    let mut open: Option<Heading> = None;
    for piece in pieces(html) {
        depth.pass(piece);
        match piece {
            Piece::Open { name: "h2", attributes } if depth.is_top() => {
                open = Some(Heading { id: attribute(attributes, "id").unwrap_or_default(), words: String::new() });
            }
            Piece::Close { name: "h2" } => headings.extend(open.take()),
            Piece::Text(text) => {
                if let Some(heading) = &mut open {
                    heading.words.push_str(&decode(text));
                }
            }
            _ => {}
        }
    }
    headings
}

/// Puts each `h2` of the top level, with what stands under it, in a card of its own. What comes first stays in front. A part
/// that gives 999 as a number to call is marked as urgent.
pub fn cards(html: &str) -> String {
    let mut parts = vec![String::new()];
    let mut depth = Depth::default();
    for piece in pieces(html) {
        depth.pass(piece);
        if depth.is_top() && matches!(piece, Piece::Open { name: "h2", .. }) {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            write(part, piece);
        }
    }
    let mut parts = parts.into_iter();
    let mut out = parts.next().unwrap_or_default();
    if parts.len() == 0 {
        return out;
    }
    out.push_str("<div class=\"cards\">\n");
    for part in parts {
        let urgent = part.contains("href=\"tel:999\"");
        out.push_str(if urgent { "<div class=\"card urgent\">\n" } else { "<div class=\"card\">\n" });
        out.push_str(&part);
        out.push_str("</div>\n");
    }
    out.push_str("</div>\n");
    out
}

fn write(out: &mut String, piece: Piece<'_>) {
    let parts = match piece {
        Piece::Text(text) => [text, "", "", ""],
        Piece::Close { name } => ["</", name, ">", ""],
        Piece::Open { name, attributes: "" } => ["<", name, ">", ""],
        Piece::Open { name, attributes } => {
            out.push('<');
            [name, " ", attributes, ">"]
        }
    };
    for part in parts {
        out.push_str(part);
    }
}

/// How many lists, quotes and tables are open.
#[derive(Default)]
struct Depth(usize);

impl Depth {
    fn pass(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Open { name: "ul" | "ol" | "blockquote" | "div", .. } => self.0 = self.0.saturating_add(1),
            Piece::Close { name: "ul" | "ol" | "blockquote" | "div" } => self.0 = self.0.saturating_sub(1),
            _ => {}
        }
    }

    fn is_top(&self) -> bool {
        self.0 == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "<p>Lead &amp; more<br>\nhere</p>\n<h2 id=\"x-one\">One &amp; <em>only</em></h2>\n<p>A</p>\n\
        <blockquote>\n<h2 id=\"x-quoted\">Quoted</h2>\n</blockquote>\n<h2 id=\"x-two\"><a href=\"/two\">Two</a></h2>\n\
        <p><a href=\"tel:999\">999</a></p>\n";

    #[test]
    fn headings_of_the_top_level_are_found_with_their_words() {
        let found: Vec<(String, String)> =
            headings(TEXT).into_iter().map(|heading| (heading.id, heading.words)).collect();
        assert_eq!(found, [("x-one".into(), "One & only".into()), ("x-two".into(), "Two".into())]);
    }

    #[test]
    fn each_part_gets_a_card_and_nothing_is_lost() {
        let html = cards(TEXT);
        assert!(html.starts_with("<p>Lead &amp; more<br>\nhere</p>\n<div class=\"cards\">\n<div class=\"card\">\n<h2"));
        assert_eq!(html.matches("<div class=\"card").count(), 3);
        assert_eq!(html.matches("card urgent").count(), 1);
        let without: String =
            ["<div class=\"cards\">\n", "<div class=\"card\">\n", "<div class=\"card urgent\">\n", "</div>\n"]
                .iter()
                .fold(html, |html, wrapper| html.replace(wrapper, ""));
        assert_eq!(without, TEXT);
    }

    #[test]
    fn a_text_without_headings_stays_as_it_is() {
        assert_eq!(cards("<p>A</p>\n"), "<p>A</p>\n");
        assert_eq!(cards(""), "");
    }
}
