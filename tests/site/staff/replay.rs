//! The state in force at any instant follows the log, whatever was done in whatever order.

use std::collections::BTreeMap;

use bluelamp::base::ledger::store as ledger;
use bluelamp::base::ledger::store::Kept;
use bluelamp::base::ledger::{Hash, Kind, Sealed};
use bluelamp::site::published::Published;
use jiff::Timestamp;
use proptest::prelude::*;

const NAMES: [&str; 3] = ["one", "two", "three"];

/// Something that staff do: to a notice (by its place in [`NAMES`]), to come into force after so many minutes.
#[derive(Clone, Copy, Debug)]
enum Action {
    Publish {
        notice: usize,
        after: i64,
        address: usize,
    },
    Withdraw {
        notice: usize,
        after: i64,
    },
    /// Cancels the newest thing that has not come into force, if there is one.
    Cancel,
    Redact {
        notice: usize,
    },
    Correct {
        notice: usize,
    },
}

fn action() -> impl Strategy<Value = Action> {
    let notice = 0..NAMES.len();
    prop_oneof![
        5 => (notice.clone(), 0..30_i64, 0..2_usize).prop_map(|(notice, after, address)| Action::Publish { notice, after, address }),
        2 => (notice.clone(), 0..30_i64).prop_map(|(notice, after)| Action::Withdraw { notice, after }),
        2 => Just(Action::Cancel),
        1 => notice.clone().prop_map(|notice| Action::Redact { notice }),
        1 => notice.prop_map(|notice| Action::Correct { notice }),
    ]
}

fn minute(at: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + at * 60).unwrap()
}

/// A log as the actions make it, one every five minutes.
fn log(actions: &[Action]) -> Vec<Kept> {
    let mut log: Vec<Kept> = Vec::new();
    let mut versions: BTreeMap<usize, i32> = BTreeMap::new();
    for (index, action) in actions.iter().enumerate() {
        let now = i64::try_from(index).unwrap() * 5;
        let cancelled: Vec<i64> = of_kind(&log, Kind::Cancellation);
        let redacted: Vec<i64> = of_kind(&log, Kind::Redaction);
        let newest = |notice: usize| {
            let subject = format!("notice:{}", NAMES[notice]);
            log.iter().rev().find(|kept| {
                kept.entry.subject == subject
                    && kept.entry.kind == Kind::Version
                    && !redacted.contains(&kept.entry.number)
            })
        };
        let (kind, notice, after, version, target, body) = match *action {
            Action::Publish { notice, after, address } => {
                let version = versions.entry(notice).or_default();
                *version += 1;
                let address = if address == 0 { NAMES[notice].to_owned() } else { format!("{}-moved", NAMES[notice]) };
                let body = serde_json::json!({
                    "address": address, "title": "T", "language": "en-GB", "kind": "text", "markdown": "M", "html": "<p>M</p>",
                    "change_note": "N", "ask_again": false, "review_by": null, "banner": null,
                });
                (Kind::Version, notice, after, Some(*version), None, body)
            }
            Action::Withdraw { notice, after } => {
                (Kind::Withdrawal, notice, after, None, None, serde_json::json!({ "note": "N", "go_to": "/" }))
            }
            Action::Cancel => {
                let coming = log.iter().rev().find(|kept| {
                    matches!(kept.entry.kind, Kind::Version | Kind::Withdrawal)
                        && kept.entry.in_force_at > minute(now)
                        && !cancelled.contains(&kept.entry.number)
                });
                let Some(coming) = coming else { continue };
                let notice = NAMES.iter().position(|name| coming.entry.subject.ends_with(&format!(":{name}"))).unwrap();
                (Kind::Cancellation, notice, 0, None, Some(coming.entry.number), serde_json::json!({}))
            }
            Action::Redact { notice } => {
                let Some(kept) = newest(notice) else { continue };
                (Kind::Redaction, notice, 0, None, Some(kept.entry.number), serde_json::json!({ "ground": "G" }))
            }
            Action::Correct { notice } => {
                let Some(kept) = newest(notice) else { continue };
                (Kind::Correction, notice, 0, None, Some(kept.entry.number), serde_json::json!({ "text": "T" }))
            }
        };
        log.push(Kept {
            entry: bluelamp::base::ledger::Entry {
                number: i64::try_from(log.len()).unwrap() + 1,
                format: 1,
                kind,
                subject: format!("notice:{}", NAMES[notice]),
                version,
                target,
                recorded_at: minute(now),
                in_force_at: minute(now + after),
                imported: false,
                content_commitment: Hash::ZERO,
                particulars_commitment: Hash::ZERO,
                previous_hash: Hash::ZERO,
                hash: Hash::ZERO,
            },
            content: Some(Sealed { salt: Hash::ZERO, body: body.to_string() }),
        });
    }
    log
}

