//! How drafts and versions are spoken of.

use crate::base::clock::time_words;
use crate::site::model::Banner;

/// Said where a banner finds no name that is free.
pub const TITLE_TAKEN: &str = "Many banners have this title already. Word it in another way.";
/// The name of the fields that say when a banner ends.
pub const END: &str = "End of the banner";

/// Until when a banner is shown.
pub fn until(banner: &Banner) -> String {
    banner.ends_at.map_or_else(|| "without an end".to_owned(), |end| format!("until {}", time_words(end)))
}
