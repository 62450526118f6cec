//! Texts in XML 1.0.

/// A text as the content of an element or a quoted attribute. What XML cannot hold at all, however it is written (most control
/// characters, U+FFFE and U+FFFF: section 2.2, "Characters"), becomes U+FFFD, so that no text makes a document ill-formed.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            letter if is_forbidden(letter) => out.push(char::REPLACEMENT_CHARACTER),
            letter => out.push(letter),
        }
    }
    out
}

/// Tells whether no XML document may hold a character.
pub fn is_forbidden(letter: char) -> bool {
    matches!(letter, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::{escape, is_forbidden};

    #[test]
    fn what_xml_cannot_hold_is_replaced_and_everything_else_stays() {
        assert_eq!(escape("a\u{fffe}b\u{0}c\u{1b}\u{ffff}"), "a\u{fffd}b\u{fffd}c\u{fffd}\u{fffd}");
        assert_eq!(escape("Tom & \"Jo\" <'x'>\t\n\r"), "Tom &amp; &quot;Jo&quot; &lt;&#39;x&#39;&gt;\t\n\r");
        // The production "Char", read backwards from its ranges.
        for letter in ('\0'..=char::MAX).filter(|letter| !is_forbidden(*letter)) {
            let code = u32::from(letter);
            assert!(
                matches!(code, 0x9 | 0xA | 0xD | 0x20..=0xD7FF | 0xE000..=0xFFFD | 0x10000..=0x0010_FFFF),
                "{code:x}"
            );
        }
        assert_eq!(('\0'..=char::MAX).filter(|letter| is_forbidden(*letter)).count(), 31);
    }
}
