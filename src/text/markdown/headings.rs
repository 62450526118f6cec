//! Headings: their order (WCAG 1.3.1, technique G141) and their ids.

use std::collections::{BTreeMap, BTreeSet};

use pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};

use crate::text::folding;
use crate::text::markdown::model::{MarkdownProblem, Reading};
use crate::text::markdown::placeholders::Prepared;

/// The longest slug of a heading, in characters.
const LONGEST_SLUG: usize = 60;

/// A heading, ready to be written.
pub(super) struct Heading {
    /// Unique in the notice.
    pub(super) id: String,
    /// The words that a visitor reads.
    pub(super) text: String,
}

/// All headings of a notice.
pub(super) struct Headings {
    /// In their order.
    pub(super) list: Vec<Heading>,
    /// Their ids.
    pub(super) ids: BTreeSet<String>,
}

/// Finds all headings, with what is wrong about them.
pub(super) fn find(
    readings: &[Reading<'_>],
    prepared: &Prepared<'_>,
    notice: &str,
    problems: &mut Vec<MarkdownProblem>,
) -> Headings {
    let mut list = Vec::new();
    let mut ids = Ids::default();
    let mut open: Option<(HeadingLevel, usize, String)> = None;
    let mut above = 1;
    for Reading { event, line } in readings {
        match (event, &mut open) {
            (Event::Start(Tag::Heading { level, .. }), _) => open = Some((*level, *line, String::new())),
            (Event::Text(part) | Event::Code(part), Some((_, _, text))) => text.push_str(&prepared.fill(part)),
            (Event::SoftBreak | Event::HardBreak, Some((_, _, text))) => text.push(' '),
            (Event::End(TagEnd::Heading(_)), _) => {
                let Some((level, line, text)) = open.take() else { continue };
                let level = level as usize;
                if let Some(message) = complaint(level, above, &text) {
                    problems.push(MarkdownProblem { line, message });
                }
                above = level;
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                list.push(Heading { id: ids.take(&format!("{notice}-{}", slug(&text))), text });
            }
            _ => {}
        }
    }
    Headings { list, ids: ids.taken }
}

/// The problem of a heading of this level that follows one of level `above`.
fn complaint(level: usize, above: usize, text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return Some("A heading has no words. Write some after the #, or delete it.".to_owned());
    }
    match level {
        1 => Some("The notice's title is its only heading of level 1. Start this heading with ## instead.".to_owned()),
        6 => Some("Headings go down to level 5 (#####). Use a higher level.".to_owned()),
        _ if level > above.saturating_add(1) => {
            let wanted = above.saturating_add(1);
            Some(format!(
                "This heading is of level {level} but the one above it is of level {above}. Start it with {} so that \
                 no level is skipped.",
                "#".repeat(wanted)
            ))
        }
        _ => None,
    }
}

/// The words of a heading as part of an address.
pub(super) fn slug(text: &str) -> String {
    let slug = folding::slug(text, LONGEST_SLUG);
    if slug.is_empty() { "section".to_owned() } else { slug }
}

/// Gives each id out once: the second `a` is `a-2`.
#[derive(Default)]
struct Ids {
    taken: BTreeSet<String>,
    next: BTreeMap<String, usize>,
}

impl Ids {
    fn take(&mut self, wanted: &str) -> String {
        let mut id = wanted.to_owned();
        let next = self.next.entry(wanted.to_owned()).or_insert(2);
        while !self.taken.insert(id.clone()) {
            id = format!("{wanted}-{next}");
            *next = next.saturating_add(1);
        }
        id
    }
}
