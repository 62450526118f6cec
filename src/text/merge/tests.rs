use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

const BASE: &str = "## Call us\n\nCall 101.\n\n- Monday\n- Tuesday\n\nGood night.";

fn changes(mine: &str, theirs: &str) -> Vec<Change> {
    merge(BASE, mine, theirs).into_iter().map(|part| part.change).filter(|change| *change != Change::None).collect()
}

fn merged(mine: &str, theirs: &str) -> Option<String> {
    resolve(&merge(BASE, mine, theirs), |_| None)
}

#[test]
fn changes_of_different_paragraphs_are_both_in_the_merge() {
    let mine = BASE.replace("Call 101.", "Call 101 at any time.");
    let theirs = BASE.replace("Good night.", "Good morning.");
    let both = BASE.replace("Call 101.", "Call 101 at any time.").replace("Good night.", "Good morning.");
    assert_eq!(merged(&mine, &theirs), Some(both));
    // Items of one list, side by side.
    let (mine, theirs) = (BASE.replace("Monday", "Sunday"), BASE.replace("Tuesday", "Friday"));
    assert_eq!(merged(&mine, &theirs), Some(BASE.replace("Monday", "Sunday").replace("Tuesday", "Friday")));
}

#[test]
fn what_one_adds_or_takes_away_stays_so() {
    let mine = format!("First of all.\n\n{BASE}\n\nLast of all.");
    let theirs = BASE.replace("- Monday\n", "");
    let both = "First of all.\n\n## Call us\n\nCall 101.\n\n- Tuesday\n\nGood night.\n\nLast of all.";
    // The list begins with another item now, which has the empty line of the first.
    let parts = merge(BASE, &mine, &theirs);
    assert_eq!(resolve(&parts, |_| None).as_deref(), Some(both));
}

#[test]
fn a_person_chooses_where_both_changed_the_same_paragraph() {
    let (mine, theirs) = (BASE.replace("Call 101.", "Call 999."), BASE.replace("Call 101.", "Call us."));
    assert_eq!(changes(&mine, &theirs), [Change::Conflict]);
    assert_eq!(merged(&mine, &theirs), None);
    let parts = merge(BASE, &mine, &theirs);
    assert_eq!(resolve(&parts, |_| Some(Choice::Mine)), Some(mine));
    assert_eq!(resolve(&parts, |_| Some(Choice::Theirs)), Some(theirs));
    let both = BASE.replace("Call 101.", "Call us.\n\nCall 999.");
    assert_eq!(resolve(&parts, |_| Some(Choice::Both)), Some(both));
}

#[test]
fn two_additions_at_one_place_are_a_choice_and_the_same_one_is_not() {
    let (mine, theirs) = (format!("{BASE}\n\nMine."), format!("{BASE}\n\nTheirs."));
    assert_eq!(changes(&mine, &theirs), [Change::Conflict]);
    assert_eq!(changes(&mine, &mine), [Change::Same]);
    let removed = BASE.replace("Call 101.\n\n", "");
    assert_eq!(changes(&removed, &BASE.replace("Call 101.", "Call.")), [Change::Conflict]);
}

#[test]
fn without_a_beginning_what_both_have_counts_as_one() {
    let (mine, theirs) = ("One.\n\nTwo.\n\nThree.", "One.\n\nThree.\n\nFour.");
    let base = common(mine, theirs);
    assert_eq!(resolve(&merge(&base, mine, theirs), |_| None).as_deref(), Some("One.\n\nTwo.\n\nThree.\n\nFour."));
}

#[test]
fn texts_of_100_kb_that_share_nothing_are_one_choice() {
    let many = |word: &str| (0..12_500).map(|number| format!("- {word}{number}")).collect::<Vec<_>>().join("\n");
    let parts = merge(&many("a"), &many("b"), &many("c"));
    assert!(parts.iter().all(|part| part.change == Change::Conflict));
}

/// A text of a few paragraphs, some of them twice.
fn text() -> impl Strategy<Value = String> {
    let paragraph = prop::sample::select(vec![
        "One.",
        "Two\nlines.",
        "- item",
        "- other",
        "1. step",
        "## Head",
        "| a | b |",
        "```\ncode\n\n\ncode\n```",
        "",
    ]);
    let gap = prop::sample::select(vec!["\n", "\n\n", "\n\n\n"]);
    prop::collection::vec((paragraph, gap), 0..9)
        .prop_map(|parts| parts.into_iter().flat_map(|(text, gap)| [text, gap]).collect())
}

/// The text without the line breaks around it, which mean nothing.
fn bare(text: &str) -> String {
    text.trim_matches('\n').to_owned()
}

proptest! {
    #[test]
    fn equal_sides_merge_to_what_they_are(base in text(), side in text()) {
        prop_assert_eq!(resolve(&merge(&base, &side, &side), |_| None), Some(bare(&side)));
    }

    #[test]
    fn a_change_of_one_side_only_is_the_merge(base in text(), side in text()) {
        prop_assert_eq!(resolve(&merge(&base, &side, &base), |_| None), Some(bare(&side)));
        prop_assert_eq!(resolve(&merge(&base, &base, &side), |_| None), Some(bare(&side)));
    }

    #[test]
    fn choosing_one_side_everywhere_keeps_all_of_its_changes(base in text(), mine in text(), theirs in text()) {
        let parts = merge(&base, &mine, &theirs);
        let whole = |pick: fn(&Part) -> &str| bare(&parts.iter().map(pick).collect::<String>());
        prop_assert_eq!(whole(|part| &part.mine), bare(&mine));
        prop_assert_eq!(whole(|part| &part.theirs), bare(&theirs));
        prop_assert_eq!(whole(|part| &part.base), bare(&base));
    }

    #[test]
    fn no_word_that_somebody_added_is_lost_where_both_are_kept(base in text(), mine in text(), theirs in text()) {
        let merged = resolve(&merge(&base, &mine, &theirs), |_| Some(Choice::Both)).unwrap_or_default();
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
        let kept = lines(&merged);
        for side in [&mine, &theirs] {
            prop_assert!(lines(side).difference(&lines(&base)).all(|line| line.is_empty() || kept.contains(line)));
        }
    }
}
