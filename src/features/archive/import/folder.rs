//! Reading a folder of texts from the disk.

use std::path::Path;

use crate::features::archive::files::{ARCHIVE, FileError, FileKind, Folder};
use crate::features::archive::import::model::ImportError;

pub(super) fn read(path: &Path) -> Result<Folder, ImportError> {
    let mut files = Vec::new();
    collect(path, path, &mut files)?;
    files.sort();
    let folder = Folder::read(files.iter().map(|(name, bytes)| (name.clone(), bytes.as_slice())))?;
    let has_none =
        folder.facts.is_none() && folder.pages.is_none() && folder.promoted.is_none() && folder.hours.is_none();
    if folder.versions.is_empty() && has_none {
        let reason = "holds no facts.toml, pages.toml, promoted.toml, hours.toml or notices/<notice>/<version>.md";
        return Err(FileError::new(&path.display().to_string(), &reason).into());
    }
    Ok(folder)
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, Vec<u8>)>) -> Result<(), ImportError> {
    let failed = |path: &Path, source| ImportError::Read { file: path.display().to_string(), source };
    for item in std::fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let item = item.map_err(|error| failed(folder, error))?;
        // What file managers and editors leave beside a file.
        if item.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let path = item.path();
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        let in_notices = name.split('/').next().is_some_and(|first| first.eq_ignore_ascii_case("notices"));
        if path.is_dir() && in_notices {
            collect(root, &path, files)?;
        } else if path.is_dir() {
            files.push((format!("{name}/"), Vec::new()));
        } else if name != ARCHIVE {
            let is_of_use = FileKind::of(&name).is_some();
            let bytes =
                if is_of_use { std::fs::read(&path).map_err(|error| failed(&path, error))? } else { Vec::new() };
            files.push((name, bytes));
        }
    }
    Ok(())
}
