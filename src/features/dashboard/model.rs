//! Entries of the ledger, drafts and nodes in words, for the first page.

use jiff::Timestamp;

use crate::base::clock;
use crate::base::clock::time_words;
use crate::base::ledger::{Entry, Hash, Kind};
use crate::desk::paths;
use crate::features::dashboard::nodes::NodeHead;
use crate::features::drafts::titles;
use crate::features::publishing::version_actions;
use crate::site::edition::Edition;
use crate::site::subject::{EntrySubject, Subject};

/// The present name of a subject of the ledger.
pub fn display_name(edition: &Edition, subject: EntrySubject<'_>) -> String {
    match subject {
        EntrySubject::Notice(name) => format!("“{}”", titles::of_notice(name, edition)),
        EntrySubject::Page(name) => {
            let page = edition.published.pages.get(name).and_then(|page| page.at(edition.at));
            format!("the page “{}”", page.map_or(name, |page| page.title.as_str()))
        }
        EntrySubject::Facts => "names, addresses and numbers".to_owned(),
        EntrySubject::Navigation => "the navigation and footer".to_owned(),
        EntrySubject::Promoted => "the promoted answers".to_owned(),
        EntrySubject::Hours(name) => format!("the opening hours of {name}"),
        EntrySubject::Unknown(subject) => subject.to_owned(),
    }
}

/// The path at which staff look at the subject of an entry.
pub fn path(entry: &Entry) -> Option<String> {
    entry.subject.parse::<Subject>().ok().map(|subject| paths::subject(&subject))
}

/// The effect of an entry, in words.
pub fn describe_entry(entry: &Entry, edition: &Edition) -> String {
    let subject = EntrySubject::of(entry);
    let called = display_name(edition, subject);
    let version = entry.version.unwrap_or(0);
    let target = entry.target.unwrap_or(0);
    match entry.kind {
        Kind::Version | Kind::Page | Kind::Facts | Kind::Navigation | Kind::Promoted | Kind::Hours => {
            format!("Version {version} of {called}")
        }
        Kind::Cancellation => format!("Cancelled what was scheduled for {called} (entry {target})"),
        Kind::Withdrawal if version_actions::is_of_banner(edition, subject) => format!("Ended {called}"),
        Kind::Withdrawal => format!("Withdrew {called}"),
        Kind::Correction => format!("Corrected {called} (entry {target})"),
        Kind::Redaction => format!("Removed a text of {called} (entry {target})"),
    }
}

/// "today at 10:30", "yesterday at 10:30", or with its date.
pub fn relative_time(at: Timestamp, now: Timestamp) -> String {
    let (then, today) = (clock::london(at), clock::london(now).date());
    let time = then.strftime("%H:%M");
    if then.date() == today {
        format!("today at {time}")
    } else if today.yesterday().is_ok_and(|yesterday| then.date() == yesterday) {
        format!("yesterday at {time}")
    } else {
        time_words(at)
    }
}

/// The answer to whether all nodes show the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// No node has reported.
    Silent,
    /// All that are there show the ledger's head.
    Same(usize),
    /// Some show something else.
    Different,
}

/// Compares what the nodes that are there show with the head of the ledger.
pub fn agreement(nodes: &[NodeHead], head: Option<Hash>, now: Timestamp) -> Agreement {
    let there = || nodes.iter().filter(|node| !node.is_away(now));
    match there().count() {
        0 => Agreement::Silent,
        count if there().all(|node| node.head == head) => Agreement::Same(count),
        _ => Agreement::Different,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(head: &[u8], seen_at: &str) -> NodeHead {
        NodeHead {
            name: "a".to_owned(),
            length: 1,
            head: Some(Hash::of(head)),
            seen_at: seen_at.parse().unwrap(),
            seals: true,
        }
    }

    #[test]
    fn only_nodes_that_are_there_count() {
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        let head = Some(Hash::of(b"x"));
        let there = node(b"x", "2026-11-24T11:59:50Z");
        let (behind, away) = (node(b"y", "2026-11-24T11:59:50Z"), node(b"y", "2026-11-24T11:59:00Z"));
        assert_eq!(agreement(&[], head, now), Agreement::Silent);
        assert_eq!(agreement(std::slice::from_ref(&away), head, now), Agreement::Silent);
        assert_eq!(agreement(&[there.clone(), away], head, now), Agreement::Same(1));
        assert_eq!(agreement(&[there, behind], head, now), Agreement::Different);
    }

    #[test]
    fn what_was_lately_is_said_by_the_day() {
        let now = "2026-11-24T00:30:00Z".parse().unwrap();
        let said = |at: &str| relative_time(at.parse().unwrap(), now);
        assert_eq!(said("2026-11-24T00:10:00Z"), "today at 00:10");
        assert_eq!(said("2026-11-23T23:10:00Z"), "yesterday at 23:10");
        assert_eq!(said("2026-11-22T23:10:00Z"), "22 November 2026 at 23:10");
    }
}
