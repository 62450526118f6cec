//! Sentences about change sets.

use crate::base::clock::time_words;
use crate::features::change_sets::model::{Kind, MOST_PARTS, Member, Stale};
use crate::features::drafts::actions::DRAFT_DISCARDED;
use crate::features::drafts::titles;
use crate::features::publishing::actions::REDACTED;
use crate::site::edition::Edition;
use crate::site::model::WithdrawalContent;
use crate::site::subject::Subject;

pub(super) const NO_PART: &str = "Tick at least one draft.";
pub(super) const NO_NOTE: &str =
    "Say in a sentence what changed: it is kept with pages, facts, the menu and promoted answers.";
pub(super) const EMPTY: &str = "Nothing is in this set. Add a draft first.";
pub(super) const CHANGED: &str =
    "Something in this set was changed since you opened it. Nothing was done. Read it again below before you go on.";
pub(super) const CLOSED: &str = "This set was published or cancelled in the meantime. Nothing was done.";
pub(super) const SENT_BACK: &str = "It was sent back and is being changed. Wait for the next review.";
pub(super) const SEEN_ALREADY: &str =
    "You wrote or approved everything in this set already: another person has to see it.";
pub(super) const WAITS_ALREADY: &str = "It is waiting for a review already. Nothing was done twice.";
pub(super) const DOES_NOT_WAIT: &str = "It is not waiting for a review. Nothing was done.";
pub(super) const OWN_SET: &str = "You made this set yourself. Keep working on it, or cancel it.";
pub(super) const NOT_PUBLISHED: &str = "This set was not published, so there is nothing to put back.";
pub(super) const DRAFT_GONE: &str =
    "One of the drafts was published or deleted in the meantime. Look at the list again.";

/// Says that something was changed after a set was published.
pub(super) fn changed_since(title: &str) -> String {
    format!("“{title}” was changed again since. Nothing was done: put the rest back one by one.")
}

/// Says that a set holds no more parts.
pub(super) fn too_many() -> String {
    format!("A set holds at most {MOST_PARTS} parts. Make a second one.")
}

/// Says that a subject is in another set.
pub(super) fn in_another(title: &str, set: &str) -> String {
    format!("“{title}” is in the change set “{set}” already. Take it out there first, or leave it out here.")
}

/// Says that whoever publishes a set alone gives a reason.
pub(super) fn needs_another() -> String {
    "Not everything in this set was seen by two people. Ask for a review, or say why you publish without a second check, in at least 10 \
     characters."
        .to_owned()
}

/// The title of a part.
pub(super) fn title(member: &Member, edition: &Edition) -> String {
    match (&member.part.subject, member.own_draft()) {
        (_, Some(draft)) => titles::title(draft, edition),
        (subject, None) => subject_title(subject, edition),
    }
}

/// The title of a subject as it is in force.
pub(super) fn subject_title(subject: &Subject, edition: &Edition) -> String {
    match subject {
        Subject::Notice(name) => titles::of_notice(name.as_str(), edition),
        Subject::Page(name) => {
            let page = edition.published.pages.get(name.as_str()).and_then(|page| page.contents().next_back());
            page.map_or_else(|| name.to_string(), |page| page.title.clone())
        }
        Subject::Facts => "Names, addresses and numbers".to_owned(),
        Subject::Navigation => "Navigation and footer".to_owned(),
        Subject::Promoted => "Promoted answers".to_owned(),
    }
}

/// What sort of thing a part is.
pub(super) fn sort(member: &Member) -> &'static str {
    match (&member.part.subject, &member.part.kind) {
        (Subject::Notice(_), Kind::Draft(_)) => "Notice",
        (Subject::Notice(_), Kind::Withdrawal(_)) => "Notice, withdrawn",
        (Subject::Page(_), Kind::Draft(_)) => "Page",
        (Subject::Page(_), Kind::Withdrawal(_)) => "Page, taken away",
        (Subject::Facts, _) => "Facts",
        (Subject::Navigation, _) => "Menu",
        (Subject::Promoted, _) => "Search",
    }
}

/// What the public is told of something that is withdrawn.
pub(super) fn withdrawal(subject: &Subject, content: &WithdrawalContent) -> String {
    let WithdrawalContent { note, go_to } = content;
    match (subject, go_to.as_str()) {
        (Subject::Page(_), "") => format!("Its address says that the page is gone: “{note}”"),
        (Subject::Page(_), go_to) => format!("Its address leads to {go_to}. Kept with it: “{note}”"),
        (_, "") => format!("Its address says that it was withdrawn: “{note}”"),
        (_, go_to) => format!("Its address says that it was withdrawn: “{note}”, and leads to {go_to}."),
    }
}

/// Says why a part cannot be published as it was taken, and what to do.
pub(super) fn stale(title: &str, stale: &Stale) -> String {
    match stale {
        Stale::Gone(None) => format!("“{title}”: its draft is not there any more. Leave it out."),
        Stale::Gone(Some(became)) => {
            let (who, at) = (&became.actor_name, time_words(became.at));
            let what = match became.action.as_str() {
                action if action == DRAFT_DISCARDED.name() => "deleted its draft",
                action if action == REDACTED.name() => "removed its text by a redaction",
                _ => "published it on its own",
            };
            format!("“{title}”: {who} {what} on {at}. Leave it out.")
        }
        Stale::Restarted(person) => {
            format!(
                "“{title}”: {} started another draft since. Leave it out, or take it anew as it is now.",
                person.name
            )
        }
        Stale::Overtaken => {
            format!("“{title}”: another version came into force since. Leave it out, or take it anew as it is now.")
        }
        Stale::Redacted => format!("“{title}”: its text was removed by a redaction. Leave it out."),
    }
}
