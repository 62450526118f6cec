//! Nodes and Postgres are killed and frozen while a publisher works. What was acknowledged is kept, and nothing is there twice.
//!
//! `KILLS=50,15,10` says how often: kills of the node, kills of Postgres, freezes of Postgres. `script/bench` asks for these.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bluelamp::base::database::{Cluster, ClusterOptions};
use bluelamp::desk::accounts::Role;
use bluelamp::desk::session::Secret;

use crate::support::client::held_fields;
use crate::support::cluster::{Scratch, all_pids, connect, programs, signal, until};
use crate::support::process::{Process, run};
use crate::support::wire;

/// Somebody who publishes one text after the other on the staff site, and goes on where it was interrupted.
#[derive(Clone)]
struct Publisher {
    /// The address of the staff site just now.
    at: Arc<Mutex<SocketAddr>>,
    cookie: Arc<str>,
    /// Requests of any kind that came to an end, answered or not.
    asked: Arc<AtomicU64>,
    /// Forms to publish that were sent.
    sent: Arc<AtomicU64>,
    /// Texts of which an answer said that they are published.
    acknowledged: Arc<Mutex<Vec<u64>>>,
    ended: Arc<AtomicBool>,
}

impl Publisher {
    async fn ask(&self, path: &str, form: Option<&str>) -> Option<(u16, String)> {
        let address = *self.at.lock().unwrap();
        let fields = [("host", "localhost:8001"), ("origin", "http://localhost:8001"), ("cookie", &*self.cookie)];
        let answer = match form {
            None => wire::get(address, path, &fields).await,
            Some(form) => wire::post(address, path, &fields, form).await,
        };
        assert!(!answer.as_ref().is_err_and(|error| error.kind() == ErrorKind::TimedOut), "{path} hangs");
        self.asked.fetch_add(1, Ordering::Relaxed);
        answer.ok().map(|answer| (answer.status.as_u16(), answer.body))
    }

    /// The form that a page has for an address, with some fields filled in.
    async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Option<String> {
        let (status, page) = self.ask(path, None).await?;
        if status != 200 {
            return None;
        }
        let mut held = held_fields(&page, path)?;
        held.retain(|(name, _)| fields.iter().all(|(filled, _)| filled != name));
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(held).extend_pairs(fields);
        Some(form.finish())
    }

