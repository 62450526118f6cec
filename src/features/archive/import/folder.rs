//! Reading a folder of texts from the disk.

use std::path::Path;

use crate::features::archive::files::{FileError, Folder};
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
