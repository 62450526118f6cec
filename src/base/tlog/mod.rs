//! The public log: a Merkle tree (RFC 6962) over the hashes of the ledger's entries, with signed checkpoints, in the formats that
//! standard verifiers read (c2sp.org: tlog-tiles, tlog-checkpoint, signed-note, tlog-cosignature, tlog-witness). Anybody who kept a
//! checkpoint can check that the ledger has only grown since. Not even its owner can rewrite it unnoticed.
//!
//! A node that serves staff signs; every node checks each checkpoint against its own entries before it shows it.
//!
//! The crates `tlog_tiles` and `signed_note` are not used. They panic on what they take for a caller's mistake, know no entry bundles,
//! write tile addresses of an older form, and would bring a second curve25519. The tests check this module against
//! them.

pub mod actions;
pub mod checkpoint;
pub mod held;
pub mod note;
pub mod restart;
pub mod signing;
pub mod store;
pub mod tree;
pub mod verify;
pub mod witness;

pub use crate::base::tlog::checkpoint::{Checkpoint, Log};
pub use crate::base::tlog::held::{Held, PublicLog};
pub use crate::base::tlog::tree::{TileAddress, Tree};
