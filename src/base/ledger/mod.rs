//! The append-only chain that everything the public reads is entered in. Each entry commits to a content and to private
//! particulars, carries the database's time, and names the hash of the entry before it; whoever kept one hash can tell
//! whether anything before it was changed since.

pub mod append;
pub mod model;
pub mod reader;
pub mod store;
pub mod verify;

pub use crate::base::ledger::model::{Content, Entry, Hash, Kind, NewEntry, Sealed};
pub use crate::base::ledger::reader::{Head, ReadError, Reader};
