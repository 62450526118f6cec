//! The outline of a fragment: the headings that stand on its top level, and where it can be cut.

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

/// The text of a page of tasks, cut where other things stand between its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tasks {
    /// The HTML before the list.
    pub before: String,
    /// The first list of the text. What follows the link of a task stands in an element of its own, as its hint.
    pub list: String,
    /// The part after the list, up to the second of its headings.
    pub first: String,
    /// Everything else.
    pub rest: String,
}

/// Cuts a text at its first list of the top level. None where it has no such list.
pub fn tasks(html: &str) -> Option<Tasks> {
    let mut tasks = Tasks::default();
    let mut depth = Depth::default();
    let mut list = ListState::Before;
    let mut headings = 0_usize;
    for piece in pieces(html) {
        let starts_list = matches!(piece, Piece::Open { name: "ul", .. }) && depth.is_top();
        depth.pass(piece);
        match list {
            ListState::Before if starts_list => {
                list = ListState::In(Hint::Before);
                tasks.list.push_str("<ul class=\"tasks\">");
            }
            ListState::Before => write(&mut tasks.before, piece),
            ListState::In(hint) => {
                list = ListState::In(hint.pass(piece, &mut tasks.list));
                write(&mut tasks.list, piece);
                if depth.is_top() && matches!(piece, Piece::Close { name: "ul" }) {
                    list = ListState::After;
                }
            }
            ListState::After => {
                if depth.is_top() && matches!(piece, Piece::Open { name: "h2", .. }) {
                    headings = headings.saturating_add(1);
                }
                write(if headings < 2 { &mut tasks.first } else { &mut tasks.rest }, piece);
            }
        }
    }
    (!tasks.list.is_empty()).then_some(tasks)
}

/// The place of a piece in the text.
#[derive(Clone, Copy)]
enum ListState {
    Before,
    In(Hint),
    After,
}

/// The place of a piece in a task.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hint {
    /// Its link has not ended.
    Before,
    /// Its link has ended.
    Next,
    /// Its hint is open.
    Open,
}

impl Hint {
    /// Opens or closes the hint before a piece is written.
    fn pass(self, piece: Piece<'_>, out: &mut String) -> Self {
        match (self, piece) {
            (Self::Before, Piece::Close { name: "a" }) => Self::Next,
            (Self::Next, Piece::Text(text)) if !text.trim().is_empty() => {
                out.push_str(" <span>");
                Self::Open
            }
            (Self::Open, Piece::Close { name: "p" | "li" } | Piece::Open { name: "ul" | "ol", .. }) => {
                out.push_str("</span>");
                Self::Before
            }
            (_, Piece::Close { name: "li" }) => Self::Before,
            (state, _) => state,
        }
    }
}

/// Cuts a text before its first heading of the top level: what introduces it, and the rest. The rest is empty where it has no heading.
pub fn introduction(html: &str) -> (&str, &str) {
    let mut depth = Depth::default();
    let mut at = 0;
    for piece in pieces(html) {
        depth.pass(piece);
        if depth.is_top() && matches!(piece, Piece::Open { name: "h2", .. }) {
            return html.split_at_checked(at).unwrap_or((html, ""));
        }
        at += length(piece);
    }
    (html, "")
}

/// The length of a piece in bytes of its fragment.
fn length(piece: Piece<'_>) -> usize {
    let mut written = String::new();
    write(&mut written, piece);
    written.len()
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

/// The number of lists, quotes and tables that are open.
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
    fn a_page_of_tasks_is_cut_at_its_list_and_around_the_part_that_follows() {
        let html = "<p>Lead</p>\n<ul>\n<li><a href=\"/a\">One</a> a <em>hint</em></li>\n<li><a href=\"/b\">Two</a></li>\n</ul>\n\
            <h2 id=\"x-101\">Not urgent?</h2>\n<p>Call</p>\n<h2>New</h2>\n<ul>\n<li>More</li>\n</ul>\n";
        let found = tasks(html).unwrap();
        assert_eq!(found.before, "<p>Lead</p>\n");
        let list = "<ul class=\"tasks\">\n<li><a href=\"/a\">One</a> <span> a <em>hint</em></span></li>\n\
            <li><a href=\"/b\">Two</a></li>\n</ul>";
        assert_eq!(found.list, list);
        assert_eq!(found.first, "\n<h2 id=\"x-101\">Not urgent?</h2>\n<p>Call</p>\n");
        assert_eq!(found.rest, "<h2>New</h2>\n<ul>\n<li>More</li>\n</ul>\n");
    }

    #[test]
    fn the_hint_of_a_task_in_a_paragraph_ends_with_it() {
        let found = tasks("<ul>\n<li>\n<p><a href=\"/a\">One</a> hint</p>\n</li>\n</ul>").unwrap();
        assert_eq!(
            found.list,
            "<ul class=\"tasks\">\n<li>\n<p><a href=\"/a\">One</a> <span> hint</span></p>\n</li>\n</ul>"
        );
    }

    #[test]
    fn a_text_without_a_list_is_no_page_of_tasks() {
        assert_eq!(tasks("<p>A</p>\n<ol>\n<li>B</li>\n</ol>\n"), None);
        assert_eq!(tasks("<blockquote>\n<ul>\n<li>B</li>\n</ul>\n</blockquote>\n"), None);
    }

    #[test]
    fn an_introduction_ends_where_the_first_heading_begins() {
        let (before, rest) = introduction(TEXT);
        assert_eq!(before, "<p>Lead &amp; more<br>\nhere</p>\n");
        assert!(rest.starts_with("<h2 id=\"x-one\">"), "{rest}");
        assert_eq!(introduction("<p>A</p>"), ("<p>A</p>", ""));
    }
}
