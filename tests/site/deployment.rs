//! The program as an operator sets it up: migrations with the owner's login alone, the question whether a node can serve, the way to
//! the database, and a pooler in front of it.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use bluelamp::base::database::Cluster;

use crate::support::cluster::{Scratch, Urls, connect, migrated, until};
use crate::support::process::{Process, run, until_shown};

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test]
async fn migrating_takes_the_owners_login_alone_and_gives_the_site_its_grants() {
    let scratch = Scratch::new();
    let cluster = scratch.start().await;
    let (owner, app) = (cluster.owner_url(), cluster.app_url());
    let nowhere = scratch.0.join("early");
    let settings =
        [("DATABASE_URL", app.as_str()), ("DATA_DIR", nowhere.to_str().unwrap()), ("PUBLIC_ADDRESS", "127.0.0.1:0")];
    let early = said(&run(&["serve", "--public-only"], &settings).await);
    assert!(early.contains("run `bluelamp migrate`"), "{early}");
    let done = run(&["migrate"], &[("DATABASE_OWNER_URL", &owner)]).await;
    assert!(done.status.success(), "{}", said(&done));
    let node = Process::serve(&app, &scratch.0.join("node"), &[]).await;
    until_shown(&node, "/contact", "Contact").await;
    let said = node.end().await;
    assert!(!said.contains("the login of DATABASE_URL"), "it serves with nothing but its grants: {said}");
    cluster.stop().await;
}

#[tokio::test]
async fn nothing_is_migrated_where_there_is_no_login_to_serve_with() {
    let urls = Urls::of_a_new_database(false).await;
    let missing = urls.app.replacen("bluelamp_app@", "nobody_here@", 1);
    let done = run(&["migrate"], &[("DATABASE_OWNER_URL", &urls.owner), ("DATABASE_URL", &missing)]).await;
    assert!(!done.status.success());
    assert!(said(&done).contains("there is no login \"nobody_here\""), "{}", said(&done));
}

#[tokio::test]
async fn health_says_whether_the_node_can_serve() {
    let (urls, scratch) = (Urls::of_a_new_database(true).await, Scratch::new());
    let node = Process::serve(&urls.app, &scratch.data(), &[]).await;
    let address = node.address.to_string();
    let everywhere = format!("0.0.0.0:{}", node.address.port());
    for address in [&address, &everywhere] {
        let asked = run(&["health"], &[("PUBLIC_ADDRESS", address)]).await;
        assert!(asked.status.success() && said(&asked).contains("ready"), "{}", said(&asked));
    }
    node.end().await;
    let asked = run(&["health"], &[("PUBLIC_ADDRESS", &address)]).await;
    assert!(!asked.status.success() && said(&asked).contains("no node answers"), "{}", said(&asked));

    // It is alive and has nothing to serve.
    let empty = Scratch::new();
    let node = Process::serve("postgres://nobody@127.0.0.1:1/none", &empty.data(), &[]).await;
    let asked = run(&["health"], &[("PUBLIC_ADDRESS", &node.address.to_string())]).await;
    assert!(!asked.status.success() && said(&asked).contains("cannot serve"), "{}", said(&asked));
}

#[tokio::test]
async fn a_way_to_the_database_that_checks_nobody_is_told() {
    const WARNING: &str = "sslmode=verify-full";
    // Nobody listens there: what counts is what is said on the way.
    for (address, told) in [
        ("postgres://nobody@db.invalid:1/none", true),
        ("postgres://nobody@db.invalid:1/none?sslmode=require", true),
        ("postgres://nobody@db.invalid:1/none?sslmode=verify-full", false),
        ("postgres://nobody@127.0.0.1:1/none", false),
        ("postgres://nobody@localhost:1/none?host=/nowhere", false),
    ] {
        let done = run(&["verify"], &[("DATABASE_URL", address), ("LOG_FILTER", "bluelamp=warn")]).await;
        assert_eq!(said(&done).contains(WARNING), told, "{address}: {}", said(&done));
    }
}

/// Debian's pooler in front of a cluster.
struct Pooler {
    process: Child,
    folder: PathBuf,
}

