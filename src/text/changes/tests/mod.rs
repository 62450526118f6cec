mod properties;

use std::collections::BTreeMap;

use crate::text::changes::{Changes, compare};
use crate::text::markdown::{Piece, attribute, pieces, plain_text, render};

fn html(markdown: &str) -> String {
    render(markdown, "notice", &BTreeMap::new()).unwrap()
}

fn changes(before: &str, after: &str) -> Changes {
    compare(&html(before), &html(after))
}

/// The text of one side alone: without `dropped` elements, labels and notes.
fn side(changes: &str, dropped: &str) -> String {
    let mut kept = String::new();
    let mut open: Vec<(&str, bool)> = Vec::new();
    for piece in pieces(changes) {
        let hidden = open.iter().any(|(_, hidden)| *hidden);
        match piece {
            Piece::Open { name: "br" | "hr", .. } => {
                if !hidden {
                    kept.push_str("<br>");
                }
            }
            Piece::Open { name, attributes } => {
                let class = attribute(attributes, "class").unwrap_or_default();
                let hides =
                    name == dropped || ["change-label", "change-note", "visually-hidden"].contains(&class.as_str());
                open.push((name, hides));
                // The furniture of new links belongs to neither side.
                let attributes = if name == "a" { "" } else { attributes };
                if !hidden && !hides {
                    kept.extend(["<", name, " ", attributes, ">"]);
                }
            }
            Piece::Close { name } => {
                let (opened, hides) = open.pop().expect("an element to close");
                assert_eq!(name, opened, "{changes}");
                if !hides && !open.iter().any(|(_, hidden)| *hidden) {
                    kept.extend(["</", name, ">"]);
                }
            }
            Piece::Text(text) => {
                if !hidden {
                    kept.push_str(text.strip_suffix(" (opens in a new window)").unwrap_or(text));
                }
            }
        }
    }
    assert!(open.is_empty(), "{changes}");
    plain_text(&kept)
}

/// Children that HTML allows in lists and tables only.
fn assert_valid_nesting(changes: &str) {
    let mut open: Vec<&str> = Vec::new();
    for piece in pieces(changes) {
        match piece {
            Piece::Open { name, .. } => {
                let parent = open.last().copied().unwrap_or("");
                let fits = match name {
                    "li" => ["ul", "ol"].contains(&parent),
                    "tr" => ["thead", "tbody"].contains(&parent),
                    "td" | "th" => parent == "tr",
                    "thead" | "tbody" => parent == "table",
                    "p" | "ul" | "ol" | "blockquote" | "div" | "pre" | "hr" => {
                        ["", "li", "blockquote"].contains(&parent)
                    }
                    "a" => !open.contains(&"a"),
                    "ins" | "del" => !open.contains(&"ins") && !open.contains(&"del"),
                    _ => !["ul", "ol", "table", "thead", "tbody", "tr"].contains(&parent),
                };
                assert!(fits, "<{name}> in <{parent}>: {changes}");
                if !["br", "hr"].contains(&name) {
                    open.push(name);
                }
            }
            Piece::Close { .. } => {
                open.pop();
            }
            Piece::Text(text) => {
                let parent = open.last().copied().unwrap_or("");
                let bare = ["", "ul", "ol", "table", "thead", "tbody", "tr", "div"].contains(&parent);
                assert!(!bare || text.trim().is_empty(), "{text:?} in <{parent}>: {changes}");
            }
        }
    }
}

#[test]
fn the_same_text_has_no_changes() {
    let same = changes("## One\n\ntwo *three*", "## One\n\ntwo *three*");
    assert!(same.identical);
    assert_eq!(same.summary, "Nothing in the text changed.");
    assert_eq!(same.html, "<h2 id=\"notice-one\">One</h2>\n<p>two <em>three</em></p>\n");
}

#[test]
fn changed_words_are_marked_and_said() {
    let changed = changes("The Act of 1998 says no.", "The Act of 1988 says no.");
    assert_eq!(
        changed.html,
        "<p>The Act of <del><span class=\"visually-hidden\">[removed: </span>1998<span class=\"visually-hidden\">] \
         </span></del><ins><span class=\"visually-hidden\">[added: </span>1988<span class=\"visually-hidden\">] \
         </span></ins> says no.</p>\n"
    );
    assert_eq!(changed.summary, "One paragraph changed. One word was added and one was removed.");
    assert_eq!((changed.added_words, changed.removed_words, changed.identical), (1, 1, false));
}

#[test]
fn neighbouring_words_are_marked_as_one() {
    let changed = changes("we keep your name and address for one year", "we keep your name and address for six months");
    assert!(changed.html.contains("[removed: </span>one year<span"), "{}", changed.html);
    assert!(changed.html.contains("[added: </span>six months<span"), "{}", changed.html);
}

