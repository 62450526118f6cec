//! The pid file of a server that died. By now it may name a process of another program.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::base::database::place::Place;

/// No operating system gives this number to a process, and Postgres takes it for a dead one.
const NOBODY: &str = "999999999";

/// Tells whether a server of this very folder runs, by its pid file.
pub(super) fn server_runs(place: &Place) -> bool {
    recorded_pid(&place.cluster).is_some_and(|pid| is_server_of(pid, &place.cluster))
}

/// Makes a pid file harmless that would keep Postgres from starting although no server of this folder runs: its process
/// is alive but another program, or the file was cut off by a crash. Everything else is left to Postgres's own check,
/// which also looks for orphans through the shared memory that the rest of the file names.
///
/// Only to be called under the start lock.
pub(super) fn clear(place: &Place) -> io::Result<()> {
    let file = place.cluster.join("postmaster.pid");
    let Ok(text) = fs::read_to_string(&file) else { return Ok(()) };
    if server_runs(place) {
        return Ok(());
    }
    match text.split_once('\n') {
        Some((pid, rest)) if pid.trim().parse::<u32>().is_ok() => {
            if pid.trim() != NOBODY && is_alive(pid.trim()) {
                tracing::warn!(
                    pid = pid.trim(),
                    "a pid file names a process that is not this database's server; it is set right"
                );
                rewrite(place, &file, &format!("{NOBODY}\n{rest}"))?;
            }
        }
        _ => {
            tracing::warn!("a pid file was cut off by a crash; it is removed");
            fs::remove_file(&file)?;
        }
    }
    // The socket's own lock file has the same pid and no further use.
    let socket = place.socket_file();
    for leftover in [socket.with_extension(format!("{}.lock", crate::base::database::place::PORT)), socket] {
        match fs::remove_file(leftover) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn recorded_pid(cluster: &Path) -> Option<u32> {
    fs::read_to_string(cluster.join("postmaster.pid")).ok()?.lines().next()?.trim().parse().ok()
}

/// A server works in its data folder; that names it better than its command line.
fn is_server_of(pid: u32, cluster: &Path) -> bool {
    let process = Path::new("/proc").join(pid.to_string());
    if Path::new("/proc/self").exists() {
        let named =
            fs::read_to_string(process.join("comm")).is_ok_and(|name| matches!(name.trim(), "postgres" | "postmaster"));
        return named && fs::read_link(process.join("cwd")).is_ok_and(|folder| folder == cluster);
    }
    let asked = Command::new("ps").args(["-o", "command=", "-p", &pid.to_string()]).stdin(Stdio::null()).output();
    asked.is_ok_and(|answer| {
        let line = String::from_utf8_lossy(&answer.stdout).into_owned();
        line.contains("postgres") && line.contains(&*cluster.to_string_lossy())
    })
}

fn is_alive(pid: &str) -> bool {
    let asked =
        Command::new("ps").args(["-p", pid]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    Path::new("/proc").join(pid).exists() || asked.is_ok_and(|status| status.success())
}

/// Writes as the account that owns the folder, so that root follows no link it did not make.
fn rewrite(place: &Place, file: &Path, text: &str) -> io::Result<()> {
    let mut shell = place.account.shell("cat >\"$1\"", file).stdin(Stdio::piped()).spawn()?;
    if let Some(mut input) = shell.stdin.take() {
        input.write_all(text.as_bytes())?;
    }
    if shell.wait()?.success() { Ok(()) } else { Err(io::Error::other("the pid file could not be rewritten")) }
}
