//! The titles of drafts, notices and versions for staff.

use crate::features::drafts::model::{Draft, DraftContent};
use crate::site::edition::Edition;
use crate::site::published::Version;
use crate::site::subject::Subject;

/// Stands in the place of a title that was removed with its text.
pub const REMOVED: &str = "A text that was removed";

/// The title of a draft; while it has none (autosave keeps one even then), that of what is published, else its address.
pub fn title(draft: &Draft, edition: &Edition) -> String {
    let published = match (&draft.subject, &draft.content) {
        (Subject::Notice(name), DraftContent::Notice(content)) if content.title.is_empty() => {
            published(name.as_str(), edition)
        }
        _ => None,
    };
    published.unwrap_or_else(|| draft.content.title()).to_owned()
}

/// The title of a notice as it is in force, was last or will be first, as far as it was not removed.
pub fn published<'a>(notice: &str, edition: &'a Edition) -> Option<&'a str> {
    edition.published.notices.get(notice)?.title(edition.at)
}

/// The title of a notice, or its name.
pub fn of_notice(notice: &str, edition: &Edition) -> String {
    published(notice, edition).unwrap_or(notice).to_owned()
}

/// The title of a version.
pub fn of_version(version: &Version) -> &str {
    version.title().unwrap_or(REMOVED)
}
