//! Loading a folder of texts into the ledger. Run it in a transaction: a folder goes in whole or not at all.

use std::path::Path;

use jiff::Timestamp;
use rust_embed::RustEmbed;
use serde::Serialize;
use sqlx::PgConnection;

use super::files::{self, FileError, Folder, Pages, VersionFile};
use super::markdown;
use super::model::{Facts, NoticeContent};
use super::store;
use crate::ledger::store::{self as ledger, Kept, LedgerError};
use crate::ledger::verify::{Verdict, verify};
use crate::ledger::{Hash, Kind, NewEntry, Sealed};
use crate::web::respond::local_path;

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
    let mut files = Vec::new();
    collect(path, path, &mut files)?;
    files.sort();
    let folder = Folder::read(files.iter().map(|(name, bytes)| (name.clone(), bytes.as_slice())))?;
    if folder.versions.is_empty() && folder.facts.is_none() && folder.pages.is_none() && folder.hours.is_none() {
        let reason = "holds no facts.toml, pages.toml, hours.toml or notices/<notice>/<version>.md";
        return Err(FileError::new(&path.display().to_string(), &reason).into());
    }
    load(connection, &folder).await
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
    let text = std::fs::read_to_string(archive)
        .map_err(|source| ImportError::Read { file: archive.display().to_string(), source })?;
    let mut imported = Imported::default();
    let mut previous = Hash::ZERO;
    for (index, line) in text.lines().enumerate() {
        let wrong = |reason: &str| FileError::new(ARCHIVE, &format!("line {}: {reason}", index + 1));
        let line: ArchiveLine = serde_json::from_str(line).map_err(|error| wrong(&error.to_string()))?;
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

async fn load(connection: &mut PgConnection, folder: &Folder) -> Result<Imported, ImportError> {
    ledger::lock(connection).await?;
    let log = store::log_after(connection, 0).await?;
    let mut loader = Loader { connection, log, since: folder.since, done: Imported::default() };
    if let Some(facts) = &folder.facts {
        loader.state(Kind::Facts, "facts", facts).await?;
    }
    let facts = loader.facts()?;
    if let Some(pages) = &folder.pages {
        loader.check(pages, folder)?;
        for page in &pages.pages {
            loader.state(Kind::Page, &format!("page:{}", page.address), page).await?;
        }
        loader.state(Kind::Navigation, "navigation", &pages.links()).await?;
    }
    if let Some(hours) = &folder.hours {
        loader.state(Kind::Hours, "hours:webchat", hours).await?;
    }
    for ((notice, number), version) in &folder.versions {
        loader.version(notice, *number, version, &facts).await?;
    }
    Ok(loader.done)
}

struct Loader<'a> {
    connection: &'a mut PgConnection,
    log: Vec<Kept>,
    since: Option<Timestamp>,
    done: Imported,
}

impl Loader<'_> {
    fn states<'a>(&'a self, subject: &'a str) -> impl DoubleEndedIterator<Item = &'a Kept> {
        self.log.iter().filter(move |kept| kept.entry.subject == subject && kept.entry.version.is_some())
    }

    fn facts(&self) -> Result<Facts, ImportError> {
        let body = self.states("facts").next_back().and_then(|kept| kept.content.as_ref());
        Ok(body.map(|sealed| serde_json::from_str(&sealed.body)).transpose()?.unwrap_or_default())
    }

    /// Refuses pages of notices that are nowhere, and links that lead off the site.
    fn check(&self, pages: &Pages, folder: &Folder) -> Result<(), FileError> {
        let wrong = |reason: String| Err(FileError::new("pages.toml", &reason));
        for page in &pages.pages {
            for name in &page.notices {
                let in_folder = folder.versions.keys().any(|(notice, _)| notice == name.as_str());
                if !in_folder && self.states(&format!("notice:{name}")).next().is_none() {
                    return wrong(format!(
                        "the page \"{}\" names the notice \"{name}\", and there is none",
                        page.address
                    ));
                }
            }
        }
        for link in pages.navigation.iter().chain(&pages.footer) {
            if local_path(&link.href) != link.href {
                return wrong(format!("the link \"{}\" leads to no local path such as /contact", link.label));
            }
        }
        Ok(())
    }

    /// Enters a state unless the last one said the same. The first of a subject reaches back to the oldest text.
    async fn state(&mut self, kind: Kind, subject: &str, content: &impl Serialize) -> Result<(), ImportError> {
        let content = serde_json::to_string(content)?;
        let last = self.states(subject).next_back();
        if last.and_then(|kept| kept.content.as_ref()).is_some_and(|sealed| sealed.body == content) {
            self.done.unchanged += 1;
            return Ok(());
        }
        let version = last.and_then(|kept| kept.entry.version).unwrap_or(0) + 1;
        let in_force_at = if version == 1 { self.since } else { None };
        self.append(kind, subject, version, in_force_at, content).await
    }

    async fn version(
        &mut self,
        notice: &str,
        number: i32,
        file: &VersionFile,
        facts: &Facts,
    ) -> Result<(), ImportError> {
        let wrong = |reason: String| FileError::new(&file.name, &reason);
        let in_force_at = file.front.in_force.as_ref().map(files::instant).transpose().map_err(wrong)?;
        let subject = format!("notice:{notice}");
        let kept = self.states(&subject).find(|kept| kept.entry.version == Some(number));
        if let Some(kept) = kept {
            // What is published stays as it is, also when a fact it names has changed since.
            let Some(sealed) = &kept.content else { return Ok(()) };
            let old: NoticeContent = serde_json::from_str(&sealed.body)?;
            let same_time = in_force_at.is_none_or(|at| at == kept.entry.in_force_at);
            if same_time && file.content(notice, old.html.clone()).map_err(wrong)? == old {
                self.done.unchanged += 1;
                return Ok(());
            }
            let reason = "this version is in the ledger with another text or front matter, and nothing changes it any \
                more; give the changed one the next number";
            return Err(wrong(reason.to_owned()).into());
        }
        let expected = self.states(&subject).filter_map(|kept| kept.entry.version).max().unwrap_or(0) + 1;
        if number != expected {
            return Err(wrong(format!("the next version of this notice is {expected}")).into());
        }
        let html = markdown::render(&file.markdown, notice, facts).map_err(|problems| {
            let lines: Vec<String> = problems
                .iter()
                .map(|problem| format!("line {}: {}", problem.line + file.line - 1, problem.message))
                .collect();
            wrong(lines.join("; "))
        })?;
        let content = serde_json::to_string(&file.content(notice, html).map_err(wrong)?)?;
        self.append(Kind::Version, &subject, number, in_force_at, content).await
    }

    async fn append(
        &mut self,
        kind: Kind,
        subject: &str,
        version: i32,
        in_force_at: Option<Timestamp>,
        content: String,
    ) -> Result<(), ImportError> {
        let particulars = r#"{"writer":"bluelamp import","approver":null,"reason":null}"#.to_owned();
        let new = NewEntry {
            kind,
            subject: subject.to_owned(),
            version: Some(version),
            target: None,
            in_force_at,
            imported: true,
            content: content.clone(),
            particulars,
        };
        let entry = ledger::append(self.connection, new).await?;
        // A salt of no use: the log here only answers what comes next.
        self.log.push(Kept { entry, content: Some(Sealed { salt: Hash::ZERO, body: content }) });
        self.done.entries += 1;
        Ok(())
    }
}