#[test]
fn whole_blocks_carry_a_visible_label() {
    let changed = changes("First.\n\nOld and gone entirely.", "First.\n\n## New\n\nSomething else, fresh here.");
    assert_eq!(
        changed.html,
        "<p>First.</p>\n\
         <p class=\"block-removed\"><span class=\"change-label\">Removed: </span><del>Old and gone entirely.</del></p>\n\
         <h2 class=\"block-added\" id=\"notice-new\"><span class=\"change-label\">Added: </span><ins>New</ins></h2>\n\
         <p class=\"block-added\"><span class=\"change-label\">Added: </span><ins>Something else, fresh here.</ins></p>\n"
    );
    assert_eq!(
        changed.summary,
        "Two passages were added and one was removed. Five words were added and four were removed."
    );
}

#[test]
fn an_edited_paragraph_among_new_ones_meets_its_old_self() {
    let changed = changes(
        "We keep your name for a year.\n\nWe share nothing with anyone else at all.",
        "Totally different opening words.\n\nWe share nothing with anyone else, unless the law says so.",
    );
    assert!(changed.html.contains("<p>We share nothing with anyone else"), "{}", changed.html);
    assert_eq!(
        changed.summary,
        "One paragraph changed, one was added and one was removed. Nine words were added and nine were removed."
    );
}

#[test]
fn list_items_keep_their_level_and_number() {
    let changed = changes("1. one\n2. two\n   - deep\n3. three", "1. one\n2. two\n   - deep down\n4. three");
    assert_eq!(changed.summary, "One list item changed. One word was added.");
    assert_eq!(side(&changed.html, "del"), "one\ntwo\ndeep down\nthree",);
    assert!(changed.html.contains("<ul>\n<li>deep<ins>"), "{}", changed.html);
    assert!(changed.html.contains("<li value=\"3\">three"), "{}", changed.html);
    assert_valid_nesting(&changed.html);
}

#[test]
fn table_rows_are_compared_cell_by_cell() {
    let table = |days: &str, more: &str| format!("| Name | Days |\n| --- | ---: |\n| choice | {days} |\n{more}");
    let changed = changes(&table("90", "| gone | 1 |"), &table("180", ""));
    assert_eq!(
        changed.summary,
        "One table row changed and one was removed. One word was added and three were removed."
    );
    assert!(changed.html.contains("<tr><td>choice</td><td class=\"right\"><del>"), "{}", changed.html);
    assert!(
        changed.html.contains("<tr class=\"block-removed\"><td><span class=\"change-label\">Removed: </span><del>gone"),
        "{}",
        changed.html
    );
    assert_valid_nesting(&changed.html);
}

#[test]
fn a_link_that_leads_elsewhere_is_told_in_words() {
    let changed = changes("See [the Act](https://a.example/1998).", "See [the Act](https://a.example/1988).");
    assert_eq!(
        changed.html,
        "<p>See <a href=\"https://a.example/1988\" rel=\"noopener noreferrer\" target=\"_blank\">the Act (opens in a new \
         window)</a><span class=\"change-note\"> (link changed from https://a.example/1998 to https://a.example/1988)\
         </span>.</p>\n"
    );
    assert_eq!(changed.summary, "One link changed.");
    assert!(!changed.identical);
}

#[test]
fn a_link_that_came_or_went_under_the_same_words_is_told() {
    let came = changes("See the Act now.", "See [the Act](/act) now.");
    assert!(came.html.contains("</a><span class=\"change-note\"> (link to /act added)</span> now"), "{}", came.html);
    let went = changes("See [the Act](/act) now.", "See the Act now.");
    assert!(
        went.html.contains("See the Act<span class=\"change-note\"> (link to /act removed)</span> now"),
        "{}",
        went.html
    );
}

#[test]
fn a_link_whose_words_change_stays_one_link() {
    let changed = changes("See [the Act of 1998](/act) now.", "See [the Act of 1988](/act) now.");
    assert_eq!(changed.html.matches("<a ").count(), 1, "{}", changed.html);
    assert!(changed.html.contains("1988<span class=\"visually-hidden\">] </span></ins></a> now"), "{}", changed.html);
    let grown = changes("one two three four five six [seven](/7).", "one two three four five six and [seven](/7).");
    assert_eq!(grown.html.matches("<a ").count(), 1, "{}", grown.html);
}

#[test]
fn removed_links_lead_nowhere() {
    let changed = changes("One.\n\n[Gone](https://a.example/)", "One.");
    assert!(changed.html.contains("<del>Gone</del>") && !changed.html.contains("<a "), "{}", changed.html);
}

#[test]
fn a_change_of_layout_alone_says_so() {
    assert_eq!(
        changes("some words", "some **words**").summary,
        "The words are the same; only how they are set out changed."
    );
    assert_eq!(
        changes("some words.", "some words!").summary,
        "One paragraph changed. Only punctuation or spacing differs."
    );
}

