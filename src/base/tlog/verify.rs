//! Checks every checkpoint that was signed against the chain as it is today.

use sqlx::PgConnection;

use crate::base::tlog::checkpoint::{Checkpoint, Log};
use crate::base::tlog::note::VerifierKey;
use crate::base::tlog::store;
use crate::base::tlog::tree::Tree;

/// Rows read at a time.
const BATCH: i64 = 500;

/// The result of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every checkpoint of the present log is valid.
    Holds {
        /// The number of checkpoints of all logs.
        checkpoints: usize,
        /// The number of entries that the newest checkpoint covers.
        size: i64,
        /// Checkpoints of earlier logs that do not match the chain, by the name of their log.
        earlier: Vec<(String, usize)>,
    },
    /// A checkpoint is invalid.
    Broken {
        /// The name of its log.
        origin: String,
        /// The number of entries that it covers.
        size: i64,
        /// The fault.
        fault: Fault,
    },
}

/// A fault of a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The chain has fewer entries than were signed.
    #[error("the chain lacks entries that it covers")]
    EntriesMissing,
    /// The root over the entries differs from the signed one.
    #[error("the entries that it covers are not those that were signed")]
    OtherEntries,
    /// A signature does not match its key.
    #[error("its signature was edited")]
    SignatureEdited,
}

/// Checks all checkpoints, but not the chain itself.
pub async fn verify(connection: &mut PgConnection) -> Result<Verdict, sqlx::Error> {
    let mut tree = Tree::default();
    let mut number = 0;
    loop {
        let links = store::links_after(connection, number, BATCH).await?;
        let Some(last) = links.last() else { break };
        number = last.number;
        tree.extend(links.iter().map(|link| link.hash));
    }
    let logs = store::logs(connection).await?;
    let (mut checkpoints, mut size, mut earlier) = (0, 0, Vec::new());
    for (place, log) in logs.iter().enumerate() {
        let is_current = place + 1 == logs.len();
        let (count, largest, faults) = check_log(connection, log, &tree).await?;
        checkpoints += count;
        // Entries that an earlier log signed may be lost, which is why a new log was opened. Its signatures must still be valid.
        let counts = |fault: Fault| is_current || fault == Fault::SignatureEdited;
        if let Some((size, fault)) = faults.iter().find(|(_, fault)| counts(*fault)) {
            return Ok(Verdict::Broken { origin: log.origin.clone(), size: *size, fault: *fault });
        }
        if is_current {
            size = largest;
        } else if !faults.is_empty() {
            earlier.push((log.origin.clone(), faults.len()));
        }
    }
    Ok(Verdict::Holds { checkpoints, size, earlier })
}

/// The checkpoints of a log: their number, the largest size, and the invalid ones.
async fn check_log(
    connection: &mut PgConnection,
    log: &Log,
    tree: &Tree,
) -> Result<(usize, i64, Vec<(i64, Fault)>), sqlx::Error> {
    let (mut count, mut largest, mut faults) = (0, 0, Vec::new());
    let mut below = i64::MAX;
    loop {
        let checkpoints = store::checkpoints_before(connection, &log.origin, below, BATCH).await?;
        let Some(last) = checkpoints.last() else { return Ok((count, largest, faults)) };
        below = last.size;
        for checkpoint in &checkpoints {
            count += 1;
            largest = largest.max(checkpoint.size);
            if let Err(fault) = check(checkpoint, tree) {
                faults.push((checkpoint.size, fault));
            }
        }
    }
}

fn check(checkpoint: &Checkpoint, tree: &Tree) -> Result<(), Fault> {
    let text = checkpoint.text();
    let signed = |key: &String| {
        key.parse().is_ok_and(|key: VerifierKey| key.find_signature(&text, &checkpoint.signatures).is_some())
    };
    if checkpoint.verifier_keys.is_empty() || !checkpoint.verifier_keys.iter().all(signed) {
        return Err(Fault::SignatureEdited);
    }
    match tree.root_of(checkpoint.length()) {
        None => Err(Fault::EntriesMissing),
        Some(root) if root != checkpoint.root => Err(Fault::OtherEntries),
        Some(_) => Ok(()),
    }
}
