//! The time: a node goes by the database's, however wrong its own machine's is, and by its snapshot's where it has no other.

use axum::http::StatusCode;
use sqlx::AssertSqlSafe;

use crate::embargo::{HIDDEN, SECRET, SHOWN, schedule_everything};
use crate::support::TestSite;
use crate::support::cluster::{Scratch, connect, until};
use crate::support::ledger::{address, banner, text, version};
use crate::support::process::{Process, until_shown};

/// Lets the database's clock go, some minutes before or behind the machine's.
async fn set_database(site: &TestSite, minutes: i32) {
    let clock = format!(
        "create or replace function bluelamp_now() returns timestamptz language sql volatile parallel safe
        as $$ select clock_timestamp() + interval '{minutes} minutes' $$"
    );
    sqlx::raw_sql(AssertSqlSafe(clock)).execute(&mut site.connection().await).await.unwrap();
}

/// A time by the database's clock, some minutes from now.
async fn database_time(site: &TestSite, minutes: i32) -> String {
    let at: jiff_sqlx::Timestamp = sqlx::query_scalar("select bluelamp_now() + make_interval(mins => $1)")
        .bind(minutes)
        .fetch_one(&mut connect(&site.urls.app).await)
        .await
        .unwrap();
    at.to_jiff().to_string()
}

async fn assert_nothing_shows_early(node: &Process, time: &str) {
    for path in HIDDEN {
        let (status, page) = node.get(path).await;
        assert!(status != StatusCode::OK && !page.to_lowercase().contains(SECRET), "{path}: {status}");
    }
    for path in SHOWN {
        assert!(!node.get(path).await.1.to_lowercase().contains(SECRET), "{path}");
    }
    assert_eq!(node.get(&format!("/helplines?as_of={time}")).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_machine_an_hour_fast_or_slow_shows_nothing_early_and_follows_the_database_in_both_directions() {
    for minutes in [-60, 60] {
        let (site, scratch) = (TestSite::start().await, Scratch::new());
        set_database(&site, minutes).await;
        site.enter(version(1, &banner("kingfisher-banner", "<p>Kingfisher.</p>", None))).await;
        let time = database_time(&site, 40).await;
        schedule_everything(&site, &time).await;
        let next = bluelamp::base::ledger::NewEntry {
            in_force_at: Some(time.parse().unwrap()),
            ..version(2, &banner("kingfisher-banner", "<p>Zebrafinch.</p>", None))
        };
        site.enter(next).await;

        let node = Process::serve(&site.urls.app, &scratch.data(), &[]).await;
        assert_nothing_shows_early(&node, &time).await;
        assert!(node.get("/helplines").await.1.contains("Kingfisher."));

        // The database's clock is put forward past the time. What is published then lets go of the text that was in force before.
        set_database(&site, minutes + 41).await;
        until_shown(&node, "/helplines", "Zebrafinch").await;
        assert!(!node.get("/helplines").await.1.contains("Kingfisher."));
        site.enter(version(1, &text("wren", "<p>About wrens.</p>"))).await;
        until_shown(&node, "/wren", "About wrens.").await;

        // And back: that was the wrong time.
        set_database(&site, minutes).await;
        until_shown(&node, "/helplines", "Kingfisher.").await;
        assert_nothing_shows_early(&node, &time).await;
        assert_eq!(node.get("/wren").await.0, StatusCode::NOT_FOUND);
        node.end().await;
    }
}

#[tokio::test]
async fn a_node_that_never_learned_the_time_stands_at_its_snapshots_time_and_says_so() {
    let (site, scratch) = (TestSite::start().await, Scratch::new());
    set_database(&site, -60).await;
    let time = database_time(&site, 40).await;
    schedule_everything(&site, &time).await;
    let node = Process::serve(&site.urls.app, &scratch.data(), &[]).await;
    until("the snapshot is written", async || scratch.data().join("published.json").exists()).await;
    node.end().await;

    let node = Process::serve("postgres://nobody@127.0.0.1:1/none", &scratch.data(), &[]).await;
    assert_nothing_shows_early(&node, &time).await;
    let (status, said) = node.get("/readyz").await;
    assert!(status == StatusCode::OK && said.contains("degraded"), "{said}");
    assert!(said.contains("the database is away") && said.contains("the time was not learned"), "{said}");
    node.end().await;
}

#[tokio::test]
async fn a_node_that_started_without_its_database_shows_what_came_into_force_before_it_ended() {
    let (site, scratch) = (TestSite::start().await, Scratch::new());
    set_database(&site, -60).await;
    let (_, mut content) = site.content("contact").await;
    content.html.push_str("<p>Came by the clock.</p>");
    content.address = address("contact");
    let time = database_time(&site, 40).await;
    let next = bluelamp::base::ledger::NewEntry { in_force_at: Some(time.parse().unwrap()), ..version(2, &content) };
    site.enter(next).await;
    let node = Process::serve(&site.urls.app, &scratch.data(), &[]).await;
    until("the snapshot is written", async || scratch.data().join("published.json").exists()).await;
    set_database(&site, -19).await;
    until_shown(&node, "/contact", "Came by the clock.").await;
    node.end().await;

    let node = Process::serve("postgres://nobody@127.0.0.1:1/none", &scratch.data(), &[]).await;
    assert!(node.get("/contact").await.1.contains("Came by the clock."));
    node.end().await;
}
