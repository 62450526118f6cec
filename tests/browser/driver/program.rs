//! Programs that end with the test.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::until;

/// Runs the arguments, ends them once standard input closes, and takes the folder away. Standard input closes when the
/// program is dropped, and however the test process ends.
const GUARD: &str = r#"
folder=$1
shift
exec 3<&0
"$@" </dev/null >"$folder/log" 2>&1 3<&- &
child=$!
read -r _ <&3
kill "$child"
wait "$child"
# A browser's helpers may write for a moment longer.
for _ in 1 2 3 4 5; do
    rm -rf "$folder"
    sleep 0.2
    [ -e "$folder" ] || break
done
"#;

/// A program that runs with a folder of its own.
pub(crate) struct Program {
    guard: Child,
    folder: PathBuf,
}

/// A new empty folder.
pub(crate) fn folder() -> PathBuf {
    let folder = Path::new("/tmp").join(format!("bl-{}", uuid::Uuid::now_v7().simple()));
    std::fs::create_dir(&folder).unwrap();
    folder
}

/// The first of some programs that this machine has.
pub(crate) fn first_of(names: &[&str]) -> String {
    let find = r#"for name; do command -v "$name" && exit; done"#;
    let output = Command::new("sh").args(["-c", find, "sh"]).args(names).output().unwrap();
    let found = String::from_utf8(output.stdout).unwrap();
    assert!(
        !found.is_empty(),
        "none of these is on this machine: {names:?}. Install one, or run script/test, which does"
    );
    found.trim().to_owned()
}

impl Program {
    /// Starts a command: the program, its arguments, its environment.
    pub(crate) fn start(folder: PathBuf, command: &Command) -> Self {
        let mut guard = Command::new("sh");
        guard.args(["-c", GUARD, "sh"]).arg(&folder).arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => guard.env(name, value),
                None => guard.env_remove(name),
            };
        }
        let guard = guard.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { guard, folder }
    }

    /// Waits for what `find` sees in a file of the folder; the program's output is in the file `log`.
    pub(crate) async fn says<T>(&self, file: &str, find: impl Fn(&str) -> Option<T>) -> T {
        let read = |file: &str| std::fs::read_to_string(self.folder.join(file)).unwrap_or_default();
        until("a program to start", async || find(&read(file)).ok_or_else(|| read("log"))).await
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        self.guard.wait().ok();
    }
}
