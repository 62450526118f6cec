//! The place of a cluster of our own: its folder, its log, its socket.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::base::database::account::Account;
use crate::base::database::embedded_error::EmbeddedError;

/// A Unix socket's address has 108 bytes on Linux and 104 elsewhere, a closing NUL among them.
const LONGEST_SOCKET: usize = if cfg!(target_os = "linux") { 107 } else { 103 };
/// The port is only a part of the socket's name.
pub(super) const PORT: u16 = 5432;

/// The folders of one cluster.
///
/// `home` belongs to us, so that the account Postgres runs as cannot swap what we rename or lock in it; `cluster`, `run`
/// and `socket` belong to that account and are closed to everybody else.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub home: PathBuf,
    pub cluster: PathBuf,
    pub run: PathBuf,
    pub socket: PathBuf,
    pub account: Account,
}

impl Place {
    /// Chooses and makes the folders for the cluster of `data_dir`. `fallback` is where root puts a cluster whose data
    /// folder the unprivileged account cannot reach.
    pub(super) fn prepare(data_dir: &Path, fallback: &Path) -> Result<Self, EmbeddedError> {
        let folder = |path: &Path| {
            let path = path.to_path_buf();
            move |cause: io::Error| EmbeddedError::Folder { path, cause }
        };
        fs::create_dir_all(data_dir).map_err(folder(data_dir))?;
        let data_dir = data_dir.canonicalize().map_err(folder(data_dir))?;
        let short = short_name(&data_dir);
        let (home, account) = choose(&data_dir, &fallback.join(&short))?;
        make_open(&home).map_err(folder(&home))?;
        let home = home.canonicalize().map_err(folder(&home))?;
        let run = home.join("run");
        make_private(&run, &account)?;
        let socket = if fits(&run) { run.clone() } else { short_socket_folder(&short, &account)? };
        Ok(Self { cluster: home.join("cluster"), home, run, socket, account })
    }

    /// The socket that Postgres listens on.
    pub(super) fn socket_file(&self) -> PathBuf {
        self.socket.join(format!(".s.PGSQL.{PORT}"))
    }

    pub(super) fn log(&self) -> PathBuf {
        self.run.join("postgres.log")
    }

    /// The major version that made the cluster; none when there is no cluster yet.
    pub(super) fn made_by(&self) -> Option<u32> {
        fs::read_to_string(self.cluster.join("PG_VERSION")).ok()?.trim().parse().ok()
    }
}

fn choose(data_dir: &Path, elsewhere: &Path) -> Result<(PathBuf, Account), EmbeddedError> {
    let own = Account::own().map_err(EmbeddedError::Account)?;
    let here = data_dir.join("postgres");
    let existing = |home: &Path| fs::metadata(home.join("cluster")).ok();
    if !own.is_root() {
        return match existing(&here) {
            Some(cluster) if cluster.uid() != own.uid => {
                Err(EmbeddedError::OtherOwner { path: here.join("cluster"), uid: cluster.uid() })
            }
            _ => Ok((here, own)),
        };
    }
    // A cluster that exists is the one to run, as whoever owns it, wherever it is.
    for home in [here.as_path(), elsewhere] {
        let Some(cluster) = existing(home) else { continue };
        let account = Account::owner_of(&cluster);
        if account.is_root() {
            return Err(EmbeddedError::OwnedByRoot { path: home.join("cluster") });
        }
        if !account.reaches(home) {
            return Err(EmbeddedError::Unreachable { path: home.to_path_buf(), uid: account.uid });
        }
        return Ok((home.to_path_buf(), account));
    }
    let account = Account::unprivileged().map_err(EmbeddedError::Account)?;
    if account.reaches(data_dir) {
        return Ok((here, account));
    }
    let made = make_open(elsewhere);
    if made.is_err() || !account.reaches(elsewhere) {
        return Err(EmbeddedError::Unreachable { path: data_dir.to_path_buf(), uid: account.uid });
    }
    tracing::info!(
        folder = %elsewhere.display(),
        "the account that runs Postgres cannot reach DATA_DIR; the database is kept in this folder instead"
    );
    Ok((elsewhere.to_path_buf(), account))
}

/// A folder that everybody may pass through.
fn make_open(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o755).create(folder)?;
    // The umask may have removed permissions.
    fs::set_permissions(folder, Permissions::from_mode(0o755))
}

/// A folder for `account` alone. One that exists is taken only if it is a real folder of that account's.
pub(super) fn make_private(folder: &Path, account: &Account) -> Result<(), EmbeddedError> {
    let failed = |cause: io::Error| EmbeddedError::Folder { path: folder.to_path_buf(), cause };
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => account.take(folder).map_err(failed),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let there = fs::symlink_metadata(folder).map_err(failed)?;
            let own = Account::own().map_err(EmbeddedError::Account)?;
            let closed = there.is_dir() && there.mode().trailing_zeros() >= 6;
            if closed && there.uid() == account.uid {
                Ok(())
            } else if closed && there.uid() == own.uid {
                // Ours, from a start that was killed before it gave the folder away.
                account.take(folder).map_err(failed)
            } else {
                Err(EmbeddedError::NotOurs { path: folder.to_path_buf() })
            }
        }
        Err(error) => Err(failed(error)),
    }
}

fn fits(folder: &Path) -> bool {
    let name = format!(".s.PGSQL.{PORT}");
    folder.as_os_str().len().saturating_add(1).saturating_add(name.len()) <= LONGEST_SOCKET
}

/// A short folder for the socket alone, named after the data folder.
fn short_socket_folder(short: &str, account: &Account) -> Result<PathBuf, EmbeddedError> {
    let parent = ["/run", "/tmp"].into_iter().map(Path::new).find(|parent| {
        // Only root may make folders in /run; everybody may in /tmp, where the check of the owner matters.
        parent.is_dir() && (account.drops || *parent == Path::new("/tmp"))
    });
    let folder = parent.unwrap_or(Path::new("/tmp")).join(format!("bluelamp-{}-{short}", account.uid));
    make_private(&folder, account)?;
    Ok(folder)
}

/// Names a data folder in 16 hexadecimal digits.
fn short_name(data_dir: &Path) -> String {
    let digest = Sha256::digest(data_dir.as_os_str().as_encoded_bytes());
    format!("{digest:x}").chars().take(16).collect()
}
