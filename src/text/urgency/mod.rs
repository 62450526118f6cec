//! Words of crisis: whether somebody who writes this needs help now, and which. It is a pure function on texts; the words and the sentences
//! that they make stand in `words.txt`, which says how to read them.
//!
//! What is looked for is who does what to whom, in everyday spelling: "he hits me" is a crisis, "he hit my car" is none.

use std::sync::LazyLock;

mod model;
mod rules;
#[cfg(test)]
mod tests;

use crate::text::folding::words;
pub use crate::text::urgency::model::Crisis;
use crate::text::urgency::rules::Rules;

/// Words of a text that are looked at; what comes after is left out.
const MOST_WORDS: usize = 1000;

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::read(include_str!("words.txt")));

/// The crisis that a text speaks of; none where it speaks of none.
pub fn find_crisis(text: &str) -> Option<Crisis> {
    let words: Vec<String> = words(text).into_iter().take(MOST_WORDS).map(|word| word.folded).collect();
    RULES.find(&words)
}
