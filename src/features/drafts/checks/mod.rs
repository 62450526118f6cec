//! The checks of a notice while it is written, and again before it is published: pure functions of a draft and of the site in
//! force. A blocker must be put right before the notice can be published; advice may be left.

mod language;
pub mod law;
mod leads;
mod links;
mod meant;
mod problem;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use crate::base::characters::{find_unfit, find_unfit_in_line};
use crate::base::language::Language;
use crate::base::web::form::Wrong;
use crate::features::drafts::NoticeDraft;
pub use crate::features::drafts::checks::language::Reading;
pub use crate::features::drafts::checks::problem::Problem;
use crate::site::edition::Edition;
use crate::site::model::{Facts, NoticeKind};
use crate::text::markdown;

/// The longest title, in characters: a search result and a browser tab show less.
pub const LONGEST_TITLE: usize = 200;
/// The longest public change note, in characters.
pub const LONGEST_NOTE: usize = 1000;
/// Words that people use for a text, in characters all told.
pub const LONGEST_WORDS: usize = 500;
/// The notice whose versions may ask visitors about cookies again.
pub const COOKIES: &str = "cookies";

/// Everything there is to say about a draft.
#[derive(Clone, Debug)]
pub struct Checks {
    /// The text as far as it can be shown, in the form in which it will be served; none of a text that is too long or too deep.
    pub preview: Option<String>,
    /// See [`blocking`].
    pub blocking: Vec<Problem>,
    /// Problems that do not block publishing.
    pub advice: Vec<Problem>,
    /// The readability of the text.
    pub reading: Reading,
}

/// Everything there is to say about the draft of the notice called `name`, against the site of `edition`.
pub fn check(name: &str, draft: &NoticeDraft, edition: &Edition, now: Timestamp) -> Checks {
    let (preview, blocking) = read(name, draft, edition, now);
    let text = language::without_placeholders(&draft.markdown, &edition.facts);
    let (reading, mut advice) = language::advice(&text);
    advice.extend(links::advice(&text, name, preview.as_deref(), edition));
    advice.extend(meant::advice(&text));
    advice.sort_by_key(|problem| problem.line);
    Checks { preview, blocking, advice, reading }
}

/// The lines of a text that may not be shown as they were meant.
pub fn meant(markdown: &str, facts: &Facts) -> Vec<Problem> {
    meant::advice(&language::without_placeholders(markdown, facts))
}

/// The problems that block publishing the draft of the notice called `name`: an empty title or text, problems of the
/// Markdown with their lines (skipped headings and unknown placeholders among them), no public change note, an address that is
/// taken, a banner without an end or pages, and what the law asks of a privacy notice and nobody has answered.
pub fn blocking(name: &str, draft: &NoticeDraft, edition: &Edition, now: Timestamp) -> Vec<Problem> {
    read(name, draft, edition, now).1
}

fn read(name: &str, draft: &NoticeDraft, edition: &Edition, now: Timestamp) -> (Option<String>, Vec<Problem>) {
    let mut problems = content(draft, now);
    let preview = if draft.markdown.trim().is_empty() {
        Some(String::new())
    } else {
        let (preview, found) = markdown::preview(&draft.markdown, name, &edition.facts);
        problems.extend(found.into_iter().map(|problem| Problem::at(problem.line, problem.message)));
        preview
    };
    address(name, draft, edition, now, &mut problems);
    let gone = draft.banner.iter().flat_map(|banner| &banner.pages).filter(|page| !is_shown_on(page, edition));
    problems.extend(gone.map(|page| Problem::of("everywhere", no_such_page(page))));
    if law::applies(name) {
        problems.extend(
            law::open(&draft.markdown, &draft.answers)
                .map(|question| Problem::of("law", format!("Answer for the law's list: {}.", question.asks))),
        );
    }
    (preview, problems)
}

