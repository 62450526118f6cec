//! The database under running nodes becomes another: an older copy, or a replica that lagged. Nothing that was lost is shown, and
//! what is published afterwards is.

use std::fmt::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use bluelamp::base::database::Cluster;
use bluelamp::base::ledger::verify::{Verdict, verify};
use bluelamp::site::snapshot;
use sqlx::AssertSqlSafe;

use super::desk_work::{publish, write};
use super::people::Office;
use crate::support::TestSite;
use crate::support::client::{held_fields, pairs};
use crate::support::cluster::{Scratch, all_pids, connect, migrated, server_pid, signal, until};
use crate::support::ledger::version;
use crate::support::process::{Process, run, until_shown};

/// Stands in texts that the database loses.
const LOST: &str = "Lostmarkfour";

/// The places where a text of `helplines` and of its later versions could be left.
const WHERE: [&str; 9] = [
    "/helplines",
    "/contact",
    "/helplines?as_of=2026-11-24",
    "/contact?as_of=2026-11-24",
    "/search?q=lostmarkfour",
    "/notices/helplines",
    "/notices/helplines/versions/2",
    "/notices/helplines/versions/2/json",
    "/notices/changes.atom",
];

/// Changes the databases' names, so that whoever connects finds the other one.
async fn put_in_place(site: &TestSite, copy: &str) {
    let name = site.urls.superuser.split('/').next_back().unwrap().split('?').next().unwrap();
    let mut server = connect(&site.urls.superuser.replacen(&format!("/{name}?"), "/postgres?", 1)).await;
    let rename = format!(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname in ('{name}', '{copy}');
        alter database {name} rename to {copy}_lost;
        alter database {copy} rename to {name}"
    );
    until("the databases have changed places", async || {
        sqlx::raw_sql(AssertSqlSafe(rename.clone())).execute(&mut server).await.is_ok()
    })
    .await;
}

/// Copies a site's database as it is now.
async fn copy(site: &TestSite) -> String {
    let name = site.urls.superuser.split('/').next_back().unwrap().split('?').next().unwrap();
    let mut server = connect(&site.urls.superuser.replacen(&format!("/{name}?"), "/postgres?", 1)).await;
    let copy = format!("{name}_copy");
    let statement = format!("create database {copy} template {name} owner bluelamp_owner");
    until("the database is copied", async || {
        let end = format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
        sqlx::raw_sql(AssertSqlSafe(end)).execute(&mut server).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statement.clone())).execute(&mut server).await.is_ok()
    })
    .await;
    copy
}

/// Refreshes until the node has a connection that works again.
async fn refresh(site: &TestSite) {
    until("the node reads", async || {
        site.site.database().mark_back();
        site.site.refresh().await.is_ok()
    })
    .await;
}

async fn assert_nothing_is_left(site: &TestSite) {
    for path in WHERE {
        assert!(!site.get(path).await.body.contains(LOST), "{path}");
    }
    assert_eq!(site.get("/notices/helplines/versions/2").await.status, 404);
    let head = site.site.edition().published.head.unwrap().to_string();
    let Verdict::Holds { head: held, .. } = verify(&mut site.connection().await, None).await.unwrap() else {
        panic!("the chain does not hold")
    };
    assert_eq!(head, held.to_string());
}

#[tokio::test]
async fn an_older_copy_of_the_database_under_running_nodes_is_what_they_show() {
    let office = Office::open().await;
    let percy = office.publisher().await;
    let (one, other) = (&office.public, office.public.another_node());
    let scratch = Scratch::new();
    let file = scratch.0.join(snapshot::FILE);
    let keeping = tokio::spawn(snapshot::writer::follow(file.clone(), None, one.site.clone()));
    let copy = copy(one).await;
    refresh(one).await;
    let (_, mut content) = one.content("helplines").await;
    write!(content.html, "<p>{LOST}</p>").unwrap();
    for number in 2..5 {
        one.enter(version(number, &content)).await;
    }
    refresh(&other).await;
    for node in [one, &other] {
        assert!(node.get("/helplines").await.body.contains(LOST));
        // Old texts are kept in memory too.
        assert!(node.get("/notices/helplines/versions/2").await.body.contains(LOST));
    }
    until("the snapshot has it", async || std::fs::read_to_string(&file).is_ok_and(|file| file.contains(LOST))).await;

    put_in_place(one, &copy).await;
    for node in [one, &other] {
        refresh(node).await;
        assert_nothing_is_left(node).await;
    }
    until("the snapshot has lost it", async || std::fs::read_to_string(&file).is_ok_and(|file| !file.contains(LOST)))
        .await;
    keeping.abort();

    // Past the old length, so that numbers alone would agree.
    for _ in 0..5 {
        let (last, mut content) = one.content("cookies").await;
        let number = last + 1;
        write!(content.html, "<p>After the failover, number {number}.</p>").unwrap();
        one.enter(version(number, &content)).await;
        refresh(&other).await;
        for node in [one, &other] {
            assert!(node.get("/cookies").await.body.contains(&format!("number {number}.")), "{number}");
            assert_nothing_is_left(node).await;
        }
    }
    // Whoever writes starts from what is there.
    write(&percy, "helplines", &[("markdown", "Call Zebrafinch."), ("change_note", "A new helpline.")]).await;
    let done = publish(&percy, "notice:helplines", &[("reason", "Nobody else is on duty tonight.")]).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert!(one.get("/helplines").await.body.contains("Zebrafinch"));
}

