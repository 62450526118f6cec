//! Loading a folder of texts into the ledger, or as drafts. Run it in a transaction: a folder goes in whole or not at all.

mod checks;
mod drafts;
mod folder;
mod loader;
mod model;

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use rust_embed::RustEmbed;
use serde_json::json;
use sqlx::PgConnection;

use crate::base::audit;
use crate::base::audit::Who;
use crate::base::ledger::store::Kept;
use crate::base::ledger::verify::{Verdict, verify};
use crate::base::ledger::{Hash, Sealed, store as ledger};
use crate::features::archive::actions;
use crate::features::archive::files::{ARCHIVE, FileError, Folder};

pub use crate::features::archive::import::drafts::{Drafted, as_drafts};
use crate::features::archive::import::folder::read;
use crate::features::archive::import::loader::load;
pub use crate::features::archive::import::model::{ImportError, Imported};
use crate::site::declared::Declared;

#[derive(RustEmbed)]
#[folder = "starter/"]
struct Starter;

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
pub async fn starter(connection: &mut PgConnection, declared: &Declared) -> Result<Imported, ImportError> {
    let files: Vec<_> = Starter::iter().filter_map(|name| Some((name.to_string(), Starter::get(&name)?))).collect();
    let folder = Folder::read(files.iter().map(|(name, file)| (name.clone(), &*file.data)))?;
    load(connection, declared, &folder).await
}

/// Loads a folder. A full archive goes into an empty ledger byte for byte; anything else makes versions that are marked as
/// imported.
pub async fn directory(
    connection: &mut PgConnection,
    declared: &Declared,
    path: &Path,
) -> Result<Imported, ImportError> {
    ledger::lock(connection).await?;
    let archive = path.join(ARCHIVE);
    if archive.is_file() && ledger::head(connection).await?.is_none() {
        return restore(connection, &archive).await;
    }
    let folder = read(path)?;
    load(connection, declared, &folder).await
}

/// Imports for the person who typed the command, and records it in the audit log.
pub async fn by_command(
    connection: &mut PgConnection,
    declared: &Declared,
    path: &Path,
) -> Result<Imported, ImportError> {
    let imported = directory(connection, declared, path).await?;
    let details = json!({ "entries": imported.entries, "unchanged": imported.unchanged });
    audit::record(connection, Who::CONSOLE, actions::IMPORTED, "ledger", &details).await?;
    Ok(imported)
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
