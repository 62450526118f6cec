//! Letters and words as search, lists, addresses and ids compare them. There is one way of folding letters, so that what is found in one
//! place is found in all of them.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;

/// A text in small letters without accents, in compatibility form (Unicode NFKC), with straight quotes and plain hyphens. Characters that
/// nobody sees are left out.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let plain: String = text.nfkd().filter(|c| !is_accent(*c)).flat_map(char::to_lowercase).collect();
    let mut folded = String::with_capacity(plain.len());
    for c in plain.nfc() {
        match c {
            '\u{2018}' | '\u{2019}' | '\u{201A}' | '\u{201B}' | '\u{2B9}' | '\u{2BC}' | '\u{2032}' | '`' | '\u{B4}' => {
                folded.push('\'');
            }
            '\u{201C}'..='\u{201F}' | '\u{AB}' | '\u{BB}' | '\u{2033}' => folded.push('"'),
            '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' => folded.push('-'),
            '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' => {}
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ħ' => folded.push('h'),
            'ı' => folded.push('i'),
            _ => folded.push(c),
        }
    }
    folded
}

/// Marks above, below and through letters. Vowel signs of other scripts are letters to those who read them.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

/// The words of a text as part of an address or an id: small ASCII letters and digits with `-` between words, at most `longest` of
/// them. Nothing of a text in another alphabet is left.
pub fn slug(text: &str, longest: usize) -> String {
    let mut slug = String::new();
    for c in fold(text).chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !c.is_alphanumeric() && !is_apostrophe(c) && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= longest {
            break;
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

/// By what a text is sorted in a list that people read: by its folded words, numbers by their value; texts that are alike in that stand
/// in the order of their characters.
pub fn sort_key(text: &str) -> (String, String) {
    let mut key = String::with_capacity(text.len());
    for word in words(text) {
        let mut rest = word.folded.as_str();
        while let Some(first) = rest.chars().next() {
            let is_number = first.is_ascii_digit();
            let end = rest.find(|c: char| c.is_ascii_digit() != is_number).unwrap_or(rest.len());
            let (part, after) = rest.split_at(end);
            if is_number {
                let digits = part.trim_start_matches('0');
                // A number with more digits is greater, and any number comes before any letter.
                key.extend(std::iter::repeat_n('1', digits.len()));
                key.push('0');
                key.push_str(digits);
            } else {
                key.push_str(part);
            }
            rest = after;
        }
        key.push(' ');
    }
    (key, text.to_owned())
}

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Its place in the text, in bytes.
    pub range: Range<usize>,
    /// Its letters and digits, folded; an apostrophe is left out, and so is an `s` behind it.
    pub folded: String,
    /// Set if a hyphen and nothing else stands between the word before it and this one.
    pub is_joined: bool,
}

/// The words of a text: letters and digits that stand together, with apostrophes between them.
pub fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut start = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let inside = is_part(c)
            || start.is_some() && is_apostrophe(c) && chars.peek().is_some_and(|(_, next)| next.is_alphanumeric());
        match (inside, start) {
            (true, None) => start = Some(at),
            (false, Some(begin)) => {
                push(&mut words, text, begin..at);
                start = None;
            }
            _ => {}
        }
    }
    if let Some(begin) = start {
        push(&mut words, text, begin..text.len());
    }
    words
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || is_accent(c) || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{2BC}' | '`' | '\u{B4}')
}

fn push(words: &mut Vec<Word>, text: &str, range: Range<usize>) {
    let Some(written) = text.get(range.clone()) else { return };
    let mut folded = fold(written);
    if folded.ends_with("'s") {
        folded.truncate(folded.len() - 2);
    }
    folded.retain(char::is_alphanumeric);
    if folded.is_empty() {
        return;
    }
    let before = words.last().and_then(|before| text.get(before.range.end..range.start));
    let is_joined = before.is_some_and(|between| between != " " && fold(between) == "-");
    words.push(Word { range, folded, is_joined });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.folded).collect()
    }

    #[test]
    fn one_word_in_two_spellings_folds_to_one() {
        for (one, other) in [
            ("Dŵr", "dwr"),
            ("Dw\u{302}r", "DWR"),
            ("Straße", "strasse"),
            ("ﬁne", "fine"),
            ("Łódź", "lodz"),
            ("can’t", "can't"),
            ("e‑mail", "e-mail"),
            ("９９９", "999"),
            ("in\u{AD}visible", "invisible"),
            ("İstanbul", "istanbul"),
        ] {
            assert_eq!(fold(one), fold(other), "{one}");
        }
        assert_ne!(fold("हिन्दी"), fold("हनद"), "vowel signs are letters");
    }

    #[test]
    fn a_slug_keeps_letters_with_accents_in_either_spelling() {
        for (text, wanted) in [
            ("Dŵr a thân", "dwr-a-than"),
            ("Dw\u{302}r a tha\u{302}n", "dwr-a-than"),
            ("Café hours", "cafe-hours"),
            ("Cafe\u{301} hours", "cafe-hours"),
            ("Polisi Cŵn", "polisi-cwn"),
            ("Łódź", "lodz"),
            ("What’s new: the 101 line!", "whats-new-the-101-line"),
            ("– полиция –", ""),
        ] {
            assert_eq!(slug(text, 60), wanted, "{text}");
        }
        assert_eq!(slug("one two three", 4), "one");
    }

    #[test]
    fn a_list_is_sorted_by_folded_words_and_by_numbers() {
        let sorted =
            ["2 lines", "10 lines", "cctv and you", "Éire liaison", "Form", "Form 2", "form 02b", "Form 10", "Webchat"];
        let mut list = sorted;
        list.reverse();
        list.sort_by_cached_key(|text| sort_key(text));
        assert_eq!(list, sorted);
    }

    #[test]
    fn words_are_letters_and_digits_that_stand_together() {
        assert_eq!(folded("Crime? 999! Clare’s Law, can't"), ["crime", "999", "clare", "law", "cant"]);
        assert_eq!(folded("'quoted' \u{301} -- . ’"), ["quoted"]);
        let words = words("an e-mail – sent");
        let joined: Vec<bool> = words.iter().map(|word| word.is_joined).collect();
        assert_eq!(joined, [false, false, true, false]);
        let text = "Siân O’Neill";
        assert_eq!(
            super::words(text).iter().map(|word| &text[word.range.clone()]).collect::<Vec<_>>(),
            ["Siân", "O’Neill"]
        );
    }
}
