//! The lines of a text that say why it was found.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::features::search::analysis::{Stems, Unit, compounds};
use crate::text::cut::cut_between_words;
use crate::text::folding::words;

/// Characters of an excerpt.
const LONGEST: usize = 180;
/// Characters before the first word that was looked for, where it stands far from the beginning of its line.
const BEFORE: usize = 40;

/// A part of an excerpt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    /// Set if it was looked for.
    pub(super) is_marked: bool,
}

/// Makes excerpts for the words that were looked for.
pub(super) struct Excerpts {
    stems: Stems,
    wanted: HashSet<String>,
    /// The letters that they begin with. A word keeps its first letter in its stem, so that others need no stem.
    first_letters: HashSet<char>,
}

impl Excerpts {
    pub(super) fn new(units: &[Unit]) -> Self {
        let wanted: HashSet<String> = units.iter().flat_map(|unit| unit.ways.iter().flatten().cloned()).collect();
        let first_letters = wanted.iter().filter_map(|stem| stem.chars().next()).collect();
        Self { stems: Stems::new(), wanted, first_letters }
    }

    /// The line with the most of the words, or the first of the text, and what fits behind it.
    pub(super) fn of(&mut self, text: &str) -> Vec<Piece> {
        let mut best = (0, 0, 0);
        for (index, line) in text.lines().enumerate() {
            let marks = self.marks(line);
            let held: HashSet<&str> = marks.iter().map(|(_, _, stem)| stem.as_str()).collect();
            if held.len() > best.0 {
                best = (held.len(), index, marks.first().map_or(0, |(start, _, _)| *start));
            }
            if best.0 == self.wanted.len() {
                break;
            }
        }
        let (_, start, first) = best;
        let mut excerpt = String::new();
        for (index, line) in text.lines().skip(start).enumerate() {
            let line = if index == 0 { from_near(line, first) } else { line.to_owned() };
            if !excerpt.is_empty() {
                excerpt.push_str(if excerpt.ends_with(['.', ':', '?', '!', ',']) { " " } else { ". " });
            }
            excerpt.push_str(&line);
            if excerpt.chars().count() > LONGEST {
                excerpt = cut_between_words(&excerpt, LONGEST).into_owned();
                break;
            }
        }
        self.pieces(&excerpt)
    }

    /// The places of the words that were looked for in a line: from, to, and which.
    fn marks(&mut self, line: &str) -> Vec<(usize, usize, String)> {
        let words = words(line);
        let wholes = compounds(line, &words).into_iter().filter_map(|compound| {
            let parts = words.get(compound.parts)?;
            Some((parts.first()?.range.start, parts.last()?.range.end, Cow::from(compound.whole)))
        });
        let single = words.iter().map(|word| (word.range.start, word.range.end, Cow::from(&word.folded)));
        let may_be_wanted = |word: &str| word.chars().next().is_some_and(|first| self.first_letters.contains(&first));
        let mut marks: Vec<(usize, usize, String)> = wholes
            .chain(single)
            .filter(|(_, _, word)| may_be_wanted(word))
            .map(|(from, to, word)| (from, to, self.stems.of(&word)))
            .filter(|(_, _, stem)| self.wanted.contains(stem))
            .collect();
        marks.sort_by_key(|(from, to, _)| (*from, std::cmp::Reverse(*to)));
        marks
    }

    fn pieces(&mut self, excerpt: &str) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut done = 0;
        let mut push = |from: usize, to: usize, is_marked: bool| {
            let text = excerpt.get(from..to).unwrap_or_default().to_owned();
            pieces.extend((!text.is_empty()).then_some(Piece { text, is_marked }));
        };
        for (from, to, _) in self.marks(excerpt) {
            if from >= done {
                push(done, from, false);
                push(from, to, true);
                done = to;
            }
        }
        push(done, excerpt.len(), false);
        pieces
    }
}

/// A line from a few words before a place in it, where that is far from its beginning.
fn from_near(line: &str, place: usize) -> String {
    let before = line.get(..place).unwrap_or_default();
    if before.chars().count() < LONGEST / 2 {
        return line.to_owned();
    }
    let kept: usize = before.chars().rev().take(BEFORE).map(char::len_utf8).sum();
    let from = before.len() - kept;
    let rest = line.get(from..).unwrap_or(line);
    let rest = rest.split_once(' ').filter(|(cut, _)| cut.len() < kept).map_or(rest, |(_, rest)| rest);
    format!("… {rest}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::search::analysis::units;

    fn marked(query: &str, text: &str) -> String {
        let mut excerpts = Excerpts::new(&units(query, &mut Stems::new()));
        let piece = |piece: Piece| if piece.is_marked { format!("[{}]", piece.text) } else { piece.text };
        excerpts.of(text).into_iter().map(piece).collect()
    }

    #[test]
    fn an_excerpt_starts_at_the_line_with_most_of_the_words_and_marks_them() {
        let text = "Helplines\nPeople who listen\nCall Samaritans at any time\nThey listen";
        assert_eq!(marked("samaritans calls", text), "[Call] [Samaritans] at any time. They listen");
        assert_eq!(marked("nothing", text), "Helplines. People who listen. Call Samaritans at any time. They listen");
        assert_eq!(marked("08082000247", "Call 0808 2000 247"), "Call [0808 2000 247]");
        assert_eq!(marked("email", "Send an E‑mail, or an email"), "Send an [E‑mail], or an [email]");
        assert_eq!(marked("x", ""), "");
    }

    #[test]
    fn a_long_line_is_cut_between_words_on_both_sides() {
        let text = format!("{} needle {}", "hay ".repeat(100), "straw ".repeat(100));
        let excerpt = marked("needle", &text);
        assert!(excerpt.starts_with("… hay hay") && excerpt.ends_with("straw …"), "{excerpt}");
        assert!(excerpt.contains(" [needle] straw"), "{excerpt}");
        let letters = "é".repeat(500);
        assert!(marked("needle", &format!("{letters}needle needle")).contains("[needle]"));
    }
}
