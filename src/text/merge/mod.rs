//! A three-way merge of two texts that began with the same one, paragraph by paragraph.
//!
//! A heading, an item of a list and a row of a table count as paragraphs. Where both texts changed different paragraphs, the merge has
//! both changes; where they changed the same one, or put something in at the same place, a person has to choose. Pure, and bounded: long
//! stretches that share nothing are a single choice instead of a long comparison.

#[cfg(test)]
mod tests;

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// The most steps that comparing two stretches may take; beyond it all of the stretch counts as changed.
const MOST_STEPS: usize = 4_000_000;

/// A stretch of the merge, as each of the three texts has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Who changed it.
    pub change: Change,
    /// The text that both began with; empty for something put in.
    pub base: String,
    /// One text; empty for something taken away.
    pub mine: String,
    /// The other text.
    pub theirs: String,
}

/// Who changed a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nobody.
    None,
    /// One of the two.
    Mine,
    /// The other one.
    Theirs,
    /// Both, in the same way.
    Same,
    /// Both, each in a way of their own.
    Conflict,
}

/// What a person chose where both changed the same paragraph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Their own.
    Mine,
    /// The other one's.
    Theirs,
    /// Both, the other one's first.
    Both,
}

/// A paragraph, with the line breaks that stand before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Paragraph<'a> {
    gap: &'a str,
    text: &'a str,
}

/// Merges two texts that both began with `base`.
pub fn merge(base: &str, mine: &str, theirs: &str) -> Vec<Part> {
    let [base, mine, theirs] = [base, mine, theirs].map(paragraphs);
    let groups = group(edits(&base, &mine), edits(&base, &theirs));
    let mut parts = Vec::new();
    let mut done = 0_usize;
    for group in groups {
        push(&mut parts, [slice(&base, &(done..group.base.start)); 3]);
        let sides = [slice(&base, &group.base), slice(&mine, &group.mine), slice(&theirs, &group.theirs)];
        push(&mut parts, sides);
        done = group.base.end;
    }
    push(&mut parts, [slice(&base, &(done..base.len())); 3]);
    parts
}

/// The text that both texts share, for two whose beginning is not known: what only one of them has then counts as put in.
pub fn common(mine: &str, theirs: &str) -> String {
    let (one, other) = (paragraphs(mine), paragraphs(theirs));
    let mut shared: Vec<Paragraph<'_>> = Vec::new();
    let mut done = 0_usize;
    for edit in edits(&one, &other) {
        shared.extend(slice(&one, &(done..edit.base.start)));
        done = edit.base.end;
    }
    shared.extend(slice(&one, &(done..one.len())));
    joined(&shared)
}

/// The merged text, with the choice for each conflict; none where one is missing.
pub fn resolve(parts: &[Part], choose: impl Fn(&Part) -> Option<Choice>) -> Option<String> {
    let mut merged = String::new();
    for part in parts {
        let pieces = match part.change {
            Change::None | Change::Mine | Change::Same => [part.mine.as_str(), ""],
            Change::Theirs => [part.theirs.as_str(), ""],
            Change::Conflict => match choose(part)? {
                Choice::Mine => [part.mine.as_str(), ""],
                Choice::Theirs => [part.theirs.as_str(), ""],
                Choice::Both => [part.theirs.as_str(), part.mine.as_str()],
            },
        };
        for piece in pieces {
            merged.push_str(if merged.is_empty() { piece.trim_start_matches('\n') } else { piece });
        }
    }
    Some(merged)
}

