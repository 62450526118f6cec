//! The readability of a text. The reading age is the Flesch–Kincaid grade plus five (Kincaid and others, 1975: 0.39 × words per sentence +
//! 11.8 × syllables per word − 15.59). Headings, code, tables and web addresses are left out; the words of a link count. A list
//! item counts as a sentence. Syllables are counted by groups of vowels, as everybody does who has no dictionary.

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::features::drafts::checks::problem::Problem;
use crate::site::model::Facts;
use crate::text::markdown::{LONGEST_FRAGMENT, read_events};

/// A sentence with more words than this is long (the Government Digital Service's style guide).
const LONG: usize = 25;
/// Fewer words than this say nothing about a text's reading age.
const ENOUGH: usize = 40;
/// A higher reading age than this is remarked on. The target is 9 to 11; laws and names push the formula up.
const HIGHEST_AGE: u32 = 14;
/// The most long sentences that are reported at once.
const MOST: usize = 20;

/// The readability of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Words that were counted.
    pub words: usize,
    /// Sentences that were counted.
    pub sentences: usize,
    /// The reading age in years; none for a text that is too short to tell.
    pub age: Option<u32>,
}

/// A text with what its placeholders stand for, line by line the same; an unknown one leaves its name. Ends where no fragment could
/// be as long.
pub(super) fn without_placeholders(markdown: &str, facts: &Facts) -> String {
    let mut filled = String::with_capacity(markdown.len());
    for line in markdown.split_inclusive('\n') {
        let mut rest = line;
        while let Some((before, after)) = rest.split_once("{{") {
            filled.push_str(before);
            rest = after;
            // If one has no end, none after it on this line has.
            let Some((name, after)) = after.split_once("}}") else { break };
            let name = name.trim();
            filled.push_str(&facts.get(name).map_or(name, String::as_str).replace(['\n', '\r'], " "));
            rest = after;
        }
        filled.push_str(rest);
        if filled.len() > LONGEST_FRAGMENT {
            break;
        }
    }
    filled
}

/// The line, counted from 1, of a byte of a text.
pub(super) fn line_of(starts: &[usize], offset: usize) -> usize {
    starts.partition_point(|start| *start <= offset)
}

/// The start of each line.
pub(super) fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

/// A stretch of running text, and where in the source its parts stand.
#[derive(Default)]
struct Block {
    text: String,
    /// Position in `text` and the byte of the source it comes from.
    parts: Vec<(usize, usize)>,
}

impl Block {
    fn source(&self, at: usize) -> usize {
        let index = self.parts.partition_point(|(start, _)| *start <= at).saturating_sub(1);
        self.parts.get(index).map_or(0, |(start, source)| source + at.saturating_sub(*start))
    }
}

fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut block = Block::default();
    let mut skipped = 0_usize;
    for (event, range) in read_events(markdown) {
        match event {
            Event::Start(Tag::Heading { .. } | Tag::CodeBlock(_) | Tag::Table(_) | Tag::HtmlBlock) => {
                blocks.push(std::mem::take(&mut block));
                skipped += 1;
            }
            Event::End(TagEnd::Heading(_) | TagEnd::CodeBlock | TagEnd::Table | TagEnd::HtmlBlock) => {
                skipped = skipped.saturating_sub(1);
            }
            Event::Start(Tag::Paragraph | Tag::Item | Tag::List(_) | Tag::BlockQuote(_))
            | Event::End(TagEnd::Paragraph | TagEnd::Item) => blocks.push(std::mem::take(&mut block)),
            Event::Text(text) if skipped == 0 => {
                block.parts.push((block.text.len(), range.start));
                block.text.push_str(&text);
            }
            Event::SoftBreak | Event::HardBreak => block.text.push(' '),
            _ => {}
        }
    }
    blocks.push(block);
    blocks.retain(|block| !block.text.trim().is_empty());
    blocks
}

