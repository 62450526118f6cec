//! The reasons why the program's own Postgres does not run.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::base::database::programs::ProgramsError;
use crate::base::database::roles::RolesError;

/// Long, because a server that crashed may have much to recover.
pub(super) const START_LIMIT: Duration = Duration::from_mins(2);

/// A reason why the program's own Postgres does not run, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// No programs to run.
    #[error(transparent)]
    Programs(#[from] ProgramsError),
    /// A folder cannot be used.
    #[error("cannot use the folder {}: {cause}. Set DATA_DIR to a folder this account may write to", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        cause: io::Error,
    },
    /// No account to run Postgres as.
    #[error("cannot tell which account Postgres could run as: {0}. Run as another user than root, or set DATABASE_URL")]
    Account(#[source] io::Error),
    /// Made by another account.
    #[error("the database in {} belongs to the account with number {uid}. Run as that account, or set DATA_DIR to a folder of your own", .path.display())]
    OtherOwner {
        /// The cluster's folder.
        path: PathBuf,
        /// Its owner.
        uid: u32,
    },
    /// Postgres would refuse it.
    #[error("the database in {} belongs to root, and Postgres does not run as root. Give it to an unprivileged account: `chown -R postgres {}`", .path.display(), .path.display())]
    OwnedByRoot {
        /// The cluster's folder.
        path: PathBuf,
    },
    /// Behind a closed folder.
    #[error(
        "Postgres does not run as root, and the account with number {uid} that would run it cannot reach {}. Set DATA_DIR \
         to a folder that every account may pass through (such as /var/lib/bluelamp), or run as another user than root, \
         or set DATABASE_URL",
        .path.display()
    )]
    Unreachable {
        /// The folder.
        path: PathBuf,
        /// The account.
        uid: u32,
    },
    /// The folder belongs to another account.
    #[error("{} exists and is not a private folder of the account that runs Postgres. Remove it and start again", .path.display())]
    NotOurs {
        /// The folder.
        path: PathBuf,
    },
    /// `initdb` failed.
    #[error("initdb could not make a database in {}: {said}", .path.display())]
    Initdb {
        /// The folder.
        path: PathBuf,
        /// Its last words.
        said: String,
    },
    /// A program could not be run at all.
    #[error("cannot run {}: {cause}", .program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// The error of the operating system.
        #[source]
        cause: io::Error,
    },
    /// The server ended at once.
    #[error("Postgres did not start: {said} (more in {})", .log.display())]
    DidNotStart {
        /// Its last words.
        said: String,
        /// Its log.
        log: PathBuf,
    },
    /// The server neither answers nor ends.
    #[error("Postgres in {} did not answer within {} s. Look at its log in {}; if another process hangs there, end it", .cluster.display(), START_LIMIT.as_secs(), .log.display())]
    TooSlow {
        /// The cluster's folder.
        cluster: PathBuf,
        /// Its log.
        log: PathBuf,
    },
    /// The remains of a crash could not be repaired.
    #[error("cannot put right what a crash left in {}: {cause}", .cluster.display())]
    Stale {
        /// The cluster's folder.
        cluster: PathBuf,
        /// The error of the operating system.
        #[source]
        cause: io::Error,
    },
    /// Roles or database could not be made.
    #[error(transparent)]
    Roles(#[from] RolesError),
}
