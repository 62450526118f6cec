//! Markdown that was meant and did not take: it is shown with its signs, or run together with the lines around it. Each line of it is told.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};

use crate::features::drafts::checks::language::{line_of, line_starts};
use crate::features::drafts::checks::problem::Problem;
use crate::text::markdown::read_events;

/// The most that are told at once.
const MOST: usize = 20;

/// The remarks on the lines of a text, each line once.
pub(super) fn advice(text: &str) -> Vec<Problem> {
    let starts = line_starts(text);
    let mut told = Told { starts: &starts, problems: Vec::new() };
    let (shown, blocks) = read(text, &mut told);
    for block in blocks {
        check_block(&shown, block, &mut told);
    }
    told.problems.sort_by_key(|problem| problem.line);
    told.problems.dedup_by_key(|problem| problem.line);
    told.problems.truncate(MOST);
    told.problems
}

struct Told<'a> {
    starts: &'a [usize],
    problems: Vec<Problem>,
}

impl Told<'_> {
    fn say(&mut self, offset: usize, message: impl Into<String>) {
        self.problems.push(Problem::at(line_of(self.starts, offset), message));
    }
}

/// A list that is open, or was just before.
#[derive(Clone, Copy)]
struct List {
    /// The column in which the signs of its items stand.
    column: usize,
    first: Option<u64>,
    next: u64,
}

const NEST: &str = "This item does not stand in the one above it. Put as many blanks before it as the words above are in: three under \
                    “1.”, two under “-”.";
const INDENTED: &str =
    "Four blanks at the start of a line show it as code. Take them out, or put the lines between two lines of ```.";

/// The bytes of a text that are shown as they stand, with all others blanked out, and where its paragraphs, headings and list items are.
/// Tells what is wrong with lists and indented lines.
fn read(text: &str, told: &mut Told<'_>) -> (String, Vec<Range<usize>>) {
    let mut shown: Vec<u8> = text.bytes().map(|byte| if byte == b'\n' { byte } else { b' ' }).collect();
    let mut blocks: Vec<Range<usize>> = Vec::new();
    let mut lists: Vec<List> = Vec::new();
    let mut ended: Option<List> = None;
    // Of each open item, which block its own first lines are.
    let mut items: Vec<usize> = Vec::new();
    let mut is_code = false;
    for (event, range) in read_events(text) {
        let before = ended.take();
        match event {
            Event::Text(_) if !is_code => show(&mut shown, text, range),
            Event::Start(Tag::Paragraph | Tag::Heading { .. }) => {
                end_at(&mut blocks, items.last(), range.start);
                blocks.push(range);
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                is_code = true;
                if matches!(kind, CodeBlockKind::Indented) {
                    told.say(range.start, INDENTED);
                }
            }
            Event::End(TagEnd::CodeBlock) => is_code = false,
            Event::Start(Tag::List(first)) => {
                let list = List { column: column(text, range.start), first, next: first.unwrap_or(0) };
                if before.is_some_and(|before| list.column > before.column) {
                    told.say(mark(text, range.start), NEST);
                }
                end_at(&mut blocks, items.last(), range.start);
                lists.push(list);
            }
            Event::End(TagEnd::List(_)) => ended = lists.pop(),
            Event::End(TagEnd::Item) => {
                items.pop();
                ended = before;
            }
            Event::Start(Tag::Item) => {
                if let Some(list) = lists.last_mut() {
                    check_item(text, range.start, list, told);
                }
                // A tight item has no paragraph of its own.
                items.push(blocks.len());
                blocks.push(range);
            }
            _ => {}
        }
    }
    (String::from_utf8(shown).unwrap_or_default(), blocks)
}

/// Ends the own lines of an item where something begins inside it.
fn end_at(blocks: &mut [Range<usize>], item: Option<&usize>, start: usize) {
    if let Some(block) = item.and_then(|item| blocks.get_mut(*item)) {
        block.end = block.end.min(start).max(block.start);
    }
}

/// Lets a stretch of text be seen, but for a sign behind a backslash, which was meant as it stands.
fn show(shown: &mut [u8], text: &str, range: Range<usize>) {
    let is_escaped = text.get(..range.start).is_some_and(|before| before.ends_with('\\'));
    let first = text.get(range.clone()).and_then(|part| part.chars().next()).map_or(0, char::len_utf8);
    let range = range.start.saturating_add(if is_escaped { first } else { 0 })..range.end;
    if let (Some(to), Some(from)) = (shown.get_mut(range.clone()), text.as_bytes().get(range)) {
        to.copy_from_slice(from);
    }
}

/// The place of the sign of a list item that starts at a byte, perhaps behind blanks.
fn mark(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    start.saturating_add(rest.len().saturating_sub(rest.trim_start().len()))
}

fn column(text: &str, start: usize) -> usize {
    let at = mark(text, start);
    let line = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end.saturating_add(1));
    at.saturating_sub(line)
}

fn check_item(text: &str, start: usize, list: &mut List, told: &mut Told<'_>) {
    let at = mark(text, start);
    if column(text, start) > list.column {
        told.say(at, NEST);
    }
    let Some(first) = list.first else { return };
    let digits: String = text.get(at..).unwrap_or_default().chars().take_while(char::is_ascii_digit).collect();
    let written = digits.parse().unwrap_or(list.next);
    // Whoever writes 1. before each item leaves the counting to the list.
    if written != list.next && written != first {
        told.say(
            at,
            format!("This item is shown as number {}, not {written}. A list counts on from its first item.", list.next),
        );
    }
    list.next = list.next.saturating_add(1);
}

