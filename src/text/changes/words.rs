//! Compares the words of two versions of a block.

use std::collections::BTreeMap;
use std::ops::Range;

use similar::{Algorithm, DiffTag, DiffableStr, capture_diff_slices};

use crate::text::changes::prose::Prose;

/// The most steps that comparing the words of a single block may take, and of all blocks together: see [`most_steps`].
const BLOCK_BUDGET: usize = 4_000_000;
const TOTAL_BUDGET: usize = 20_000_000;

/// The work that is left. When it is used up, blocks are shown as removed and added whole.
pub(super) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(TOTAL_BUDGET)
    }
}

impl Budget {
    fn spend(&mut self, old: usize, new: usize) -> bool {
        let cost = most_steps(old, new);
        if cost > BLOCK_BUDGET || cost > self.0 {
            return false;
        }
        self.0 = self.0.saturating_sub(cost);
        true
    }
}

/// The steps that a comparison of so many things with so many others may take. It goes on until it has passed all that differs, so that
/// one against many costs as much as many against many.
pub(super) fn most_steps(old: usize, new: usize) -> usize {
    let half = old.saturating_add(new) / 2;
    half.saturating_mul(half)
}

/// A stretch of text that stayed, or that was replaced (either side may be empty). Ranges are bytes of each text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) old: Range<usize>,
    pub(super) new: Range<usize>,
    pub(super) same: bool,
}

/// Notes about links whose words stayed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Notes {
    /// After a link of the new text, by its index.
    pub(super) after_link: BTreeMap<usize, String>,
    /// At a byte of the new text.
    pub(super) at: BTreeMap<usize, String>,
}

impl Notes {
    /// Their number.
    pub(super) fn len(&self) -> usize {
        self.after_link.len().saturating_add(self.at.len())
    }
}

/// Two versions of a block's text, compared.
#[derive(Debug)]
pub(super) struct Comparison {
    pub(super) segments: Vec<Segment>,
    pub(super) notes: Notes,
    pub(super) added_words: usize,
    pub(super) removed_words: usize,
}

impl Comparison {
    /// Tells whether the text differs, links apart.
    pub(super) fn changes_text(&self) -> bool {
        self.segments.iter().any(|segment| !segment.same)
    }
}

/// Counts the words of a text.
pub(super) fn count(text: &str) -> usize {
    text.tokenize_unicode_words().into_iter().filter(|token| is_word(token)).count()
}

/// Tells whether a token is a word, not white space or punctuation.
pub(super) fn is_word(token: &str) -> bool {
    token.chars().any(char::is_alphanumeric)
}

/// Compares two versions of a text word by word.
pub(super) fn compare(old: &Prose, new: &Prose, budget: &mut Budget) -> Comparison {
    let segments = merge(segments(&old.text, &new.text, budget), &old.text, &new.text);
    let words = |text: &str, range: &Range<usize>| count(text.get(range.clone()).unwrap_or_default());
    let (mut added_words, mut removed_words) = (0_usize, 0_usize);
    for segment in segments.iter().filter(|segment| !segment.same) {
        added_words = added_words.saturating_add(words(&new.text, &segment.new));
        removed_words = removed_words.saturating_add(words(&old.text, &segment.old));
    }
    let notes = notes(old, new, &segments);
    Comparison { segments, notes, added_words, removed_words }
}

fn segments(old: &str, new: &str, budget: &mut Budget) -> Vec<Segment> {
    if old == new {
        return vec![Segment { old: 0..old.len(), new: 0..new.len(), same: true }];
    }
    let (old_tokens, new_tokens) = (old.tokenize_unicode_words(), new.tokenize_unicode_words());
    let (old_offsets, new_offsets) = (offsets(&old_tokens), offsets(&new_tokens));
    let head = old_tokens.iter().zip(&new_tokens).take_while(|(old, new)| old == new).count();
    let old_rest = old_tokens.get(head..).unwrap_or_default();
    let new_rest = new_tokens.get(head..).unwrap_or_default();
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(old, new)| old == new).count();
    let old_middle = old_rest.get(..old_rest.len().saturating_sub(tail)).unwrap_or_default();
    let new_middle = new_rest.get(..new_rest.len().saturating_sub(tail)).unwrap_or_default();

    // Lengths alone are taken from the parts: an insertion may name a place before the deletion it follows.
    let mut parts = vec![(head, head, true)];
    if budget.spend(old_middle.len(), new_middle.len()) {
        let found = capture_diff_slices(Algorithm::Myers, old_middle, new_middle);
        parts.extend(
            found.iter().map(|part| (part.old_range().len(), part.new_range().len(), part.tag() == DiffTag::Equal)),
        );
    } else {
        parts.push((old_middle.len(), new_middle.len(), false));
    }
    parts.push((tail, tail, true));

    let at = |offsets: &[usize], token: usize| offsets.get(token).copied().unwrap_or_default();
    let (mut old_token, mut new_token) = (0_usize, 0_usize);
    let mut segments = Vec::with_capacity(parts.len());
    for (old_count, new_count, same) in parts.into_iter().filter(|(old, new, _)| old.saturating_add(*new) > 0) {
        let (old_next, new_next) = (old_token.saturating_add(old_count), new_token.saturating_add(new_count));
        segments.push(Segment {
            old: at(&old_offsets, old_token)..at(&old_offsets, old_next),
            new: at(&new_offsets, new_token)..at(&new_offsets, new_next),
            same,
        });
        (old_token, new_token) = (old_next, new_next);
    }
    segments
}