#[test]
fn a_new_column_alone_is_marked_in_a_table() {
    let before = "| Record | Kept |\n| --- | --- |\n| Custody | 6 years |\n| Calls | 2 years |";
    let after = "| Record | Why | Kept |\n| --- | --- | --- |\n| Custody | law | 6 years |\n| Calls | our own rule, which we look at each year | 2 years |";
    let came = changes(before, after);
    assert!(
        came.html.contains("<th scope=\"col\"><span class=\"change-label\">Added column: </span><ins>Why</ins></th>"),
        "{}",
        came.html
    );
    assert!(
        came.html.contains("<td>Custody</td><td><ins><span class=\"visually-hidden\">[added: </span>law<"),
        "{}",
        came.html
    );
    assert!(!came.html.contains("<del>") && !came.html.contains("block-added"), "{}", came.html);
    assert_eq!(came.summary, "One column was added. Eleven words were added.".replace("Eleven", "11"));
    assert_eq!(side(&came.html, "del"), plain_text(&html(after)));
    assert_valid_nesting(&came.html);
    let went = changes(after, before);
    assert!(went.html.contains("Removed column: </span><del>Why</del>"), "{}", went.html);
    assert!(!went.html.contains("<ins>") && !went.html.contains("block-removed"), "{}", went.html);
    assert_eq!(went.summary, "One column was removed. 11 words were removed.");
    assert_valid_nesting(&went.html);
}

#[test]
fn rows_that_come_with_a_new_column_are_marked_whole() {
    let before = "| Record | Kept |\n| --- | --- |\n| Custody | 6 years |";
    let after = "| Record | Kept | Why |\n| --- | --- | --- |\n| Custody | 7 years | law |\n| Calls | 2 years | rule |";
    let changed = changes(before, after);
    assert!(changed.html.contains("<tr class=\"block-added\">") && changed.html.contains("rule"), "{}", changed.html);
    assert_eq!(
        changed.summary,
        "One table row changed and one was added. One column was added. Seven words were added and one was removed."
    );
    assert_eq!(side(&changed.html, "del"), plain_text(&html(after)));
    assert_valid_nesting(&changed.html);
}

#[test]
fn a_split_or_joined_paragraph_is_said_as_that() {
    let (one, two) = ("One sentence. Two sentence.", "One sentence.\n\nTwo sentence.");
    let split = changes(one, two);
    assert_eq!(
        split.html,
        "<p>One sentence.</p>\n<p><span class=\"change-label\">New paragraph: </span>Two sentence.</p>\n"
    );
    assert_eq!(split.summary, "The words are the same; only how they are set out changed.");
    assert_eq!((split.added_words, split.removed_words), (0, 0));
    let joined = changes(two, one);
    assert_eq!(
        joined.html,
        "<p><span class=\"change-label\">Joined from 2 parts: </span>One sentence. Two sentence.</p>\n"
    );
    assert_eq!(joined.summary, "The words are the same; only how they are set out changed.");
    let more = changes(&format!("{one}\n\nCall us."), &format!("{two}\n\nCall us now."));
    assert_eq!(more.summary, "One paragraph changed. One word was added. One passage was split.");
    // A word that was cut in two is another word, and a link that came is told.
    assert!(changes("We answer.", "We ans\n\nwer.").summary.contains("changed"));
    assert!(changes("See it. Call.", "See [it](/it).\n\nCall.").html.contains("<ins>"));
}

#[test]
fn a_list_with_other_numbers_says_so() {
    assert_eq!(
        changes("1. one\n2. two", "3. one\n4. two").summary,
        "The words are the same; only the numbers of a list changed."
    );
}

#[test]
fn bold_that_begins_a_list_item_stays_bold() {
    let text = "- **Names.** We keep them.\n- [Call](/call) us.\n\n**Lead.** A paragraph.";
    let changed = changes(text, &format!("{text} More."));
    for kept in
        ["<li><strong>Names.</strong> We keep them.", "<li><a href=\"/call\">Call</a> us.", "<p><strong>Lead.</strong>"]
    {
        assert!(changed.html.contains(kept), "{}", changed.html);
    }
}

#[test]
fn the_first_change_has_a_name_to_jump_to() {
    let changed = changes("One.\n\nTwo.\n\nThree.", "One.\n\nTwo too.\n\nThree more.");
    let named = changed.html_with_anchor().unwrap();
    assert_eq!(named.matches("id=\"first-change\"").count(), 1);
    assert!(named.contains("<p>Two<ins id=\"first-change\">"), "{named}");
    assert_eq!(changes("Same.", "Same.").html_with_anchor(), None);
}

#[test]
fn a_first_version_is_all_added() {
    let first = compare("", &html("- one\n- two"));
    assert_eq!(first.summary, "Two list items were added. Two words were added.");
    assert_eq!(first.removed_words, 0);
}

#[test]
fn a_paragraph_too_long_to_compare_is_shown_whole_on_both_sides() {
    let words =
        |seed: usize| (0..6_000).map(|n| format!("w{}", (n * 7919 + seed * n) % 3_001)).collect::<Vec<_>>().join(" ");
    let changed = changes(&words(1), &words(2));
    assert_eq!(changed.html.matches("<del>").count(), 1);
    assert_eq!(changed.html.matches("<ins>").count(), 1);
}
