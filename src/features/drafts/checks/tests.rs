use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::features::drafts::NoticeDraft;
use crate::features::drafts::checks::law::{QUESTIONS, Sections};
use crate::features::drafts::checks::{Problem, blocking, check, law};
use crate::features::drafts::model::Answer;
use crate::site::edition::Edition;
use crate::site::model::{Address, Banner, Level, NoticeKind, PageContent};
use crate::site::published::Published;

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

fn address(text: &str) -> Address {
    text.to_owned().try_into().unwrap()
}

fn edition() -> Edition {
    let mut published = Published::default();
    let page = PageContent {
        address: address("contact"),
        title: "Contact us".to_owned(),
        description: String::new(),
        notices: vec![address("contact"), address("helplines")],
        about_harm: false,
    };
    published.pages.entry("contact").add(now(), 1, Some(Arc::new(page)));
    let facts = BTreeMap::from([("force_name".to_owned(), "Northshire Police".to_owned())]);
    published.facts.add(now(), 2, Some(Arc::new(facts)));
    Edition::new(Arc::new(published), now(), Arc::default())
}

fn draft(markdown: &str) -> NoticeDraft {
    NoticeDraft {
        title: "A title".to_owned(),
        markdown: markdown.to_owned(),
        change_note: "Something changed.".to_owned(),
        ..NoticeDraft::new(address("a-notice"), NoticeKind::Text)
    }
}

fn fields(problems: &[Problem]) -> Vec<&str> {
    problems.iter().map(|problem| problem.field).collect()
}

fn blocked(name: &str, draft: &NoticeDraft) -> Vec<Problem> {
    blocking(name, draft, &edition(), now())
}

fn advised(markdown: &str) -> Vec<Problem> {
    check("a-notice", &draft(markdown), &edition(), now()).advice
}

#[test]
fn a_sound_draft_is_not_blocked() {
    assert_eq!(blocked("a-notice", &draft("## One\n\nText of {{ force_name }}.\n")), []);
}

#[test]
fn an_empty_draft_says_what_is_missing() {
    let empty = NoticeDraft::new(address("a-notice"), NoticeKind::Text);
    assert_eq!(fields(&blocked("a-notice", &empty)), ["title", "markdown", "change_note"]);
    let long = NoticeDraft { title: "x".repeat(201), change_note: "x".repeat(1001), ..draft("Text") };
    assert_eq!(fields(&blocked("a-notice", &long)), ["title", "change_note"]);
}

#[test]
fn headings_that_skip_or_repeat_the_title_and_unknown_placeholders_block_with_their_lines() {
    for (markdown, line) in [("# One\n", 1), ("## One\n\n#### Two\n", 3), ("Text\n\n{{ nobody }}\n", 3)] {
        let problems = blocked("a-notice", &draft(markdown));
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!((problems[0].field, problems[0].line), ("markdown", Some(line)));
    }
}

#[test]
fn an_address_that_something_else_has_is_refused() {
    let moved = NoticeDraft { address: address("contact"), ..draft("Text") };
    assert_eq!(fields(&blocked("a-notice", &moved)), ["address"]);
    assert_eq!(blocked("helplines", &moved), [], "a notice may be called as the page it stands on");
}

#[test]
fn a_banner_needs_a_level_pages_and_an_end_to_come_an_emergency_too() {
    let mut banner = NoticeDraft { kind: NoticeKind::Banner, ..draft("Text") };
    assert_eq!(fields(&blocked("a-notice", &banner)), ["level_information"]);
    banner.banner = Some(Banner { level: Level::Emergency, pages: vec![], ends_at: None });
    assert_eq!(fields(&blocked("a-notice", &banner)), ["everywhere", "end_date"]);
    banner.banner = Some(Banner { level: Level::Emergency, pages: vec!["all".to_owned()], ends_at: Some(now()) });
    assert_eq!(fields(&blocked("a-notice", &banner)), ["end_date"]);
    let later = now() + jiff::SignedDuration::from_hours(1);
    banner.banner = Some(Banner { level: Level::Emergency, pages: vec!["all".to_owned()], ends_at: Some(later) });
    assert_eq!(blocked("a-notice", &banner), []);
}

