//! The little HTML that fragments are made of: escaping, and reading a fragment back piece by piece.

/// Appends `text` to `out` as HTML text, fit for a double-quoted attribute too. Characters that HTML forbids become
/// U+FFFD.
pub(crate) fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(character),
            c if c.is_control() || is_noncharacter(c) => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
}

/// Tells whether Unicode keeps a character for no text, ever (section 23.7): HTML counts it as an error (section 13.2.3.5).
fn is_noncharacter(character: char) -> bool {
    u32::from(character) & 0xFFFE == 0xFFFE || matches!(character, '\u{FDD0}'..='\u{FDEF}')
}

/// A part of a fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// `<name attributes>`
    Open { name: &'a str, attributes: &'a str },
    /// `</name>`
    Close { name: &'a str },
    /// Text, still escaped.
    Text(&'a str),
}

/// Cuts a fragment into its pieces. Fit for what [`crate::text::markdown::render`] writes, where `<` and `>` stand for tags alone;
/// on anything else it loses nothing but may take a tag for text.
pub(crate) fn pieces(html: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = html;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(tag_and_rest) = rest.strip_prefix('<')
            && let Some((tag, after)) = tag_and_rest.split_once('>')
        {
            rest = after;
            if let Some(name) = tag.strip_prefix('/') {
                return Some(Piece::Close { name: name.trim() });
            }
            let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
            return Some(Piece::Open { name, attributes });
        }
        // A stray "<" belongs to the text that follows it.
        let end = rest.char_indices().skip(1).find(|(_, c)| *c == '<').map_or(rest.len(), |(at, _)| at);
        let (text, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        rest = after;
        Some(Piece::Text(text))
    })
}

/// The ids of a fragment, as they are written there.
pub(crate) fn ids(html: &str) -> impl Iterator<Item = &str> {
    html.split(" id=\"").skip(1).filter_map(|rest| rest.split_once('"')).map(|(id, _)| id)
}

/// The decoded value of an attribute in `name="value"` form.
pub(crate) fn attribute(attributes: &str, name: &str) -> Option<String> {
    let mut rest = attributes;
    while let Some((key, after)) = rest.split_once("=\"") {
        let (value, after) = after.split_once('"')?;
        if key.trim() == name {
            return Some(decode(value));
        }
        rest = after;
    }
    None
}

/// Turns back what [`escape`] wrote; other references stay as they are.
pub(crate) fn decode(text: &str) -> String {
    const NAMES: [(&str, char); 5] = [("amp;", '&'), ("lt;", '<'), ("gt;", '>'), ("quot;", '"'), ("#39;", '\'')];
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, after)) = rest.split_once('&') {
        decoded.push_str(plain);
        rest = after;
        let known = NAMES.iter().find_map(|(name, character)| Some((*character, after.strip_prefix(name)?)));
        match known {
            Some((character, after)) => {
                decoded.push(character);
                rest = after;
            }
            None => decoded.push('&'),
        }
    }
    decoded.push_str(rest);
    decoded
}
