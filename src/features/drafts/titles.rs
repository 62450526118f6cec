//! What staff call a draft: autosave keeps one even while its title is empty.

use crate::features::drafts::model::{Draft, DraftContent};
use crate::site::edition::Edition;
use crate::site::subject::Subject;

/// The title of a draft; while it has none, that of what is in force, else its address.
pub fn title(draft: &Draft, edition: &Edition) -> String {
    let earlier = match (&draft.subject, &draft.content) {
        (Subject::Notice(name), DraftContent::Notice(content)) if content.title.is_empty() => {
            in_force(name.as_str(), edition)
        }
        _ => None,
    };
    earlier.unwrap_or_else(|| draft.content.title().to_owned())
}

/// The title of a notice as it is in force, if it is.
pub fn in_force(notice: &str, edition: &Edition) -> Option<String> {
    let version = edition.published.notices.get(notice)?.in_force(edition.at)?;
    version.about.as_ref().map(|about| about.title.clone())
}
