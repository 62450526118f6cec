//! Sentences about what was not done and about forms of this feature.

use jiff::Timestamp;

use crate::base::clock::time_words;
use crate::features::publishing::model::{LONGEST_REASON, SHORTEST_REASON};

pub(super) const TOO_LATE: &str = "It has come into force already, so it can not be cancelled any more. Publish a new version, or put the previous text back.";
pub(super) const NO_END: &str = "Say how long the banner stays up.";
pub(super) const CANCELLED: &str = "It was cancelled already.";
pub(super) const REMOVED: &str = "The text of this version was removed by a redaction, so nothing can be made of it.";
pub(super) const APPROVED_ALREADY: &str = "Somebody has approved it already. Nothing was done twice.";
pub(super) const OWN_RELEASE: &str = "You published it yourself, so another person has to approve it.";
pub(super) const NOT_PUBLIC: &str = "This version is not public, so there is nothing to correct in public.";
pub(super) const NOTHING_TO_WITHDRAW: &str =
    "Nothing of this notice is in force at that time, so there is nothing to withdraw.";
pub(super) const NO_BANNER: &str =
    "No such banner is shown any more: it was ended, or is no banner. Nothing was done twice.";
pub(super) const ASKED_ALREADY: &str = "Somebody has asked for this already. Nothing was done twice.";
pub(super) const DONE_ALREADY: &str = "Somebody has dealt with this already. Nothing was done twice.";
pub(super) const NO_TEXT: &str = "There is no such version in the ledger, or it is of a kind that holds no text.";
pub(super) const REMOVED_ALREADY: &str = "The text of this version was removed before. Nothing was done twice.";
pub(super) const NO_GROUND: &str = "Give the legal ground in at least 10 characters. The public will read it.";
pub(super) const NO_CHOICE: &str = "Choose at least one text to be removed.";
pub(super) const NEEDED_BY_EVERY_PAGE: &str =
    "This version is in force and every page needs it. Publish one without what must go first, then ask again.";
pub(super) const OWN_REQUEST: &str = "You asked for this yourself, so another person has to confirm it.";
pub(super) const CLOSED: &str = "Somebody has confirmed or refused this already. Nothing was done twice.";
pub(super) const NOT_IN_FORCE: &str =
    "This version is not in force any more, so there is nothing to put back. Nothing was changed.";
pub(super) const FIRST_VERSION: &str = "This is the first version: there is nothing before it to put back.";
pub(super) const OTHER_KIND: &str = "This draft is of another kind than what it belongs to. Delete it and start again.";
pub(super) const NO_NOTICE: &str = "Put at least one notice on the page.";
pub(super) const NO_NOTE: &str = "Say in a sentence what changed.";
pub(super) const NO_PLACE: &str =
    "Give a path of this site, such as /contact, or an address that starts with https://.";
pub(super) const OWN_PLACE: &str = "That is where the notice itself is read. Send visitors somewhere else.";
pub(super) const WAITS_ALREADY: &str = "It is waiting for a review already. Nothing was done twice.";
pub(super) const SENT_BACK: &str = "It was sent back and is being changed. Wait for the next review.";
pub(super) const SEEN_ALREADY: &str = "You wrote or approved this text already: another person has to see it.";
pub(super) const DOES_NOT_WAIT: &str = "It is not waiting for a review. Nothing was done.";
pub(super) const OWN_TEXT: &str = "You wrote this text yourself. Keep editing it, or delete it.";
pub(super) const UNSAID: &str = "The form did not say which text it was for. Open the page again and try once more.";

pub(super) const READ_BY_NOBODY: &str = "Nobody can read it any more.";
pub(super) const NEVER_PUBLIC: &str = "It was cancelled and was never public.";
pub(super) const READ_ON_PAGES: &str =
    "It is public: pages show it, or show it when a visitor asks for an earlier day.";
pub(super) const READ_IN_HISTORY: &str = "Visitors read it now in the history of this notice:";
pub(super) const READ_AS_EARLIER: &str = "It is not in force, but visitors can still read it as an earlier version:";
pub(super) const READ_AS_BANNER: &str = "Visitors read it now as a banner at the top of pages, and here:";
pub(super) const BANNER_HAS_ENDED: &str = "The banner has ended, but visitors can still read it here:";
pub(super) const READ_NOW: &str = "Visitors read it now:";

pub(super) const TEXT_WAS_REMOVED: &str = "Its text was removed since.";

/// Says where visitors are sent instead.
pub(super) fn go_instead(go_to: &str) -> String {
    format!("Go instead to: {go_to}")
}

/// Shows a content that is no text of a notice.
pub(super) fn raw_content(body: &str) -> String {
    format!("Its content: {body}")
}

/// Says when something becomes public.
pub(super) fn not_public_yet(due: Timestamp) -> String {
    format!("It is not public yet. It is due on {}.", time_words(due))
}

/// Says of a reason that it says too little.
pub(super) fn too_short() -> String {
    format!("Say why, in {SHORTEST_REASON} to {LONGEST_REASON} characters that everybody can see.")
}

/// Says that a draft is sent back with a comment.
pub(super) fn no_comment() -> String {
    format!("Say what should change, in at most {LONGEST_REASON} characters that everybody can see.")
}

/// Says that whoever publishes alone gives a reason.
pub(super) fn needs_another() -> String {
    format!(
        "Nobody else has seen this text. Ask for a review, or say why you publish without a second check, in at least {SHORTEST_REASON} characters."
    )
}
