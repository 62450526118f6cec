//! Rules for characters that every text shares, whichever door it comes through: which ones no text may hold, and when two names look
//! the same to a reader.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_security::skeleton;

/// The first character of a text that it may not hold: one that cannot be seen, cannot be shown, or turns the text around it. Line
/// breaks and tabs are fine.
pub fn find_unfit(text: &str) -> Option<char> {
    let mut before = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let fits = match c {
            '\n' | '\r' | '\t' => true,
            // Persian, Urdu and emoji need joiners; between other letters they only hide.
            '\u{200C}' | '\u{200D}' => before.is_some_and(can_join) && rest.clone().next().is_some_and(can_join),
            // Chooses the colour or the outline of an emoji.
            '\u{FE0E}' | '\u{FE0F}' => before.is_some_and(|before: char| !before.is_alphabetic()),
            // The flags of England, Scotland and Wales are a black flag and tags.
            '\u{E0020}'..='\u{E007F}' => matches!(before, Some('\u{1F3F4}' | '\u{E0020}'..='\u{E007F}')),
            _ => !c.is_control() && !is_unseen(c),
        };
        if !fits {
            return Some(c);
        }
        before = Some(c);
    }
    None
}

/// Finds the same in a text of one line.
pub fn find_unfit_in_line(line: &str) -> Option<char> {
    line.chars().find(|c| c.is_control()).or_else(|| find_unfit(line))
}

/// A line as it may be shown: what it may not hold is replaced by a mark that stands for it. For lines that were written before this was checked.
pub fn as_shown(line: String) -> String {
    let mut shown = line;
    while let Some(unfit) = find_unfit_in_line(&shown) {
        let mark = if matches!(unfit, '\n' | '\r' | '\t') { " " } else { "\u{FFFD}" };
        shown = shown.replace(unfit, mark);
    }
    shown
}

fn can_join(c: char) -> bool {
    !c.is_ascii() && (c.is_alphabetic() || is_combining_mark(c) || ('\u{2600}'..='\u{1FAFF}').contains(&c))
}

/// Tells whether a character is invisible, has no meaning that others know, or is one of those that turn text around.
fn is_unseen(c: char) -> bool {
    matches!(c,
        // Soft hyphen, joiners and fillers.
        '\u{AD}' | '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{200B}'
        | '\u{2060}'..='\u{2065}' | '\u{206A}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0D}' | '\u{FEFF}'
        | '\u{FFA0}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        // Bidirectional marks, embeddings, overrides and isolates.
        | '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
        // Line and paragraph separators, annotations, the place of an object.
        | '\u{2028}' | '\u{2029}' | '\u{FFF0}'..='\u{FFFC}'
        // Private use.
        | '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}'
        // Tags and variants.
        | '\u{E0000}'..='\u{E0FFF}'
        // No characters at all (a feed with one is not well-formed).
        | '\u{FDD0}'..='\u{FDEF}')
        || u32::from(c) & 0xFFFE == 0xFFFE
}

/// Tells whether two names look the same, or nearly: case, accents, blanks and marks do not count, and neither does the script that a
/// letter comes from (Unicode Technical Standard 39).
pub fn look_alike(one: &str, other: &str) -> bool {
    let (one, other) = (folds(one), folds(other));
    one.iter().zip(&other).any(|(one, other)| one == other)
}

/// A name in two spellings of which one must be another's for the two to look alike: a capital I is like a small l, but only as long as
/// it is a capital.
fn folds(name: &str) -> [String; 2] {
    let plain: String = name.nfkd().filter(|c| !is_combining_mark(*c)).collect();
    [letters(&plain.to_lowercase()), letters(&plain)]
}

fn letters(text: &str) -> String {
    // A look-alike may itself have a capital or an accent, so it is done twice.
    let once: String = skeleton(text).collect::<String>().to_lowercase();
    let twice = skeleton(&once).nfkd().filter(|c| c.is_alphanumeric()).collect::<String>();
    twice.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::{as_shown, find_unfit, find_unfit_in_line, look_alike};

    #[test]
    fn what_people_write_is_fit() {
        for text in [
            "Call 999.\r\n\tThen press 55.",
            "Siân, Gruffydd ap Llŷr, Zoë, Straße",
            "کتاب‌ها",
            "שלום and مرحبا",
            "👩‍👩‍👧 ❤️ 1️⃣ 🏴󠁧󠁢󠁷󠁬󠁳󠁿",
        ] {
            assert_eq!(find_unfit(text), None, "{text:?}");
        }
        assert_eq!(find_unfit_in_line("two\nlines"), Some('\n'));
    }

    #[test]
    fn what_is_hidden_or_turns_text_around_is_not() {
        let hidden = [
            '\0',
            '\u{7}',
            '\u{1B}',
            '\u{7F}',
            '\u{85}',
            '\u{AD}',
            '\u{61C}',
            '\u{200B}',
            '\u{200E}',
            '\u{202E}',
            '\u{2028}',
            '\u{2060}',
            '\u{2066}',
            '\u{3164}',
            '\u{E000}',
            '\u{FEFF}',
            '\u{FFFE}',
            '\u{FFFF}',
            '\u{E0041}',
            '\u{10FFFF}',
            '\u{200D}',
            '\u{FE0F}',
        ];
        for c in hidden {
            assert_eq!(find_unfit(&format!("Pat{c}Lee")), Some(c), "U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn a_line_is_shown_without_what_it_may_not_hold() {
        assert_eq!(as_shown("Call\u{202E}999\u{7}\tnow".to_owned()), "Call\u{FFFD}999\u{FFFD} now");
        assert_eq!(as_shown("Siân 👩‍👩‍👧".to_owned()), "Siân 👩‍👩‍👧");
    }

    #[test]
    fn names_that_a_reader_takes_for_one_another_look_alike() {
        for other in [
            "ann admin",
            "Ann  Admin",
            "Ann-Admin",
            "Аnn Аdmin",
            "Ánn Admïn",
            "Ａnn Admin",
            "Ann Adrnin",
            "Αnn Admin",
            "Ann Admin.",
        ] {
            assert!(look_alike("Ann Admin", other), "{other}");
        }
        assert!(look_alike("Ian Hill", "lan HilI") && look_alike("Paul O’Neill", "PAUL O'NEILL"));
        for other in ["Anna Admin", "Ann Adams", "Admin Ann", "Annie Admin"] {
            assert!(!look_alike("Ann Admin", other), "{other}");
        }
    }
}
