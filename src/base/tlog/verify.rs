//! Checks every checkpoint that was signed against the chain as it is today.

use sqlx::PgConnection;

use crate::base::tlog::checkpoint::{Checkpoint, Log};
use crate::base::tlog::note::VerifierKey;
use crate::base::tlog::store;
use crate::base::tlog::tree::Tree;

/// Rows read at a time.
const BATCH: i64 = 500;

/// What checking found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every checkpoint of the log of today holds.
    Holds {
        /// How many there are, of all logs.
        checkpoints: usize,
        /// Entries that the newest one covers.
        size: i64,
        /// Checkpoints of earlier logs that the chain does not bear out, by the name of their log.
        earlier: Vec<(String, usize)>,
    },
    /// A checkpoint that does not hold.
    Broken {
        /// The name of its log.
        origin: String,
        /// The number of entries that it covers.
        size: i64,
        /// What is wrong with it.
        fault: Fault,
    },
}

/// What can be wrong with a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The chain ends before.
    #[error("the chain lacks entries that it covers")]
    EntriesMissing,
    /// The entries have another root.
    #[error("the entries that it covers are not those that were signed")]
    OtherEntries,
    /// A signature is not that of its key.
    #[error("its signature was edited")]
    SignatureEdited,
}

/// Checks all checkpoints. The chain itself is checked elsewhere.
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
        // What an earlier log signed may be lost: that is why another was opened. Its signatures must hold all the same.
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

/// The checkpoints of a log: how many, the largest size, and which do not hold.
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
