//! The public log as a node shows it: the newest checkpoint with its tree, checked against the entries that the node has read.

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::base::ledger::Hash;
use crate::base::tlog::checkpoint::{Checkpoint, Log, last_signed};
use crate::base::tlog::tree::Tree;

/// Name of the file under `DATA_DIR` that stores the newest checkpoint.
pub const FILE: &str = "checkpoint.json";

/// The public log of a node; cheap to clone.
#[derive(Clone, Default)]
pub struct PublicLog(Arc<ArcSwap<Held>>);

/// The state of the public log that a node knows at an instant.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// The last checkpoint.
    pub checkpoint: Option<Checkpoint>,
    /// The tree of that checkpoint; empty until the node has read its entries.
    pub tree: Arc<Tree>,
    /// Every log that was opened, the first one first; none while the node has not read them.
    pub logs: Vec<Log>,
    /// Set if the ledger lacks an entry that was signed.
    pub is_broken: bool,
}

/// The proof that a checkpoint covers an entry.
pub struct EntryProof<'a> {
    /// The checkpoint.
    pub checkpoint: &'a Checkpoint,
    /// The index of the entry in the tree, counted from 0.
    pub index: usize,
    /// The inclusion proof, the sibling of the leaf first.
    pub hashes: Vec<Hash>,
}

impl PublicLog {
    /// The present state.
    pub fn held(&self) -> Arc<Held> {
        self.0.load_full()
    }

    /// Takes over the logs and the checkpoint of the database, and checks them against the hashes of this node's entries.
    pub fn update(&self, logs: Vec<Log>, stored: Option<&Checkpoint>, hash_of: impl Fn(i64) -> Option<Hash>) {
        let before = self.held();
        let Some(last) = last_signed(before.checkpoint.as_ref(), stored, &logs) else {
            self.0.store(Arc::new(Held { logs, ..Held::default() }));
            return;
        };
        let here = hash_of(last.size);
        if here.is_none() && stored == Some(last) {
            // The entry was signed after this node read the ledger. The next update checks it.
            return;
        }
        let is_known = logs.is_empty() || logs.iter().any(|log| log.origin == last.origin);
        let holds = is_known && here == Some(last.head);
        let is_same = before.checkpoint.as_ref() == Some(last) && before.logs == logs;
        if is_same && before.is_broken != holds && before.tree.size() == last.length() {
            return;
        }
        let tree = if before.tree.size() == last.length() && before.tree.root() == last.root {
            Some(Arc::clone(&before.tree))
        } else if holds {
            grow_tree(&before.tree, last, &hash_of)
        } else {
            None
        };
        let is_broken = !holds || tree.is_none();
        if is_broken && !before.is_broken {
            tracing::error!(
                origin = last.origin,
                size = last.size,
                "the ledger lacks an entry that was signed for the public log: restore what is lost, or open another log with \
                 `bluelamp proof restart`; nothing is signed until then"
            );
        }
        let checkpoint = Some(last.clone());
        self.0.store(Arc::new(Held { checkpoint, tree: tree.unwrap_or_default(), logs, is_broken }));
    }

    /// Loads the state from a file, for use until the database answers.
    pub fn load(&self, path: &Path, hash_of: impl Fn(i64) -> Option<Hash>) -> std::io::Result<()> {
        let text = match std::fs::read(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            text => text?,
        };
        let (logs, checkpoint): (Vec<Log>, Checkpoint) = serde_json::from_slice(&text)?;
        // Not checked against entries yet: the snapshot beside the file may be older or missing.
        let tree = grow_tree(&Tree::default(), &checkpoint, hash_of).unwrap_or_default();
        self.0.store(Arc::new(Held { checkpoint: Some(checkpoint), tree, logs, is_broken: false }));
        Ok(())
    }
}

impl Held {
    /// Stores the newest checkpoint in a file and replaces the old file atomically. Blocks.
    pub fn save(&self, path: &Path) -> std::io::Result<()> {
        use std::io::Write as _;
        use std::os::unix::fs::OpenOptionsExt as _;
        let Some(checkpoint) = &self.checkpoint else { return Ok(()) };
        let fresh = path.with_extension("new");
        let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        file.write_all(&serde_json::to_vec(&(&self.logs, checkpoint))?)?;
        file.sync_all()?;
        std::fs::rename(&fresh, path)
    }

    /// The proof of an entry; none if it is not signed yet.
    pub fn proof_of(&self, number: i64, hash: Hash) -> Option<EntryProof<'_>> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        let checkpoint = self.checkpoint.as_ref().filter(|_| self.tree.holds(index, hash))?;
        Some(EntryProof { checkpoint, index, hashes: self.tree.inclusion_proof(index)? })
    }
}

/// Grows a tree to the size of a checkpoint. None if the entries do not give the root that was signed.
fn grow_tree(before: &Tree, to: &Checkpoint, hash_of: impl Fn(i64) -> Option<Hash>) -> Option<Arc<Tree>> {
    let extended = |mut tree: Tree| {
        let first = i64::try_from(tree.size()).ok()? + 1;
        for number in first..=to.size {
            tree.push(hash_of(number)?);
        }
        (tree.size() == to.length() && tree.root() == to.root).then(|| Arc::new(tree))
    };
    let from_before = if before.size() > 0 { extended(before.clone()) } else { None };
    // The tree before may belong to another chain, so it is built anew.
    from_before.or_else(|| extended(Tree::default()))
}
