//! The database wing against real Postgres programs: the first run, and what crashes leave for the next one.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bluelamp::base::clock::Clock;
use bluelamp::base::database::roles::{Names, Passwords, RolesError};
use bluelamp::base::database::{
    Cluster, ClusterOptions, Compatibility, Database, DatabaseError, DatabaseSettings, Feed, MigrateError, Topic,
    compatibility, migrate, roles,
};
use sqlx::{AssertSqlSafe, Connection};

use crate::support::cluster::{
    LIMIT, Scratch, Urls, all_pids, connect, migrated, programs, runs, server_pid, signal, until,
};

fn database(url: &str) -> Database {
    let settings = DatabaseSettings {
        acquire_timeout: Duration::from_millis(500),
        query_timeout: Duration::from_millis(500),
        max_connections: 3,
        ..DatabaseSettings::default()
    };
    Database::new(url, &settings).unwrap()
}

async fn one(database: &Database) -> Result<i32, DatabaseError> {
    database.read(async |connection| sqlx::query_scalar("select 1").fetch_one(connection).await).await
}

#[tokio::test]
async fn the_first_run_makes_a_durable_private_checked_database() {
    let scratch = Scratch::new();
    let options = ClusterOptions { durable: true, ..scratch.options() };
    let cluster = Cluster::start(&programs(), &scratch.data(), options).await.unwrap();
    let mut owner = connect(&cluster.superuser_url()).await;
    for (setting, value) in [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("log_error_verbosity", "terse"),
    ] {
        let found: String =
            sqlx::query_scalar("select current_setting($1)").bind(setting).fetch_one(&mut owner).await.unwrap();
        assert_eq!(found, value, "{setting}");
    }
    let encoding: String = sqlx::query_scalar(
        "select pg_encoding_to_char(encoding) || ' ' || datcollate from pg_database where datname = 'bluelamp'",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!(encoding, "UTF8 C");
    let socket = fs::metadata(cluster.socket_folder()).unwrap();
    assert_eq!(socket.mode() & 0o777, 0o700);
    // Whoever can open it can hold it, and nobody starts then.
    let lock = cluster.folder().parent().unwrap().join("start.lock");
    assert_eq!(fs::metadata(lock).unwrap().mode() & 0o777, 0o600);
    assert_ne!(socket.uid(), 0, "Postgres never runs as root");
    cluster.stop().await;
}

#[tokio::test]
async fn what_was_written_is_there_after_a_stop_and_a_start() {
    let scratch = Scratch::new();
    let cluster = scratch.start().await;
    let mut owner = connect(&cluster.owner_url()).await;
    sqlx::raw_sql("create table kept (word text); insert into kept values ('lamp')").execute(&mut owner).await.unwrap();
    let server = server_pid(&cluster);
    cluster.stop().await;
    assert!(!runs(server), "stopping waits for the end");

    let again = scratch.start().await;
    let word: String =
        sqlx::query_scalar("select word from kept").fetch_one(&mut connect(&again.owner_url()).await).await.unwrap();
    assert_eq!(word, "lamp");
    again.stop().await;
}

#[tokio::test]
async fn a_killed_server_recovers_with_a_client_still_connected() {
    let scratch = Scratch::new();
    let mut cluster = scratch.start().await;
    let mut owner = connect(&cluster.owner_url()).await;
    sqlx::raw_sql("create table kept (word text); insert into kept values ('lamp'); checkpoint")
        .execute(&mut owner)
        .await
        .ok();
    signal("KILL", &[server_pid(&cluster)]);
    cluster.ensure().await.unwrap();
    connect(&cluster.app_url()).await.ping().await.unwrap();
    cluster.stop().await;
}

#[tokio::test]
async fn a_pid_file_that_names_another_living_program_does_not_keep_it_from_starting() {
    let scratch = Scratch::new();
    let cluster = scratch.start().await;
    let (folder, pid_file) = (cluster.folder().to_path_buf(), cluster.folder().join("postmaster.pid"));
    let left_behind = fs::read_to_string(&pid_file).unwrap();
    cluster.stop().await;

    let owner = fs::metadata(&folder).unwrap();
    let mut sleeper = Command::new("sleep");
    sleeper.arg("600");
    if owner.uid() != fs::metadata(&scratch.0).unwrap().uid() {
        sleeper.uid(owner.uid()).gid(owner.gid());
    }
    let mut sleeper = sleeper.spawn().unwrap();
    let rest = left_behind.split_once('\n').unwrap().1;
    fs::write(&pid_file, format!("{}\n{rest}", sleeper.id())).unwrap();
    std::os::unix::fs::chown(&pid_file, Some(owner.uid()), Some(owner.gid())).unwrap();

    let again = scratch.start().await;
    assert!(!again.joined());
    assert_ne!(server_pid(&again), sleeper.id());
    assert!(runs(sleeper.id()), "the other program is left alone");
    again.stop().await;
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
}

#[tokio::test]
async fn a_pid_file_cut_off_by_a_crash_does_not_keep_it_from_starting() {
    let scratch = Scratch::new();
    let cluster = scratch.start().await;
    let pid_file = cluster.folder().join("postmaster.pid");
    cluster.stop().await;
    fs::write(&pid_file, "").unwrap();
    scratch.start().await.stop().await;
}

#[tokio::test]
async fn an_initdb_that_was_killed_is_done_again() {
    let scratch = Scratch::new();
    fs::create_dir_all(scratch.data().join("postgres/new-half/base")).unwrap();
    let cluster = scratch.start().await;
    assert!(!scratch.data().join("postgres/new-half").exists());
    cluster.stop().await;
}

#[tokio::test]
async fn a_second_node_joins_the_server_of_the_first_and_takes_over_when_it_stops() {
    let scratch = Scratch::new();
    let (first, second) = tokio::join!(scratch.start(), scratch.start());
    assert_ne!(first.joined(), second.joined(), "one starts the server, the other joins it");
    let (starter, mut guest) = if first.joined() { (second, first) } else { (first, second) };
    starter.stop().await;
    guest.ensure().await.unwrap();
    assert!(!guest.joined());
    connect(&guest.app_url()).await.ping().await.unwrap();
    guest.stop().await;
}

#[tokio::test]
async fn root_keeps_the_cluster_elsewhere_when_the_data_folder_cannot_be_reached() {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return;
    }
    let scratch = Scratch::new();
    fs::create_dir(scratch.data()).unwrap();
    fs::set_permissions(scratch.data(), Permissions::from_mode(0o700)).unwrap();
    let cluster = scratch.start().await;
    let folder = cluster.folder().to_path_buf();
    assert!(folder.starts_with(scratch.0.join("fallback")), "{}", folder.display());
    cluster.stop().await;

    // Once made, it is found again, even if the data folder could be reached by now.
    fs::set_permissions(scratch.data(), Permissions::from_mode(0o755)).unwrap();
    let again = scratch.start().await;
    assert_eq!(again.folder(), folder);
    again.stop().await;
}

