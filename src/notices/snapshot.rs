//! The file that a node keeps of what it last published, so that it can start and serve while the database is away. It holds
//! scheduled texts too and is for the node's own eyes (mode 0600).

use std::io::Write as _;
use std::path::Path;

use jiff::Timestamp;

use super::published::{Published, Unreadable};
use crate::ledger::store::Kept;

/// Name of the file under `DATA_DIR`.
pub const FILE: &str = "published.json";

/// Why a snapshot could not be used.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// There is none, or it cannot be read.
    #[error("cannot read the snapshot: {0}")]
    Read(#[from] std::io::Error),
    /// It is not what a node writes.
    #[error("the snapshot is damaged: {0}")]
    Damaged(#[from] serde_json::Error),
    /// It holds an entry that this release cannot read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

/// Writes the file whole or not at all: a new one beside it takes its place. Blocks; call it off the async threads.
///
/// # Errors
/// When the folder cannot be written to.
pub fn save(path: &Path, published: &Published) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let fresh = path.with_extension("new");
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(&serde_json::to_vec(published.log.as_slice())?)?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)
}

/// Reads the file, with the time that a node stands at which has nothing else: the last time it knew, and never before the last
/// entry was made.
///
/// # Errors
/// When there is none or it cannot be used.
pub fn load(path: &Path, last_time: Option<Timestamp>) -> Result<(Published, Timestamp), SnapshotError> {
    let log: Vec<Kept> = serde_json::from_slice(&std::fs::read(path)?)?;
    let recorded = log.last().map(|kept| kept.entry.recorded_at);
    let at = last_time.max(recorded).unwrap_or(Timestamp::MIN);
    Ok((Published::read(log, at)?, at))
}