/// The sentences of a stretch, with where each starts.
fn sentences(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if !matches!(character, '.' | '!' | '?') {
            continue;
        }
        let end = at + character.len_utf8();
        let sentence = text.get(start..end).unwrap_or_default();
        let blank_follows = characters.peek().is_none_or(|(_, next)| next.is_whitespace());
        let next = text.get(end..).unwrap_or_default().trim_start().chars().next();
        let begins = next.is_none_or(|next| !next.is_lowercase());
        if blank_follows && begins && !is_abbreviation(sentence) {
            found.push((start, sentence));
            start = end;
        }
    }
    if let Some(rest) = text.get(start..)
        && !rest.trim().is_empty()
    {
        found.push((start, rest));
    }
    found
}

/// Tells that a full stop belongs to the word before it: "e.g.", "s.", "Mr.", "No.".
fn is_abbreviation(sentence: &str) -> bool {
    let word = sentence.trim_end_matches('.').rsplit([' ', '(']).next().unwrap_or_default();
    let single = word.chars().count() == 1 && word.chars().all(char::is_alphabetic) && word != "I";
    single || matches!(word, "e.g" | "i.e" | "etc" | "Mr" | "Mrs" | "Ms" | "Dr" | "No" | "St")
}

fn words(sentence: &str) -> impl Iterator<Item = &str> {
    sentence.split_whitespace().filter(|word| {
        let address = word.contains("://") || word.starts_with("www.") || word.contains('@');
        !address && word.chars().any(char::is_alphanumeric)
    })
}

fn syllables(word: &str) -> usize {
    let letters: Vec<char> = word.to_lowercase().chars().filter(|letter| letter.is_alphabetic()).collect();
    let vowel = |letter: char| "aeiouyáéíóúàèìòùâêîôûŵŷäëïöü".contains(letter);
    let mut groups = 0_usize;
    let mut before = false;
    for letter in &letters {
        let now = vowel(*letter);
        if now && !before {
            groups += 1;
        }
        before = now;
    }
    let silent = match letters.as_slice() {
        [.., 'l', 'e'] => false,
        [.., last, 'e'] => !vowel(*last),
        [.., last, 'e', 'd'] => !matches!(last, 't' | 'd') && !vowel(*last),
        [.., last, 'e', 's'] => !matches!(last, 's' | 'x' | 'z' | 'c' | 'g' | 'h') && !vowel(*last),
        _ => false,
    };
    groups.saturating_sub(usize::from(silent)).max(1)
}

/// Counts, and what to say about them. Placeholders are filled in already.
pub(super) fn advice(text: &str) -> (Reading, Vec<Problem>) {
    let starts = line_starts(text);
    let (mut counted, mut spoken, mut number) = (0_usize, 0_usize, 0_usize);
    let mut problems = Vec::new();
    for block in blocks(text) {
        for (at, sentence) in sentences(&block.text) {
            let length = words(sentence).count();
            if length == 0 {
                continue;
            }
            number += 1;
            counted += length;
            spoken += words(sentence).map(syllables).sum::<usize>();
            if length > LONG && problems.len() < MOST {
                let indent = sentence.len() - sentence.trim_start().len();
                let line = line_of(&starts, block.source(at + indent));
                let start: Vec<&str> = sentence.split_whitespace().take(6).collect();
                let message = format!("A sentence of {length} words: “{} …”. Cut it in two.", start.join(" "));
                problems.push(Problem::at(line, message));
            }
        }
    }
    let age = (counted >= ENOUGH).then(|| age(counted, number, spoken));
    if let Some(age) = age.filter(|age| *age > HIGHEST_AGE) {
        let message = format!("The reading age is {age}. Shorter sentences and everyday words bring it down.");
        problems.push(Problem::of("markdown", message));
    }
    (Reading { words: counted, sentences: number, age }, problems)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of a notice's words are small, and the result is kept between 5 and 30"
)]
fn age(words: usize, sentences: usize, syllables: usize) -> u32 {
    let (words, sentences, syllables) = (words as f64, sentences.max(1) as f64, syllables as f64);
    let grade = 0.39 * (words / sentences) + 11.8 * (syllables / words) - 15.59;
    (grade + 5.0).round().clamp(5.0, 30.0) as u32
}