#[tokio::test]
async fn root_is_told_what_to_do_when_nowhere_can_be_reached() {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return;
    }
    let scratch = Scratch::new();
    fs::create_dir(scratch.data()).unwrap();
    fs::set_permissions(scratch.data(), Permissions::from_mode(0o700)).unwrap();
    let options = ClusterOptions { fallback: scratch.data().join("deeper"), ..scratch.options() };
    let error = Cluster::start(&programs(), &scratch.data(), options).await.unwrap_err().to_string();
    assert!(error.contains("Set DATA_DIR") && error.contains("DATABASE_URL"), "{error}");
}

#[tokio::test]
async fn a_data_folder_too_deep_for_a_socket_gets_a_short_private_one() {
    let scratch = Scratch::new();
    let deep = scratch.0.join("d".repeat(100)).join("data");
    let cluster = Cluster::start(&programs(), &deep, scratch.options()).await.unwrap();
    let socket = cluster.socket_folder().to_path_buf();
    assert!(!socket.starts_with(&scratch.0), "{}", socket.display());
    assert_eq!(fs::metadata(&socket).unwrap().mode() & 0o777, 0o700);
    connect(&cluster.app_url()).await.ping().await.unwrap();
    cluster.stop().await;

    fs::remove_dir_all(&socket).unwrap();
    std::os::unix::fs::symlink("/tmp", &socket).unwrap();
    let error = Cluster::start(&programs(), &deep, scratch.options()).await.unwrap_err().to_string();
    fs::remove_file(&socket).unwrap();
    assert!(error.contains("is not a private folder"), "{error}");
}

