//! Words of crisis: whether somebody who writes this needs help now, and which. It is a pure function on texts.
//!
//! A text is weighed by its cues: who does what to whom, what somebody feels and wants, and what speaks against a crisis, such as a form or
//! a film. So "he hits me" is a crisis, and "he hit my car" is none. The words stand in `words.txt`, the cues and their points in
//! `cues.txt`; both files say how to read and correct them.

use std::sync::LazyLock;

mod model;
mod pattern;
mod read;
mod rules;
mod spelling;
#[cfg(test)]
mod tests;

use crate::text::folding::words;
pub use crate::text::urgency::model::Crisis;
use crate::text::urgency::rules::Rules;

/// Words of a text that are looked at; what comes after is left out.
const MOST_WORDS: usize = 1000;
const FILES: [&str; 2] = [include_str!("words.txt"), include_str!("cues.txt")];

static RULES: LazyLock<Rules> = LazyLock::new(|| read::read(&FILES).0);

/// Reads the rules now, so that nobody waits for it later.
pub fn prepare() {
    LazyLock::force(&RULES);
}

/// The crisis that a text speaks of; none where it speaks of none.
pub fn find_crisis(text: &str) -> Option<Crisis> {
    let words: Vec<String> = words(text).into_iter().take(MOST_WORDS).map(|word| word.folded).collect();
    RULES.find(&words)
}
