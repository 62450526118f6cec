//! Finds for each block of one fragment its counterpart in the other.
//!
//! Equal blocks that occur once on each side are anchors (the longest run of them in the same order, as in Bram Cohen's
//! patience diff). Between anchors equal blocks are matched in order, and what is left is paired by likeness. Every
//! quadratic step has a cap, beyond which a linear one takes its place.

use std::collections::BTreeMap;
use std::ops::Range;

use similar::{Algorithm, DiffTag, DiffableStr, capture_diff_slices};

use crate::text::changes::blocks::{Block, Class};
use crate::text::changes::words::{is_word, most_steps};

/// The most steps that comparing a gap between anchors block by block may take.
const GAP_CAP: usize = 250_000;
/// The largest gap in which each block is weighed against each.
const PAIR_CAP: usize = 10_000;
/// The distance ahead in which a block is looked for in a larger gap.
const WINDOW: usize = 12;
/// Into how many parts a block may have been split.
const MOST_PARTS: usize = 20;
/// The share of common words, in a thousand, from which two blocks are versions of one another.
const LIKENESS: usize = 400;

/// A step through both fragments at once.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'a> {
    /// Only in the earlier one.
    Removed(&'a Block),
    /// Only in the later one.
    Added(&'a Block),
    /// Two versions, perhaps equal.
    Paired(&'a Block, &'a Block),
    /// One block that was split, or several that were joined, with the same words.
    Regrouped(&'a [Block], &'a [Block]),
}

/// All blocks of both fragments, each once and in its order.
pub(super) fn align<'a>(old: &'a [Block], new: &'a [Block]) -> Vec<Step<'a>> {
    let mut keys = BTreeMap::new();
    let old_keys: Vec<usize> = old.iter().map(|block| key(&mut keys, block)).collect();
    let new_keys: Vec<usize> = new.iter().map(|block| key(&mut keys, block)).collect();
    let mut pairs = Vec::new();
    let mut start = (0, 0);
    let anchors = anchors(&old_keys, &new_keys, keys.len());
    for (i, j) in anchors.into_iter().chain([(old.len(), new.len())]) {
        match_equal(&old_keys, &new_keys, start.0..i, start.1..j, &mut pairs);
        pairs.push((i, j));
        start = (i.saturating_add(1), j.saturating_add(1));
    }

    let mut steps = Vec::with_capacity(old.len().saturating_add(new.len()));
    let mut words = Words::default();
    let mut start = (0, 0);
    for (i, j) in pairs {
        let (old_gap, new_gap) = (slice(old, start.0..i), slice(new, start.1..j));
        let mut inner = (0, 0);
        for (olds, news) in regrouped(old_gap, new_gap) {
            let (before, now) = (slice(old_gap, inner.0..olds.start), slice(new_gap, inner.1..news.start));
            step_alike(&mut words, before, now, &mut steps);
            inner = (olds.end, news.end);
            steps.push(Step::Regrouped(slice(old_gap, olds), slice(new_gap, news)));
        }
        let (before, now) = (slice(old_gap, inner.0..old_gap.len()), slice(new_gap, inner.1..new_gap.len()));
        step_alike(&mut words, before, now, &mut steps);
        if let (Some(old), Some(new)) = (old.get(i), new.get(j)) {
            steps.push(Step::Paired(old, new));
        }
        start = (i.saturating_add(1), j.saturating_add(1));
    }
    steps
}

/// The steps through a gap, in which blocks are paired by likeness.
fn step_alike<'a>(words: &mut Words<'a>, old: &'a [Block], new: &'a [Block], steps: &mut Vec<Step<'a>>) {
    let mut start = (0, 0);
    let likes = pair_alike(words, old, new);
    for (i, j) in likes.into_iter().chain([(old.len(), new.len())]) {
        steps.extend(slice(old, start.0..i).iter().map(Step::Removed));
        steps.extend(slice(new, start.1..j).iter().map(Step::Added));
        if let (Some(old), Some(new)) = (old.get(i), new.get(j)) {
            steps.push(Step::Paired(old, new));
        }
        start = (i.saturating_add(1), j.saturating_add(1));
    }
}

/// Blocks of a gap that were split or joined and kept their words: one on one side, several on the other, in order.
fn regrouped(old: &[Block], new: &[Block]) -> Vec<(Range<usize>, Range<usize>)> {
    let mut groups: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    let (mut i, mut next) = (0_usize, 0_usize);
    while let Some(block) = old.get(i) {
        let ahead = new.iter().enumerate().skip(next).take(WINDOW);
        let mut found = ahead.filter_map(|(j, other)| {
            let split = parts_of(block, new.get(j..).unwrap_or_default());
            let joined = || parts_of(other, old.get(i..).unwrap_or_default());
            let one = |at: usize| at..at.saturating_add(1);
            split
                .map(|count| (one(i), j..j.saturating_add(count)))
                .or_else(|| joined().map(|count| (i..i.saturating_add(count), one(j))))
        });
        match found.next() {
            Some(group) => {
                (i, next) = (group.0.end, group.1.end);
                groups.push(group);
            }
            None => i = i.saturating_add(1),
        }
    }
    groups
}

