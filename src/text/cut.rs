//! Cutting a text that is too long for its place.

use std::borrow::Cow;

/// A text with so many characters at most and a mark that more follows; cut between two words where it can be. A shorter one stays.
pub fn cut_between_words(text: &str, most: usize) -> Cow<'_, str> {
    let Some((end, _)) = text.char_indices().nth(most) else { return Cow::Borrowed(text) };
    let cut = text.get(..end).unwrap_or(text);
    let whole = cut.rsplit_once(' ').map_or(cut, |(whole, _)| whole);
    Cow::Owned(format!("{whole} …"))
}

#[cfg(test)]
mod tests {
    use super::cut_between_words;

    #[test]
    fn only_a_text_that_is_too_long_is_cut_and_that_between_words() {
        assert_eq!(cut_between_words("one two", 7), "one two");
        assert_eq!(cut_between_words("one two three", 9), "one two …");
        assert_eq!(cut_between_words("ééééééé", 4), "éééé …");
        assert_eq!(cut_between_words("", 4), "");
    }
}
