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
pub(crate) const UNSAID: &str = "The form did not say which text it was for. Open the page again and try once more.";

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
pub(crate) fn too_short() -> String {
    format!("Say why, in {SHORTEST_REASON} to {LONGEST_REASON} characters that everybody can see.")
}

/// Says that a draft is sent back with a comment.
pub(crate) fn no_comment() -> String {
    format!("Say what should change, in at most {LONGEST_REASON} characters that everybody can see.")
}

/// Says how many answers to the law's list no data protection officer has signed.
pub(super) fn unsigned(many: usize) -> Option<String> {
    let what = match many {
        0 => return None,
        1 => "1 answer to what the law asks is".to_owned(),
        many => format!("{many} answers to what the law asks are"),
    };
    Some(format!(
        "{what} not signed by a data protection officer. You can publish all the same; the auditor's sheet says so."
    ))
}

/// Says that whoever publishes alone gives a reason.
pub(super) fn needs_another() -> String {
    format!(
        "Nobody else has seen this text. Ask for a review, or say why you publish without a second check, in at least {SHORTEST_REASON} characters."
    )
}

pub(super) const BANNER_ENDS_ALONE: &str = "This is a banner. End it on its own page.";
pub(super) const PAGE_IS_NEEDED: &str =
    "The program itself answers at the address of this page, so it cannot be taken away.";
pub(super) const NO_PAGE: &str = "This page is not in force any more, so there is nothing to take away.";

/// Says that a way on from a page that is taken away leads to nothing.
pub(super) fn leads_nowhere(path: &str) -> String {
    format!("Visitors would be sent to {path}, where nothing would be read. Send them somewhere else.")
}

/// Says that a link around every page would lead to nothing.
pub(super) fn still_leads_to(path: &str) -> String {
    format!(
        "A link or a redirect in the navigation would still lead to {path}, where nothing would be read. Change the navigation in this set."
    )
}

pub(super) const WHY_IT_ENDS: &str = "Why it ends";
pub(super) const WHY_IT_ENDS_HINT: &str =
    "One sentence, such as “The water has gone down.” Public: it stands in the banner’s history.";
pub(super) const BANNER_GOES: &str =
    "It goes off all pages at once. Its history stays. Another person is asked to approve that afterwards.";
pub(super) const BANNER_UNAPPROVED: &str = "One person published it without a second check, and nobody has approved that yet. Somebody still has to say whether it was right to show it.";
pub(super) const CANCELLED_NEVER_DOES: &str =
    "Cancelled, it never does. The public learns that it was cancelled, and nothing of what it said.";
pub(super) const CORRECTION_STAYS: &str = "A correction stands beside the version for ever; both stay. To change what visitors read now, publish a new version.";
pub(super) const APPROVED_AFTERWARDS: &str = "Another person is asked to approve it afterwards.";
pub(super) const CORRECTION_LABEL: &str = "What was wrong and what is right";
pub(super) const CORRECTION_HINT: &str = "Public: shown on the version, in the history and to machines.";
pub(super) const NEW_DRAFT_OF_IT: &str = "A new draft is made of it. Nothing is published by that.";
pub(super) const WAITS_FOR_ANOTHER: &str = "Waits for a second person.";

/// Says when an entry that can be cancelled is due.
pub(super) fn would_come_into_force(due: Timestamp) -> String {
    format!("It would come into force on {}.", time_words(due))
}

/// Says that another draft makes room; `saved` tells who saved it.
pub(super) fn other_draft_goes(saved: &str) -> String {
    format!("There is a draft already. {saved} If you continue, it is deleted.")
}

/// Says that an earlier version is put back.
pub(super) fn published_again(is_text: bool, version: i32) -> String {
    let what = if is_text { "The text of version" } else { "Version" };
    format!("{what} {version} is published again at once, as a new version. What is in force now stays in the history.")
}

/// Names who asked for something, and when.
pub(super) fn asked_by(name: &str, at: Timestamp) -> String {
    format!("{name} on {}", time_words(at))
}

/// Says who asked for a text to be removed.
pub(super) fn removal_asked(name: &str, at: Timestamp) -> String {
    format!("{name} asked for this on {}.", time_words(at))
}

/// Says how a request to remove a text ended.
pub(super) fn removal_closed(name: &str, done: bool, at: Timestamp) -> String {
    let how = if done { "confirmed it; the text was destroyed" } else { "refused it" };
    format!("{name} {how} on {}.", time_words(at))
}

/// Names a draft that holds a text.
pub(super) fn draft_of(title: &str, saved_by: &str) -> String {
    format!("A draft of “{title}”, saved by {saved_by}")
}
