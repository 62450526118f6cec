//! The restore drill of docs/runbook.md: a dump by the owner's login, a database that is lost, and everything back from the two.

use std::path::{Path, PathBuf};
use std::process::Command;

use bluelamp::base::sealing::Keys;
use bluelamp::desk::accounts::password::Cost;
use bluelamp::desk::accounts::{Desk, Role};
use bluelamp::features;
use sqlx::AssertSqlSafe;

use crate::staff::people::Office;
use crate::support::cluster::{Scratch, connect};
use crate::support::process::run;

/// Postgres's own tools, which distributions keep beside the server.
fn tool(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let found = versions.map(|version| version.path().join("bin").join(name)).filter(|path| path.exists()).max();
    found.unwrap_or_else(|| PathBuf::from(name))
}

fn succeeds(name: &str, arguments: &[&str]) {
    let done = Command::new(tool(name)).args(arguments).output().unwrap();
    assert!(done.status.success(), "{name}: {}", String::from_utf8_lossy(&done.stderr));
}

async fn verify(url: &str, keys: &Path) -> String {
    let keys = keys.to_str().unwrap();
    let done = run(&["verify"], &[("DATABASE_URL", url), ("KEYS_FILE", keys), ("LOG_FILTER", "error")]).await;
    String::from_utf8(done.stdout).unwrap()
}

#[tokio::test]
async fn a_dump_and_the_keys_bring_everything_back() {
    let (mut office, scratch) = (Office::open().await, Scratch::new());
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let (urls, keys) = (&office.public.urls, office.desk.keys().clone());
    let keys_file = scratch.0.join("keys.toml");
    keys.write_new(&keys_file).unwrap();
    let dump = scratch.0.join("bluelamp.dump");
    let dump = dump.to_str().unwrap();
    let before = verify(&urls.app, &keys_file).await;
    assert!(before.contains("The chain holds") && before.contains("The audit log holds"), "{before}");
    let recorded = office.recorded("signed_in").await;
    assert!(!recorded.is_empty());

    succeeds("pg_dump", &["--format=custom", "--file", dump, &urls.owner]);
    let name = urls.owner.split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();
    let elsewhere = urls.superuser.replacen(&format!("/{name}?"), "/postgres?", 1);
    let mut superuser = connect(&elsewhere).await;
    for lost in [
        format!("drop database {name} with (force)"),
        format!(
            "create database {name} owner bluelamp_owner template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'"
        ),
    ] {
        sqlx::raw_sql(AssertSqlSafe(lost)).execute(&mut superuser).await.unwrap();
    }
    assert!(!verify(&urls.app, &keys_file).await.contains("holds"), "the database is gone");

    succeeds("pg_restore", &["--exit-on-error", "--no-owner", "--no-privileges", "--dbname", &urls.owner, dump]);
    let granted =
        run(&["migrate", "--record-guards"], &[("DATABASE_OWNER_URL", &urls.owner), ("DATABASE_URL", &urls.app)]).await;
    assert!(granted.status.success(), "{granted:?}");
    assert_eq!(verify(&urls.app, &keys_file).await, before);

    // A node that starts on it, with the keys that were kept.
    let node = office.public.another_node();
    node.at(&office.desk.now().to_string());
    assert!(node.site.refresh().await.unwrap());
    assert_eq!(node.get("/contact").await.status, 200);
    office.desk =
        Desk::with_cost(node.site.clone(), Keys::read(&keys_file).unwrap(), features::for_desk(), Cost::LEAST);
    office.public = node;
    let mut browser = office.browser();
    erin.sign_in(&office, &mut browser).await;
    assert!(browser.is_in().await, "what Erin signs in with came back");
    assert_eq!(office.recorded("signed_in").await.len(), recorded.len() + 1);
}
