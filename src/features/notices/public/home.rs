//! The parts of the home page besides its text.

use jiff::Timestamp;

use crate::base::clock::date_words;
use crate::base::language::Worded;
use crate::features::notices::public::history::title;
use crate::site::model::NoticeKind;
use crate::site::paths;
use crate::site::published::Published;

/// The number of changes on the home page.
const LATEST: usize = 3;

/// A change as the home page tells it.
pub(in crate::features::notices) struct News {
    pub(in crate::features::notices) title: Worded,
    pub(in crate::features::notices) href: String,
    pub(in crate::features::notices) date: String,
    /// The address of the changes; none for a first version.
    pub(in crate::features::notices) changes: Option<String>,
}

/// The texts in force that changed last; what changed on one day, those changed most often first.
pub(in crate::features::notices) fn news(published: &Published, at: Timestamp) -> Vec<News> {
    let mut latest: Vec<_> = published
        .notices
        .values()
        .filter_map(|notice| {
            let version = notice.in_force(at)?;
            let about = version.about.as_ref()?;
            (about.kind == NoticeKind::Text).then_some((notice, version, about))
        })
        .collect();
    latest.sort_by_key(|(_, version, _)| {
        std::cmp::Reverse((version.entry.in_force_at, version.number, version.entry.number))
    });
    latest
        .into_iter()
        .take(LATEST)
        .map(|(notice, version, about)| News {
            title: title(version),
            href: about.address.path(),
            date: date_words(version.entry.in_force_at),
            changes: (version.number > 1).then(|| paths::version_changes(&notice.name, version.number)),
        })
        .collect()
}
