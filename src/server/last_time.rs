//! The file that keeps the database's time as a node last knew it. A node that starts while the database is away stands at that
//! time: its own clock may be wrong, and would show what is to come too early.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

/// Name of the file under `DATA_DIR`.
const FILE: &str = "last-time";

fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// Writes the time: a new file takes the place of the old one. Blocks; call it off the async threads.
pub(super) fn save(folder: &Path, at: Timestamp) -> io::Result<()> {
    let fresh = path(folder).with_extension("new");
    std::fs::write(&fresh, at.to_string())?;
    std::fs::rename(fresh, path(folder))
}

/// Reads the time. None where there is no file or it holds none.
pub(super) fn load(folder: &Path) -> Option<Timestamp> {
    std::fs::read_to_string(path(folder)).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_it_was_written_and_anything_else_is_none() {
        let folder = std::env::temp_dir().join(format!("bluelamp-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir(&folder).unwrap();
        assert_eq!(load(&folder), None);
        let at: Timestamp = "2026-11-24T12:00:00.123456Z".parse().unwrap();
        save(&folder, at).unwrap();
        assert_eq!(load(&folder), Some(at));
        std::fs::write(path(&folder), "soon").unwrap();
        assert_eq!(load(&folder), None);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
