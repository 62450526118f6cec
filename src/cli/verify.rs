//! `bluelamp verify`.

use std::process::ExitCode;

use bluelamp::base::audit;
use bluelamp::base::config::StoreArgs;
use bluelamp::base::database;
use bluelamp::base::database::guards;
use bluelamp::base::database::guards::Guards;
use bluelamp::base::ledger;
use bluelamp::base::ledger::Hash;
use bluelamp::base::tlog;
use bluelamp::server::store::Store;

use crate::cli::common::{answer, logged};

/// Checks both chains, the public log and what guards them, all as of one moment, and says what was found.
pub(crate) async fn verify(
    head: Option<Hash>,
    audit_head: Option<Hash>,
    settings: StoreArgs,
) -> anyhow::Result<ExitCode> {
    let store = Store::find(&logged(settings)?).await?;
    let mut connection = store.connect().await?;
    let mut moment = database::begin_snapshot(&mut connection).await?;
    let ledger = ledger::verify::verify(&mut moment, head).await?;
    let log = audit::verify::verify(&mut moment, audit_head).await?;
    let signed = tlog::verify::verify(&mut moment).await?;
    let orphans = guards::orphans(&mut moment).await?;
    let guards = guards::judge(&mut moment).await?;
    moment.rollback().await?;
    drop(connection);
    store.close().await;
    let holds =
        [tell_ledger(&ledger), tell_log(&log), tell_public_log(&signed), tell_orphans(&orphans), tell_guards(&guards)];
    let holds = holds.iter().all(|holds| *holds);
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Says what was found of the ledger, and gives whether it holds.
fn tell_ledger(verdict: &ledger::verify::Verdict) -> bool {
    match verdict {
        ledger::verify::Verdict::Holds { length, head } => {
            answer(&format!("The chain holds: {length} entries, head {head}."));
            true
        }
        ledger::verify::Verdict::Broken { number, fault } => {
            answer(&format!("The chain is broken at entry {number}: {fault}."));
            false
        }
    }
}

/// Says what was found of the audit log, and gives whether it holds.
fn tell_log(verdict: &audit::verify::Verdict) -> bool {
    match verdict {
        audit::verify::Verdict::Holds { length, head, tail } => {
            answer(&format!("The audit log holds: {length} rows, head {head}."));
            if let Some(tail) = tail {
                answer(&format!(
                    "{} rows are not sealed yet, the first is row {} of {}. A running node seals within seconds; rows that stay \
                     unsealed while one runs mean that seals were cut off or cannot be written.",
                    tail.rows, tail.first, tail.since
                ));
            }
            let overdue = tail.as_ref().is_some_and(|tail| tail.overdue);
            if overdue {
                answer(
                    "A node that seals ran for over a minute since, and did not: somebody or something kept it from that.",
                );
            }
            !overdue
        }
        audit::verify::Verdict::Broken { position, row, fault } => {
            let row = row.map_or_else(String::new, |row| format!(" (row {row})"));
            answer(&format!("The audit log is broken at place {position}{row}: {fault}."));
            false
        }
    }
}

/// Names rows whose owner is gone, and gives whether there is none.
fn tell_orphans(orphans: &[String]) -> bool {
    for orphan in orphans {
        answer(&format!("Written behind the rules of the tables: {orphan}."));
    }
    orphans.is_empty()
}

/// Says what was found of the guards of the tables, and gives whether they hold.
fn tell_guards(guards: &Guards) -> bool {
    match guards {
        Guards::Hold(many) => {
            answer(&format!(
                "The guards hold: {many} functions, triggers, grants, views and rules are as they were migrated."
            ));
            true
        }
        Guards::Differ(differences) => {
            for difference in differences {
                answer(&format!("The guards do not hold: {difference}."));
            }
            answer("If you changed that on purpose, run `bluelamp migrate --record-guards` with the owner's login.");
            false
        }
        Guards::NotJudged(reason) => {
            answer(&format!("Guards not judged: {reason}."));
            true
        }
    }
}

/// Says what was found of the public log, and gives whether it holds.
fn tell_public_log(verdict: &tlog::verify::Verdict) -> bool {
    match verdict {
        tlog::verify::Verdict::Holds { checkpoints, size, earlier } => {
            answer(&format!("The public log holds: {checkpoints} checkpoints, the newest over {size} entries."));
            for (origin, count) in earlier {
                answer(&format!(
                    "{count} checkpoints of the earlier log {origin} cover entries that the chain does not hold; another log was \
                     opened since."
                ));
            }
            true
        }
        tlog::verify::Verdict::Broken { origin, size, fault } => {
            answer(&format!("The public log {origin} is broken at its checkpoint over {size} entries: {fault}."));
            false
        }
    }
}