fn of_kind(log: &[Kept], kind: Kind) -> Vec<i64> {
    log.iter().filter(|kept| kept.entry.kind == kind).filter_map(|kept| kept.entry.target).collect()
}

/// The version of a notice that is in force by the log: its number, or none before the first and where it is withdrawn.
fn replay(log: &[Kept], notice: &str, at: Timestamp) -> Option<i32> {
    let cancelled = of_kind(log, Kind::Cancellation);
    let subject = format!("notice:{notice}");
    log.iter()
        .filter(|kept| kept.entry.subject == subject && matches!(kept.entry.kind, Kind::Version | Kind::Withdrawal))
        .filter(|kept| kept.entry.in_force_at <= at && !cancelled.contains(&kept.entry.number))
        .max_by_key(|kept| (kept.entry.in_force_at, kept.entry.number))
        .and_then(|kept| kept.entry.version)
}

proptest! {
    #[test]
    fn what_is_in_force_is_what_a_replay_says(
        actions in prop::collection::vec(action(), 1..40),
        cut in 0..40_usize,
    ) {
        let log = log(&actions);
        let end = minute(i64::try_from(actions.len()).unwrap() * 5 + 40);
        let whole = Published::read(log.clone(), end).unwrap();
        // A node that learnt of it in two parts knows the same.
        let (early, late) = log.split_at(cut.min(log.len()));
        let grown = Published::read(early.to_vec(), minute(0)).unwrap().with(late.to_vec(), end).unwrap();
        for minutes in 0..=(i64::try_from(actions.len()).unwrap() * 5 + 40) {
            let at = minute(minutes);
            for name in NAMES {
                let expected = replay(&log, name, at);
                for site in [&whole, &grown] {
                    let notice = site.notices.get(name);
                    let found = notice.and_then(|notice| notice.in_force(at)).map(|version| version.number);
                    prop_assert_eq!(found, expected, "{} at {}", name, minutes);
                    let withdrawn = notice.is_some_and(|notice| notice.withdrawn(at).is_some());
                    prop_assert!(!(withdrawn && expected.is_some()), "withdrawn and in force");
                }
            }
            // Every old address leads somewhere that is read, and never back to itself.
            let edition = bluelamp::site::edition::Edition::new(std::sync::Arc::new(whole.clone()), at, std::sync::Arc::default());
            for (old, new) in &edition.moved {
                prop_assert!(old != new);
                prop_assert!(edition.views.contains_key(new) || edition.withdrawn.contains_key(new), "{} to {}", old, new);
            }
        }
    }
}

#[tokio::test]
async fn the_database_and_the_memory_agree_after_a_day_of_work() {
    use super::desk_work::{chain_holds, publish, released, wait_until, write};
    let office = super::people::Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    released(&erin, &percy, "helplines", "Second.").await;
    write(&erin, "helplines", &[("markdown", "Fourth."), ("change_note", "N.")]).await;
    publish(&percy, "notice:helplines", &[("when", "later"), ("date", "2026-12-01"), ("time", "09:00")]).await;
    released(&erin, &percy, "helplines", "Third.").await;
    wait_until(&office, "2026-12-03T00:00:00Z").await;
    let log = ledger::entries_after(&mut office.public.connection().await, 0, 1000).await.unwrap();
    let edition = office.public.site.edition();
    for (name, notice) in &edition.published.notices {
        for minutes in (0..20_000).step_by(7) {
            let at = Timestamp::from_second(1_794_900_000 + minutes * 60).unwrap();
            let found = notice.in_force(at).map(|version| version.number);
            assert_eq!(found, replay(&log, name, at), "{name} at {at}");
        }
    }
    assert!(office.public.get("/helplines").await.body.contains("Fourth."));
    assert!(office.public.get("/helplines?as_of=2026-11-30").await.body.contains("Third."));
    chain_holds(&office).await;
}
