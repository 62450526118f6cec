//! The growth of the work of checks, preview and comparison with the text. The inputs are generated: a token or two, over and over, and
//! one many times and then the other as often. Time is this thread's own on the processor, so that others do not count.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};

use crate::base::language::Language;
use crate::features::drafts::NoticeDraft;
use crate::features::drafts::checks;
use crate::features::drafts::checks::Checks;
use crate::features::drafts::checks::law::{QUESTIONS, Sections};
use crate::features::drafts::differences::between_sources;
use crate::site::edition::Edition;
use crate::site::model::{Facts, NoticeKind};
use crate::text::changes::compare;
use crate::text::markdown::{deepen, headings, introduction, plain_text, tasks};

/// The tokens that Markdown, placeholders and the checks look for.
const TOKENS: [&str; 52] = [
    "{{",
    "}}",
    "{{ a }}",
    "{{ b }}",
    "a",
    "a ",
    " ",
    "\n",
    "\n\n",
    "    ",
    "\t",
    "#",
    "## a\n\n",
    "### b\n",
    "- ",
    "- a\n",
    "  - a\n",
    "1. ",
    "> ",
    "*",
    "**",
    "_",
    "`",
    "[",
    "]",
    "(",
    "](",
    "[a](#a)",
    "[a](#b)",
    "[a](/b) ",
    "[a]: /b\n",
    "[a]",
    "![",
    "<",
    "<a@b.example>",
    "<!--",
    "<?",
    "&",
    "&#",
    "\\",
    "|",
    "a|a\n-|-\n",
    "|\n",
    "~~~\n",
    "http://a.example ",
    ". ",
    "A. ",
    "é",
    "\u{E000}",
    "\"",
    "---\n",
    "\n===\n",
];

/// The step through the pairs of tokens that are tried.
const SAMPLE: usize = 211;

/// The number of times that the longer text is longer.
const TIMES: usize = 8;

/// The factor of the input, and the most by which the time may grow: linear work takes 8 times as long, quadratic 64 times.
const MOST: u32 = 28;

/// Less than this says nothing about growth.
const ENOUGH: Duration = Duration::from_millis(20);

fn own_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap())
}

fn took(work: impl FnOnce()) -> Duration {
    let start = own_time();
    work();
    own_time().saturating_sub(start)
}

/// Tells that the time of work grows with its input as it should. Measures again if something disturbed it.
fn grows_gently(work: impl Fn(usize), size: usize) -> bool {
    (0..3).any(|_| {
        let (short, long) = (took(|| work(size)), took(|| work(size * TIMES)));
        long < ENOUGH || long < short * MOST
    })
}

fn edition() -> Edition {
    let mut edition = Edition::new(Arc::default(), Timestamp::UNIX_EPOCH, Arc::default());
    edition.facts = Arc::new(Facts::from([("a".to_owned(), "A fact".to_owned())]));
    edition
}

/// All that is done with a text when it is previewed, and with what is served of it.
fn preview(edition: &Edition, markdown: String) {
    let draft = NoticeDraft {
        address: "privacy-notice".to_owned().try_into().unwrap(),
        title: "A title".to_owned(),
        language: Language::BritishEnglish,
        words: String::new(),
        kind: NoticeKind::Text,
        markdown,
        change_note: "A note.".to_owned(),
        ask_again: false,
        review_by: None,
        banner: None,
        about_harm: false,
        answers: BTreeMap::new(),
    };
    let Checks { preview, .. } = checks::check("privacy-notice", &draft, edition, Timestamp::UNIX_EPOCH);
    let sections = Sections::of(&draft.markdown);
    for question in &QUESTIONS {
        black_box(sections.passage(question));
    }
    if let Some(html) = preview {
        black_box((
            tasks(&html),
            introduction(&html),
            deepen(&html),
            headings(&html),
            plain_text(&html),
            compare("", &html),
        ));
    }
}

fn fill(unit: &str, size: usize) -> String {
    unit.repeat(size / unit.len() + 1)
}

#[test]
fn no_text_takes_out_of_proportion_to_its_length_to_check_and_show() {
    let edition = edition();
    let mut bad = Vec::new();
    let mut try_out = |name: String, make: &dyn Fn(usize) -> String| {
        if !grows_gently(|size| preview(&edition, make(size)), 2000) {
            bad.push(name);
        }
    };
    for (i, one) in TOKENS.iter().enumerate() {
        try_out(format!("{one:?} over and over"), &|size| fill(one, size));
        for other in TOKENS
            .iter()
            .enumerate()
            .filter(|(j, _)| (i * TOKENS.len() + j).is_multiple_of(SAMPLE))
            .map(|(_, other)| other)
        {
            try_out(format!("{one:?} and {other:?} in turn"), &|size| fill(&format!("{one}{other}"), size));
            try_out(format!("{one:?}, then {other:?}"), &|size| fill(one, size / 2) + &fill(other, size / 2));
        }
    }
    // A heading at the end that every link leads to, and a long heading over many rows.
    try_out("links to the last heading".to_owned(), &|size| fill("[a](#z) ", size) + "\n\n## z\n");
    try_out("a long heading over a long table".to_owned(), &|size| {
        format!("## {}\n\n|a|\n|-|\n{}", fill("a", size / 2), fill("|a|\n", size / 2))
    });
    try_out("lists inside lists".to_owned(), &|size| {
        let lines: Vec<String> = (0..size.isqrt()).map(|depth| "  ".repeat(depth) + "- a").collect();
        lines.join("\n")
    });
    assert_eq!(bad, [""; 0]);
}

#[test]
fn no_two_texts_take_out_of_proportion_to_their_length_to_compare() {
    let unlike = |mark: &str, size: usize| {
        let words: Vec<String> = (0..size / 6).map(|number| format!("{mark}{number}")).collect();
        words.join(" ")
    };
    let makers: [(&str, &dyn Fn(usize) -> String); 6] = [
        ("paragraphs of a letter", &|size| fill("a\n", size)),
        ("words of a letter", &|size| fill("b ", size)),
        ("words in turn", &|size| fill("a b ", size)),
        ("one word", &|_| "c".to_owned()),
        ("words that are all unlike", &|size| unlike("x", size)),
        ("other words that are all unlike", &|size| unlike("y", size)),
    ];
    let mut bad = Vec::new();
    for (one, before) in &makers {
        for (other, after) in &makers {
            let work = |size| _ = black_box(between_sources(&before(size), &after(size)));
            if !grows_gently(work, 12_000) {
                bad.push(format!("{one}, then {other}"));
            }
        }
    }
    assert_eq!(bad, [""; 0]);
}
