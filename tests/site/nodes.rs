//! Several nodes on one database, and nodes whose database is away.

use std::path::Path;
use std::time::Duration;

use bluelamp::base::database::roles::Names;
use bluelamp::base::database::{Feed, Topic};
use sqlx::AssertSqlSafe;

use crate::support::TestSite;
use crate::support::cluster::{Scratch, SlowLink, Urls, all_pids, connect, migrated, signal, until};
use crate::support::ledger::version;
use crate::support::process::{Process, run, until_shown};

/// A version of `contact` that says something new, as a folder to import.
fn texts(folder: &Path, number: i32, says: &str) -> String {
    let path = folder.join(format!("texts-{number}"));
    std::fs::create_dir_all(path.join("notices/contact")).unwrap();
    let text = format!(
        "+++\nnotice = \"contact\"\nversion = {number}\ntitle = \"Contact us\"\nchange_note = \"A test.\"\n+++\n\n{says}\n"
    );
    std::fs::write(path.join(format!("notices/contact/{number}.md")), text).unwrap();
    path.to_str().unwrap().to_owned()
}

async fn import(database: &str, folder: &str) {
    let done = run(&["import", folder], &[("DATABASE_URL", database), ("LOG_FILTER", "off")]).await;
    assert!(done.status.success(), "{done:?}");
}

/// Reads what is new whenever the feed wakes it, as a node does; the feed looks by itself once an hour.
async fn follow(site: TestSite) -> (TestSite, Feed, tokio::task::JoinHandle<()>) {
    let mut ticks = site.site.database().wakes().subscribe(Topic::Ledger);
    let feed = Feed::start(site.site.database().clone(), site.clock.clone(), Duration::from_secs(3600));
    ticks.changed().await.unwrap();
    site.site.refresh().await.unwrap();
    let node = site.site.clone();
    let following = tokio::spawn(async move {
        while ticks.changed().await.is_ok() {
            let _ = node.refresh().await;
        }
    });
    (site, feed, following)
}

#[tokio::test]
async fn what_one_node_publishes_another_shows_when_it_is_notified() {
    let site = TestSite::start().await;
    let (other, _feed, following) = follow(site.another_node()).await;
    let (_, mut content) = site.content("contact").await;
    content.html.push_str("<p>Told by a notification.</p>");
    site.enter(version(2, &content)).await;
    until("the other node shows it", async || other.get("/contact").await.body.contains("Told by a notification"))
        .await;
    following.abort();
}

#[tokio::test]
async fn what_is_published_while_nobody_listens_shows_after_the_reconnection() {
    let site = TestSite::start().await;
    let (other, _feed, following) = follow(site.another_node()).await;
    let (_, mut content) = site.content("contact").await;
    content.html.push_str("<p>Told to nobody.</p>");
    // The listener loses its connection and the text is published in the same breath.
    let mut superuser = connect(&site.urls.superuser).await;
    let ended: Vec<bool> = sqlx::query_scalar(
        "select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'bluelamp' and query ilike '%bluelamp_now%'",
    )
    .fetch_all(&mut superuser)
    .await
    .unwrap();
    assert!(ended.contains(&true), "nobody listened");
    site.enter(version(2, &content)).await;
    until("the other node shows it", async || other.get("/contact").await.body.contains("Told to nobody")).await;
    following.abort();
}

#[tokio::test]
async fn two_nodes_show_what_is_imported_and_what_is_redacted() {
    let (urls, scratch) = (Urls::of_a_new_database(true).await, Scratch::new());
    let (one_data, other_data) = (scratch.0.join("one"), scratch.0.join("other"));
    let one = Process::serve(&urls.app, &one_data, &[]).await;
    let other = Process::serve(&urls.app, &other_data, &[]).await;
    import(&urls.app, &texts(&scratch.0, 2, "Ask for Jo Fitzgibbon.")).await;
    until_shown(&one, "/contact", "Fitzgibbon").await;
    until_shown(&other, "/contact", "Fitzgibbon").await;
    let number: i64 = sqlx::query_scalar("select max(number) from ledger_entry")
        .fetch_one(&mut connect(&urls.owner).await)
        .await
        .unwrap();
    let redacted = run(
        &["redact", &number.to_string(), "--ground", "a name"],
        &[("DATABASE_URL", &urls.app), ("LOG_FILTER", "off")],
    )
    .await;
    assert!(redacted.status.success(), "{redacted:?}");
    for (node, data) in [(&one, &one_data), (&other, &other_data)] {
        until("the text is gone", async || !node.get("/contact").await.1.contains("Fitzgibbon")).await;
        until("the file is rewritten", async || {
            !std::fs::read_to_string(data.join("published.json")).unwrap().contains("Fitzgibbon")
        })
        .await;
    }
}