/// Not a test: the program that the next test kills.
#[tokio::test]
#[ignore = "runs only as a process of another test"]
async fn holds_a_cluster_until_it_is_killed() {
    let data = PathBuf::from(std::env::var_os("HELD_DATA_DIR").unwrap());
    let options = ClusterOptions { durable: false, ..ClusterOptions::default() };
    let cluster = Cluster::start(&programs(), &data, options).await.unwrap();
    eprintln!("\nserver {}", server_pid(&cluster));
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn the_server_stops_when_the_program_is_killed() {
    let scratch = Scratch::new();
    let name = "database_first_run::holds_a_cluster_until_it_is_killed";
    let mut program = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--ignored", "--nocapture"])
        .env("HELD_DATA_DIR", scratch.data())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let told = BufReader::new(program.stderr.take().unwrap());
    let server: u32 =
        told.lines().find_map(|line| line.unwrap().strip_prefix("server ").map(|pid| pid.parse().unwrap())).unwrap();
    assert!(runs(server));
    program.kill().unwrap();
    program.wait().unwrap();
    until("the server has ended", async || !runs(server)).await;
    scratch.start().await.stop().await;
}

#[tokio::test]
async fn several_nodes_migrate_at_once_and_each_migration_runs_once() {
    let scratch = Scratch::new();
    let cluster = scratch.start().await;
    let (owner, app) = (cluster.owner_url(), Names::default().app);
    let mut connection = connect(&owner).await;
    assert_eq!(compatibility(&mut connection).await.unwrap(), Compatibility::Behind);
    let (one, two, three) =
        tokio::join!(migrate(&owner, Some(&app)), migrate(&owner, Some(&app)), migrate(&owner, Some(&app)));
    let applied = [one, two, three].map(|run| run.unwrap().applied);
    let known = bluelamp::base::database::schema::migrations().iter().count();
    assert_eq!(applied.iter().sum::<usize>(), known, "{applied:?}");
    assert!(applied.contains(&known), "{applied:?}");
    assert_eq!(compatibility(&mut connection).await.unwrap(), Compatibility::Current);

    let mut app = connect(&cluster.app_url()).await;
    assert_eq!(compatibility(&mut app).await.unwrap(), Compatibility::Current, "the application may look");
    sqlx::query("insert into schema_release values (99991231000000, '99.0.0')").execute(&mut connection).await.unwrap();
    let error = migrate(&owner, None).await.unwrap_err();
    assert!(matches!(&error, MigrateError::TooNew { oldest } if oldest == "99.0.0"), "{error}");
    cluster.stop().await;
}

#[tokio::test]
async fn a_migrator_that_hangs_is_named_to_the_next() {
    let scratch = Scratch::new();
    let cluster = scratch.start().await;
    let mut holder = connect(&cluster.owner_url()).await;
    sqlx::query("select pg_advisory_lock($1)").bind(0x0062_6c75_656c_616d_i64).execute(&mut holder).await.unwrap();
    let pid: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut holder).await.unwrap();
    let (migrations, owner) = (bluelamp::base::database::schema::migrations(), cluster.owner_url());
    let run = bluelamp::base::database::migrate::migrate_with(&migrations, &owner, None, Duration::from_millis(100));
    let error = run.await.unwrap_err().to_string();
    assert!(error.contains(&format!("server process {pid}")) && error.contains("pg_terminate_backend"), "{error}");
    cluster.stop().await;
}

