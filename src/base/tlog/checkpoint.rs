//! The checkpoint of a log: its size and root, signed (C2SP tlog-checkpoint).

use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::base::ledger::Hash;
use crate::base::tlog::note::Signer;

/// The part of a log's name after the host.
pub const PATH: &str = "/notices/proof";

/// A log. Only checkpoints of the newest log are signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    /// The name that its checkpoints carry.
    pub origin: String,
    /// When it was opened, by the database's clock.
    pub opened_at: Timestamp,
    /// The public reason why it replaced the log before.
    pub reason: Option<String>,
}

/// The state of a log at a size, signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The name of the log.
    pub origin: String,
    /// The number of entries, and the number of the last one.
    pub size: i64,
    /// Root of the tree over them.
    pub root: Hash,
    /// Hash of the last entry.
    pub head: Hash,
    /// When it was signed, by the database's clock.
    pub signed_at: Timestamp,
    /// The keys that signed it.
    pub verifier_keys: Vec<String>,
    /// Our signature lines, each with its line break.
    pub signatures: String,
    /// The lines of witnesses, without line breaks.
    pub cosignatures: Vec<String>,
}

impl Checkpoint {
    /// Signs the state of a log.
    pub fn sign(origin: &str, size: i64, root: Hash, head: Hash, signed_at: Timestamp, signers: &[Signer]) -> Self {
        let mut checkpoint = Self {
            origin: origin.to_owned(),
            size,
            root,
            head,
            signed_at,
            verifier_keys: signers.iter().map(|signer| signer.verifier().to_string()).collect(),
            signatures: String::new(),
            cosignatures: Vec::new(),
        };
        let text = checkpoint.text();
        checkpoint.signatures = signers.iter().map(|signer| signer.sign(&text)).collect();
        checkpoint
    }

    /// The text that is signed: origin, size and root, a line each.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64_STANDARD.encode(self.root.0))
    }

    /// The whole signed note, with the lines of witnesses.
    pub fn note(&self) -> String {
        let mut note = format!("{}\n{}", self.text(), self.signatures);
        for line in &self.cosignatures {
            note.push_str(line);
            note.push('\n');
        }
        note
    }

    /// The size as a length in memory.
    pub fn length(&self) -> usize {
        usize::try_from(self.size).unwrap_or(0)
    }

    /// Tells that another checkpoint of the same log is newer, or the same with more cosignatures.
    fn comes_before(&self, other: &Self) -> bool {
        (self.size, self.cosignatures.len()) < (other.size, other.cosignatures.len())
    }
}

/// The newer of two checkpoints, that of a node's memory and that of the database. Those of an earlier log, or signed
/// before the present log was opened, do not count.
pub fn last_signed<'a>(
    remembered: Option<&'a Checkpoint>,
    stored: Option<&'a Checkpoint>,
    logs: &[Log],
) -> Option<&'a Checkpoint> {
    let counts = |checkpoint: &&Checkpoint| match logs.split_last() {
        None => true,
        Some((log, _)) if log.origin == checkpoint.origin => true,
        Some((log, earlier)) => {
            log.opened_at <= checkpoint.signed_at && earlier.iter().all(|log| log.origin != checkpoint.origin)
        }
    };
    match (remembered.filter(counts), stored) {
        (Some(remembered), Some(stored)) if remembered.origin == stored.origin => {
            Some(if remembered.comes_before(stored) { stored } else { remembered })
        }
        (Some(remembered), _) => Some(remembered),
        (None, stored) => stored,
    }
}
