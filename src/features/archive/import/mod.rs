//! Loading a folder of texts into the ledger, or as drafts. Run it in a transaction: a folder goes in whole or not at all.

mod checks;
mod drafts;
mod loader;

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use rust_embed::RustEmbed;
use serde_json::json;
use sqlx::PgConnection;

use crate::base::audit;
use crate::base::audit::{Action, Who};
use crate::base::ledger::store as ledger;
use crate::base::ledger::store::{Kept, LedgerError};
use crate::base::ledger::verify::{Verdict, verify};
use crate::base::ledger::{Hash, Sealed};
use crate::features::archive::files::{FileError, Folder};

pub use crate::features::archive::import::drafts::{Drafted, as_drafts};
use crate::features::archive::import::loader::load;

/// The file of a full archive: every entry as it was hashed, one JSON object a line.
pub const ARCHIVE: &str = "ledger.jsonl";

#[derive(RustEmbed)]
#[folder = "starter/"]
struct Starter;

/// What an import did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    /// Entries made.
    pub entries: usize,
    /// Files that said what is in the ledger already.
    pub unchanged: usize,
}

/// Why a folder was not loaded. Nothing of it was.
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

/// A line of an archive.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct ArchiveLine {
    /// Entry and content.
    #[serde(flatten)]
    pub kept: Kept,
    /// Its particulars.
    pub particulars: Sealed,
}

/// Loads the starter set: a fictional force.
///
/// # Errors
/// When the ledger refuses.
pub async fn starter(connection: &mut PgConnection) -> Result<Imported, ImportError> {
    let files: Vec<_> = Starter::iter().filter_map(|name| Some((name.to_string(), Starter::get(&name)?))).collect();
    let folder = Folder::read(files.iter().map(|(name, file)| (name.clone(), &*file.data)))?;
    load(connection, &folder).await
}

/// Loads a folder. A full archive goes into an empty ledger byte for byte; anything else makes versions that are marked as
/// imported.
///
/// # Errors
/// When a file cannot be used or the ledger refuses.
pub async fn directory(connection: &mut PgConnection, path: &Path) -> Result<Imported, ImportError> {
    ledger::lock(connection).await?;
    let archive = path.join(ARCHIVE);
    if archive.is_file() && ledger::head(connection).await?.is_none() {
        return restore(connection, &archive).await;
    }
    let folder = read(path)?;
    load(connection, &folder).await
}

/// The same for whoever types the command: the audit log says that it was done.
///
/// # Errors
/// When a file cannot be used or the ledger refuses.
pub async fn by_command(connection: &mut PgConnection, path: &Path) -> Result<Imported, ImportError> {
    let imported = directory(connection, path).await?;
    let details = json!({ "entries": imported.entries, "unchanged": imported.unchanged });
    audit::record(connection, Who::CONSOLE, Action::Imported, "ledger", &details).await?;
    Ok(imported)
}

fn read(path: &Path) -> Result<Folder, ImportError> {
    let mut files = Vec::new();
    collect(path, path, &mut files)?;
    files.sort();
    let folder = Folder::read(files.iter().map(|(name, bytes)| (name.clone(), bytes.as_slice())))?;
    if folder.versions.is_empty() && folder.facts.is_none() && folder.pages.is_none() && folder.hours.is_none() {
        let reason = "holds no facts.toml, pages.toml, hours.toml or notices/<notice>/<version>.md";
        return Err(FileError::new(&path.display().to_string(), &reason).into());
    }
    Ok(folder)
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, Vec<u8>)>) -> Result<(), ImportError> {
    let failed = |path: &Path, source| ImportError::Read { file: path.display().to_string(), source };
    for item in std::fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let path = item.map_err(|error| failed(folder, error))?.path();
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        if path.is_dir() && (name == "notices" || name.starts_with("notices/")) {
            collect(root, &path, files)?;
        } else if path.is_file() && path.extension().is_some_and(|end| end == "md" || end == "toml") {
            let bytes = std::fs::read(&path).map_err(|error| failed(&path, error))?;
            files.push((name, bytes));
        }
    }
    Ok(())
}

async fn restore(connection: &mut PgConnection, archive: &Path) -> Result<Imported, ImportError> {
    let failed = |source| ImportError::Read { file: archive.display().to_string(), source };
    // A line at a time: an archive may be larger than the memory.
    let lines = BufReader::new(File::open(archive).map_err(failed)?).lines();
    let mut imported = Imported::default();
    let mut previous = Hash::ZERO;
    for (index, line) in lines.enumerate() {
        let wrong = |reason: &str| FileError::new(ARCHIVE, &format!("line {}: {reason}", index + 1));
        let line: ArchiveLine =
            serde_json::from_str(&line.map_err(failed)?).map_err(|error| wrong(&error.to_string()))?;
        let entry = &line.kept.entry;
        if entry.previous_hash != previous || entry.computed_hash() != entry.hash {
            return Err(wrong("this entry does not hold; the archive was changed").into());
        }
        let content = line.kept.content.as_ref();
        if content.is_some_and(|sealed| sealed.commitment() != entry.content_commitment)
            || line.particulars.commitment() != entry.particulars_commitment
        {
            return Err(wrong("the content is not what the entry commits to; the archive was changed").into());
        }
        ledger::insert(connection, entry, content, &line.particulars).await?;
        previous = entry.hash;
        imported.entries += 1;
    }
    // What one line does not show: a content that is gone without a redaction that says so.
    match verify(connection, None).await? {
        Verdict::Holds { .. } => Ok(imported),
        Verdict::Broken { number, fault } => Err(FileError::new(ARCHIVE, &format!("line {number}: {fault}")).into()),
    }
}
