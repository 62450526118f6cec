//! Postgres for tests: one server that all of them share, and servers of a test's own that it may stop, freeze or kill.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bluelamp::base::database::migrate::record_guards;
use bluelamp::base::database::roles::Names;
use bluelamp::base::database::{Cluster, ClusterOptions, Programs, migrate};
use bluelamp::features;
use bluelamp::features::archive::import;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Mutex, OnceCell};

use super::NOON;

/// The longest that a test waits for what must come: long, since a machine may be busy.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// A folder that goes when the test ends.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        let folder = Path::new("/tmp").join(format!("bl-{}", uuid::Uuid::now_v7().simple()));
        DirBuilder::new().mode(0o755).create(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    pub(crate) fn options(&self) -> ClusterOptions {
        ClusterOptions { durable: false, fallback: self.0.join("fallback"), ..ClusterOptions::default() }
    }

    pub(crate) async fn start(&self) -> Cluster {
        Cluster::start(&programs(), &self.data(), self.options()).await.unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

pub(crate) fn programs() -> Programs {
    Programs::find(None).unwrap()
}

pub(crate) async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

pub(crate) async fn migrated(scratch: &Scratch) -> Cluster {
    let cluster = scratch.start().await;
    migrate(&cluster.owner_url(), Some(&Names::default().app)).await.unwrap();
    cluster
}

/// Waits until a condition holds, and says which one it was that did not.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !holds().await {
        assert!(start.elapsed() < LIMIT, "waited too long until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Signals a server and its children, which may end of themselves meanwhile.
pub(crate) fn signal(name: &str, pids: &[u32]) {
    for (place, pid) in pids.iter().enumerate() {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()).stderr(Stdio::null()).status();
        assert!(sent.unwrap().success() || place > 0, "process {pid} is not there");
    }
}

pub(crate) fn server_pid(cluster: &Cluster) -> u32 {
    let text = fs::read_to_string(cluster.folder().join("postmaster.pid")).unwrap();
    text.lines().next().unwrap().parse().unwrap()
}

/// The server and its children.
pub(crate) fn all_pids(cluster: &Cluster) -> Vec<u32> {
    let server = server_pid(cluster);
    let children = fs::read_to_string(format!("/proc/{server}/task/{server}/children")).unwrap();
    std::iter::once(server).chain(children.split_whitespace().map(|pid| pid.parse().unwrap())).collect()
}

pub(crate) fn runs(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|line| !line.contains(") Z "))
}

/// The server that tests share: where its two templates are, `starter` with the starter set and `bluelamp` with nothing.
struct Shared {
    superuser: String,
    owner: String,
    app: String,
}

static SHARED: OnceCell<Shared> = OnceCell::const_new();
/// Two clones at once may each find the template in use by the other.
static CLONING: Mutex<()> = Mutex::const_new(());

/// The addresses of one test's database.
pub(crate) struct Urls {
    pub(crate) superuser: String,
    pub(crate) owner: String,
    pub(crate) app: String,
}

impl Urls {
    /// The database of a cluster of its own.
    pub(crate) fn of(cluster: &Cluster) -> Self {
        let superuser = cluster.superuser_url().replacen("/postgres?", "/bluelamp?", 1);
        Self { superuser, owner: cluster.owner_url(), app: cluster.app_url() }
    }

    /// A new database whose clock stands at noon of 24 November 2026: with the starter set, or with an empty ledger.
    pub(crate) async fn of_a_new_database(starter: bool) -> Self {
        let shared = SHARED.get_or_init(start_shared).await;
        let name = format!("t{}", uuid::Uuid::now_v7().simple());
        let template = if starter { "starter" } else { "bluelamp" };
        let held = CLONING.lock().await;
        let mut connection = connect(&shared.superuser).await;
        let sql = format!("create database {name} template {template} owner bluelamp_owner");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        drop(held);
        let here = |url: &str| url.replacen("/bluelamp?", &format!("/{name}?"), 1);
        let superuser = shared.superuser.replacen("/postgres?", &format!("/{name}?"), 1);
        Self { superuser, owner: here(&shared.owner), app: here(&shared.app) }
    }
}

async fn start_shared() -> Shared {
    let folder = Path::new("/tmp").join(format!("bl-{}", uuid::Uuid::now_v7().simple()));
    fs::create_dir_all(&folder).unwrap();
    let options = ClusterOptions {
        durable: false,
        stop_with_parent: true,
        max_connections: 200,
        fallback: folder.join("fallback"),
        ..ClusterOptions::default()
    };
    let cluster = Cluster::start(&programs(), &folder.join("data"), options).await.unwrap();
    let shared = Shared { superuser: cluster.superuser_url(), owner: cluster.owner_url(), app: cluster.app_url() };
    migrate(&shared.owner, Some(&Names::default().app)).await.unwrap();
    let mut owner = connect(&shared.owner).await;
    let clock = format!(
        "create or replace function bluelamp_now() returns timestamptz language sql volatile parallel safe
        as $$ select timestamptz '{NOON}' $$"
    );
    sqlx::raw_sql(AssertSqlSafe(clock)).execute(&mut owner).await.unwrap();
    owner.close().await.unwrap();
    // The clock that stands still is part of what tests start from.
    record_guards(&shared.owner).await.unwrap();
    let mut superuser = connect(&shared.superuser).await;
    let copy = "create database starter template bluelamp owner bluelamp_owner";
    sqlx::raw_sql(copy).execute(&mut superuser).await.unwrap();
    let mut owner = connect(&shared.owner.replacen("/bluelamp?", "/starter?", 1)).await;
    let mut transaction = owner.begin().await.unwrap();
    import::starter(&mut transaction, &features::for_site()).await.unwrap();
    transaction.commit().await.unwrap();
    owner.close().await.unwrap();
    remove_at_the_end(&folder, &cluster);
    // Kept until the process ends: its watchdog stops Postgres then.
    std::mem::forget(cluster);
    shared
}

/// Leaves a shell behind that removes a folder of gigabytes when this process has ended, in whatever way, and Postgres after
/// it: their pipe closes.
fn remove_at_the_end(folder: &Path, cluster: &Cluster) {
    const WAITS: &str = r#"read -r _
tries=0
while [ -e "$1/postmaster.pid" ] && [ "$tries" -lt 100 ]; do tries=$((tries + 1)); sleep 0.1; done
rm -rf "$2""#;
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", WAITS, "sh"]).arg(cluster.folder()).arg(folder);
    // A group of its own: a key that ends the tests must not end it before them.
    shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    std::mem::forget(shell.spawn().unwrap());
}

/// A link to a Postgres that carries so many bytes a second towards whoever asks.
pub(crate) struct SlowLink {
    folder: PathBuf,
    carrying: tokio::task::JoinHandle<()>,
}

impl SlowLink {
    /// A link to the server whose socket is in one folder, from a socket in another.
    pub(crate) fn new(server: &Path, folder: &Path, bytes_a_second: usize) -> Self {
        fs::create_dir_all(folder).unwrap();
        let (server, listener) =
            (server.join(".s.PGSQL.5432"), UnixListener::bind(folder.join(".s.PGSQL.5432")).unwrap());
        let carrying = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = UnixStream::connect(&server).await else { continue };
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
                tokio::spawn(async move {
                    let mut piece = vec![0; bytes_a_second.div_ceil(50)];
                    while let Ok(length) = from_server.read(&mut piece).await
                        && length > 0
                        && to_client.write_all(&piece[..length]).await.is_ok()
                    {
                        tokio::time::sleep(
                            Duration::from_secs(1) * u32::try_from(length).unwrap()
                                / u32::try_from(bytes_a_second).unwrap(),
                        )
                        .await;
                    }
                });
            }
        });
        Self { folder: folder.to_path_buf(), carrying }
    }

    /// The address of a database as it is reached over the link.
    pub(crate) fn url(&self, url: &str) -> String {
        let (address, _) = url.split_once('?').unwrap();
        format!("{address}?host={}&sslmode=disable", self.folder.display())
    }
}

impl Drop for SlowLink {
    fn drop(&mut self) {
        self.carrying.abort();
    }
}
