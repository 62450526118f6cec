//! The log as a file for a spreadsheet (RFC 4180). A cell that a spreadsheet would take for a formula is kept from it by an
//! apostrophe in front (OWASP, "CSV Injection"); a byte order mark tells Excel that the text is UTF-8.

use crate::base::audit::model::{Action, Recorded};

/// The head of the file.
const HEAD: &str = "\u{feff}Number,Time (UTC),Time (London),Who,Account,What,Action,Subject,Details\r\n";

/// The whole file.
pub(super) fn file(rows: &[Recorded], actions: &[Action]) -> String {
    let mut text = String::with_capacity(HEAD.len() + rows.len() * 200);
    text.push_str(HEAD);
    for row in rows {
        let cells = [
            row.id.to_string(),
            row.at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
            crate::base::clock::london(row.at).strftime("%Y-%m-%d %H:%M:%S").to_string(),
            row.actor_name.clone(),
            row.actor.map_or_else(String::new, |actor| actor.to_string()),
            Action::named(actions, &row.action).map_or_else(String::new, |action| action.words().to_owned()),
            row.action.clone(),
            row.subject.clone(),
            row.details.clone(),
        ];
        for (at, value) in cells.iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            cell(&mut text, value);
        }
        text.push_str("\r\n");
    }
    text
}

fn cell(text: &mut String, value: &str) {
    text.push('"');
    if value.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        text.push('\'');
    }
    text.push_str(&value.replace('"', "\"\""));
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_a_text_and_a_quote_stays_in_its_cell() {
        for (value, expected) in [
            ("=1+1", "\"'=1+1\""),
            ("+44", "\"'+44\""),
            ("-x", "\"'-x\""),
            ("@a", "\"'@a\""),
            ("\tx", "\"'\tx\""),
            ("\rx", "\"'\rx\""),
            ("a\"b,c\nd", "\"a\"\"b,c\nd\""),
            ("Zoë", "\"Zoë\""),
        ] {
            let mut text = String::new();
            cell(&mut text, value);
            assert_eq!(text, expected);
        }
    }
}