#[tokio::test]
async fn the_application_may_add_to_the_ledger_and_not_touch_what_is_there() {
    // A cluster of its own: what a login may do in a database, such as make temporary tables, is not copied with a template.
    let scratch = Scratch::new();
    let cluster = migrated(&scratch).await;
    let mut app = connect(&cluster.app_url()).await;
    for refused in [
        "update ledger_entry set version = 1",
        "delete from ledger_entry",
        "truncate ledger_entry cascade",
        "update ledger_content set body = null, salt = null",
        "delete from ledger_particulars",
        "delete from consent_record",
        "delete from page_count",
        "truncate page_count",
        "insert into schema_release values (1, '0')",
        "create table mine (a int)",
        "alter table ledger_entry disable trigger all",
        "create temporary table mine (a int)",
    ] {
        let error = sqlx::raw_sql(refused).execute(&mut app).await.unwrap_err();
        let code = error.as_database_error().unwrap().code().unwrap().into_owned();
        assert_eq!(code, "42501", "{refused}: {error}");
    }
    for allowed in [
        "select from ledger_entry, ledger_content, ledger_particulars, public_entry",
        "insert into page_count values ('2026-01-01', 'home', 1) on conflict (day, page) do update set shown = page_count.shown + 1",
        "select bluelamp_now()",
        "select redact_content(1)",
    ] {
        sqlx::raw_sql(allowed).execute(&mut app).await.unwrap_or_else(|error| panic!("{allowed}: {error}"));
    }
    let may: bool =
        sqlx::query_scalar("select has_table_privilege('ledger_entry', 'insert')").fetch_one(&mut app).await.unwrap();
    assert!(may);
    cluster.stop().await;
}

#[tokio::test]
async fn init_makes_logins_with_passwords_once() {
    let scratch = Scratch::new();
    let cluster = scratch.start().await;
    let names = Names { owner: "o\"wner".to_owned(), app: "app".to_owned(), database: "a force".to_owned() };
    let made = roles::init(&cluster.superuser_url(), &names, Passwords::Fresh).await.unwrap();
    assert!(made.owner_is_new && made.app_is_new);
    connect(&made.owner_url).await.ping().await.unwrap();
    connect(&made.app_url).await.ping().await.unwrap();
    let again = roles::init(&cluster.superuser_url(), &names, Passwords::Fresh).await.unwrap();
    assert!(!again.owner_is_new && !again.app_is_new);
    let same = Names { app: names.owner.clone(), ..names };
    assert!(matches!(
        roles::init(&cluster.superuser_url(), &same, Passwords::None).await,
        Err(RolesError::SameLogin(_))
    ));
    cluster.stop().await;
}

#[tokio::test]
async fn reads_and_writes_run_in_spawned_tasks_and_a_refused_write_leaves_nothing() {
    let urls = Urls::of_a_new_database(false).await;
    let database = database(&urls.app);
    let shared = database.clone();
    let page = "home".to_owned();
    let counted: i64 = tokio::spawn(async move {
        shared
            .write(Duration::from_secs(5), async |connection| -> Result<(), DatabaseError> {
                sqlx::query("insert into page_count values ('2026-01-01', $1, 7)")
                    .bind(&page)
                    .execute(connection)
                    .await?;
                Ok(())
            })
            .await?;
        shared
            .read(async |connection| {
                sqlx::query_scalar("select shown from page_count where page = $1")
                    .bind(&page)
                    .fetch_one(connection)
                    .await
            })
            .await
    })
    .await
    .unwrap()
    .unwrap();
    assert_eq!(counted, 7);

    let refused: Result<(), DatabaseError> = database
        .write(Duration::from_secs(5), async |connection| {
            sqlx::query("insert into page_count values ('2026-01-02', 'home', 1)").execute(connection).await?;
            Err(DatabaseError::Busy)
        })
        .await;
    assert!(matches!(refused, Err(DatabaseError::Busy)));
    let rows: i64 = database
        .read(async |connection| sqlx::query_scalar("select count(*) from page_count").fetch_one(connection).await)
        .await
        .unwrap();
    assert_eq!(rows, 1);
}

#[tokio::test]
async fn a_full_pool_is_busy_and_not_away() {
    let urls = Urls::of_a_new_database(false).await;
    let settings = DatabaseSettings {
        acquire_timeout: Duration::from_millis(500),
        max_connections: 1,
        ..DatabaseSettings::default()
    };
    let database = Database::new(&urls.app, &settings).unwrap();
    let held = database.write(Duration::from_secs(5), async |connection| -> Result<(), DatabaseError> {
        sqlx::query("select pg_sleep(1)").execute(connection).await?;
        Ok(())
    });
    let (held, late) = tokio::join!(held, self::one(&database));
    assert!(held.is_ok());
    assert!(matches!(late, Err(DatabaseError::Busy)), "{late:?}");
    assert!(!database.is_away());
}