#[tokio::test]
async fn a_node_without_a_database_serves_what_it_last_published() {
    let (urls, scratch) = (Urls::of_a_new_database(true).await, Scratch::new());
    let node = Process::serve(&urls.app, &scratch.data(), &[]).await;
    import(&urls.app, &texts(&scratch.0, 2, "Written down for later.")).await;
    until_shown(&node, "/contact", "Written down for later").await;
    until("it is in the file", async || {
        std::fs::read_to_string(scratch.data().join("published.json")).unwrap().contains("Written down for later")
    })
    .await;
    node.end().await;
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(scratch.data().join("published.json")).unwrap());
    assert_eq!(mode & 0o777, 0o600, "it holds what is to come as well");

    let nowhere = "postgres://nobody@127.0.0.1:1/none";
    let node = Process::serve(nowhere, &scratch.data(), &[]).await;
    let (status, page) = node.get("/contact").await;
    assert_eq!(status, 200);
    assert!(page.contains("Written down for later"));
    let (status, word) = node.get("/readyz").await;
    assert!(status == 200 && word.contains("degraded"), "{word}");
    assert_eq!(node.get("/website-privacy?as_of=2021-12-01").await.0, 503);
    assert_eq!(node.get("/notices/contact").await.0, 200, "the history is in memory");
    assert_eq!(node.choose("accept").await.0, 303);
    node.end().await;

    // Without a file there is nothing to serve, and it says so.
    let empty = Scratch::new();
    let node = Process::serve(nowhere, &empty.data(), &[]).await;
    let (status, word) = node.get("/readyz").await;
    assert!(status == 503 && word.contains("unavailable"), "{word}");
    assert!(node.get("/").await.1.contains("999"));
}

#[tokio::test]
async fn a_frozen_database_takes_no_page_away() {
    let scratch = Scratch::new();
    let cluster = migrated(&scratch).await;
    let node = Process::serve(&cluster.app_url(), &scratch.0.join("node"), &[]).await;
    assert_eq!(node.get("/contact").await.0, 200);
    assert!(node.get("/readyz").await.1.contains("\"ready\""));
    let pids = all_pids(&cluster);
    signal("STOP", &pids);
    let paths = ["/", "/contact", "/website-privacy", "/webchat", "/search?q=help", "/notices", "/cookies"];
    for path in paths {
        assert_eq!(node.get(path).await.0, 200, "{path}");
    }
    // An old text needs the database; it says so instead of hanging, and from then on the node knows.
    assert_eq!(node.get("/website-privacy?as_of=2021-12-01").await.0, 503);
    let mut served = 0;
    until("the node says degraded", async || {
        served += i32::from(node.get("/contact").await.0 == 200);
        let (status, word) = node.get("/readyz").await;
        assert_eq!(status, 200);
        word.contains("degraded")
    })
    .await;
    assert!(served > 0);
    for choice in ["accept", "reject"] {
        assert_eq!(node.choose(choice).await.0, 303);
    }
    for path in paths {
        assert_eq!(node.get(path).await.0, 200, "{path}");
    }
    signal("CONT", &pids);
    until("the node is ready", async || node.get("/readyz").await.1.contains("\"ready\"")).await;
    until("the old text is back", async || node.get("/website-privacy?as_of=2021-12-01").await.0 == 200).await;
    // The accept that waited is written now.
    let mut owner = connect(&cluster.owner_url()).await;
    until("the accept is recorded", async || {
        let records: i64 =
            sqlx::query_scalar("select count(*) from consent_record").fetch_one(&mut owner).await.unwrap();
        records == 1
    })
    .await;
    node.end().await;
    cluster.stop().await;
}

