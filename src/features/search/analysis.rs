//! The terms by which a text is found: its words, folded and brought to their stems, and words that are written in several parts.

use std::collections::HashSet;
use std::ops::Range;

use tantivy::tokenizer::{Language, RawTokenizer, Stemmer, TextAnalyzer, TokenStream as _};

use crate::text::folding::{Word, words};

/// Letters of a word that count; nobody types more.
const LONGEST: usize = 40;
/// Digits from which groups of them are a telephone number.
const SHORTEST_NUMBER: usize = 5;
/// Units of a query; more are left out.
const MOST_UNITS: usize = 16;

/// Words that stand in every text: they say nothing where there are others.
const STOP_WORDS: [&str; 70] = [
    "a", "about", "am", "an", "and", "any", "are", "as", "at", "be", "been", "by", "can", "could", "did", "do", "does",
    "for", "from", "get", "had", "has", "have", "he", "her", "hes", "him", "his", "how", "i", "if", "im", "in", "is",
    "it", "ive", "me", "my", "need", "of", "on", "or", "our", "please", "she", "shes", "should", "so", "some",
    "someone", "that", "the", "their", "there", "they", "this", "to", "want", "was", "we", "what", "when", "where",
    "which", "who", "will", "with", "would", "you", "your",
];

/// Brings words to their stems.
pub(super) struct Stems(TextAnalyzer);

impl Stems {
    pub(super) fn new() -> Self {
        Self(TextAnalyzer::builder(RawTokenizer::default()).filter(Stemmer::new(Language::English)).build())
    }

    /// The stem of a folded word; a number is its own.
    pub(super) fn of(&mut self, word: &str) -> String {
        let word = cut(word);
        if word.bytes().any(|byte| byte.is_ascii_digit()) {
            return word.to_owned();
        }
        let mut tokens = self.0.token_stream(word);
        tokens.next().map_or_else(|| word.to_owned(), |token| token.text.clone())
    }
}

fn cut(word: &str) -> &str {
    word.char_indices().nth(LONGEST).map_or(word, |(end, _)| word.get(..end).unwrap_or(word))
}

/// Words that are one, though they are written in parts: "e-mail", "0808 2000 247".
pub(super) struct Compound {
    /// The words that it spans.
    pub(super) parts: Range<usize>,
    /// The parts without anything between them.
    pub(super) whole: String,
}

pub(super) fn compounds(text: &str, words: &[Word]) -> Vec<Compound> {
    let is_number = |word: &Word| word.folded.bytes().all(|byte| byte.is_ascii_digit());
    let goes_on = |before: &Word, word: &Word| {
        let between = text.get(before.range.end..word.range.start).unwrap_or_default();
        let is_group = is_number(before) && is_number(word) && matches!(between, " " | "\u{A0}" | ") " | ")");
        word.is_joined || is_group
    };
    let mut compounds = Vec::new();
    let mut start = 0;
    for end in 1..=words.len() {
        let pair = words.get(end - 1).zip(words.get(end));
        if pair.is_some_and(|(before, word)| goes_on(before, word)) {
            continue;
        }
        let parts = words.get(start..end).unwrap_or_default();
        let whole: String = parts.iter().map(|word| word.folded.as_str()).collect();
        let is_short_number = parts.iter().all(is_number) && whole.len() < SHORTEST_NUMBER;
        if parts.len() > 1 && !is_short_number {
            compounds.push(Compound { parts: start..end, whole });
        }
        start = end;
    }
    compounds
}

/// The terms by which a text is found.
pub(super) struct Terms {
    /// Stems, in the order of the text.
    pub(super) stems: Vec<String>,
    /// Words as they are spelt.
    pub(super) spellings: Vec<String>,
}

impl Terms {
    pub(super) fn of(text: &str, stems: &mut Stems) -> Self {
        let words = words(text);
        let wholes = compounds(text, &words).into_iter().map(|compound| compound.whole);
        let spellings: Vec<String> = words.iter().map(|word| cut(&word.folded).to_owned()).chain(wholes).collect();
        Self { stems: spellings.iter().map(|word| stems.of(word)).collect(), spellings }
    }
}

