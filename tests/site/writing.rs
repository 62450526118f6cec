//! The writers and the times at which they may write: a release that is too old for the schema writes nothing, many writes wait for one
//! another, and a database that takes no changes is said.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bluelamp::base::database::{Database, DatabaseError, DatabaseSettings, NotWritable};
use bluelamp::base::ledger::store;
use bluelamp::desk::accounts::Role;
use sqlx::AssertSqlSafe;

use crate::staff::desk_work::{last_entry, publish, versions, write};
use crate::staff::people::Office;
use crate::support::TestSite;
use crate::support::cluster::{Scratch, until};
use crate::support::process::{Process, run};

const NEWER: &str = "insert into schema_release values (99991231000000, '99.0.0')";
const OLDER: &str = "delete from schema_release where migration = 99991231000000";

async fn as_owner(site: &TestSite, statement: &str) {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut site.connection().await).await.unwrap();
}

async fn count(site: &TestSite, table: &str) -> i64 {
    let sql = format!("select count(*) from {table}");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut site.connection().await).await.unwrap()
}

/// Writes a row as a visitor's accept does.
async fn write_row(database: &Database, number: usize) -> Result<(), DatabaseError> {
    let receipt = format!("{number:032x}");
    database
        .write(Duration::from_secs(10), async |connection| {
            sqlx::query(
                "insert into consent_record (receipt, choice, categories, notice_version, chosen_at)
                values ($1, 'accept', 'statistics', 1, now())",
            )
            .bind(&receipt)
            .execute(connection)
            .await?;
            Ok(())
        })
        .await
}

#[tokio::test]
async fn a_running_node_of_an_older_release_serves_and_says_so_and_writes_nothing() {
    let (site, scratch) = (TestSite::start().await, Scratch::new());
    let node = Process::serve(&site.urls.app, &scratch.data(), &[]).await;
    assert!(node.get("/readyz").await.1.contains("\"ready\""));
    until("the node tells what it shows", async || count(&site, "node_head").await == 1).await;
    as_owner(&site, NEWER).await;
    let told = "select max(xmin::text::bigint) from node_head";
    let before: i64 = sqlx::query_scalar(told).fetch_one(&mut site.connection().await).await.unwrap();
    until("the node says degraded", async || {
        let (status, word) = node.get("/readyz").await;
        status == 200 && word.contains("degraded") && word.contains("at least release 99.0.0")
    })
    .await;
    for choice in ["accept", "reject"] {
        assert_eq!(node.choose(choice).await.0, 303, "it is kept in the visitor's own cookie");
    }
    assert_eq!(node.get("/contact").await.0, 200);
    assert_eq!(node.get("/website-privacy?as_of=2021-12-01").await.0, 200, "what was is read all the same");
    let after: i64 = sqlx::query_scalar(told).fetch_one(&mut site.connection().await).await.unwrap();
    assert_eq!((before, count(&site, "consent_record").await), (after, 0));

    as_owner(&site, OLDER).await;
    until("the node is ready again", async || node.get("/readyz").await.1.contains("\"ready\"")).await;
    assert_eq!(node.choose("accept").await.0, 303);
    until("the accept is recorded", async || count(&site, "consent_record").await == 1).await;
    node.end().await;
}

#[tokio::test]
async fn nothing_is_written_from_the_very_commit_on_by_which_a_release_became_too_old() {
    let site = TestSite::start().await;
    let (database, written) = (site.site.database().clone(), Arc::new(AtomicUsize::new(0)));
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let (database, written) = (database.clone(), Arc::clone(&written));
            tokio::spawn(async move {
                let mut number = writer * 1_000_000;
                loop {
                    match write_row(&database, number).await {
                        Ok(()) => written.fetch_add(1, Ordering::SeqCst),
                        Err(error) => break error,
                    };
                    number += 1;
                }
            })
        })
        .collect();
    until("all are writing", async || written.load(Ordering::SeqCst) > 50).await;
    as_owner(&site, NEWER).await;
    let rows = count(&site, "consent_record").await;
    for writer in writers {
        let ended = writer.await.unwrap();
        assert!(matches!(ended, DatabaseError::NotWritable(NotWritable::TooNew { .. })), "{ended}");
    }
    assert_eq!(count(&site, "consent_record").await, rows);
    assert_eq!(usize::try_from(rows).unwrap(), written.load(Ordering::SeqCst), "what was acknowledged is there");
}

