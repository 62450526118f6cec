//! Placeholders: taken out of a text before it is read as Markdown, put back as plain values after.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::base::characters::find_unfit;
use crate::text::markdown::model::{DEEPEST, MarkdownProblem, TOO_DEEP};

/// Private-use characters that stand around a placeholder's number while Markdown is read: they mean nothing in
/// Markdown and count as part of a word there. A text that holds them itself is refused.
const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';

/// A text without placeholders, and what to put in their place.
pub(super) struct Prepared<'f> {
    text: String,
    /// The start of each line but the first.
    line_starts: Vec<usize>,
    /// The value of each numbered placeholder.
    values: Vec<Value<'f>>,
}

#[derive(Clone, Copy)]
enum Value<'f> {
    Known(&'f str),
    Unknown,
}

impl<'f> Prepared<'f> {
    /// Takes the placeholders out; line numbers stay as they are.
    pub(super) fn new(markdown: &str, facts: &'f BTreeMap<String, String>) -> (Self, Vec<MarkdownProblem>) {
        let source = markdown.strip_prefix('\u{FEFF}').unwrap_or(markdown).replace("\r\n", "\n").replace('\r', "\n");
        let mut problems = Vec::new();
        let mut values = Vec::new();
        let mut too_deep = false;
        let mut text = String::with_capacity(source.len());
        for (index, content) in source.split('\n').enumerate() {
            let line = index.saturating_add(1);
            if index > 0 {
                text.push('\n');
            }
            check_characters(content, line, &mut problems);
            if depth(content) > DEEPEST {
                too_deep = true;
                problems.push(MarkdownProblem { line, message: TOO_DEEP.to_owned() });
            }
            let mut rest = content;
            while let Some((plain, after)) = rest.split_once("{{") {
                text.push_str(plain);
                let Some((name, after)) = name_and_rest(after) else {
                    problems.push(MarkdownProblem {
                        line,
                        message: "A placeholder starts with {{ but does not end well. Write it as {{ name }} on one \
                                  line, with letters, digits and _ in the name; for two braces as such write \\{\\{."
                            .to_owned(),
                    });
                    rest = after;
                    continue;
                };
                let value = facts.get(name).map_or(Value::Unknown, |value| Value::Known(value));
                if matches!(value, Value::Unknown) {
                    problems.push(MarkdownProblem {
                        line,
                        message: format!("No fact is called \"{name}\". Check the spelling, or add the fact first."),
                    });
                }
                text.push(OPEN);
                text.push_str(&values.len().to_string());
                text.push(CLOSE);
                values.push(value);
                rest = after;
            }
            text.push_str(rest);
        }
        if too_deep {
            text.clear();
        }
        let line_starts = text.match_indices('\n').map(|(at, _)| at.saturating_add(1)).collect();
        (Self { text, line_starts, values }, problems)
    }

    /// The text to read as Markdown.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The line, counted from 1, that the byte `offset` of [`Prepared::text`] is on.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset).saturating_add(1)
    }

    /// `text` with the facts' values in it. A value is not looked at again.
    pub(super) fn fill<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !text.contains(OPEN) {
            return Cow::Borrowed(text);
        }
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((plain, after)) = rest.split_once(OPEN) {
            filled.push_str(plain);
            rest = after;
            let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            if let Some((number, after)) = after.split_at_checked(digits)
                && let Some(after) = after.strip_prefix(CLOSE)
                && let Some(value) = self.numbered(number)
            {
                filled.push_str(match value {
                    Value::Known(value) => value,
                    Value::Unknown => "?",
                });
                rest = after;
            }
        }
        filled.push_str(rest);
        Cow::Owned(filled)
    }

    /// Tells whether a placeholder in `text` stands for nothing known, so that no more can be said about the text.
    pub(super) fn has_unknown(&self, text: &str) -> bool {
        text.split(OPEN).skip(1).any(|part| {
            part.split_once(CLOSE).is_some_and(|(number, _)| matches!(self.numbered(number), Some(Value::Unknown)))
        })
    }

    fn numbered(&self, number: &str) -> Option<Value<'f>> {
        self.values.get(number.parse::<usize>().ok()?).copied()
    }
}

/// The facts that a text refers to.
pub fn facts_used(markdown: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    let mut rest = markdown;
    while let Some((_, after)) = rest.split_once("{{") {
        rest = match name_and_rest(after) {
            Some((name, after)) => {
                names.insert(name);
                after
            }
            None => after,
        };
    }
    names
}

/// The facts that what is served of a text depends on: those it refers to, and the website's own name where it links anywhere.
pub fn facts_read(markdown: &str) -> BTreeSet<&str> {
    let mut names = facts_used(markdown);
    if markdown.contains("http") {
        names.insert("website");
    }
    names
}

/// The name at the start of ` name }} rest`, and the rest.
fn name_and_rest(after_braces: &str) -> Option<(&str, &str)> {
    let start = after_braces.trim_start_matches([' ', '\t']);
    let end = start.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(start.len());
    let (name, rest) = start.split_at_checked(end)?;
    let rest = rest.trim_start_matches([' ', '\t']).strip_prefix("}}")?;
    (!name.is_empty()).then_some((name, rest))
}

/// Tells whether a text opens more quotes and lists inside one another than may be: the reader of Markdown would take far too long over it.
pub(super) fn is_too_deep(text: &str) -> bool {
    text.split(['\n', '\r']).any(|line| depth(line) > DEEPEST)
}

/// The number of quotes and list items that a line opens one inside the other.
fn depth(line_text: &str) -> usize {
    // A line of nothing but "- - -" is a rule, not a list.
    if ['-', '*'].iter().any(|mark| line_text.chars().all(|c| c == *mark || c.is_whitespace())) {
        return 0;
    }
    let mut depth = 0_usize;
    let mut rest = line_text.trim_start();
    loop {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let after = if digits > 0 {
            rest.get(digits..).and_then(|number_end| number_end.strip_prefix(['.', ')']))
        } else if let Some(quoted) = rest.strip_prefix('>') {
            rest = quoted.trim_start();
            depth = depth.saturating_add(1);
            continue;
        } else {
            rest.strip_prefix(['-', '*', '+'])
        };
        match after {
            Some(item) if item.starts_with([' ', '\t']) => rest = item.trim_start(),
            _ => return depth,
        }
        depth = depth.saturating_add(1);
    }
}

/// Control characters cannot stand in HTML at all, and others mean nothing to a reader or deceive one.
fn check_characters(line_text: &str, line: usize, problems: &mut Vec<MarkdownProblem>) {
    if let Some(character) = find_unfit(line_text) {
        problems.push(MarkdownProblem {
            line,
            message: format!(
                "The line holds a character that cannot be shown (U+{:04X}). Delete it, or type the line afresh.",
                u32::from(character)
            ),
        });
    }
}
