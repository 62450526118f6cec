//! Patterns of words, and where they stand in a text.

/// A set of words, by its place among all sets.
pub(super) type Set = u16;

/// Words that a step with a star may take.
const MANY: usize = 5;

/// A step of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A word of a set.
    One(Set),
    /// A word of a set, or nothing.
    Maybe(Set),
    /// Some words of a set, or nothing.
    Many(Set),
    /// Any words up to a number, or nothing.
    Gap(u8),
    /// No word of a set comes next.
    Not(Set),
    /// The text begins here.
    Start,
    /// The text ends here.
    End,
}

pub(super) type Pattern = Box<[Step]>;

/// The end of a pattern that begins at a place of a text; none where it does not stand there. Of each word of the text its sets are given,
/// in order.
pub(super) fn end(pattern: &[Step], text: &[&[Set]], at: usize) -> Option<usize> {
    let Some((step, rest)) = pattern.split_first() else { return Some(at) };
    let next_is = |set: &Set, at: usize| text.get(at).is_some_and(|sets| sets.binary_search(set).is_ok());
    match step {
        Step::One(set) => next_is(set, at).then(|| end(rest, text, at + 1))?,
        Step::Maybe(set) => next_is(set, at).then(|| end(rest, text, at + 1)).flatten().or_else(|| end(rest, text, at)),
        Step::Many(set) => {
            let most = (0..MANY).take_while(|more| next_is(set, at + more)).count();
            (0..=most).rev().find_map(|taken| end(rest, text, at + taken))
        }
        Step::Gap(most) => (0..=usize::from(*most))
            .take_while(|passed| at + passed <= text.len())
            .find_map(|passed| end(rest, text, at + passed)),
        Step::Not(set) => (!next_is(set, at)).then(|| end(rest, text, at))?,
        Step::Start => (at == 0).then(|| end(rest, text, at))?,
        Step::End => (at == text.len()).then(|| end(rest, text, at))?,
    }
}
