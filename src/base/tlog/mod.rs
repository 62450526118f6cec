//! The public log: a Merkle tree (RFC 6962) over the hashes of the ledger's entries, with signed checkpoints, in the formats that
//! standard verifiers read (c2sp.org: tlog-tiles, tlog-checkpoint, signed-note, tlog-cosignature, tlog-witness). Whoever kept a
//! checkpoint can tell whether the ledger has only grown since, and nobody, its owner included, can rewrite it unseen.
//!
//! A node that serves staff signs; every node checks each checkpoint against its own entries before it shows it.
//!
//! The crates `tlog_tiles` and `signed_note` were read first. They stop the process on what they take for a caller's mistake,
//! know no entry bundles and write tile addresses of an older form, and would bring a second curve25519; so the little that is
//! needed is here, and its tests check it against them.

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
