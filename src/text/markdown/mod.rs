//! Markdown in, the served HTML fragment of a notice out.
//!
//! The language is `CommonMark` 0.31 with the tables of GitHub's dialect. What a public notice must not hold (raw HTML,
//! images, a link to anywhere but `http`, `https`, `mailto`, `tel`, a local path or a fragment) is refused with the line
//! it stands on, never quietly dropped or shown as source: whoever writes a notice learns of it before the public does.
//!
//! Placeholders such as `{{ force_name }}` mean the same everywhere: in text, in code, in link texts and link targets.
//! They leave the text before it is read as Markdown and their values enter it afterwards, so a value is never read as
//! Markdown, as HTML or as a placeholder. Who wants two braces on the page writes `\{\{`.
//!
//! Everything here is pure: same text, notice and facts, same bytes.

use std::collections::BTreeMap;
use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TextMergeWithOffset};

mod headings;
mod html;
mod links;
mod model;
mod outline;
mod placeholders;
#[cfg(test)]
mod tests;
mod text;
mod unread;
mod writer;

pub(crate) use crate::text::markdown::html::{Piece, attribute, decode, escape, ids, pieces};
pub(crate) use crate::text::markdown::model::NEW_WINDOW;
pub use crate::text::markdown::model::{LONGEST_FRAGMENT, MarkdownProblem};
pub use crate::text::markdown::outline::{Heading, Tasks, headings, introduction, tasks};
pub use crate::text::markdown::placeholders::{facts_read, facts_used};
pub use crate::text::markdown::text::{deepen, plain_text, without_ids};

use crate::text::markdown::model::{DEEPEST, MOST_PROBLEMS, Reading, TOO_DEEP};
use crate::text::markdown::placeholders::Prepared;
use crate::text::markdown::unread::Unread;

/// The longest Markdown text that [`render`] takes, in bytes.
pub const LONGEST_TEXT: usize = 200 * 1024;

/// The most columns that a table may have: nobody reads more on a phone.
const WIDEST_TABLE: usize = 12;

/// Renders the Markdown `markdown` of the notice `notice` into the HTML fragment that is served and kept.
///
/// `facts` holds what placeholders stand for. Headings get the id `{notice}-{words-of-the-heading}`; a link to `#words`
/// finds such a heading of the same notice, and any other fragment stays as it is. A link to the force's own site (the
/// fact `website`) is local, one to a helpline or an emergency service stays in the tab; every other `http(s)` link opens a new
/// window and says so. Errors: all problems found, in the order of their lines (at most 50).
pub fn render(markdown: &str, notice: &str, facts: &BTreeMap<String, String>) -> Result<String, Vec<MarkdownProblem>> {
    match preview(markdown, notice, facts) {
        (Some(fragment), problems) if problems.is_empty() => Ok(fragment),
        (_, problems) => Err(problems),
    }
}

/// Like [`render`], but makes of a text as much as can be shown, to be looked at while it is written, and finds all problems. There is no
/// fragment of a text that is too long or too deep.
pub fn preview(
    markdown: &str,
    notice: &str,
    facts: &BTreeMap<String, String>,
) -> (Option<String>, Vec<MarkdownProblem>) {
    if markdown.len() > LONGEST_TEXT {
        let message = format!(
            "The text has {} bytes; the most that can be published is {LONGEST_TEXT}. Split it into several notices.",
            markdown.len()
        );
        return (None, vec![MarkdownProblem { line: 1, message }]);
    }
    let (prepared, mut problems) = Prepared::new(markdown, facts);
    let mut fragment = None;
    match read(&prepared, &mut problems) {
        Err(problem) => problems.push(problem),
        Ok(readings) => {
            let headings = headings::find(&readings, &prepared, notice, &mut problems);
            let mut writer = writer::Writer::new(notice, facts, &prepared, &headings, &mut problems);
            let is_whole = readings.iter().all(|reading| {
                writer.event(reading);
                !writer.is_full()
            });
            let written = writer.finish();
            fragment = is_whole.then_some(written);
        }
    }
    problems.sort();
    problems.dedup();
    problems.truncate(MOST_PROBLEMS);
    (fragment, problems)
}

/// Reads the Markdown of a text as it was written, with the place of each event; nothing in a text that is too deep for it.
pub(crate) fn read_events(markdown: &str) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
    let text = if placeholders::is_too_deep(markdown) { "" } else { markdown };
    Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter()
}

/// Reads all events, text in one piece where the reader cuts it at special characters. Stops at what would make the
/// fragment grow out of proportion to the text. Words that no event has are told as problems.
fn read<'a>(
    prepared: &'a Prepared<'_>,
    problems: &mut Vec<MarkdownProblem>,
) -> Result<Vec<Reading<'a>>, MarkdownProblem> {
    let events = Parser::new_ext(prepared.text(), Options::ENABLE_TABLES).into_offset_iter();
    let mut readings = Vec::new();
    let mut depth = 0_usize;
    let mut unread = Unread::new(prepared.text());
    for (event, range) in TextMergeWithOffset::new(events) {
        let line = prepared.line(range.start);
        unread.event(&event, &range);
        match &event {
            Event::Start(Tag::Table(columns)) if columns.len() > WIDEST_TABLE => {
                return Err(MarkdownProblem {
                    line,
                    message: format!(
                        "A table has {} columns; the most is {WIDEST_TABLE}. Use a list or several tables.",
                        columns.len()
                    ),
                });
            }
            Event::Start(_) => depth = depth.saturating_add(1),
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(MarkdownProblem { line, message: TOO_DEEP.to_owned() });
        }
        readings.push(Reading { event, line });
    }
    let dropped = unread.finish();
    problems.extend(
        dropped
            .into_iter()
            .map(|(offset, message)| MarkdownProblem { line: prepared.line(offset), message: message.to_owned() }),
    );
    Ok(readings)
}