/// The start of each token, and the end of the last.
fn offsets(tokens: &[&str]) -> Vec<usize> {
    let mut offset = 0_usize;
    let mut offsets = vec![0];
    for token in tokens {
        offset = offset.saturating_add(token.len());
        offsets.push(offset);
    }
    offsets
}

/// Joins changes that only white space parts, and all of a text of which little stayed: both read better whole.
fn merge(segments: Vec<Segment>, old: &str, new: &str) -> Vec<Segment> {
    let text = |segment: &Segment| new.get(segment.new.clone()).unwrap_or_default();
    let kept: usize = segments.iter().filter(|segment| segment.same).map(|segment| count(text(segment))).sum();
    let longer = count(old).max(count(new));
    let pieces = segments.iter().filter(|segment| !segment.same).count();
    if pieces > 1 && kept.saturating_mul(10) < longer.saturating_mul(3) {
        return vec![Segment { old: 0..old.len(), new: 0..new.len(), same: false }];
    }
    let mut merged: Vec<Segment> = Vec::with_capacity(segments.len());
    let mut segments = segments.into_iter().peekable();
    while let Some(segment) = segments.next() {
        let joins = match merged.last() {
            Some(last) if !last.same => {
                !segment.same
                    || (text(&segment).trim().is_empty() && segments.peek().is_some_and(|following| !following.same))
            }
            _ => false,
        };
        match merged.last_mut() {
            Some(last) if joins => {
                last.old.end = segment.old.end;
                last.new.end = segment.new.end;
            }
            _ => merged.push(segment),
        }
    }
    merged
}

/// The place in the other text of a link's words.
#[derive(Clone, Default)]
struct Met {
    /// In this link of the other text.
    link: Option<usize>,
    /// Outside any link; up to this byte of the new text.
    plain: Option<usize>,
}

/// Says which words lead elsewhere, no longer or only now lead somewhere.
fn notes(old: &Prose, new: &Prose, segments: &[Segment]) -> Notes {
    if old.links.is_empty() && new.links.is_empty() {
        return Notes::default();
    }
    let mut old_met = vec![Met::default(); old.links.len()];
    let mut new_met = vec![Met::default(); new.links.len()];
    for segment in segments.iter().filter(|segment| segment.same) {
        for (new_part, new_style) in new.stretches(segment.new.clone()) {
            let to_old = |at: usize| at.saturating_sub(segment.new.start).saturating_add(segment.old.start);
            for (old_part, old_style) in old.stretches(to_old(new_part.start)..to_old(new_part.end)) {
                if !old.text.get(old_part.clone()).is_some_and(is_word) {
                    continue;
                }
                let end = old_part.end.saturating_sub(segment.old.start).saturating_add(segment.new.start);
                meet(&mut old_met, old_style.link, new_style.link, end);
                meet(&mut new_met, new_style.link, old_style.link, end);
            }
        }
    }
    let mut notes = Notes::default();
    for (index, (link, met)) in new.links.iter().zip(&new_met).enumerate() {
        let was = met.link.and_then(|index| old.links.get(index));
        let text = match (was, met.plain) {
            (Some(was), _) if was.href != link.href => format!("(link changed from {} to {})", was.href, link.href),
            (None, Some(_)) => format!("(link to {} added)", link.href),
            _ => continue,
        };
        notes.after_link.insert(index, text);
    }
    for (link, met) in old.links.iter().zip(&old_met) {
        if let Met { link: None, plain: Some(end) } = met {
            notes.at.insert(*end, format!("(link to {} removed)", link.href));
        }
    }
    notes
}

fn meet(met: &mut [Met], link: Option<usize>, other: Option<usize>, end: usize) {
    let Some(met) = link.and_then(|index| met.get_mut(index)) else { return };
    match other {
        Some(_) => met.link = met.link.or(other),
        None => met.plain = Some(end),
    }
}
