//! The differences between two states of a notice, in its text and around it. Pure.

use crate::base::clock::{day_words, time_words};
use crate::features::drafts::model::NoticeDraft;
use crate::site::model::{Banner, Facts, NoticeContent, path_of};
use crate::text::changes;
use crate::text::markdown;
use crate::text::markdown::escape;

/// One state of a notice to compare.
#[derive(Clone, Debug)]
pub struct Side {
    /// The text of the row.
    pub draft: NoticeDraft,
    /// The text as served; none for a draft that cannot be served yet.
    pub html: Option<String>,
}

impl Side {
    /// A version as it was served.
    pub fn version(content: &NoticeContent) -> Self {
        let draft = NoticeDraft { change_note: content.change_note.clone(), ..NoticeDraft::from_version(content) };
        Self { draft, html: Some(content.html.clone()) }
    }

    /// A draft of the notice called `name`, as it would be served.
    pub fn draft(draft: &NoticeDraft, name: &str, facts: &Facts) -> Self {
        let html = if draft.markdown.trim().is_empty() {
            Some(String::new())
        } else {
            markdown::render(&draft.markdown, name, facts).ok()
        };
        Self { draft: draft.clone(), html }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The name of what changes.
    pub what: String,
    /// The value before; empty for something new.
    pub before: String,
    /// The value after; empty for something removed.
    pub after: String,
}

impl Change {
    /// A change of a thing.
    pub fn new(what: impl Into<String>, before: impl Into<String>, after: impl Into<String>) -> Self {
        Self { what: what.into(), before: before.into(), after: after.into() }
    }

    /// In a sentence.
    pub fn words(&self) -> String {
        let Self { what, before, after } = self;
        match (before.as_str(), after.as_str()) {
            (_, "") => format!("{what}: “{before}” goes."),
            ("", _) => format!("{what}: “{after}”."),
            _ => format!("{what}: “{before}” becomes “{after}”."),
        }
    }
}

/// The differences.
#[derive(Clone, Debug)]
pub struct Differences {
    /// Everything but the text.
    pub details: Vec<Change>,
    /// One line about the text.
    pub summary: String,
    /// The later text with the changes marked; HTML.
    pub html: String,
    /// Set if the text is shown as Markdown, because one of the two cannot be rendered.
    pub source: bool,
    /// Set if nothing differs.
    pub none: bool,
}

/// Finds the differences between two states, the earlier one first.
pub fn between(before: &Side, after: &Side) -> Differences {
    let details = details(Some(&before.draft), &after.draft);
    let (changes, source) = match (&before.html, &after.html) {
        (Some(old), Some(new)) => (changes::compare(old, new), false),
        _ => (changes::compare(&as_written(&before.draft.markdown), &as_written(&after.draft.markdown)), true),
    };
    let none = details.is_empty() && changes.identical;
    Differences { details, summary: changes.summary, html: changes.html, source, none }
}

/// The differences of two texts as they were written, line by line.
pub fn between_sources(before: &str, after: &str) -> changes::Changes {
    changes::compare(&as_written(before), &as_written(after))
}

/// A text with a paragraph for each of its lines.
fn as_written(markdown: &str) -> String {
    let mut html = String::with_capacity(markdown.len() * 2);
    for line in markdown.lines().filter(|line| !line.trim().is_empty()) {
        html.push_str("<p>");
        escape(&mut html, line.trim_end());
        html.push_str("</p>\n");
    }
    html
}

/// The values around a text, in the order of [`around`].
const AROUND: [&str; 10] = [
    "Title",
    "Address",
    "Language",
    "Words that people use",
    "Review by",
    "Asks visitors about cookies again",
    "Urgency",
    "Shown on",
    "Ends",
    "About harm",
];

fn around(draft: &NoticeDraft) -> [String; 10] {
    let banner = draft.banner.as_ref();
    let place = |page: &String| if page == "all" { "all pages".to_owned() } else { path_of(page) };
    let places = |banner: &Banner| banner.pages.iter().map(place).collect::<Vec<_>>().join(", ");
    [
        draft.title.trim().to_owned(),
        draft.address.path(),
        draft.language.to_string(),
        draft.words.clone(),
        draft.review_by.map(day_words).unwrap_or_default(),
        if draft.ask_again { "yes" } else { "" }.to_owned(),
        banner.map_or("", |banner| banner.level.words()).to_owned(),
        banner.map(places).unwrap_or_default(),
        banner.and_then(|banner| banner.ends_at).map(time_words).unwrap_or_default(),
        if draft.about_harm { "yes" } else { "" }.to_owned(),
    ]
}

/// Everything but the text that differs between two drafts, or that a new one has.
pub fn details(before: Option<&NoticeDraft>, after: &NoticeDraft) -> Vec<Change> {
    let before = before.map(around).unwrap_or_default();
    let all = AROUND.into_iter().zip(before.into_iter().zip(around(after)));
    all.filter(|(_, (before, after))| before != after)
        .map(|(what, (before, after))| Change::new(what, before, after))
        .collect()
}