    /// Writes a text and opens its last step, as often as it takes.
    async fn write(&self, number: u64) -> String {
        let text = format!("Text number {number}, as somebody wrote it.");
        loop {
            let fields = [("markdown", text.as_str()), ("change_note", "We changed the text.")];
            if let Some(form) = self.form("/notices/contact/edit", &fields).await
                && matches!(self.ask("/notices/contact/edit", Some(&form)).await, Some((303, _)))
                && let Some(form) =
                    self.form("/drafts/notice:contact/publish", &[("reason", "Nobody else is on duty tonight.")]).await
            {
                return form;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Sends the form again and again until an answer says that the text is published: now, or by an earlier try.
    async fn publish(&self, number: u64) {
        let form = self.write(number).await;
        loop {
            self.sent.fetch_add(1, Ordering::Relaxed);
            match self.ask("/drafts/notice:contact/publish", Some(&form)).await {
                Some((303, _)) => break,
                Some((409, page)) if page.contains("published it as version") => break,
                // Away, or cut off in the middle.
                None | Some((408 | 500.., _)) => tokio::task::yield_now().await,
                Some((status, page)) => panic!("publishing text {number} was answered {status}: {page}"),
            }
        }
        self.acknowledged.lock().unwrap().push(number);
    }

    async fn work(self) {
        let mut number = 0;
        while !self.ended.load(Ordering::Relaxed) {
            number += 1;
            self.publish(number).await;
        }
    }

    /// Waits until one more text is acknowledged and the next form is on its way; then a moment that differs each time.
    async fn until_busy(&self, turn: u64) {
        let published = self.acknowledged.lock().unwrap().len();
        until("a text is published", async || self.acknowledged.lock().unwrap().len() > published).await;
        let sent = self.sent.load(Ordering::Relaxed);
        until("the next is sent", async || self.sent.load(Ordering::Relaxed) > sent).await;
        tokio::time::sleep(Duration::from_micros(turn * 1_700 % 12_000)).await;
    }
}

/// An account that writes and publishes, with a session.
async fn sign_in(cluster: &Cluster, keys: &str) -> String {
    let [writes, publishes] = [Role::Editor, Role::Publisher].map(|role| role.name().to_owned());
    let added = run(
        &[
            "staff",
            "add",
            "--email",
            "pat@northshire.example",
            "--name",
            "Pat Quillfeather",
            "--role",
            &writes,
            "--role",
            &publishes,
        ],
        &[("DATABASE_URL", &cluster.app_url()), ("KEYS_FILE", keys), ("LOG_FILTER", "off")],
    )
    .await;
    assert!(added.status.success(), "{added:?}");
    let secret = Secret::random().unwrap();
    let insert = "insert into staff_session (hash, id, staff, stage, created_at, seen_at, confirmed_at)
        select $1, gen_random_uuid(), id, 'full', now(), now(), now() from staff";
    let hash = secret.hash();
    sqlx::query(insert).bind(&hash.0[..]).execute(&mut connect(&cluster.owner_url()).await).await.unwrap();
    format!("bluelamp_staff={}", secret.text())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_kept_once_whatever_is_killed_or_frozen() {
    let asked = std::env::var("KILLS").unwrap_or_else(|_| "3,2,1".to_owned());
    let asked: Vec<u64> = asked.split(',').map(|number| number.parse().unwrap()).collect();
    let (of_node, of_postgres, freezes) = (asked[0], asked[1], asked[2]);
    let scratch = Scratch::new();
    // As a force runs it: what is committed is on the disk.
    let options = ClusterOptions { durable: true, ..scratch.options() };
    let mut cluster = Cluster::start(&programs(), &scratch.data(), options).await.unwrap();
    let keys = scratch.0.join("keys.toml");
    let keys = keys.to_str().unwrap();
    let made = run(&["keys", "new", "--file", keys], &[]).await;
    assert!(made.status.success(), "{made:?}");
    let migrated = run(&["migrate"], &[("DATABASE_OWNER_URL", &cluster.owner_url())]).await;
    assert!(migrated.status.success(), "{migrated:?}");
    let cookie = sign_in(&cluster, keys).await;
    let (app, data) = (cluster.app_url(), scratch.0.join("node"));
    let start = async |data: &Path| Process::serve_both(&app, data, &[("KEYS_FILE", keys)]).await;
    let mut node = start(&data).await;
    let publisher = Publisher {
        at: Arc::new(Mutex::new(node.staff_address().unwrap())),
        cookie: cookie.into(),
        asked: Arc::default(),
        sent: Arc::default(),
        acknowledged: Arc::default(),
        ended: Arc::default(),
    };
    let working = tokio::spawn(publisher.clone().work());
    for turn in 0..of_node {
        publisher.until_busy(turn).await;
        // Dropped, it is killed.
        drop(node);
        node = start(&data).await;
        *publisher.at.lock().unwrap() = node.staff_address().unwrap();
    }
    for turn in 0..of_postgres {
        publisher.until_busy(turn).await;
        signal("KILL", &all_pids(&cluster));
        cluster.ensure().await.unwrap();
    }
    for turn in 0..freezes {
        publisher.until_busy(turn).await;
        let pids = all_pids(&cluster);
        signal("STOP", &pids);
        let asked = publisher.asked.load(Ordering::Relaxed);
        until("a request has met the freeze", async || publisher.asked.load(Ordering::Relaxed) > asked).await;
        signal("CONT", &pids);
    }
    publisher.until_busy(0).await;
    publisher.ended.store(true, Ordering::Relaxed);
    working.await.unwrap();

    let mut owner = connect(&cluster.owner_url()).await;
    let kept: Vec<String> = sqlx::query_scalar(
        "select body from ledger_entry join ledger_content on entry = number where kind = 'version' and subject = 'notice:contact'",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    let acknowledged = publisher.acknowledged.lock().unwrap().clone();
    let times = |number: &u64| kept.iter().filter(|body| body.contains(&format!("Text number {number}, as"))).count();
    let lost = acknowledged.iter().filter(|number| times(number) == 0).count();
    let doubled = acknowledged.iter().filter(|number| times(number) > 1).count();
    let count = acknowledged.len();
    eprintln!(
        "\nkills: {of_node} of a node, {of_postgres} of Postgres, {freezes} freezes: {count} publishes acknowledged, {lost} lost, {doubled} doubled"
    );
    assert_eq!((lost, doubled), (0, 0), "of {count}");
    let verified = run(&["verify"], &[("DATABASE_URL", &app), ("LOG_FILTER", "off")]).await;
    let verified = String::from_utf8(verified.stdout).unwrap();
    assert!(verified.contains("The chain holds"), "{verified}");
    node.end().await;
    cluster.stop().await;
}