/// Counts how many of some blocks, from the first on and two at least, hold together the words and the links of one.
fn parts_of(whole: &Block, parts: &[Block]) -> Option<usize> {
    let whole = whole.cells.first().filter(|_| whole.is_running_text())?;
    let (mut rest, mut links) = (whole.text.as_str(), whole.links.as_slice());
    for (at, part) in parts.iter().take(MOST_PARTS).enumerate() {
        let prose = part.cells.first().filter(|_| part.is_running_text())?;
        let behind = rest.strip_prefix(prose.text.as_str())?;
        links = links.strip_prefix(prose.links.as_slice())?;
        rest = behind.trim_start();
        if rest.is_empty() {
            return (at > 0 && links.is_empty()).then_some(at.saturating_add(1));
        }
        if rest.len() == behind.len() {
            // In the middle of a word.
            return None;
        }
    }
    None
}

fn slice<T>(all: &[T], range: Range<usize>) -> &[T] {
    all.get(range).unwrap_or_default()
}

/// A number for a block that equal blocks share: same class, same words.
fn key<'a>(keys: &mut BTreeMap<(Class, Vec<&'a str>), usize>, block: &'a Block) -> usize {
    let next = keys.len();
    let texts = block.cells.iter().map(|cell| cell.text.as_str()).collect();
    *keys.entry((block.class(), texts)).or_insert(next)
}

/// The longest run of pairs, in order on both sides, of blocks that occur once on each side.
fn anchors(old: &[usize], new: &[usize], keys: usize) -> Vec<(usize, usize)> {
    let (old_places, new_places) = (single_places(old, keys), single_places(new, keys));
    let candidates: Vec<(usize, usize)> =
        old.iter().filter_map(|key| Some(((*old_places.get(*key)?)?, (*new_places.get(*key)?)?))).collect();
    // Longest increasing run of the second numbers: for each length, the candidate that ends it lowest.
    let mut ends: Vec<(usize, usize)> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(candidates.len());
    for (index, (_, j)) in candidates.iter().enumerate() {
        let length = ends.partition_point(|(end, _)| end < j);
        before.push(length.checked_sub(1).and_then(|shorter| ends.get(shorter)).map(|(_, index)| *index));
        match ends.get_mut(length) {
            Some(end) => *end = (*j, index),
            None => ends.push((*j, index)),
        }
    }
    let mut run = Vec::with_capacity(ends.len());
    let mut at = ends.last().map(|(_, index)| *index);
    while let Some(index) = at {
        run.extend(candidates.get(index));
        at = before.get(index).copied().flatten();
    }
    run.reverse();
    run
}

/// For each key, its place if it has just one.
fn single_places(keys: &[usize], count: usize) -> Vec<Option<usize>> {
    let mut places = vec![None; count];
    let mut seen = vec![false; count];
    for (place, key) in keys.iter().enumerate() {
        if let (Some(slot), Some(seen)) = (places.get_mut(*key), seen.get_mut(*key)) {
            *slot = if *seen { None } else { Some(place) };
            *seen = true;
        }
    }
    places
}

/// Appends the pairs of equal blocks in a gap.
fn match_equal(old: &[usize], new: &[usize], i: Range<usize>, j: Range<usize>, pairs: &mut Vec<(usize, usize)>) {
    let (old_gap, new_gap) = (slice(old, i.clone()), slice(new, j.clone()));
    let head = old_gap.iter().zip(new_gap).take_while(|(old, new)| old == new).count();
    let (old_rest, new_rest) = (slice(old_gap, head..old_gap.len()), slice(new_gap, head..new_gap.len()));
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(old, new)| old == new).count();
    pairs.extend((0..head).map(|step| (i.start.saturating_add(step), j.start.saturating_add(step))));

    let old_middle = slice(old_rest, 0..old_rest.len().saturating_sub(tail));
    let new_middle = slice(new_rest, 0..new_rest.len().saturating_sub(tail));
    let both = !old_middle.is_empty() && !new_middle.is_empty();
    if both && most_steps(old_middle.len(), new_middle.len()) <= GAP_CAP {
        let (mut old_at, mut new_at) = (i.start.saturating_add(head), j.start.saturating_add(head));
        for part in capture_diff_slices(Algorithm::Myers, old_middle, new_middle) {
            let (old_count, new_count) = (part.old_range().len(), part.new_range().len());
            if part.tag() == DiffTag::Equal {
                pairs.extend((0..old_count).map(|step| (old_at.saturating_add(step), new_at.saturating_add(step))));
            }
            (old_at, new_at) = (old_at.saturating_add(old_count), new_at.saturating_add(new_count));
        }
    }
    pairs.extend((1..=tail).rev().map(|step| (i.end.saturating_sub(step), j.end.saturating_sub(step))));
}

