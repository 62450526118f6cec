use crate::text::urgency::{Crisis, RULES, find_crisis};

/// Sentences of a table: (kinds that fit, sentence).
fn sentences(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once(": ").unwrap_or(("", line)))
}

/// Sentences of a table for which something else is found than what fits, with what is found.
fn missed(table: &'static str) -> Vec<(&'static str, Option<Crisis>)> {
    let fits = |kinds: &str, found: Option<Crisis>| match found {
        Some(found) => kinds.split('|').any(|kind| kind == found.name()),
        None => kinds.is_empty(),
    };
    let found = sentences(table).map(|(kinds, sentence)| (kinds, sentence, find_crisis(sentence)));
    found.filter(|(kinds, _, found)| !fits(kinds, *found)).map(|(_, sentence, found)| (sentence, found)).collect()
}

#[test]
fn every_line_of_the_words_is_read() {
    assert_eq!(RULES.unread(), <[String; 0]>::default());
}

#[test]
fn people_in_crisis_are_understood() {
    let (tuned, held_out) =
        (missed(include_str!("sentences/crisis_tuned.txt")), missed(include_str!("sentences/crisis_held_out.txt")));
    assert!(tuned.is_empty(), "{tuned:#?}");
    assert!(held_out.len() <= 2, "{held_out:#?}");
}

#[test]
fn what_only_shares_a_word_with_a_crisis_is_none() {
    let (tuned, held_out) =
        (missed(include_str!("sentences/harmless_tuned.txt")), missed(include_str!("sentences/harmless_held_out.txt")));
    assert!(tuned.is_empty(), "{tuned:#?}");
    assert!(held_out.len() <= 4, "{held_out:#?}");
}

#[test]
fn spelling_case_accents_and_marks_do_not_matter() {
    for (typed, crisis) in [
        ("I WANT TO DIE!!!", Crisis::Despair),
        ("i wan't to k1ll my self, suicde", Crisis::Despair),
        ("I want to kill myself", Crisis::Despair),
        ("He’s hitting me…", Crisis::AbuseAtHome),
        ("my boyfriend STRANGELD me", Crisis::AbuseAtHome),
        ("im bieng stalkd", Crisis::Stalking),
    ] {
        assert_eq!(find_crisis(typed), Some(crisis), "{typed}");
    }
}

#[test]
fn nothing_is_found_in_nothing_and_a_long_text_comes_to_an_end() {
    for empty in ["", " ", "?!", "😀", "\u{202E}"] {
        assert_eq!(find_crisis(empty), None, "{empty:?}");
    }
    assert_eq!(find_crisis(&"i want to i want to ".repeat(20_000)), None);
    for naughty in naughty_strings::BLNS {
        let _ = find_crisis(naughty);
    }
}
