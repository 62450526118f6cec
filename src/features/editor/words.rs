//! Sentences about the forms of notices and banners.

pub(super) const BAD_ADDRESS: &str =
    "Address: use small letters, digits and single hyphens, at most 80, and none of the site's own addresses.";
pub(super) const NO_LEVEL: &str = "Say how urgent the banner is.";
pub(super) const ADDRESS_TAKEN: &str = "This address is taken. Choose another one, or edit the notice that has it.";
pub(super) const CHOOSE: &str = "Choose what to keep where both of you changed the same.";
pub(super) const NOTE_OR_TYPING_ERROR: &str =
    "Say what changed, or tick that only a typing error is corrected: not both.";
pub(super) const NO_TITLE: &str = "Write a title.";
pub(super) const NO_DAY: &str = "Give the day as well.";
pub(super) const NO_TIME: &str = "Give the time as well.";
pub(super) const MENTIONED: &str = "The text seems to mention it.";
pub(super) const NOT_MENTIONED: &str = "Nothing in the text seems to say it.";
pub(super) const EVERYWHERE_AND_SOMEWHERE: &str = "Say where the banner shows: pages are ticked, but “On all pages” is chosen as well. Choose “On these pages only”, or untick the pages.";
pub(super) const COMES_TWICE: &str =
    "This time comes twice, because the clocks go back. Choose the first (summer time) or the second (winter time).";

/// Says that the clocks go forward past a time.
pub(super) fn never_comes(before: &str, after: &str) -> String {
    format!("There is no such time on that day, because the clocks go forward. Choose {before} or {after}.")
}
