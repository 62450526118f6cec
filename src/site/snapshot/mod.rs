//! The file that a node keeps of the ledger, so that it can start and serve while the database is away: one entry a line, with
//! its text and salt as they were read. It holds what is scheduled too and is for the node's own eyes (mode 0600).
//!
//! The file grows by what was entered since; a text that is redacted is overwritten in its place. Whoever reads it checks
//! every link of the chain and every text against what its entry committed to.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::base::ledger::store::Kept;
use crate::base::ledger::verify::Fault;
use crate::base::ledger::{Head, Kind};
use crate::site::published::{Published, Unreadable};

pub mod writer;

/// Name of the file under `DATA_DIR`.
pub const FILE: &str = "published.json";

/// The mark of older releases in place of a text that they left out.
const LET_GO: &str = r#""html":"\u0000let go""#;

/// Entries put in order at a time while the file is read.
const BATCH: usize = 256;

/// A reason why a snapshot could not be used.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// There is none, or it cannot be read.
    #[error("cannot read the snapshot: {0}")]
    Read(#[from] std::io::Error),
    /// It is not what a node of this release writes.
    #[error("the snapshot is damaged: {0}")]
    Damaged(#[from] serde_json::Error),
    /// Its entries are no chain.
    #[error("the snapshot is damaged at entry {0}: {1}")]
    Broken(i64, Fault),
    /// It holds an entry that this release cannot read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

/// A file of entries, from the first to its head.
#[derive(Debug)]
pub struct Snapshot {
    file: File,
    /// The end of each entry's line, including its line break.
    ends: Vec<u64>,
    head: Head,
}

/// The content of a file.
#[derive(Debug)]
pub struct Loaded {
    /// The site that it makes.
    pub published: Published,
    /// The time that a node stands at which has nothing else: the last time it knew, and never before the last entry was made.
    pub at: Timestamp,
    /// The file, to be written on; none where it has to be written anew.
    pub snapshot: Option<Snapshot>,
}

/// Reads the file at a path. Blocks; call it off the async threads.
pub fn load(path: &Path, last_time: Option<Timestamp>) -> Result<Loaded, SnapshotError> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    let mut bytes = BufReader::with_capacity(1 << 16, file.try_clone()?);
    let at = last_time.unwrap_or(Timestamp::MIN);
    let mut loaded = Loaded { published: Published::default(), at, snapshot: None };
    let mut snapshot = Snapshot { file, ends: Vec::new(), head: Head::START };
    if bytes.fill_buf()?.first() == Some(&b'[') {
        let log = older(bytes)?;
        log.iter().try_for_each(|kept| follow_on(&mut snapshot.head, kept))?;
        loaded.add_entries(log)?;
        return Ok(loaded);
    }
    let (mut line, mut batch, mut redacted) = (Vec::new(), Vec::with_capacity(BATCH), Vec::new());
    loop {
        line.clear();
        let length = bytes.read_until(b'\n', &mut line)?;
        // A last line without its end is one whose writing was cut short.
        let is_whole = line.ends_with(b"\n");
        if is_whole {
            let mut kept: Kept = serde_json::from_slice(&line)?;
            follow_on(&mut snapshot.head, &kept)?;
            kept.check_content();
            snapshot.ends.push(snapshot.length() + u64::try_from(length).unwrap_or(u64::MAX));
            redacted.extend(redacts(&kept));
            batch.push(kept);
        }
        if batch.len() == BATCH || !is_whole {
            loaded.add_entries(std::mem::take(&mut batch))?;
        }
        if !is_whole {
            break;
        }
    }
    for number in redacted {
        snapshot.blank(number)?;
    }
    loaded.snapshot = loaded.published.lacking().is_empty().then_some(snapshot);
    Ok(loaded)
}

impl Loaded {
    fn add_entries(&mut self, batch: Vec<Kept>) -> Result<(), Unreadable> {
        if let Some(last) = batch.last() {
            self.at = self.at.max(last.entry.recorded_at);
        }
        self.published.extend(batch, self.at)
    }
}

/// The format of older releases: a list of entries, without the texts that are no longer in force.
fn older(bytes: impl std::io::Read) -> Result<Vec<Kept>, SnapshotError> {
    let mut log: Vec<Kept> = serde_json::from_reader(bytes)?;
    for kept in &mut log {
        if kept.content.as_ref().is_some_and(|sealed| sealed.body.contains(LET_GO)) {
            kept.content = None;
        }
        kept.check_content();
    }
    Ok(log)
}

fn follow_on(head: &mut Head, kept: &Kept) -> Result<(), SnapshotError> {
    head.follow(&kept.entry).map_err(|fault| SnapshotError::Broken(kept.entry.number, fault))
}

/// The entry whose text an entry destroys.
fn redacts(kept: &Kept) -> Option<i64> {
    kept.entry.target.filter(|_| kept.entry.kind == Kind::Redaction)
}

impl Snapshot {
    /// A new file with nothing in it, in the place of what stood at a path.
    pub fn create(path: &Path) -> std::io::Result<Self> {
        remove(path)?;
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
        Ok(Self { file, ends: Vec::new(), head: Head::START })
    }

    /// The last entry in it.
    pub fn head(&self) -> Head {
        self.head
    }

    /// Adds the entries that follow, and overwrites the texts that they destroy. Either all of them are in the file afterwards or,
    /// after an error, none.
    pub fn append(&mut self, entries: &[Kept]) -> std::io::Result<()> {
        let (before, mut length) = (self.length(), self.length());
        let (mut head, mut ends, mut bytes) = (self.head, Vec::with_capacity(entries.len()), Vec::new());
        for kept in entries {
            head.follow(&kept.entry).map_err(std::io::Error::other)?;
            let line = bytes.len();
            serde_json::to_writer(&mut bytes, kept)?;
            bytes.push(b'\n');
            length += u64::try_from(bytes.len() - line).unwrap_or(u64::MAX);
            ends.push(length);
        }
        // The remains of an interrupted write are removed as well.
        self.file.set_len(before)?;
        let written = self.file.write_all_at(&bytes, before).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            let _ = self.file.set_len(before);
            return Err(error);
        }
        self.head = head;
        self.ends.extend(ends);
        entries.iter().filter_map(redacts).try_for_each(|number| self.blank(number))
    }

    /// Overwrites the text of an entry, so that no byte of it is left in the file.
    fn blank(&mut self, number: i64) -> std::io::Result<()> {
        let Ok(place) = usize::try_from(number - 1) else { return Ok(()) };
        let Some(&end) = self.ends.get(place) else { return Ok(()) };
        let start = place.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let mut line = vec![0; usize::try_from(end - start).unwrap_or(0)];
        self.file.read_exact_at(&mut line, start)?;
        let kept: Kept = serde_json::from_slice(&line)?;
        if kept.content.is_none() {
            return Ok(());
        }
        let mut blank = serde_json::to_vec(&Kept { content: None, ..kept })?;
        // Shorter by the text; blanks after a value are none of its own in JSON.
        blank.resize(line.len().saturating_sub(1), b' ');
        blank.push(b'\n');
        self.file.write_all_at(&blank, start)?;
        self.file.sync_data()
    }

    fn length(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }
}

fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Keeps other processes from writing a snapshot into the same folder, for as long as it is held; none where one does already.
fn lock(folder: &Path) -> std::io::Result<Option<File>> {
    let path = folder.join(FILE).with_extension("lock");
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Puts a finished file in its place.
fn put_in_place(path: &Path) -> std::io::Result<()> {
    std::fs::rename(unfinished(path), path)?;
    File::open(folder(path))?.sync_all()
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The path of the file while it is written for the first time.
fn unfinished(path: &Path) -> PathBuf {
    path.with_extension("new")
}