fn push(parts: &mut Vec<Part>, sides: [&[Paragraph<'_>]; 3]) {
    let [base, mine, theirs] = sides.map(joined);
    if base.is_empty() && mine.is_empty() && theirs.is_empty() {
        return;
    }
    let change = match (mine == base, theirs == base) {
        (true, true) => Change::None,
        (false, true) => Change::Mine,
        (true, false) => Change::Theirs,
        (false, false) if mine == theirs => Change::Same,
        (false, false) => Change::Conflict,
    };
    parts.push(Part { change, base, mine, theirs });
}

fn joined(paragraphs: &[Paragraph<'_>]) -> String {
    paragraphs.iter().flat_map(|paragraph| [paragraph.gap, paragraph.text]).collect()
}

/// The paragraphs of a text. The first has an empty line before it like any other, so that it stays the same where one is put before it.
fn paragraphs(text: &str) -> Vec<Paragraph<'_>> {
    let mut found: Vec<Paragraph<'_>> = Vec::new();
    // Where the paragraph at hand begins, where it ends, and where the one before it ended.
    let mut open: Option<(usize, usize)> = None;
    let mut before = 0_usize;
    let mut at = 0_usize;
    let cut = |range: Range<usize>| text.get(range).unwrap_or_default();
    let mut close = |open: &mut Option<(usize, usize)>, before: &mut usize| {
        if let Some((start, end)) = open.take() {
            let gap = if found.is_empty() { "\n\n" } else { cut(*before..start) };
            found.push(Paragraph { gap, text: cut(start..end) });
            *before = end;
        }
    };
    for line in text.split_inclusive('\n') {
        let end = at.saturating_add(line.trim_end_matches('\n').len());
        if line.trim().is_empty() {
            close(&mut open, &mut before);
        } else if begins_paragraph(line) || open.is_none() {
            close(&mut open, &mut before);
            open = Some((at, end));
        } else if let Some((_, last)) = &mut open {
            *last = end;
        }
        at = at.saturating_add(line.len());
    }
    close(&mut open, &mut before);
    found
}

/// Whether a line begins a paragraph although none ended before it.
fn begins_paragraph(line: &str) -> bool {
    let line = line.trim_start();
    let numbered = line.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let is_numbered = numbered.len() < line.len() && (numbered.starts_with(". ") || numbered.starts_with(") "));
    is_numbered || ["- ", "* ", "+ ", "#", "|"].iter().any(|mark| line.starts_with(mark))
}

/// A change of some paragraphs of the base (none for what is put in) into some paragraphs of another text.
#[derive(Clone, Debug)]
struct Edit {
    base: Range<usize>,
    new: Range<usize>,
}

impl Edit {
    /// Whether two changes touch the same paragraph or put something in at the same place.
    fn meets(&self, other: &Self) -> bool {
        let overlap = self.base.start < other.base.end && other.base.start < self.base.end;
        let touches = self.base.start <= other.base.end && other.base.start <= self.base.end;
        // What is put in beside a paragraph that the other one changed into more could stand before or after it.
        let grows = |edit: &Self| edit.new.len() > edit.base.len();
        overlap || (touches && grows(self) && grows(other))
    }
}

/// The changes that make `new` of `base`, first to last.
fn edits(base: &[Paragraph<'_>], new: &[Paragraph<'_>]) -> Vec<Edit> {
    let head = base.iter().zip(new).take_while(|(one, other)| one == other).count();
    let (old_rest, new_rest) = (slice(base, &(head..base.len())), slice(new, &(head..new.len())));
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(one, other)| one == other).count();
    let old_middle = slice(old_rest, &(0..old_rest.len().saturating_sub(tail)));
    let new_middle = slice(new_rest, &(0..new_rest.len().saturating_sub(tail)));
    let half = old_middle.len().saturating_add(new_middle.len()) / 2;
    let ops = if half.saturating_mul(half) > MOST_STEPS {
        vec![DiffOp::Replace { old_index: 0, old_len: old_middle.len(), new_index: 0, new_len: new_middle.len() }]
    } else {
        capture_diff_slices(Algorithm::Myers, old_middle, new_middle)
    };
    let mut found = Vec::new();
    let (mut old_at, mut new_at) = (head, head);
    // Lengths alone are taken from the parts: an insertion may name a place before the deletion it follows.
    let (mut old_start, mut new_start) = (head, head);
    for op in ops {
        let (old, new) = (op.old_range().len(), op.new_range().len());
        if matches!(op, DiffOp::Equal { .. }) {
            push_edit(&mut found, old_start..old_at, new_start..new_at);
            (old_start, new_start) = (old_at.saturating_add(old), new_at.saturating_add(new));
        }
        (old_at, new_at) = (old_at.saturating_add(old), new_at.saturating_add(new));
    }
    push_edit(&mut found, old_start..old_at, new_start..new_at);
    found
}

/// Adds a change. Where it replaces as many paragraphs as there were, it is one for each, so that the other text may have changed the
/// next.
fn push_edit(edits: &mut Vec<Edit>, base: Range<usize>, new: Range<usize>) {
    if base.len() == new.len() {
        let one = |at: usize| at..at.saturating_add(1);
        edits.extend(base.zip(new).map(|(old, new)| Edit { base: one(old), new: one(new) }));
    } else {
        edits.push(Edit { base, new });
    }
}

/// Changes of both texts that meet, as the ranges that they cover.
#[derive(Debug)]
struct Group {
    base: Range<usize>,
    mine: Range<usize>,
    theirs: Range<usize>,
}

/// Brings the changes of both sides together where they meet.
fn group(mine: Vec<Edit>, theirs: Vec<Edit>) -> Vec<Group> {
    let mut all: Vec<(bool, Edit)> = mine.into_iter().map(|edit| (true, edit)).collect();
    all.extend(theirs.into_iter().map(|edit| (false, edit)));
    all.sort_by_key(|(is_mine, edit)| (edit.base.start, edit.base.end, !is_mine));
    // How far each side is away from the base: paragraphs before here that it has more or less.
    let (mut mine_at, mut theirs_at, mut base_at) = (0_usize, 0_usize, 0_usize);
    let mut groups = Vec::new();
    let mut rest = all.into_iter().peekable();
    while let Some(first) = rest.next() {
        let mut members = vec![first];
        while let Some(next) =
            rest.next_if(|(is_mine, next)| members.iter().any(|(side, edit)| side != is_mine && edit.meets(next)))
        {
            members.push(next);
        }
        let start = members.iter().map(|(_, edit)| edit.base.start).min().unwrap_or(base_at);
        let end = members.iter().map(|(_, edit)| edit.base.end).max().unwrap_or(base_at);
        let unchanged = start.saturating_sub(base_at);
        let side = |at: usize, is_mine: bool| {
            let own = members.iter().filter(|(side, _)| *side == is_mine);
            let (old, new) = own.fold((0_usize, 0_usize), |(old, new), (_, edit)| {
                (old.saturating_add(edit.base.len()), new.saturating_add(edit.new.len()))
            });
            let from = at.saturating_add(unchanged);
            let length = end.saturating_sub(start).saturating_sub(old).saturating_add(new);
            from..from.saturating_add(length)
        };
        let (own, others) = (side(mine_at, true), side(theirs_at, false));
        (mine_at, theirs_at, base_at) = (own.end, others.end, end);
        groups.push(Group { base: start..end, mine: own, theirs: others });
    }
    groups
}

fn slice<'a, T>(all: &'a [T], range: &Range<usize>) -> &'a [T] {
    all.get(range.clone()).unwrap_or_default()
}
