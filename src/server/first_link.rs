//! The link for the first administrator: a file that only the owner of the process reads, and the terminal where there is one. Never the
//! log, which others read and keep.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use crate::desk::accounts::invite::InviteError;
use crate::desk::session::Secret;

/// Its name under `DATA_DIR`.
pub(super) const FILE: &str = "first-administrator.txt";

/// A reason why no link lies ready.
#[derive(Debug, thiserror::Error)]
pub(super) enum FirstLinkError {
    #[error(transparent)]
    Invite(#[from] InviteError),
    #[error("the file for it cannot be written under DATA_DIR: {0}")]
    File(#[from] io::Error),
}

impl From<crate::base::database::DatabaseError> for FirstLinkError {
    fn from(error: crate::base::database::DatabaseError) -> Self {
        Self::Invite(error.into())
    }
}

impl From<sqlx::Error> for FirstLinkError {
    fn from(error: sqlx::Error) -> Self {
        Self::Invite(error.into())
    }
}

/// The secret of the link that lies in the file.
pub(super) fn read(file: &Path) -> Option<Secret> {
    let text = std::fs::read_to_string(file).ok()?;
    Secret::read(text.trim().rsplit('/').next()?)
}

/// Writes the link to the file, for its owner alone.
pub(super) fn write(file: &Path, link: &str) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    // A file that is there may be readable by others.
    remove(file);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(file, "{link}")?;
    file.sync_all()
}

/// Removes the file, if there is one.
pub(super) fn remove(file: &Path) {
    if let Err(error) = std::fs::remove_file(file)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "the file with the first administrator's link stays under DATA_DIR; the link does not work any more");
    }
}

/// Says where the link is; on a terminal, also the link.
#[expect(
    clippy::print_stderr,
    reason = "the link is for whoever sits at the terminal, and the log goes to others as well"
)]
pub(super) fn say(file: &Path) {
    tracing::info!(
        file = %file.display(),
        "there is no staff account yet: the first administrator sets up their sign-in by the link in this file, within 72 hours"
    );
    if io::stderr().is_terminal()
        && let Ok(link) = std::fs::read_to_string(file)
    {
        eprintln!("The first administrator sets up their sign-in here:\n  {}", link.trim());
    }
}
