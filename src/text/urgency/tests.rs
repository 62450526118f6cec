use crate::text::folding::words;
use crate::text::urgency::read::read;
use crate::text::urgency::{Crisis, FILES, find_crisis};

/// Sentences of a table: (kind that fits, sentence).
fn sentences(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once(": ").unwrap_or(("", line)))
}

/// The sentences of a table that are not judged as the table says, and the number of all its sentences.
fn wrong(table: &'static str, is_crisis: bool) -> (Vec<&'static str>, usize) {
    let is_wrong = |(_, sentence): &(&str, &'static str)| find_crisis(sentence).is_some() != is_crisis;
    (sentences(table).filter(is_wrong).map(|(_, sentence)| sentence).collect(), sentences(table).count())
}

/// The part of a table, in thousandths.
fn thousandths(part: usize, whole: usize) -> usize {
    (part * 1000).div_ceil(whole)
}

/// The crisis that the rules in `file` find in a text.
fn found_by(file: &'static str, text: &str) -> Option<Crisis> {
    let (rules, unread) = read(&[file]);
    assert_eq!(unread, <[String; 0]>::default());
    let words: Vec<String> = words(text).into_iter().map(|word| word.folded).collect();
    rules.find(&words)
}

#[test]
fn every_line_of_the_words_and_cues_is_read() {
    let (_, unread) = read(&FILES);
    assert_eq!(unread, <[String; 0]>::default());
}

#[test]
fn people_in_crisis_are_found() {
    let (missed, all) = wrong(include_str!("sentences/crisis_tuned.txt"), true);
    assert!(thousandths(missed.len(), all) <= 40, "{} of {all}: {missed:#?}", missed.len());
    // The goal is 25 of 1,000; this is what is reached on sentences that nothing was tuned on, many of them indirect.
    let (missed, all) = wrong(include_str!("sentences/crisis_held_out.txt"), true);
    assert!(thousandths(missed.len(), all) <= 90, "{} of {all}: {missed:#?}", missed.len());
}

#[test]
fn what_only_shares_a_word_with_a_crisis_is_none() {
    let (flagged, all) = wrong(include_str!("sentences/harmless_tuned.txt"), false);
    assert!(thousandths(flagged.len(), all) <= 50, "{} of {all}: {flagged:#?}", flagged.len());
    let (flagged, all) = wrong(include_str!("sentences/harmless_held_out.txt"), false);
    assert!(thousandths(flagged.len(), all) <= 40, "{} of {all}: {flagged:#?}", flagged.len());
}

#[test]
fn the_helpline_that_fits_mostly_comes_first() {
    let found = sentences(include_str!("sentences/crisis_tuned.txt"))
        .filter_map(|(kind, sentence)| find_crisis(sentence).map(|found| (kind, found.name())));
    let (mut right, mut all) = (0, 0);
    for (kind, found) in found {
        all += 1;
        right += usize::from(kind == found || found == Crisis::DangerNow.name());
    }
    assert!(thousandths(right, all) >= 700, "{right} of {all}");
}

#[test]
fn points_for_and_against_are_added_up_and_the_kind_with_the_most_is_meant() {
    let cues = "[despair]\n60 die\n[abuse]\n50 he .. me\n[any]\n50 now\n[against]\n-50 film";
    assert_eq!(found_by(cues, "die"), None);
    assert_eq!(found_by(cues, "die die die"), None, "a cue counts once");
    assert_eq!(found_by(cues, "die now"), Some(Crisis::Despair));
    assert_eq!(found_by(cues, "he made me die"), Some(Crisis::Despair));
    assert_eq!(found_by(cues, "he made me die in a film"), None);
    assert_eq!(found_by("[any]\n110 now", "now"), Some(Crisis::DangerNow), "no kind has points");
}

#[test]
fn words_of_sayings_are_left_out() {
    let cues = "[sayings]\nto die for\n[despair]\n110 die\n";
    assert_eq!(found_by(cues, "a cake to die for"), None);
    assert_eq!(found_by(cues, "to die for to die"), Some(Crisis::Despair));
}

#[test]
fn a_pattern_is_made_of_steps() {
    for (pattern, stands, does_not) in [
        ("a b", "x a b", "a x b"),
        ("a .. b", "a x x x x b", "a x x x x x b"),
        ("a ... b", "a x x x x x x b", "b a"),
        ("a b? c", "a c", "a x c"),
        ("a b* c", "a b b b c", "a b x c"),
        ("a !b", "a c", "a b"),
        ("^ a", "a b", "b a"),
        ("a $", "b a", "a b"),
        ("a|b c", "b c", "c"),
        ("kill~ me", "killing me", "billing me"),
    ] {
        let cues: &'static str = format!("[abuse]\n110 {pattern}").leak();
        assert!(found_by(cues, stands).is_some() && found_by(cues, does_not).is_none(), "{pattern}");
    }
}

#[test]
fn a_word_is_known_however_it_is_spelt() {
    let cues = "[spellings]\nkms = kill myself\nwana = want to\n[ordinary]\nskills therapist\n[classes]\n@rare: husband strangle \
        stopped\n@small: want to the rapist\n[despair]\n110 kill myself\n[abuse]\n110 @rare\n[sexual]\n110 rapist";
    for (typed, crisis) in [
        ("kms", Some(Crisis::Despair)),
        ("killmyself", Some(Crisis::Despair)),
        ("wanakillmyself", Some(Crisis::Despair)),
        ("k1ll mys3lf", Some(Crisis::Despair)),
        ("killll mysellf", Some(Crisis::Despair)),
        ("kill mysefl", Some(Crisis::Despair)),
        ("hsbnd", Some(Crisis::AbuseAtHome)),
        ("strangel", Some(Crisis::AbuseAtHome)),
        ("stoped", Some(Crisis::AbuseAtHome)),
        ("skills myself", None),
        ("therapist", None),
        ("the rapist", Some(Crisis::SexualViolence)),
        ("999", None),
    ] {
        assert_eq!(found_by(cues, typed), crisis, "{typed}");
    }
}

#[test]
fn spelling_case_accents_and_marks_do_not_matter() {
    for (typed, crisis) in [
        ("I WANT TO DIE!!!", Crisis::Despair),
        ("i wan't to k1ll my self, suicde", Crisis::Despair),
        ("I want to kill myself", Crisis::Despair),
        ("iwanttodie", Crisis::Despair),
        ("cba livin kms", Crisis::Despair),
        ("He’s hitting me…", Crisis::AbuseAtHome),
        ("my boyfriend STRANGELD me", Crisis::AbuseAtHome),
        ("im bieng stalkd", Crisis::Stalking),
    ] {
        assert_eq!(find_crisis(typed), Some(crisis), "{typed}");
    }
    assert!(find_crisis("hes gonna kill me").is_some());
}

#[test]
fn nothing_is_found_in_nothing_and_a_long_text_comes_to_an_end() {
    for empty in ["", " ", "?!", "😀", "\u{202E}"] {
        assert_eq!(find_crisis(empty), None, "{empty:?}");
    }
    let _ = find_crisis(&"i want to i want to ".repeat(20_000));
    let _ = find_crisis(&"killmyselfiwanttodie".repeat(20_000));
    for naughty in naughty_strings::BLNS {
        let _ = find_crisis(naughty);
    }
}
