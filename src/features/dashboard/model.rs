//! Entries of the ledger, drafts and nodes in words, for the first page.

use jiff::Timestamp;

use crate::base::clock;
use crate::base::clock::time_words;
use crate::base::ledger::{Entry, Hash, Kind};
use crate::desk::paths;
use crate::features::dashboard::nodes::NodeHead;
use crate::features::publishing::deeds;
use crate::site::edition::Edition;
use crate::site::subject::Subject;

/// The present name of a subject of the ledger.
pub fn called(edition: &Edition, subject: &str) -> String {
    let (kind, name) = subject.split_once(':').unwrap_or((subject, ""));
    match kind {
        "notice" => {
            let notice = edition.published.notices.get(name);
            let version =
                notice.and_then(|notice| notice.in_force(edition.at).or_else(|| notice.versions.values().next_back()));
            let about = version.and_then(|version| version.about.as_ref());
            format!("“{}”", about.map_or(name, |about| about.title.as_str()))
        }
        "page" => {
            let page = edition
                .views
                .values()
                .filter(|view| view.notice.is_none())
                .find_map(|view| view.page.as_ref().filter(|page| page.address.as_str() == name));
            format!("the page “{}”", page.map_or(name, |page| page.title.as_str()))
        }
        "facts" => "names, addresses and numbers".to_owned(),
        "navigation" => "the navigation and footer".to_owned(),
        "hours" => format!("the opening hours of {name}"),
        _ => subject.to_owned(),
    }
}

/// The path at which staff look at a subject.
pub fn path(subject: &str) -> Option<String> {
    subject.parse::<Subject>().ok().map(|subject| paths::subject(&subject))
}

/// The effect of an entry, in words.
pub fn did(entry: &Entry, edition: &Edition) -> String {
    let called = called(edition, &entry.subject);
    let version = entry.version.unwrap_or(0);
    let target = entry.target.unwrap_or(0);
    match entry.kind {
        Kind::Version | Kind::Page | Kind::Facts | Kind::Navigation | Kind::Hours => {
            format!("Version {version} of {called}")
        }
        Kind::Cancellation => format!("Cancelled what was scheduled for {called} (entry {target})"),
        Kind::Withdrawal if deeds::is_of_banner(edition, &entry.subject) => format!("Ended {called}"),
        Kind::Withdrawal => format!("Withdrew {called}"),
        Kind::Correction => format!("Corrected {called} (entry {target})"),
        Kind::Redaction => format!("Removed a text of {called} (entry {target})"),
    }
}

/// "today at 10:30", "yesterday at 10:30", or with its date.
pub fn ago(at: Timestamp, now: Timestamp) -> String {
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

/// Whether all nodes show the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Nobody has told.
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
        let said = |at: &str| ago(at.parse().unwrap(), now);
        assert_eq!(said("2026-11-24T00:10:00Z"), "today at 00:10");
        assert_eq!(said("2026-11-23T23:10:00Z"), "yesterday at 23:10");
        assert_eq!(said("2026-11-22T23:10:00Z"), "22 November 2026 at 23:10");
    }
}