/// A word of a query, or several that are one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// The word as it was typed, folded.
    pub(super) typed: String,
    /// Stems that have to be there together; one of these groups is enough.
    pub(super) ways: Vec<Vec<String>>,
}

impl Unit {
    /// A word in its only spelling.
    pub(super) fn of_word(word: &str, stems: &mut Stems) -> Self {
        Self { typed: cut(word).to_owned(), ways: vec![vec![stems.of(word)]] }
    }

    /// Tells whether it is one that may be a slip of the pen.
    pub(super) fn is_word(&self) -> bool {
        self.ways.len() == 1 && !self.typed.bytes().any(|byte| byte.is_ascii_digit())
    }
}

/// The units of a query, without words that stand in every text unless there are no others.
pub(super) fn units(query: &str, stems: &mut Stems) -> Vec<Unit> {
    let mut units = all_units(query, stems);
    let says_something = |unit: &Unit| !STOP_WORDS.contains(&unit.typed.as_str());
    if units.iter().any(says_something) {
        units.retain(says_something);
    }
    let mut seen = HashSet::new();
    units.retain(|unit| seen.insert(unit.typed.clone()));
    units.truncate(MOST_UNITS);
    units
}

/// Every unit of a query.
pub(super) fn all_units(query: &str, stems: &mut Stems) -> Vec<Unit> {
    let words = words(query);
    let compounds = compounds(query, &words);
    let mut units = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let compound = compounds.iter().find(|compound| compound.parts.start == at);
        let Some(compound) = compound else {
            units.push(Unit::of_word(&word.folded, stems));
            at += 1;
            continue;
        };
        let parts = words.get(compound.parts.clone()).unwrap_or_default();
        let mut ways = vec![vec![stems.of(&compound.whole)], parts.iter().map(|part| stems.of(&part.folded)).collect()];
        // +44 stands for the first 0.
        ways.extend(compound.whole.strip_prefix("44").map(|rest| vec![format!("0{rest}")]));
        let typed: Vec<&str> = parts.iter().map(|part| part.folded.as_str()).collect();
        units.push(Unit { typed: typed.join("-"), ways });
        at = compound.parts.end;
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(query: &str) -> Vec<String> {
        let units = units(query, &mut Stems::new());
        let way = |way: &Vec<String>| way.join("+");
        units.iter().map(|unit| unit.ways.iter().map(way).collect::<Vec<_>>().join("|")).collect()
    }

    #[test]
    fn a_query_is_read_as_units() {
        assert_eq!(ways("How do I report Crimes?"), ["report", "crime"]);
        assert_eq!(ways("what is it"), ["what", "is", "it"], "there is nothing else");
        assert_eq!(ways("an E-mail"), ["email|e+mail"]);
        assert_eq!(ways("0808 2000 247"), ["08082000247|0808+2000+247"]);
        assert_eq!(ways("+44 808 2000 247"), ["448082000247|44+808+2000+247|08082000247"]);
        assert_eq!(ways("999 5"), ["999", "5"]);
        assert_eq!(ways("?! …"), <[String; 0]>::default());
        assert_eq!(ways(&"a1 b2 ".repeat(50)), ["a1", "b2"], "a word counts once, however often it is typed");
        let many: Vec<String> = (0..50).map(|number| format!("a{number}")).collect();
        assert_eq!(ways(&many.join(" ")).len(), MOST_UNITS);
    }

    #[test]
    fn a_text_is_found_by_its_stems_its_numbers_and_its_compounds() {
        let terms = Terms::of("Call 0808 2000 247 or e‑mail", &mut Stems::new());
        assert_eq!(terms.stems, ["call", "0808", "2000", "247", "or", "e", "mail", "08082000247", "email"]);
    }
}
