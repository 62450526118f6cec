//! A Postgres cluster of the program's own, for the first run.
//!
//! It is made, started, joined if it runs already, and stopped with the program. It listens on a Unix socket only, in a folder closed to everybody but the account it runs as;
//! that folder is what guards it, so its logins need no passwords.

use std::fs::{self, DirBuilder, File, Permissions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use tokio::time::{Instant, sleep, timeout};

pub use crate::base::database::embedded_error::EmbeddedError;
use crate::base::database::embedded_error::START_LIMIT;
use crate::base::database::place::{PORT, Place};
use crate::base::database::programs::{Installation, Programs};
use crate::base::database::roles::{Names, Passwords};
use crate::base::database::{roles, stale};

const SUPERUSER: &str = "postgres";
const STOP_LIMIT: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Runs the server beside a reader of our pipe. When the pipe closes, however we died, the server gets SIGINT, Postgres's
/// fast shutdown; when the server ends by itself, so does all of this.
const WATCHED: &str = r#"exec >>"$1" 2>&1
shift
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
(read -r _ <&3; kill -INT "$server" 2>/dev/null) &
watch=$!
exec 3<&-
wait "$server"
status=$?
kill "$watch" 2>/dev/null
exit "$status""#;
/// Runs the server on its own; it outlives us.
const UNWATCHED: &str = r#"exec >>"$1" 2>&1
shift
exec "$@" </dev/null"#;

/// The options with which a cluster is run.
#[derive(Clone, Debug)]
pub struct ClusterOptions {
    /// False lets a power cut lose data; only for tests.
    pub durable: bool,
    /// Set if the server stops when this process ends, even by `kill -9`.
    pub stop_with_parent: bool,
    /// The logins and the database to make.
    pub names: Names,
    /// Postgres's `max_connections`.
    pub max_connections: u32,
    /// The folder in which root keeps the cluster if the unprivileged account cannot reach the data folder.
    pub fallback: PathBuf,
}

impl Default for ClusterOptions {
    fn default() -> Self {
        Self {
            durable: true,
            stop_with_parent: true,
            names: Names::default(),
            max_connections: 100,
            fallback: PathBuf::from("/var/lib/bluelamp"),
        }
    }
}

/// A running cluster. Dropped, it stops soon after if this process started it with `stop_with_parent`.
#[derive(Debug)]
pub struct Cluster {
    place: Place,
    installation: Installation,
    options: ClusterOptions,
    started: Option<Started>,
}

/// The server of this process: the shell beside it, and the pipe that keeps it running.
#[derive(Debug)]
struct Started {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Cluster {
    /// Makes the cluster of `data_dir` if there is none, starts it or joins it if it runs, and makes its logins and
    /// database. Several processes may do so at once. Errors: [`EmbeddedError`], which says what to do.
    pub async fn start(programs: &Programs, data_dir: &Path, options: ClusterOptions) -> Result<Self, EmbeddedError> {
        let place = Place::prepare(data_dir, &options.fallback)?;
        let installation = programs.for_cluster(&place.cluster, place.made_by())?.clone();
        let mut cluster = Self { place, installation, options, started: None };
        cluster.ensure().await?;
        Ok(cluster)
    }

    /// Starts or joins the server again if it has ended meanwhile: another process may have stopped the one we joined.
    pub async fn ensure(&mut self) -> Result<(), EmbeddedError> {
        let _held = self.lock().await?;
        if self.place.made_by().is_none() {
            self.make().await?;
        }
        self.bring_up().await?;
        roles::init(&self.superuser_url(), &self.options.names, Passwords::None).await?;
        Ok(())
    }

    /// The address for migrations.
    pub fn owner_url(&self) -> String {
        self.url(&self.options.names.owner, &self.options.names.database)
    }

    /// The address to serve with.
    pub fn app_url(&self) -> String {
        self.url(&self.options.names.app, &self.options.names.database)
    }

    /// The address of the login that may do everything, in the maintenance database.
    pub fn superuser_url(&self) -> String {
        self.url(SUPERUSER, "postgres")
    }

    /// The data folder of Postgres itself.
    pub fn folder(&self) -> &Path {
        &self.place.cluster
    }

    /// The folder of the Unix socket.
    pub fn socket_folder(&self) -> &Path {
        &self.place.socket
    }

    /// Tells whether the server was running already, started by somebody else.
    pub fn joined(&self) -> bool {
        self.started.is_none()
    }

    /// Stops the server if this process started it, and waits until it has ended.
    pub async fn stop(mut self) {
        let Some(mut started) = self.started.take() else { return };
        match started.pipe.take() {
            Some(pipe) => drop(pipe),
            None => self.pg_ctl_stop("fast").await,
        }
        if !wait_for_end(&mut started.shell, STOP_LIMIT).await {
            tracing::warn!("Postgres did not stop in time; it is stopped at once and will recover at its next start");
            self.pg_ctl_stop("immediate").await;
            wait_for_end(&mut started.shell, STOP_LIMIT).await;
        }
    }

    fn url(&self, role: &str, database: &str) -> String {
        let socket: String =
            url::form_urlencoded::byte_serialize(self.place.socket.as_os_str().as_encoded_bytes()).collect();
        format!("postgres://{role}@localhost:{PORT}/{database}?host={socket}&sslmode=disable")
    }

    /// One starter at a time for a cluster; the lock goes with the process that holds it.
    async fn lock(&self) -> Result<File, EmbeddedError> {
        let path = self.place.home.join("start.lock");
        let failed = |cause: io::Error| EmbeddedError::Folder { path: path.clone(), cause };
        let file = File::options().create(true).truncate(false).write(true).mode(0o600).open(&path).map_err(failed)?;
        // One of an earlier release was open to everybody, and whoever can open it can hold it.
        file.set_permissions(Permissions::from_mode(0o600)).map_err(failed)?;
        let deadline = Instant::now() + START_LIMIT;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(cause)) => return Err(failed(cause)),
                Err(TryLockError::WouldBlock) if Instant::now() > deadline => return Err(self.too_slow()),
                Err(TryLockError::WouldBlock) => sleep(LOOK_EVERY).await,
            }
        }
    }

    /// `initdb` into a folder beside the cluster's, which takes its name when it is whole.
    async fn make(&self) -> Result<(), EmbeddedError> {
        let home = &self.place.home;
        let failed = |cause: io::Error| EmbeddedError::Folder { path: home.clone(), cause };
        for entry in fs::read_dir(home).map_err(failed)?.flatten() {
            // The remains of a killed initdb. One that still runs loses its folder and gives up.
            if entry.file_name().to_string_lossy().starts_with("new-") {
                fs::remove_dir_all(entry.path()).ok();
            }
        }
        let fresh = home.join(format!("new-{}", uuid::Uuid::now_v7().simple()));
        DirBuilder::new().mode(0o700).create(&fresh).map_err(failed)?;
        self.place.account.take(&fresh).map_err(failed)?;
        let program = self.installation.program("initdb");
        let mut command = self.place.account.command(&program);
        command.arg("--pgdata").arg(&fresh).args([
            "--username",
            SUPERUSER,
            "--auth-local=trust",
            "--auth-host=reject",
            "--encoding=UTF8",
            "--locale=C",
            "--data-checksums",
            "--no-instructions",
        ]);
        if !self.options.durable {
            command.arg("--no-sync");
        }
        let answer = tokio::process::Command::from(command)
            .output()
            .await
            .map_err(|cause| EmbeddedError::Spawn { program, cause })?;
        if !answer.status.success() {
            fs::remove_dir_all(&fresh).ok();
            let said = last_words(&String::from_utf8_lossy(&answer.stderr));
            return Err(EmbeddedError::Initdb { path: fresh, said });
        }
        fs::rename(&fresh, &self.place.cluster).map_err(failed)
    }

    /// Until the server answers: joins one of this folder, or starts one.
    async fn bring_up(&mut self) -> Result<(), EmbeddedError> {
        let deadline = Instant::now() + START_LIMIT;
        // The place in the log at which this server started; an earlier one may have ended for any reason.
        let mut log_from = None;
        loop {
            if self.answers().await {
                return Ok(());
            }
            if let Some(started) = &mut self.started {
                if !matches!(started.shell.try_wait(), Ok(None)) {
                    self.started = None;
                    if let Some(from) = log_from.take() {
                        let said = self.logged_since(from);
                        // Orphans of a server that was killed end within moments; then nothing is in the way.
                        if !said.contains("shared memory block") && !said.contains("lock file") {
                            return Err(EmbeddedError::DidNotStart { said: last_words(&said), log: self.place.log() });
                        }
                        sleep(LOOK_EVERY * 10).await;
                    }
                }
            } else if !stale::server_runs(&self.place) {
                stale::clear(&self.place)
                    .map_err(|cause| EmbeddedError::Stale { cluster: self.place.cluster.clone(), cause })?;
                log_from = Some(fs::metadata(self.place.log()).map_or(0, |log| log.len()));
                self.started = Some(self.spawn()?);
            }
            if Instant::now() > deadline {
                return Err(self.too_slow());
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Tells whether a server of this very folder answers.
    async fn answers(&self) -> bool {
        let Ok(options) = PgConnectOptions::from_str(&self.superuser_url()) else { return false };
        let question = async {
            let mut connection = PgConnection::connect_with(&options).await?;
            let folder: String = sqlx::query_scalar("show data_directory").fetch_one(&mut connection).await?;
            connection.close().await?;
            Ok::<_, sqlx::Error>(folder)
        };
        matches!(timeout(Duration::from_secs(1), question).await, Ok(Ok(folder)) if Path::new(&folder) == self.place.cluster)
    }

    fn spawn(&self) -> Result<Started, EmbeddedError> {
        let watched = self.options.stop_with_parent;
        let program = self.installation.program("postgres");
        let mut command = self.place.account.shell(if watched { WATCHED } else { UNWATCHED }, &self.place.log());
        command.arg(&program).arg("-D").arg(&self.place.cluster).arg("-k").arg(&self.place.socket);
        let connections = format!("max_connections={}", self.options.max_connections);
        let mut settings = vec![
            "listen_addresses=",
            "unix_socket_permissions=0700",
            &connections,
            // A statement and the row it failed on may hold what a visitor typed.
            "log_error_verbosity=terse",
            "log_min_error_statement=panic",
            "log_checkpoints=off",
        ];
        if !self.options.durable {
            settings.extend(["fsync=off", "synchronous_commit=off", "full_page_writes=off"]);
        }
        for setting in settings {
            command.args(["-c", setting]);
        }
        command.args(["-p", &PORT.to_string()]);
        // A group of its own, so that Ctrl-C in a terminal reaches us first and we stop the server when we are done.
        command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null());
        command.stdin(if watched { Stdio::piped() } else { Stdio::null() });
        let mut shell = command.spawn().map_err(|cause| EmbeddedError::Spawn { program, cause })?;
        let pipe = shell.stdin.take();
        Ok(Started { shell, pipe })
    }

    async fn pg_ctl_stop(&self, mode: &str) {
        let mut command = self.place.account.command(&self.installation.program("pg_ctl"));
        command.arg("stop").arg("-D").arg(&self.place.cluster).args(["-m", mode, "-w", "-t", "30", "-s"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        if let Err(error) = tokio::process::Command::from(command).status().await {
            tracing::warn!(%error, "pg_ctl could not be run to stop Postgres");
        }
    }

    fn logged_since(&self, from: u64) -> String {
        let mut said = Vec::new();
        if let Ok(mut log) = File::open(self.place.log())
            && log.seek(SeekFrom::Start(from)).is_ok()
        {
            log.take(64 * 1024).read_to_end(&mut said).ok();
        }
        String::from_utf8_lossy(&said).into_owned()
    }

    fn too_slow(&self) -> EmbeddedError {
        EmbeddedError::TooSlow { cluster: self.place.cluster.clone(), log: self.place.log() }
    }
}

async fn wait_for_end(shell: &mut Child, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    while matches!(shell.try_wait(), Ok(None)) {
        if Instant::now() > deadline {
            return false;
        }
        sleep(LOOK_EVERY).await;
    }
    true
}

/// The lines worth showing of what a program said.
fn last_words(said: &str) -> String {
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let from = lines.len().saturating_sub(4);
    lines.iter().skip(from).copied().collect::<Vec<_>>().join("; ")
}
