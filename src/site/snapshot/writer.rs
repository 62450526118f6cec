//! The writer of the snapshot: a task that follows the ledger after the site, so that no publish waits for it.

use std::path::PathBuf;
use std::time::Duration;

use tokio::time::sleep;

use crate::base::database::{Database, DatabaseError};
use crate::base::ledger::store::Kept;
use crate::base::ledger::{Head, ReadError, Reader};
use crate::site::Site;
use crate::site::snapshot::{Snapshot, folder, lock, put_in_place, remove, unfinished};

/// The wait before a write that did not succeed is tried again.
const AGAIN: Duration = Duration::from_secs(5);

/// A reason why the file is behind the ledger.
#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] std::io::Error),
}

/// Writes to the file whatever the site has read, until the task is dropped. What was loaded from it is written on; without that
/// the file begins anew.
pub async fn follow(path: PathBuf, loaded: Option<Snapshot>, site: Site) {
    let held = match lock(folder(&path)) {
        Ok(Some(held)) => held,
        Ok(None) => {
            tracing::warn!("another process writes the snapshot in this DATA_DIR; this one writes none");
            return;
        }
        Err(error) => {
            say(&error.into());
            return;
        }
    };
    let mut heads = site.heads();
    let mut writer = Writer::new(path, loaded);
    let mut said = false;
    loop {
        heads.mark_unchanged();
        let written = if site.is_loaded() { writer.write(site.database()).await } else { Ok(()) };
        match &written {
            Err(WriteError::Read(ReadError::Database(DatabaseError::Away | DatabaseError::Busy))) | Ok(()) => {}
            Err(error) if !said => say(error),
            Err(_) => {}
        }
        said = written.is_err();
        tokio::select! {
            changed = heads.changed() => if changed.is_err() { break },
            () = sleep(AGAIN), if said => {}
        }
    }
    drop(held);
}

fn say(error: &WriteError) {
    tracing::warn!(%error, "the snapshot cannot be written: without it this node cannot start while the database is away");
}

struct Writer {
    path: PathBuf,
    reader: Reader,
    snapshot: Option<Snapshot>,
    /// Tells that the whole file is at its path.
    is_in_place: bool,
}

impl Writer {
    fn new(path: PathBuf, loaded: Option<Snapshot>) -> Self {
        let head = loaded.as_ref().map_or(Head::START, Snapshot::head);
        Self { path, reader: Reader::after(head), is_in_place: loaded.is_some(), snapshot: loaded }
    }

    /// Begins anew where what was written is of another chain: not a word of it stays.
    fn begin_anew(&mut self) -> std::io::Result<()> {
        self.snapshot = None;
        self.is_in_place = false;
        self.reader = Reader::after(Head::START);
        remove(&self.path)
    }

    /// Writes what was entered since.
    async fn write(&mut self, database: &Database) -> Result<(), WriteError> {
        loop {
            let before = self.reader;
            match self.reader.next(database).await {
                Ok(entries) if entries.is_empty() => break,
                Ok(entries) => {
                    if let Err(error) = self.append(entries).await {
                        self.reader = before;
                        return Err(error.into());
                    }
                }
                Err(ReadError::OtherChain(_)) => self.begin_anew()?,
                Err(error) => return Err(error.into()),
            }
        }
        if !self.is_in_place && self.snapshot.is_some() {
            let path = self.path.clone();
            blocking(move || put_in_place(&path)).await?;
            self.is_in_place = true;
        }
        Ok(())
    }

    async fn append(&mut self, entries: Vec<Kept>) -> std::io::Result<()> {
        let (path, snapshot) = (unfinished(&self.path), self.snapshot.take());
        let appending = move || {
            let mut snapshot = match snapshot {
                Some(snapshot) => snapshot,
                None => Snapshot::create(&path)?,
            };
            let appended = snapshot.append(&entries);
            Ok((snapshot, appended))
        };
        let (snapshot, appended) = blocking(appending).await?;
        self.snapshot = Some(snapshot);
        appended
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> std::io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)?
}