#[tokio::test]
async fn a_stopped_database_takes_no_page_away_and_is_followed_when_it_is_back() {
    let scratch = Scratch::new();
    let mut cluster = migrated(&scratch).await;
    let node = Process::serve(&cluster.app_url(), &scratch.0.join("node"), &[]).await;
    assert_eq!(node.get("/contact").await.0, 200);
    // The clusters of tests may lose what is not written out yet.
    sqlx::raw_sql("checkpoint").execute(&mut connect(&cluster.superuser_url()).await).await.unwrap();
    signal("KILL", &all_pids(&cluster));
    until("the node says degraded", async || node.get("/readyz").await.1.contains("degraded")).await;
    for path in ["/", "/contact", "/cookies"] {
        assert_eq!(node.get(path).await.0, 200, "{path}");
    }
    assert_eq!(node.choose("accept").await.0, 303);
    cluster.ensure().await.unwrap();
    import(&cluster.app_url(), &texts(&scratch.0, 2, "Back again.")).await;
    until_shown(&node, "/contact", "Back again.").await;
    node.end().await;
    cluster.stop().await;
}

#[tokio::test]
async fn a_release_too_old_for_the_schema_serves_its_snapshot_and_writes_nothing() {
    let scratch = Scratch::new();
    let cluster = migrated(&scratch).await;
    let node = Process::serve(&cluster.app_url(), &scratch.data(), &[]).await;
    until("the snapshot is written", async || scratch.data().join("published.json").exists()).await;
    node.end().await;
    let mut owner = connect(&cluster.owner_url()).await;
    let newer = "insert into schema_release values (99991231000000, '99.0.0')".to_owned();
    sqlx::raw_sql(AssertSqlSafe(newer)).execute(&mut owner).await.unwrap();
    let node = Process::serve(&cluster.app_url(), &scratch.data(), &[]).await;
    assert_eq!(node.get("/contact").await.0, 200);
    let (_, word) = node.get("/readyz").await;
    assert!(word.contains("degraded") && word.contains("99.0.0"), "{word}");
    let said = node.end().await;
    assert!(said.contains("99.0.0"), "{said}");
    let app = Names::default().app;
    let refused = run(&["import", &texts(&scratch.0, 2, "No.")], &[("DATABASE_URL", &cluster.app_url())]).await;
    assert!(!refused.status.success(), "{app} wrote to a schema that is too new");
    cluster.stop().await;
}

#[tokio::test]
async fn over_a_slow_link_nothing_is_not_found_until_everything_was_read() {
    let scratch = Scratch::new();
    let cluster = migrated(&scratch).await;
    // Far more than a query may take over the link at once.
    let long = "Have your name, a place and a time at hand. ".repeat(1000);
    for number in 1..=24 {
        import(&cluster.app_url(), &texts(&scratch.0, number, &format!("{long}\n\nText number {number}."))).await;
    }
    let link = SlowLink::new(cluster.socket_folder(), &scratch.0.join("link"), 250_000);
    let node = Process::serve(&link.url(&cluster.app_url()), &scratch.0.join("node"), &[]).await;
    for path in ["/", "/contact", "/nowhere", "/notices", "/notices/contact", "/search?q=help", "/sitemap.xml"] {
        let (status, page) = node.get(path).await;
        assert_eq!(status, 503, "{path}");
        assert!(page.contains("retry-after:") && page.contains("999") && page.contains("101"), "{path}: {page}");
    }
    assert_eq!(node.get("/readyz").await.0, 503);
    assert_eq!(node.get("/healthz").await.0, 200);
    assert_eq!(node.get("/quick-exit").await.0, 303, "the way out is open");
    until("the node is ready", async || {
        let status = node.get("/contact").await.0;
        assert!(status == 503 || status == 200, "{status}");
        node.get("/readyz").await.0 == 200
    })
    .await;
    assert!(node.get("/contact").await.1.contains("Text number 24."));
    assert_eq!(node.get("/nowhere").await.0, 404);
    let said = node.end().await;
    assert!(!said.contains("the database is away"), "{said}");
    cluster.stop().await;
}