/// The problems of a text by itself, its Markdown apart: one rule for the editor, for an import and for drafts
/// that are made of files. A banner has to end after `at`.
pub fn content(draft: &NoticeDraft, at: Timestamp) -> Vec<Problem> {
    let mut problems = Vec::new();
    match draft.title.trim().chars().count() {
        0 => problems.push(Problem::of("title", "Write a title.")),
        length if length > LONGEST_TITLE => {
            problems.push(Problem::of("title", format!("Make the title shorter: at most {LONGEST_TITLE} characters.")));
        }
        _ => {}
    }
    problems.extend(
        find_unfit_in_line(draft.title.trim()).map(|unfit| Problem::of("title", Wrong::Unfit(unfit).to_string())),
    );
    if draft.words.chars().count() > LONGEST_WORDS {
        let message = format!("Give fewer words that people use: at most {LONGEST_WORDS} characters.");
        problems.push(Problem::of("words", message));
    }
    problems
        .extend(find_unfit_in_line(&draft.words).map(|unfit| Problem::of("words", Wrong::Unfit(unfit).to_string())));
    // A banner can say all in its line.
    if draft.kind == NoticeKind::Text && draft.markdown.trim().is_empty() {
        problems.push(Problem::of("markdown", "Write the text."));
    }
    match draft.change_note.trim().chars().count() {
        0 => {
            problems
                .push(Problem::of("change_note", "Say in a sentence what changed. It is public and stays for ever."));
        }
        length if length > LONGEST_NOTE => {
            let message = format!("Make the change note shorter: at most {LONGEST_NOTE} characters.");
            problems.push(Problem::of("change_note", message));
        }
        _ => {}
    }
    problems.extend(
        find_unfit(&draft.change_note).map(|unfit| Problem::of("change_note", Wrong::Unfit(unfit).to_string())),
    );
    if Language::parse(draft.language.tag()).is_none() {
        problems.push(Problem::of("language", NO_LANGUAGE));
    }
    match (draft.kind, &draft.banner) {
        (NoticeKind::Banner, _) => banner(draft, at, &mut problems),
        (NoticeKind::Text, Some(_)) => {
            problems.push(Problem::of("level_information", "Only a banner has an urgency, pages and an end."));
        }
        (NoticeKind::Text, None) => {}
    }
    problems
}

/// The sentence for a language that is not a tag.
pub const NO_LANGUAGE: &str = "Write the language as a tag, such as en-GB for British English or cy for Welsh.";

/// Tells that a banner can show on a page: every page, one that is in force, or one that the program makes itself.
fn is_shown_on(page: &str, edition: &Edition) -> bool {
    page == "all" || edition.declared.is_own(page) || edition.views.contains_key(page)
}

/// The sentence for a page that a banner names and that does not exist.
pub fn no_such_page(page: &str) -> String {
    format!("The banner shows on the page “{page}”, and there is none. Choose another page.")
}

fn address(name: &str, draft: &NoticeDraft, edition: &Edition, now: Timestamp, problems: &mut Vec<Problem>) {
    let wanted = draft.address.as_str();
    if wanted == name {
        return;
    }
    let owner = edition.published.notice_at(wanted, now).filter(|notice| notice.name != name);
    let page =
        edition.published.page_at(wanted, now).filter(|page| !page.notices.iter().any(|own| own.as_str() == name));
    if owner.is_some() || page.is_some() {
        problems.push(Problem::of("address", format!("The address /{wanted} is taken. Choose another one.")));
    }
}

fn banner(draft: &NoticeDraft, now: Timestamp, problems: &mut Vec<Problem>) {
    let Some(banner) = &draft.banner else {
        problems.push(Problem::of("level_information", "Say how urgent the banner is."));
        return;
    };
    if banner.pages.is_empty() {
        problems.push(Problem::of("everywhere", "Choose the pages that the banner shows on."));
    }
    match banner.ends_at {
        None => problems.push(Problem::of(
            "end_date",
            "Say when the banner ends. A banner that nobody takes down is soon believed by nobody.",
        )),
        Some(end) if end <= now => {
            problems.push(Problem::of("end_date", "The end of the banner has gone by. Choose a later one."));
        }
        Some(_) => {}
    }
}