#[test]
fn link_words_that_say_nothing_are_remarked_on() {
    for words in ["here", "Click here", "more.", "read  more", "https://law.test/x", "www.law.test"] {
        let found = advised(&format!("Text.\n\nSee [{words}](https://law.test).\n"));
        assert_eq!(found.len(), 1, "{words}: {found:?}");
        assert_eq!(found[0].line, Some(3));
    }
    assert_eq!(advised("See [the Act of 1998](https://law.test) and [101](tel:101).\n"), []);
    assert_eq!(advised("Look at https://law.test for it.\n").len(), 1);
    assert_eq!(advised("```\nhttps://law.test\n```\n"), []);
}

#[test]
fn local_links_that_lead_nowhere_are_remarked_on() {
    let good =
        "[a](/contact) [b](/contact#helplines) [c](/) [d](/search?q=x) [e](/notices/contact) [f](#one)\n\n## One\n";
    let found = advised(good);
    assert_eq!(
        found.iter().map(|problem| &problem.message).collect::<Vec<_>>(),
        ["The link to / leads nowhere: there is no such page on this site."]
    );
    for (bad, said) in [("/nowhere", "/nowhere"), ("/contact/x", "/contact/x"), ("/contact#x", "#x"), ("#two", "#two")]
    {
        let found = advised(&format!("## One\n\n[words for it]({bad})\n"));
        assert_eq!(found.len(), 1, "{bad}");
        assert!(found[0].message.contains(said), "{found:?}");
    }
}

#[test]
fn markdown_that_did_not_take_is_told_with_its_line() {
    let text = "We keep it ~~six~~ two years.[^1]\n\n##Your rights\n\n• one\n• two\n\n1. first\n  - within\n2. second\n\n\
                [write](mailto:a@x.example?subject=Data request)\n";
    let lines: Vec<usize> = advised(text).iter().filter_map(|problem| problem.line).collect();
    assert_eq!(lines, [1, 3, 5, 6, 9, 12]);
    for (text, expected, said) in [
        ("One.[^1]\n", &[1][..], "footnote"),
        ("- [ ] Do it.\n- [x] Done.\n", &[1, 2], "box to tick"),
        ("We ask:\n(a) one\n(b) two\n", &[2, 3], "no item of a list"),
        ("We ask:\n–  one\n–  two\n", &[2, 3], "no item of a list"),
        ("We ask:\n-one\n-two\n", &[2, 3], "no item of a list"),
        ("We ask:\n2. two\n", &[2], "no item of a list"),
        ("1.1 one\n1.2 two\n", &[1, 2], "no item of a list"),
        ("- one\n - within\n", &[2], "does not stand in the one above"),
        ("1. one\n\n  - within\n", &[3], "does not stand in the one above"),
        ("1. one\n2. two\n5. five\n", &[3], "shown as number 3, not 5"),
        ("Words.\n\n    more words\n", &[3], "show it as code"),
        ("This ** is bold ** now.\n", &[1], "Bold starts right before"),
        ("Look at [this] (/contact) now.\n", &[1], "link is shown with its signs"),
        ("| A | B |\n| 1 | 2 |\n", &[1, 2], "needs a second line"),
        ("It is ==marked== here.\n", &[1], "marks nothing"),
    ] {
        let found = advised(text);
        let lines: Vec<usize> = found.iter().filter_map(|problem| problem.line).collect();
        assert_eq!(lines, expected, "{text:?}: {found:?}");
        assert!(found.iter().all(|problem| problem.message.contains(said)), "{found:?}");
    }
    let taken = "## One\n\nA \\~\\~ b \\*\\* c `~~ ** [^1]` #tag (a) – 2 * 3, __utma, [b] (c).\nIn\n2023. And then.\n\n\
                 1. a\n   - 1.1 b\n   - 1.2 c\n1. d\n\n- - e\n  - f\n\n| A | B |\n| --- | --- |\n| 1 | 2 |\n\n\
                 ```\n~~ ##x\n• y\n```\n\n> - g\n>   - h\n\n\\- one\n\\- two\n\n7. i\n8. j\n\n10) k\n";
    assert_eq!(advised(taken), []);
}

#[test]
fn a_long_sentence_is_quoted_with_its_line() {
    let long = format!("Short one. Then {}end.", "word ".repeat(25));
    let found = advised(&format!("## One\n\nFirst line.\n{long}\n"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].message.starts_with("A sentence of 27 words: “Then word"), "{found:?}");
    assert_eq!(found[0].line, Some(4));
    assert_eq!(advised(&format!("{}end.", "word ".repeat(24))), []);
    assert_eq!(advised("- one\n- two\n\n```\n".to_owned().as_str()), [], "items are sentences of their own");
}