/// A node that has written a snapshot of a text, and has ended.
async fn written_down(scratch: &Scratch, urls: &Urls, says: &str) -> std::path::PathBuf {
    let node = Process::serve(&urls.app, &scratch.data(), &[]).await;
    import(&urls.app, &texts(&scratch.0, 2, says)).await;
    let file = scratch.data().join("published.json");
    until("it is in the file", async || std::fs::read_to_string(&file).is_ok_and(|text| text.contains(says))).await;
    node.end().await;
    file
}

#[tokio::test]
async fn a_text_that_was_changed_in_the_snapshot_is_shown_to_nobody() {
    let (urls, scratch) = (Urls::of_a_new_database(true).await, Scratch::new());
    let file = written_down(&scratch, &urls, "Call Truthmark.").await;
    let changed = std::fs::read_to_string(&file).unwrap().replace("Truthmark", "Falsehood");
    std::fs::write(&file, &changed).unwrap();

    let node = Process::serve("postgres://nobody@127.0.0.1:1/none", &scratch.data(), &[]).await;
    for path in
        ["/contact", "/notices/contact", "/notices/contact/versions/2", "/search?q=call", "/notices/changes.atom"]
    {
        assert!(!node.get(path).await.1.contains("Falsehood"), "{path}");
    }
    assert_eq!(node.get("/contact").await.0, 503, "the page lacks a text");
    assert_eq!(node.get("/nowhere").await.0, 503, "what is not known may be there");
    assert_eq!(node.get("/website-privacy").await.0, 200, "every other text holds");
    let said = node.end().await;
    assert!(said.contains("ERROR") && said.contains("not what the entry committed to"), "{said}");

    let node = Process::serve(&urls.app, &scratch.data(), &[]).await;
    let page = node.get("/contact").await.1;
    assert!(page.contains("Truthmark") && !page.contains("Falsehood"), "{page}");
    assert_eq!(node.get("/nowhere").await.0, 404);
    until("the file is whole again", async || {
        std::fs::read_to_string(&file).is_ok_and(|text| text.contains("Truthmark") && !text.contains("Falsehood"))
    })
    .await;
    node.end().await;
}

#[tokio::test]
async fn a_snapshot_that_mixes_two_chains_does_not_survive_a_start() {
    let (urls, scratch) = (Urls::of_a_new_database(true).await, Scratch::new());
    let file = written_down(&scratch, &urls, "Call Truthmark.").await;
    let (other_urls, other) = (Urls::of_a_new_database(true).await, Scratch::new());
    // Its chain differs from here on.
    import(&other_urls.app, &texts(&other.0, 2, "Call Falsehood.")).await;
    import(&other_urls.app, &texts(&other.0, 3, "Call Falsehood again.")).await;
    let others = written_down_as_it_is(&other, &other_urls).await;
    import(&urls.app, &texts(&scratch.0, 3, "Call Truthmark again.")).await;

    let own = std::fs::read_to_string(&file).unwrap();
    let last = others.lines().next_back().unwrap();
    for mixture in [
        format!("{own}{last}\n"),
        // As releases before wrote it.
        format!("[{},{last}]", own.lines().collect::<Vec<_>>().join(",")),
    ] {
        std::fs::write(&file, mixture).unwrap();
        let node = Process::serve(&urls.app, &scratch.data(), &[]).await;
        let page = node.get("/contact").await.1;
        assert!(page.contains("Truthmark again") && !page.contains("Falsehood"), "{page}");
        until("the file is written anew", async || {
            let text = std::fs::read_to_string(&file).unwrap();
            !text.contains("Falsehood") && text.contains("Truthmark again")
        })
        .await;
        let said = node.end().await;
        assert!(said.contains("ERROR") && said.contains("snapshot"), "{said}");
    }
}

/// The file that a node writes down of a database as it is.
async fn written_down_as_it_is(scratch: &Scratch, urls: &Urls) -> String {
    let node = Process::serve(&urls.app, &scratch.data(), &[]).await;
    let file = scratch.data().join("published.json");
    until("the file is there", async || file.exists()).await;
    node.end().await;
    std::fs::read_to_string(file).unwrap()
}
