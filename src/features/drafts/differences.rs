//! What differs between two states of a notice: its text, and what stands around it. Pure.

use crate::base::clock::time_words;
use crate::features::drafts::model::NoticeDraft;
use crate::site::model::{Facts, NoticeContent, NoticeKind};
use crate::text::changes;
use crate::text::markdown;
use crate::text::markdown::escape;

/// One state of a notice to compare.
#[derive(Clone, Debug)]
pub struct Side {
    /// What it says.
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

/// Something besides the text that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// What it is, for people.
    pub what: &'static str,
    /// What it was.
    pub before: String,
    /// What it is now.
    pub after: String,
}

/// What differs.
#[derive(Clone, Debug)]
pub struct Differences {
    /// Everything but the text.
    pub details: Vec<Detail>,
    /// One line about the text.
    pub summary: String,
    /// The later text with the changes marked; HTML.
    pub html: String,
    /// Whether the text is shown as it was written, because one of the two cannot be served.
    pub source: bool,
    /// Whether nothing differs at all.
    pub none: bool,
}

/// What differs between two states, the earlier one first.
pub fn between(before: &Side, after: &Side) -> Differences {
    let details = details(&before.draft, &after.draft);
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

/// Everything but the text that differs between two drafts.
pub fn details(before: &NoticeDraft, after: &NoticeDraft) -> Vec<Detail> {
    let said = |value: &str| if value.is_empty() { "none".to_owned() } else { value.to_owned() };
    let fields =
        |draft: &NoticeDraft| {
            let banner = draft.banner.as_ref();
            let place = |page: &String| if page == "all" { "all pages".to_owned() } else { format!("/{page}") };
            [
                ("Title", said(&draft.title)),
                ("Address", format!("/{}", draft.address)),
                ("Language", draft.language.to_string()),
                (
                    "Review by",
                    said(&draft.review_by.map_or_else(String::new, |date| date.strftime("%-d %B %Y").to_string())),
                ),
                ("Asks visitors about cookies again", if draft.ask_again { "yes" } else { "no" }.to_owned()),
                ("Urgency", said(banner.map_or("", |banner| banner.level.words()))),
                (
                    "Shown on",
                    said(&banner.map_or_else(String::new, |banner| {
                        banner.pages.iter().map(place).collect::<Vec<_>>().join(", ")
                    })),
                ),
                ("Ends", said(&banner.and_then(|banner| banner.ends_at).map_or_else(String::new, time_words))),
                ("Kind", if draft.kind == NoticeKind::Banner { "banner" } else { "text" }.to_owned()),
            ]
        };
    fields(before)
        .into_iter()
        .zip(fields(after))
        .filter(|((_, before), (_, after))| before != after)
        .map(|((what, before), (_, after))| Detail { what, before, after })
        .collect()
}
