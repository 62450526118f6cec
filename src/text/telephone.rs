//! Telephone numbers as people write them.

/// Digits of the shortest number that can be rung, such as 999, and of the longest (ITU-T E.164).
const DIGITS: std::ops::RangeInclusive<usize> = 3..=15;

/// The number that a telephone dials for what people read, such as `08082000247` for "0808 2000 247"; none where it is no number that can
/// be rung.
pub fn dialled(number: &str) -> Option<String> {
    let plain = number.trim();
    let (plus, rest) = plain.strip_prefix('+').map_or(("", plain), |rest| ("+", rest));
    let begins = rest.starts_with(|c: char| c.is_ascii_digit() || c == '(');
    let fits = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '\u{A0}' | '-' | '(' | ')');
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    let can_be_rung = begins && rest.chars().all(fits) && DIGITS.contains(&digits.len());
    can_be_rung.then(|| format!("{plus}{digits}"))
}

#[cfg(test)]
mod tests {
    use super::dialled;

    #[test]
    fn blanks_hyphens_and_brackets_are_not_dialled() {
        for (number, dials) in [
            ("999", "999"),
            (" 0808 2000 247 ", "08082000247"),
            ("(01632) 960-001", "01632960001"),
            ("+44 1632 960001", "+441632960001"),
        ] {
            assert_eq!(dialled(number).as_deref(), Some(dials), "{number}");
        }
        for none in ["", "99", "call 999", "0800 HELP", "+", "++44 1632", "-999", "1234567890123456", "٩٩٩"] {
            assert_eq!(dialled(none), None, "{none}");
        }
    }
}
