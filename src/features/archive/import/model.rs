//! The result of an import, and its errors.

use crate::base::ledger::store::LedgerError;
use crate::features::archive::files::FileError;

/// The result of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Entries made.
    pub entries: usize,
    /// Files that said what is in the ledger already.
    pub unchanged: usize,
    /// Files that were not read, since the folder has no use for them.
    pub left_out: Vec<String>,
    /// Lines of the texts that may not be shown as they were meant, with their files.
    pub remarks: Vec<String>,
}

/// A reason why a folder was not loaded. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file cannot be read.
    #[error("cannot read {file}: {source}")]
    Read {
        /// Its path.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A content cannot be written as JSON.
    #[error("cannot write as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl From<sqlx::Error> for ImportError {
    fn from(error: sqlx::Error) -> Self {
        Self::Ledger(error.into())
    }
}