#[tokio::test]
async fn the_desk_of_an_older_release_says_in_words_that_it_saves_nothing() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    write(&erin, "helplines", &[("markdown", "Call Zebrafinch."), ("change_note", "A new helpline.")]).await;
    as_owner(&office.public, NEWER).await;
    let edit = "/notices/helplines/edit";
    let refused = erin.fill(edit, edit, &[("markdown", "Call Goldfinch.")]).await;
    assert_eq!(refused.status, 503);
    assert!(refused.words().contains("what you typed is still there"), "{}", refused.words());
    let page = erin.get(edit).await;
    assert_eq!(page.status, 200);
    assert!(page.words_of(".warning").contains("saves nothing"), "{}", page.words());
    assert!(page.body.contains("Zebrafinch") && !page.body.contains("Goldfinch"));
    let refused = publish(&percy, "notice:helplines", &[("reason", "Nobody else is on duty tonight.")]).await;
    assert_eq!(refused.status, 503, "{}", refused.words());
    assert_eq!(versions(&office, "notice:helplines").await, 1);

    as_owner(&office.public, OLDER).await;
    let database = [("DATABASE_URL", office.public.urls.app.as_str()), ("LOG_FILTER", "off")];
    as_owner(&office.public, NEWER).await;
    for command in [
        &["import", concat!(env!("CARGO_MANIFEST_DIR"), "/starter")][..],
        &["redact", "9", "--ground", "a name"],
        &["staff", "add", "--email", "a@b.example", "--name", "A", "--role", "editor"],
    ] {
        let refused = run(command, &database).await;
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(refused.status.code() == Some(1) && said.contains("99.0.0"), "{command:?}: {said}");
    }
}

#[tokio::test]
async fn what_is_said_to_be_a_read_writes_nothing_either_for_an_older_release() {
    let site = TestSite::start().await;
    as_owner(&site, NEWER).await;
    write_row(site.site.database(), 1).await.unwrap_err();
    let refused = site
        .site
        .database()
        .read(async |connection| sqlx::query("delete from draft").execute(connection).await)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("99.0.0"), "{refused}");
}

#[tokio::test]
async fn many_writes_at_once_wait_for_their_turn_and_reads_go_on_meanwhile() {
    let site = TestSite::start().await;
    let database = Database::new(&site.urls.app, &DatabaseSettings::default()).unwrap();
    let writers: Vec<_> = (0..120)
        .map(|_| {
            let database = database.clone();
            tokio::spawn(async move {
                database
                    .write(Duration::from_secs(10), async |connection| {
                        store::lock(connection).await?;
                        sqlx::query("select pg_sleep(0.015)").execute(connection).await?;
                        Ok::<(), DatabaseError>(())
                    })
                    .await
            })
        })
        .collect();
    while writers.iter().any(|writer| !writer.is_finished()) {
        database.read(async |connection| store::now(connection).await).await.unwrap();
    }
    for writer in writers {
        writer.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_database_that_takes_no_changes_is_said_in_the_log_and_to_the_balancer_and_to_staff() {
    const FULL: &str = "create function is_full() returns trigger language plpgsql as
        $$ begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$;
        create trigger is_full before insert or update on node_head for each row execute function is_full();
        create trigger is_full before insert on ledger_entry for each row execute function is_full();";
    let (office, scratch) = (Office::open().await, Scratch::new());
    let node = Process::serve(&office.public.urls.app, &scratch.data(), &[]).await;
    let percy = office.publisher().await;
    write(&percy, "helplines", &[("markdown", "Call Zebrafinch."), ("change_note", "A new helpline.")]).await;
    as_owner(&office.public, FULL).await;
    until("the node says so", async || {
        let (status, word) = node.get("/readyz").await;
        status == 200 && word.contains("degraded") && word.contains("No space left on device")
    })
    .await;
    assert_eq!(node.get("/contact").await.0, 200);
    let refused = publish(&percy, "notice:helplines", &[("reason", "Nobody else is on duty tonight.")]).await;
    assert_eq!(refused.status, 503, "{}", refused.words());
    assert!(refused.words().contains("takes no changes"), "{}", refused.words());
    as_owner(&office.public, "drop function is_full() cascade").await;
    until("the node is ready again", async || node.get("/readyz").await.1.contains("\"ready\"")).await;
    let said = node.end().await;
    assert!(said.contains("nothing can be written") && said.contains("takes changes again"), "{said}");
    let done = publish(&percy, "notice:helplines", &[("reason", "Nobody else is on duty tonight.")]).await;
    assert_eq!(done.status, 303, "{}", done.words());
}

#[tokio::test]
async fn pages_of_the_desk_are_read_on_a_node_that_is_too_old_to_write() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    write(&percy, "contact", &[("markdown", "Call Zebrafinch."), ("change_note", "A new number.")]).await;
    assert_eq!(publish(&percy, "notice:contact", &[("reason", "Nobody else is on duty tonight.")]).await.status, 303);
    let entry = last_entry(&office, "notice:contact").await;
    let withdraw = "/notices/accessibility-statement/withdraw";
    let asked = erin
        .fill(withdraw, &format!("{withdraw}/ask"), &[("note", "It stands elsewhere."), ("go_to", "/contact")])
        .await;
    assert_eq!(asked.status, 303, "{}", asked.words());
    let other = office.staff("Olga Other", &[Role::Editor, Role::Publisher]).await;
    as_owner(&office.public, NEWER).await;
    office.public.site.database().mark_not_writable(NotWritable::TooNew { oldest: "99.0.0".to_owned() });
    for path in [format!("/entries/{entry}/approve"), withdraw.to_owned()] {
        let page = other.get(&path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.words());
    }
}