#[tokio::test]
async fn a_frozen_server_costs_one_limit_then_nothing_and_is_taken_back_when_it_thaws() {
    let scratch = Scratch::new();
    let cluster = migrated(&scratch).await;
    let database = database(&cluster.app_url());
    let mut ticks = database.wakes().subscribe(Topic::Ledger);
    let _feed = Feed::start(database.clone(), Clock::system(), Duration::from_millis(100));
    ticks.changed().await.unwrap();
    assert_eq!(one(&database).await.unwrap(), 1);

    let pids = all_pids(&cluster);
    signal("STOP", &pids);
    let start = Instant::now();
    assert!(one(&database).await.is_err());
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(database.is_away());
    let start = Instant::now();
    for _ in 0..100 {
        assert!(matches!(one(&database).await, Err(DatabaseError::Away)));
    }
    assert!(start.elapsed() < Duration::from_millis(200), "{:?}", start.elapsed());

    signal("CONT", &pids);
    until("the database is back", async || !database.is_away()).await;
    assert_eq!(one(&database).await.unwrap(), 1);
    assert!(database.status().connections <= 3);
    cluster.stop().await;
}

#[tokio::test]
async fn the_feed_ticks_on_a_notification_and_after_a_lost_connection_and_follows_a_restart() {
    let scratch = Scratch::new();
    let mut cluster = migrated(&scratch).await;
    let database = database(&cluster.app_url());
    let clock = Clock::system();
    // No timer to speak of: what ticks here is told.
    let (mut ticks, mut mail) = (database.wakes().subscribe(Topic::Ledger), database.wakes().subscribe(Topic::Mail));
    let talk = Topic::Talk(uuid::Uuid::from_u128(7));
    let mut said = database.wakes().subscribe(talk);
    let _feed = Feed::start(database.clone(), clock.clone(), Duration::from_secs(3600));
    for woken in [&mut ticks, &mut mail, &mut said] {
        tokio::time::timeout(LIMIT, woken.changed()).await.unwrap().unwrap();
    }

    let mut other = connect(&cluster.superuser_url().replace("/postgres?", "/bluelamp?")).await;
    let notify = format!("notify bluelamp, '{talk}'; notify bluelamp, 'talk:{}'", uuid::Uuid::from_u128(8));
    sqlx::raw_sql(AssertSqlSafe(notify)).execute(&mut other).await.unwrap();
    tokio::time::timeout(LIMIT, said.changed()).await.unwrap().unwrap();
    sqlx::raw_sql("notify bluelamp, 'ledger'").execute(&mut other).await.unwrap();
    tokio::time::timeout(LIMIT, ticks.changed()).await.unwrap().unwrap();
    assert!(!said.has_changed().unwrap() && !mail.has_changed().unwrap(), "only whoever asked for a topic is woken");

    let ended: Vec<bool> = sqlx::query_scalar(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'bluelamp' and query ilike '%bluelamp_now%'",
    )
    .fetch_all(&mut other)
    .await
    .unwrap();
    assert_eq!(ended, [true]);
    tokio::time::timeout(LIMIT, ticks.changed()).await.unwrap().unwrap();
    assert!(!database.is_away(), "one lost connection is not a database that is away");

    signal("KILL", &[server_pid(&cluster)]);
    until("the database is away", async || database.is_away()).await;
    cluster.ensure().await.unwrap();
    tokio::time::timeout(LIMIT, ticks.changed()).await.unwrap().unwrap();
    until("the database is back", async || one(&database).await.is_ok()).await;
    cluster.stop().await;
}

#[tokio::test]
async fn the_feed_learns_the_databases_time() {
    let urls = Urls::of_a_new_database(false).await;
    let mut owner = connect(&urls.owner).await;
    let ahead = "create or replace function bluelamp_now() returns timestamptz language sql as \
                 $$ select clock_timestamp() + interval '1 day' $$";
    sqlx::raw_sql(AssertSqlSafe(ahead)).execute(&mut owner).await.unwrap();
    let (clock, machine) = (Clock::system(), Clock::system());
    let database = database(&urls.app);
    let mut woken = database.wakes().subscribe(Topic::Ledger);
    let _feed = Feed::start(database, clock.clone(), Duration::from_secs(3600));
    woken.changed().await.unwrap();
    let hours = clock.now().duration_since(machine.now()).as_hours();
    assert!((23..=24).contains(&hours), "{hours}");
}