/// The words of blocks as sorted numbers.
#[derive(Default)]
struct Words<'a>(BTreeMap<&'a str, usize>);

impl<'a> Words<'a> {
    fn of(&mut self, block: &'a Block) -> Vec<usize> {
        let tokens = block.cells.iter().flat_map(|cell| cell.text.tokenize_unicode_words());
        let mut words: Vec<usize> = tokens
            .filter(|token| is_word(token))
            .map(|token| {
                let next = self.0.len();
                *self.0.entry(token).or_insert(next)
            })
            .collect();
        words.sort_unstable();
        words
    }
}

/// Pairs blocks of a gap by likeness, in order.
fn pair_alike<'a>(words: &mut Words<'a>, old: &'a [Block], new: &'a [Block]) -> Vec<(usize, usize)> {
    if old.is_empty() || new.is_empty() {
        return Vec::new();
    }
    let old: Vec<(Class, Vec<usize>)> = old.iter().map(|block| (block.class(), words.of(block))).collect();
    let new: Vec<(Class, Vec<usize>)> = new.iter().map(|block| (block.class(), words.of(block))).collect();
    if old.len().saturating_mul(new.len()) > PAIR_CAP {
        return pair_nearby(&old, &new);
    }
    // The best total likeness of the blocks from (i, j) on, row by row from the end.
    let width = new.len().saturating_add(1);
    let mut best = vec![0_usize; old.len().saturating_add(1).saturating_mul(width)];
    let place = |i: usize, j: usize| i.saturating_mul(width).saturating_add(j);
    let mut likes = vec![0_usize; best.len()];
    for (i, old) in old.iter().enumerate().rev() {
        for (j, new) in new.iter().enumerate().rev() {
            let like = likeness(old, new);
            let at = |i: usize, j: usize| best.get(place(i, j)).copied().unwrap_or_default();
            let (below, right) = (at(i.saturating_add(1), j), at(i, j.saturating_add(1)));
            let paired = if like > 0 { at(i.saturating_add(1), j.saturating_add(1)).saturating_add(like) } else { 0 };
            let total = below.max(right).max(paired);
            if let Some(slot) = best.get_mut(place(i, j)) {
                *slot = total;
            }
            if let Some(slot) = likes.get_mut(place(i, j)) {
                *slot = like;
            }
        }
    }
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < old.len() && j < new.len() {
        let at = |i: usize, j: usize| best.get(place(i, j)).copied().unwrap_or_default();
        let like = likes.get(place(i, j)).copied().unwrap_or_default();
        let (next_i, next_j) = (i.saturating_add(1), j.saturating_add(1));
        if like > 0 && at(i, j) == at(next_i, next_j).saturating_add(like) {
            pairs.push((i, j));
            (i, j) = (next_i, next_j);
        } else if at(i, j) == at(next_i, j) {
            i = next_i;
        } else {
            j = next_j;
        }
    }
    pairs
}

/// Pairs each block with the likest of the next few.
fn pair_nearby(old: &[(Class, Vec<usize>)], new: &[(Class, Vec<usize>)]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let mut next = 0_usize;
    for (i, old) in old.iter().enumerate() {
        let ahead = new.iter().enumerate().skip(next).take(WINDOW);
        // The first of equals, so that as little as possible is passed over.
        let likest =
            ahead.map(|(j, new)| (likeness(old, new), j)).max_by(|(one, i), (other, j)| one.cmp(other).then(j.cmp(i)));
        if let Some((like, j)) = likest
            && like > 0
        {
            pairs.push((i, j));
            next = j.saturating_add(1);
        }
    }
    pairs
}

/// The likeness of two blocks, in thousandths; 0 if they are no versions of one another.
fn likeness((old_class, old): &(Class, Vec<usize>), (new_class, new): &(Class, Vec<usize>)) -> usize {
    let total = old.len().saturating_add(new.len());
    let shorter = old.len().min(new.len());
    if old_class != new_class || shorter.saturating_mul(2000) < total.saturating_mul(LIKENESS) || shorter == 0 {
        return 0;
    }
    let mut common = 0_usize;
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    while let (Some(a), Some(b)) = (old.peek(), new.peek()) {
        match a.cmp(b) {
            std::cmp::Ordering::Less => _ = old.next(),
            std::cmp::Ordering::Greater => _ = new.next(),
            std::cmp::Ordering::Equal => {
                common = common.saturating_add(1);
                old.next();
                new.next();
            }
        }
    }
    let like = common.saturating_mul(2000).checked_div(total).unwrap_or_default();
    if like >= LIKENESS { like } else { 0 }
}
