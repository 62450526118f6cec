//! How drafts and versions are spoken of.

use crate::base::clock::time_words;
use crate::site::model::Banner;

/// Until when a banner is shown.
pub fn until(banner: &Banner) -> String {
    banner.ends_at.map_or_else(|| "without an end".to_owned(), |end| format!("until {}", time_words(end)))
}
