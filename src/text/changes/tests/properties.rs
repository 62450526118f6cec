//! Properties of the comparison of any two texts.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::text::changes::compare;
use crate::text::changes::tests::{assert_valid_nesting, side};
use crate::text::markdown::{plain_text, render};

/// A word, sometimes set or linked.
fn word() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "we", "you", "keep", "share", "law", "data", "ask", "a.b", "don’t", "&", "—", "1998",
    ]);
    (words, 0..14_u8).prop_map(|(word, set)| match set {
        0 => format!("**{word}**"),
        1 => format!("*{word} it*"),
        2 => format!("`{word}`"),
        3 => format!("[{word} here](/{word})"),
        4 => format!("[{word} out](https://{}.example/)", word.len()),
        5 => format!("{word}\\\n"),
        _ => word.to_owned(),
    })
}

fn block() -> impl Strategy<Value = String> {
    let line =
        prop::collection::vec(word(), 1..9).prop_map(|words| words.join(" ").trim_end_matches("\\\n").to_owned());
    let flat = line.prop_map(|line| line.replace("\\\n", ""));
    let many = prop::collection::vec(flat, 1..5);
    (0..8_u8, many).prop_map(|(kind, lines)| match kind {
        0 => format!("## {}", lines[0]),
        1 => format!("- {}", lines.join("\n- ")),
        2 => format!("1. {}\n   1. {}\n2. {}", lines[0], lines.join("\n   2. "), lines[0]),
        3 => format!("- {}\n\n  {}", lines[0], lines.join("\n\n  - ")),
        4 => format!("| a | b |\n| --- | --- |\n| {} | x |", lines.join(" | x |\n| ")),
        5 => format!("> {}", lines.join("\n>\n> ")),
        6 => format!("```\n{}\n```", lines.join("\n")),
        _ => lines.join("\\\n"),
    })
}

/// Two texts, the second made from the first by dropping, repeating and replacing blocks.
fn two_texts() -> impl Strategy<Value = (String, String)> {
    let edits = prop::collection::vec((0..6_u8, block()), 0..8);
    (prop::collection::vec(block(), 0..8), edits).prop_map(|(blocks, edits)| {
        let mut after = Vec::new();
        for (index, (edit, new)) in edits.into_iter().enumerate() {
            let old = blocks.get(index).cloned().unwrap_or_default();
            match edit {
                0 => after.push(new),
                1 => after.extend([old.clone(), old]),
                2 => {}
                3 => after.push(old.replace("we", "they")),
                4 => after.push(old.replace("law", "[law](/law)").replace("/ask", "/asks")),
                _ => after.push(old),
            }
        }
        (blocks.join("\n\n"), after.join("\n\n"))
    })
}

fn lines(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn each_side_can_be_read_back_from_the_changes((before, after) in two_texts()) {
        let facts = BTreeMap::new();
        let (Ok(before), Ok(after)) = (render(&before, "n", &facts), render(&after, "n", &facts)) else {
            return Ok(());
        };
        let changes = compare(&before, &after);
        prop_assert_eq!(lines(&side(&changes.html, "del")), lines(&plain_text(&after)), "{}", changes.html);
        // Words that were only set out otherwise are shown as they stand now.
        let regrouped = [">New paragraph: ", ">New list item: ", ">Joined from "].iter().any(|label| changes.html.contains(label));
        let read = |text: &str| if regrouped { lines(text).replace('\n', " ") } else { lines(text) };
        prop_assert_eq!(read(&side(&changes.html, "ins")), read(&plain_text(&before)), "{}", changes.html);
        assert_valid_nesting(&changes.html);
        prop_assert_eq!(changes.identical, before == after);
        if plain_text(&before) == plain_text(&after) {
            prop_assert!(changes.added_words == changes.removed_words, "{}", changes.summary);
        }
    }

    #[test]
    fn anything_at_all_can_be_compared(before in any::<String>(), after in "[<>/a-z\" =]{0,60}") {
        let one = compare(&before, &after);
        prop_assert_eq!(&one, &compare(&before, &after));
    }
}
