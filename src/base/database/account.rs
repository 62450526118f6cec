//! The operating system's account that Postgres runs as: our own, or an unprivileged one when we are root, because
//! Postgres refuses root.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// The system account that runs the Postgres programs and owns their files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub uid: u32,
    pub gid: u32,
    /// Set if programs have to be started as somebody else than we are.
    pub drops: bool,
}

impl Account {
    /// The account of this process.
    pub(super) fn own() -> io::Result<Self> {
        Ok(Self { uid: id(&["-u"])?, gid: id(&["-g"])?, drops: false })
    }

    /// Tells whether this process is root.
    pub(super) fn is_root(&self) -> bool {
        self.uid == 0
    }

    /// `postgres` where it exists, else `nobody`.
    pub(super) fn unprivileged() -> io::Result<Self> {
        named("postgres").or_else(|_| named("nobody"))
    }

    /// The owner of a cluster that exists already.
    pub(super) fn owner_of(existing: &Metadata) -> Self {
        Self { uid: existing.uid(), gid: existing.gid(), drops: true }
    }

    /// A program to be run as this account, far from our own environment and folder.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LC_ALL", "C")
            .current_dir("/")
            .stdin(Stdio::null());
        if self.drops {
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// A line of shell as this account; `$1` is `path`.
    pub(super) fn shell(&self, script: &str, path: &Path) -> Command {
        let mut command = self.command(Path::new("/bin/sh"));
        command.args(["-c", script, "sh"]).arg(path);
        command
    }

    /// Tells whether this account can enter a folder: tried, since modes alone do not tell.
    pub(super) fn reaches(&self, folder: &Path) -> bool {
        let tried = self.shell("cd -- \"$1\"", folder).stdout(Stdio::null()).stderr(Stdio::null()).status();
        tried.is_ok_and(|status| status.success())
    }

    /// Gives a folder that we just made to this account.
    pub(super) fn take(&self, folder: &Path) -> io::Result<()> {
        if self.drops { chown(folder, Some(self.uid), Some(self.gid)) } else { Ok(()) }
    }
}

fn named(name: &str) -> io::Result<Account> {
    Ok(Account { uid: id(&["-u", name])?, gid: id(&["-g", name])?, drops: true })
}

fn id(arguments: &[&str]) -> io::Result<u32> {
    let answer = Command::new("id").args(arguments).stdin(Stdio::null()).output()?;
    let number = String::from_utf8_lossy(&answer.stdout).trim().parse();
    number.map_err(|_| io::Error::other(format!("`id {}` named no account", arguments.join(" "))))
}