/// A beginning of a line that looks like the sign of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Bullet,
    Dash,
    Stuck,
    Letter,
    Number,
}

/// Tells what is shown with its signs in a paragraph, heading or item.
fn check_block(shown: &str, block: Range<usize>, told: &mut Told<'_>) {
    let mut start = block.start;
    let mut lines: Vec<(usize, &str)> = Vec::new();
    for line in shown.get(block).unwrap_or_default().split_inclusive('\n') {
        lines.push((start, line.trim()));
        start = start.saturating_add(line.len());
    }
    let signs: Vec<Option<Sign>> = lines.iter().map(|(_, line)| sign(line)).collect();
    let counts = [Sign::Bullet, Sign::Dash, Sign::Stuck, Sign::Letter, Sign::Number]
        .map(|sign| (sign, signs.iter().filter(|other| **other == Some(sign)).count()));
    let rows = lines.iter().filter(|(_, line)| is_row(line)).count();
    for (at, (offset, line)) in lines.iter().enumerate() {
        if let Some(message) = shown_signs(line) {
            told.say(*offset, message);
        }
        let Some(sign) = signs.get(at).copied().flatten() else {
            if is_row(line) && (rows > 1 || line.starts_with('|')) {
                told.say(*offset, TABLE);
            }
            continue;
        };
        let alike = counts.iter().find(|(known, _)| *known == sign).map_or(0, |(_, count)| *count);
        if sign == Sign::Bullet || alike > 1 || (sign == Sign::Number && at > 0 && line.find(['.', ')']) < Some(3)) {
            told.say(*offset, LIST);
        }
    }
}

const TABLE: &str = "This row is shown with its bars. A table needs a second line of | --- | with as many columns as the first, and an \
                     empty line before it.";
const LIST: &str = "This line is no item of a list: it runs on from the one before. Begin it with “- ” or “1. ”, and leave an empty \
                    line before the list.";

fn is_row(line: &str) -> bool {
    line.starts_with('|') || line.matches('|').count() > 1
}

/// The remark on signs that are shown as they are, if there is one.
fn shown_signs(line: &str) -> Option<&'static str> {
    let is_link = |(_, rest): (&str, &str)| {
        let target = rest.trim_start().to_ascii_lowercase();
        ["http", "mailto:", "tel:", "/", "#", "www."].iter().any(|start| target.starts_with(start))
    };
    if line.contains("~~") {
        Some("~~ strikes nothing out here and is shown. Delete the words that no longer hold.")
    } else if line.split_once("[^").is_some_and(|(_, rest)| rest.contains(']')) {
        Some("A footnote is shown as its signs. Put what it says into the sentence, or behind it in brackets.")
    } else if ["[ ] ", "[x] ", "[X] "].iter().any(|task| line.starts_with(task)) {
        Some("A box to tick is shown as its signs. Delete them.")
    } else if line.starts_with("##") {
        Some("This is shown with its # and is no heading. Put a blank behind them: ## Heading.")
    } else if line.contains("](") || line.split_once("] (").is_some_and(is_link) {
        Some(
            "This link is shown with its signs. Write [words](address) without blanks between, and %20 for a blank in the address.",
        )
    } else if line.contains("**") {
        Some("** is shown here. Bold starts right before a word and ends right behind one: **like this**.")
    } else if line.matches("==").count() > 1 {
        Some("== marks nothing here and is shown. Take it out.")
    } else {
        None
    }
}

fn sign(line: &str) -> Option<Sign> {
    let mut characters = line.chars();
    let first = characters.next()?;
    let rest = characters.as_str();
    let is_apart = rest.starts_with(char::is_whitespace);
    match first {
        '•' | '·' | '◦' | '▪' | '‣' | '●' | '○' | '\u{F0B7}' if is_apart || !rest.is_empty() => {
            Some(Sign::Bullet)
        }
        '–' | '—' if is_apart => Some(Sign::Dash),
        '-' | '*' | '+' if rest.starts_with(char::is_alphabetic) => Some(Sign::Stuck),
        _ => {
            let word = line.split_whitespace().next().unwrap_or_default();
            let inner = word.trim_start_matches('(').trim_end_matches([')', '.']);
            let has_end = word.ends_with(')') || word.ends_with('.');
            let is_number = inner.starts_with(|c: char| c.is_ascii_digit())
                && inner.len() <= 8
                && inner.chars().all(|c| c.is_ascii_digit() || c == '.')
                && (has_end || inner.contains('.'));
            let is_letter = word.ends_with(')')
                && (inner.chars().count() == 1 && inner.chars().all(char::is_alphabetic)
                    || !inner.is_empty() && inner.len() <= 5 && inner.chars().all(|c| "ivxIVX".contains(c)));
            let goes_on = line.len() > word.len();
            match (is_number, is_letter) {
                (true, _) if goes_on => Some(Sign::Number),
                (_, true) if goes_on => Some(Sign::Letter),
                _ => None,
            }
        }
    }
}
