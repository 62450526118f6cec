//! The words for drafts and versions.

use crate::base::clock::time_words;
use crate::site::model::Banner;

/// The sentence for a banner that finds no free name.
pub const TITLE_TAKEN: &str = "Many banners have this title already. Word it in another way.";
/// The name of the fields that say when a banner ends.
pub const END: &str = "End of the banner";

/// Until when a banner is shown.
pub fn until(banner: &Banner) -> String {
    banner.ends_at.map_or_else(|| "without an end".to_owned(), |end| format!("until {}", time_words(end)))
}