#[test]
fn the_reading_age_grows_with_long_words_and_leaves_out_code_tables_and_addresses() {
    let age = |markdown: &str| check("a-notice", &draft(markdown), &edition(), now()).reading.age;
    let plain = "We are here to help you. Call us at any time of the day. We keep what you say safe. ".repeat(4);
    let hard = "Notwithstanding contractual considerations, organisational accountability necessitates documentation. "
        .repeat(8);
    assert!(age(&plain).unwrap() <= 8, "{:?}", age(&plain));
    assert!(age(&hard).unwrap() >= 20, "{:?}", age(&hard));
    let with = format!(
        "{plain}\n\n```\n{hard}\n```\n\n| a |\n| - |\n| {hard} |\n\n[us](https://x.test/incomprehensibilities)\n"
    );
    assert!(age(&with).unwrap().abs_diff(age(&plain).unwrap()) <= 1);
    assert_eq!(age("Too short."), None);
    assert!(advised(&hard).iter().any(|problem| problem.message.contains("reading age")));
}

const PRIVACY: &str = "## Who is in charge of your information\n\nThe Chief Constable.\n\n## How long we keep it\n\nSix years.\n\n\
    ### Chats\n\nA month.\n\n## How to complain\n\nWrite to us.\n";

fn answer_all(markdown: &str) -> BTreeMap<String, Answer> {
    let sections = Sections::of(markdown);
    let answer = |question: &law::Question| {
        let passage = sections.passage(question);
        let of = if passage.found { passage.met } else { passage.waived };
        (question.key.to_owned(), Answer { met: passage.found, reason: "See the full notice.".to_owned(), of })
    };
    QUESTIONS.iter().map(answer).collect()
}

fn asked(markdown: &str, answers: &BTreeMap<String, Answer>) -> Vec<&'static str> {
    law::open(markdown, answers).map(|question| question.key).collect()
}

#[test]
fn a_privacy_notice_is_not_published_before_the_laws_list_is_answered() {
    let mut notice = draft(PRIVACY);
    assert_eq!(blocked("privacy-notice", &notice).len(), QUESTIONS.len());
    assert_eq!(blocked("contact", &NoticeDraft { address: address("contact"), ..notice.clone() }), []);
    notice.answers = answer_all(PRIVACY);
    assert_eq!(blocked("privacy-notice", &notice), []);
}

#[test]
fn only_what_changed_is_asked_again() {
    let answers = answer_all(PRIVACY);
    assert_eq!(asked(PRIVACY, &answers), [""; 0]);
    assert_eq!(asked(&PRIVACY.replace("A month.", "Two months."), &answers), ["keeping"]);
    assert_eq!(asked(&PRIVACY.replace("\n\n", "\n\n\n"), &answers), [""; 0], "white space does not count");
    assert_eq!(asked(&format!("{PRIVACY}\n## Sending it abroad\n\nNever.\n"), &answers), ["abroad"]);
}

#[test]
fn a_waiver_needs_a_reason_and_an_answer_without_a_passage_is_for_the_whole_text() {
    let mut answers = answer_all(PRIVACY);
    answers.get_mut("abroad").unwrap().reason = " ".to_owned();
    assert_eq!(asked(PRIVACY, &answers), ["abroad"]);
    let abroad = QUESTIONS.iter().find(|question| question.key == "abroad").unwrap();
    let of = Sections::of(PRIVACY).passage(abroad).met;
    answers.insert("abroad".to_owned(), Answer { met: true, reason: String::new(), of });
    assert_eq!(asked(PRIVACY, &answers), [""; 0]);
    assert_eq!(asked(&PRIVACY.replace("Write to us.", "Write!"), &answers), ["abroad", "complaint"]);
}

#[test]
fn a_passage_may_be_lines_where_no_heading_names_it() {
    let text = "- Kept no longer than needed, then we destroy it.\n- Something else.\n";
    let answers = answer_all(text);
    assert_eq!(asked(&text.replace("Something", "Anything"), &answers), [""; 0]);
    assert_eq!(asked(&text.replace("then", "and"), &answers), ["keeping"]);
}