/// Waits until the node has a connection that works again, without letting it read what is new.
async fn reconnect(site: &TestSite) {
    until("the database answers", async || {
        let database = site.site.database();
        database.mark_back();
        database.read(async |connection| sqlx::raw_sql("select 1").execute(connection).await).await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn a_draft_of_a_version_that_the_database_lost_comes_back_with_what_was_typed() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let site = &office.public;
    let copy = copy(site).await;
    refresh(site).await;
    let (_, mut content) = site.content("helplines").await;
    content.markdown.push_str("\n\nLostmarkfour.\n");
    site.enter(version(2, &content)).await;
    put_in_place(site, &copy).await;
    reconnect(site).await;
    // The node does not know it yet, and the form starts from version 2.
    let edit = "/notices/helplines/edit";
    let fields = [("markdown", "Call Zebrafinch."), ("change_note", "A new helpline.")];
    let refused = erin.fill(edit, edit, &fields).await;
    assert_eq!(refused.status, 409, "{}", refused.words());
    assert!(refused.body.contains("Call Zebrafinch.") && !refused.words().contains(LOST), "{}", refused.words());
    let held = held_fields(&refused.body, edit).unwrap();
    assert_eq!(erin.post(edit, &pairs(&held)).await.status, 303);
}

#[tokio::test]
async fn nothing_is_published_on_a_chain_that_the_node_does_not_know() {
    let office = Office::open().await;
    let percy = office.publisher().await;
    let site = &office.public;
    write(&percy, "contact", &[("markdown", "Call Zebrafinch."), ("change_note", "A new number.")]).await;
    let copy = copy(site).await;
    refresh(site).await;
    let (_, mut content) = site.content("helplines").await;
    write!(content.html, "<p>{LOST}</p>").unwrap();
    site.enter(version(2, &content)).await;
    put_in_place(site, &copy).await;
    reconnect(site).await;
    let reason = [("reason", "Nobody else is on duty tonight.")];
    let refused = publish(&percy, "notice:contact", &reason).await;
    assert!(refused.status.is_client_error() && refused.words().contains("older copy"), "{}", refused.words());
    refresh(site).await;
    assert_eq!(publish(&percy, "notice:contact", &reason).await.status, 303);
    assert!(site.get("/contact").await.body.contains("Zebrafinch"));
    assert_nothing_is_left(site).await;
}

#[tokio::test]
async fn an_entry_of_another_chain_is_noticed_when_its_number_is_the_same() {
    let site = TestSite::start().await;
    let copy = copy(&site).await;
    refresh(&site).await;
    let (_, mut content) = site.content("helplines").await;
    write!(content.html, "<p>{LOST}</p>").unwrap();
    site.enter(version(2, &content)).await;
    put_in_place(&site, &copy).await;
    let other = site.another_node();
    refresh(&other).await;
    let (number, mut content) = other.content("cookies").await;
    content.html.push_str("<p>The same number.</p>");
    other.enter(version(number + 1, &content)).await;
    refresh(&site).await;
    assert_eq!(site.site.edition().published.hashes(), other.site.edition().published.hashes());
    assert!(site.get("/cookies").await.body.contains("The same number."));
    assert!(!site.get("/helplines").await.body.contains(LOST));
}

/// A version of `helplines`, as a folder to import.
fn texts(folder: &Path, number: i32, says: &str) -> String {
    let path = folder.join(format!("texts-{number}-{}", says.len()));
    std::fs::create_dir_all(path.join("notices/helplines")).unwrap();
    let text = format!(
        "+++\nnotice = \"helplines\"\nversion = {number}\ntitle = \"Helplines\"\nchange_note = \"A test.\"\n+++\n\n{says}\n"
    );
    std::fs::write(path.join(format!("notices/helplines/{number}.md")), text).unwrap();
    path.to_str().unwrap().to_owned()
}

async fn import(database: &str, folder: &str) {
    let done = run(&["import", folder], &[("DATABASE_URL", database), ("LOG_FILTER", "off")]).await;
    assert!(done.status.success(), "{done:?}");
}

/// A program of Postgres, run by the account that a running cluster belongs to.
fn program(cluster: &Cluster, name: &str) -> Command {
    let owner = std::fs::metadata(cluster.folder()).unwrap();
    let postgres = std::fs::read_link(format!("/proc/{}/exe", server_pid(cluster))).unwrap();
    let mut command = Command::new(postgres.with_file_name(name));
    command.uid(owner.uid()).gid(owner.gid()).current_dir("/").env("LC_ALL", "C");
    command
}

async fn done(mut command: Command) {
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn a_promoted_replica_that_lagged_is_what_running_nodes_show() {
    let scratch = Scratch::new();
    let mut cluster = migrated(&scratch).await;
    let (one_data, other_data) = (scratch.0.join("one"), scratch.0.join("other"));
    let one = Process::serve(&cluster.app_url(), &one_data, &[]).await;
    let other = Process::serve(&cluster.app_url(), &other_data, &[]).await;
    import(&cluster.app_url(), &texts(&scratch.0, 2, "Read by the replica.")).await;

    // A standby follows, until its stream is cut.
    let primary = cluster.folder().to_path_buf();
    let replica: PathBuf = primary.parent().unwrap().join("run").join("replica");
    let socket = cluster.socket_folder().to_path_buf();
    let mut backup = program(&cluster, "pg_basebackup");
    backup.arg("-D").arg(&replica).arg("-h").arg(&socket).args(["-U", "postgres", "-R", "-X", "stream", "-c", "fast"]);
    done(backup).await;
    let found = program(&cluster, "pg_ctl").get_program().to_owned();
    let owner = std::fs::metadata(&primary).unwrap();
    let pg_ctl = |arguments: &[&str]| {
        let mut command = Command::new(&found);
        command.uid(owner.uid()).gid(owner.gid()).current_dir("/").env("LC_ALL", "C");
        command.arg("-D").arg(&replica).args(["-w", "-s", "-l", "/dev/null"]).args(arguments);
        command
    };
    let options = format!("-k {} -p 5433 -c listen_addresses=''", socket.display());
    done(pg_ctl(&["-o", &options, "start"])).await;
    let mut superuser = connect(&cluster.superuser_url()).await;
    until("the replica streams", async || {
        let streams: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_replication where state = 'streaming' and replay_lsn >= sent_lsn",
        )
        .fetch_one(&mut superuser)
        .await
        .unwrap();
        streams == 1
    })
    .await;
    let mut standby = connect(&cluster.superuser_url().replace(":5432/", ":5433/")).await;
    for cut in ["alter system set primary_conninfo = ''", "select pg_reload_conf()"] {
        sqlx::raw_sql(cut).execute(&mut standby).await.unwrap();
    }
    until("its stream is cut", async || {
        let streams: i64 =
            sqlx::query_scalar("select count(*) from pg_stat_replication").fetch_one(&mut superuser).await.unwrap();
        streams == 0
    })
    .await;
    for number in 3..6 {
        import(&cluster.app_url(), &texts(&scratch.0, number, LOST)).await;
    }
    for node in [&one, &other] {
        until_shown(node, "/helplines", LOST).await;
    }

    // The primary dies; the replica is promoted and takes its place.
    signal("KILL", &all_pids(&cluster));
    drop(standby);
    done(pg_ctl(&["promote"])).await;
    done(pg_ctl(&["-m", "fast", "stop"])).await;
    std::fs::rename(&primary, scratch.0.join("dead")).unwrap();
    std::fs::rename(&replica, &primary).unwrap();
    cluster.ensure().await.unwrap();
    for node in [&one, &other] {
        until("the lost text is gone", async || {
            let (status, page) = node.get("/helplines").await;
            assert_eq!(status, 200);
            !page.contains(LOST)
        })
        .await;
        assert!(node.get("/helplines").await.1.contains("Read by the replica."));
        assert_eq!(node.get("/notices/helplines/versions/3").await.0, 404);
    }
    for number in 3..8 {
        let says = format!("After the failover, number {number}.");
        import(&cluster.app_url(), &texts(&scratch.0, number, &says)).await;
        for node in [&one, &other] {
            until_shown(node, "/helplines", &says).await;
        }
    }
    for data in [&one_data, &other_data] {
        until("the snapshot follows", async || {
            let file = std::fs::read_to_string(data.join(snapshot::FILE)).unwrap_or_default();
            !file.contains(LOST) && file.contains("number 7.")
        })
        .await;
    }
    for node in [one, other] {
        let said = node.end().await;
        assert!(said.contains("ERROR") && said.contains("another or for an older copy"), "{said}");
    }
    cluster.stop().await;
}