impl Pooler {
    async fn start(scratch: &Scratch, cluster: &Cluster, mode: &str) -> Self {
        let folder = scratch.0.join(mode);
        fs::create_dir(&folder).unwrap();
        let account = fs::metadata(cluster.folder()).unwrap();
        std::os::unix::fs::chown(&folder, Some(account.uid()), Some(account.gid())).unwrap();
        let (config, users) = (folder.join("pgbouncer.ini"), folder.join("users.txt"));
        fs::write(&users, "\"bluelamp_app\" \"\"\n\"bluelamp_owner\" \"\"\n").unwrap();
        let text = format!(
            "[databases]\nbluelamp = host={} port=5432\n[pgbouncer]\nlisten_port = 6432\nlisten_addr =\nunix_socket_dir = {}\n\
             auth_type = trust\nauth_file = {}\npool_mode = {mode}\nlogfile = {}\n",
            cluster.socket_folder().display(),
            folder.display(),
            users.display(),
            folder.join("log").display(),
        );
        fs::write(&config, text).unwrap();
        let program = if Path::new("/usr/sbin/pgbouncer").exists() { "/usr/sbin/pgbouncer" } else { "pgbouncer" };
        let mut command = Command::new(program);
        // Like Postgres, it refuses to run as root.
        if fs::metadata("/proc/self").unwrap().uid() == 0 {
            command.uid(account.uid()).gid(account.gid());
        }
        command.arg(&config).current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process =
            command.spawn().unwrap_or_else(|error| panic!("pgbouncer is needed (apt-get install pgbouncer): {error}"));
        until("the pooler listens", async || folder.join(".s.PGSQL.6432").exists()).await;
        Self { process, folder }
    }

    fn url(&self, login: &str) -> String {
        format!("postgres://{login}@localhost:6432/bluelamp?host={}&sslmode=disable", self.folder.display())
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

#[tokio::test]
async fn a_pooler_that_keeps_sessions_carries_everything() {
    let scratch = Scratch::new();
    let cluster = scratch.start().await;
    let pooler = Pooler::start(&scratch, &cluster, "session").await;
    let (owner, app) = (pooler.url("bluelamp_owner"), pooler.url("bluelamp_app"));
    let done = run(&["migrate"], &[("DATABASE_OWNER_URL", &owner), ("DATABASE_URL", &app)]).await;
    assert!(done.status.success(), "{}", said(&done));
    let node = Process::serve(&app, &scratch.0.join("node"), &[]).await;
    until("the node is ready", async || node.get("/readyz").await.1.contains("\"ready\"")).await;
    // Told by a notification: an old text, which is read from the database, and then that it is gone.
    assert_eq!(node.get("/website-privacy?as_of=2021-12-01").await.0, 200);
    let number: i64 = sqlx::query_scalar("select min(number) from ledger_entry where kind = 'version'")
        .fetch_one(&mut connect(&cluster.owner_url()).await)
        .await
        .unwrap();
    let redacted = run(&["redact", &number.to_string(), "--ground", "a test"], &[("DATABASE_URL", &app)]).await;
    assert!(redacted.status.success(), "{}", said(&redacted));
    let verified = run(&["verify"], &[("DATABASE_URL", &app)]).await;
    assert!(verified.status.success(), "{}", said(&verified));
    node.end().await;
    drop(pooler);
    cluster.stop().await;
}

#[tokio::test]
async fn a_pooler_that_shares_sessions_is_refused_in_words() {
    let scratch = Scratch::new();
    let cluster = migrated(&scratch).await;
    let pooler = Pooler::start(&scratch, &cluster, "transaction").await;
    let settings = [
        ("DATABASE_URL", pooler.url("bluelamp_app")),
        ("DATA_DIR", scratch.0.join("node").to_str().unwrap().to_owned()),
        ("PUBLIC_ADDRESS", "127.0.0.1:0".to_owned()),
    ];
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, &**value)).collect();
    for command in [&["serve", "--public-only"][..], &["migrate"], &["verify"]] {
        let done = run(command, &settings).await;
        assert!(!done.status.success() && said(&done).contains("pool_mode = session"), "{command:?}: {}", said(&done));
    }
    drop(pooler);
    cluster.stop().await;
}
