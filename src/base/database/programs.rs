//! Finds the Postgres programs of this machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The oldest Postgres that the migrations and the cluster's options suit.
pub const OLDEST: u32 = 14;

/// One installation: `postgres`, `initdb` and `pg_ctl` in one folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// The folder of the programs.
    pub folder: PathBuf,
    /// Postgres's major version, such as 15.
    pub major: u32,
}

impl Installation {
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// All Postgres installations found, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programs {
    found: Vec<Installation>,
}

/// A reason why there are no programs to run.
#[derive(Debug, thiserror::Error)]
pub enum ProgramsError {
    /// There are no Postgres programs on this machine.
    #[error(
        "no Postgres programs (version {OLDEST} or later) were found. Install them with `apt-get install postgresql` \
         (Debian, Ubuntu), `dnf install postgresql-server` (Fedora, RHEL) or `brew install postgresql` (macOS), or set \
         BLUELAMP_POSTGRES_PROGRAMS to their folder, or DATABASE_URL to a running database"
    )]
    None,
    /// There are no Postgres programs in the folder that was named.
    #[error(
        "BLUELAMP_POSTGRES_PROGRAMS is {}, but postgres, initdb and pg_ctl of version {OLDEST} or later are not in that \
         folder. Name the folder that holds them, or leave the setting out",
        .0.display()
    )]
    NotThere(PathBuf),
    /// Only other versions than the cluster's.
    #[error(
        "the data in {} was made by Postgres {wanted}, and only {found} is installed. Install Postgres {wanted} beside it \
         (on Debian and Ubuntu: `apt-get install postgresql-{wanted}`), or move the data with pg_upgrade",
        .cluster.display()
    )]
    OtherVersion {
        /// The cluster's folder.
        cluster: PathBuf,
        /// Its major version.
        wanted: u32,
        /// The versions found.
        found: String,
    },
}

impl Programs {
    /// Looks in `setting` alone if it is given; else on the search path and where distributions put Postgres.
    /// Errors: [`ProgramsError`], which names the package to install.
    pub fn find(setting: Option<&Path>) -> Result<Self, ProgramsError> {
        match setting {
            Some(folder) => {
                Self::find_in(vec![folder.to_path_buf()]).map_err(|_| ProgramsError::NotThere(folder.to_path_buf()))
            }
            None => Self::find_in(usual_folders()),
        }
    }

    /// Looks in these folders.
    pub fn find_in(folders: Vec<PathBuf>) -> Result<Self, ProgramsError> {
        let mut found: Vec<Installation> = Vec::new();
        for folder in folders {
            let Ok(postgres) = folder.join("postgres").canonicalize() else { continue };
            let Some(folder) = postgres.parent().map(Path::to_path_buf) else { continue };
            if found.iter().any(|known| known.folder == folder) || !has_all(&folder) {
                continue;
            }
            if let Some(major) = major_version(&postgres).filter(|major| *major >= OLDEST) {
                found.push(Installation { folder, major });
            }
        }
        found.sort_by_key(|installation| std::cmp::Reverse(installation.major));
        if found.is_empty() { Err(ProgramsError::None) } else { Ok(Self { found }) }
    }

    /// The installation for a cluster: of the version that made it, or the newest for a new one.
    pub(super) fn for_cluster(&self, cluster: &Path, made_by: Option<u32>) -> Result<&Installation, ProgramsError> {
        let fitting = self.found.iter().find(|installation| made_by.is_none_or(|major| installation.major == major));
        fitting.ok_or_else(|| match made_by {
            None => ProgramsError::None,
            Some(wanted) => ProgramsError::OtherVersion {
                cluster: cluster.to_path_buf(),
                wanted,
                found: self.found.iter().map(|each| each.major.to_string()).collect::<Vec<_>>().join(", "),
            },
        })
    }
}

fn has_all(folder: &Path) -> bool {
    ["postgres", "initdb", "pg_ctl"].iter().all(|name| folder.join(name).is_file())
}

fn usual_folders() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    // The shell knows the search path.
    let asked = Command::new("/bin/sh").args(["-c", "command -v postgres"]).stdin(Stdio::null()).output();
    if let Ok(answer) = asked
        && let Ok(path) = String::from_utf8(answer.stdout)
        && let Some(folder) = Path::new(path.trim()).parent().filter(|folder| folder.is_absolute())
    {
        folders.push(folder.to_path_buf());
    }
    folders.extend(children("/usr/lib/postgresql", "", "bin"));
    folders.extend(children("/usr", "pgsql-", "bin"));
    folders.extend(children("/opt/homebrew/opt", "postgresql", "bin"));
    folders.extend(children("/usr/local/opt", "postgresql", "bin"));
    folders.push(PathBuf::from("/usr/local/pgsql/bin"));
    folders
}

/// `below` in each folder of `parent` whose name starts with `start`.
fn children(parent: &str, start: &str, below: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(parent) else { return Vec::new() };
    entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(start))
        .map(|entry| entry.path().join(below))
        .collect()
}

fn major_version(postgres: &Path) -> Option<u32> {
    let answer = Command::new(postgres).arg("--version").stdin(Stdio::null()).output().ok()?;
    read_version(&String::from_utf8(answer.stdout).ok()?)
}

/// The major version in what `postgres --version` answers.
fn read_version(answer: &str) -> Option<u32> {
    let rest = answer.split("(PostgreSQL)").nth(1)?.trim_start();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_distributions_write_them() {
        assert_eq!(read_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(read_version("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(read_version("bash: postgres: not found\n"), None);
    }

    #[test]
    fn without_programs_the_error_names_the_packages() {
        let error = Programs::find_in(vec![PathBuf::from("/nowhere")]).unwrap_err().to_string();
        assert!(error.contains("apt-get install postgresql"), "{error}");
        assert!(error.contains("dnf install postgresql-server"), "{error}");
        assert!(error.contains("brew install postgresql"), "{error}");
    }

    #[test]
    fn a_folder_that_was_named_wrongly_is_named_in_the_error() {
        let error = Programs::find(Some(Path::new("/nowhere"))).unwrap_err().to_string();
        assert!(error.contains("BLUELAMP_POSTGRES_PROGRAMS is /nowhere"), "{error}");
    }

    #[test]
    fn a_cluster_of_another_version_is_left_alone() {
        let programs = Programs { found: vec![Installation { folder: PathBuf::from("/x"), major: 17 }] };
        let error = programs.for_cluster(Path::new("/data"), Some(15)).unwrap_err().to_string();
        assert!(error.contains("postgresql-15"), "{error}");
        assert_eq!(programs.for_cluster(Path::new("/data"), None).unwrap().major, 17);
    }
}
