//! The privacy of visitors: nothing that they type or send is kept, in no log. And that of staff: visitors are told nothing of them.

use std::process::{Command, Stdio};

use axum::Router;
use axum::routing::get;
use bluelamp::base::ledger::verify::verify;
use bluelamp::site::Site;
use bluelamp::site::published::Published;

use crate::support::cluster::{Scratch, Urls, connect};
use crate::support::crawl::crawl;
use crate::support::ledger::version;
use crate::support::process::Process;
use crate::support::{NOON, TestSite};

/// Stands in everything that a visitor sends.
const CANARY: &str = "kanarienvogel";

fn requests() -> Vec<String> {
    let headers = format!(
        "host: {CANARY}.test\r\nuser-agent: {CANARY}\r\nreferer: https://{CANARY}.test/\r\ncookie: {CANARY}={CANARY}; \
         bluelamp_choice={CANARY}\r\norigin: https://{CANARY}.test\r\naccept-language: {CANARY}\r\nx-forwarded-for: {CANARY}\r\n\
         x-request-id: {CANARY}\r\nauthorization: Basic {CANARY}\r\nif-none-match: \"{CANARY}\"\r\nx-{CANARY}: {CANARY}\r\n\
         connection: close\r\n"
    );
    let mut all: Vec<String> = [
        format!("/{CANARY}"),
        format!("/search?q={CANARY}"),
        format!("/search?q={}", CANARY.repeat(30)),
        format!("/contact?as_of={CANARY}"),
        format!("/contact?{CANARY}={CANARY}"),
        format!("/website-privacy?as_of=2021-12-01&{CANARY}"),
        format!("/notices/{CANARY}"),
        format!("/notices/website-privacy/versions/{CANARY}"),
        format!("/notices/website-privacy/versions/1?{CANARY}"),
        format!("/notices/website-privacy/versions/1/json?{CANARY}"),
        format!("/static/{CANARY}/{CANARY}.css"),
        format!("/{CANARY}%00"),
        format!("/{CANARY}/"),
        format!("/quick-exit?{CANARY}"),
        format!("/{}", CANARY.repeat(1000)),
    ]
    .iter()
    .map(|path| format!("GET {path} HTTP/1.1\r\n{headers}\r\n"))
    .collect();
    let headers = headers.replace(&format!("origin: https://{CANARY}.test\r\n"), "");
    for form in [
        format!("choice={CANARY}"),
        format!("choice=reject&return_to=/{CANARY}"),
        format!("choice=accept&return_to=/search?q={CANARY}"),
        format!("{CANARY}=%00"),
        CANARY.repeat(10_000),
    ] {
        for content_type in ["application/x-www-form-urlencoded", CANARY] {
            all.push(format!(
                "POST /cookies HTTP/1.1\r\n{headers}content-type: {content_type}\r\ncontent-length: {}\r\n\r\n{form}",
                form.len()
            ));
        }
    }
    // Methods, broken heads and a request that no route sees.
    all.push(format!("{} /contact HTTP/1.1\r\n{headers}\r\n", CANARY.to_uppercase()));
    all.push(format!("GET /{CANARY} HTTP/9.9\r\n{headers}\r\n"));
    all.push(format!("GET /contact HTTP/1.1\r\n{CANARY}\r\n\r\n"));
    all.push(format!("GET /contact HTTP/1.1\r\nx: {CANARY}\0\r\n\r\n"));
    all
}

#[tokio::test]
async fn no_log_holds_anything_that_a_visitor_sent() {
    for format in ["json", "pretty"] {
        let (urls, scratch) = (Urls::of_a_new_database(true).await, Scratch::new());
        // Everything that any library says, not only what is written by default.
        let settings = [("LOG_FILTER", "trace"), ("LOG", format)];
        let node = Process::serve(&urls.app, &scratch.data(), &settings).await;
        for request in requests() {
            node.exchange(request.as_bytes(), false).await;
        }
        // A fault of the database, with its cause in the log.
        sqlx::raw_sql("drop view public_entry").execute(&mut connect(&urls.owner).await).await.unwrap();
        node.get(&format!("/notices/contact/versions/1/json?{CANARY}")).await;
        let said = node.end().await;
        assert!(said.contains("request failed"), "the fault is not logged:\n{said}");
        assert!(said.matches("/notices/{notice}/versions/{n}").count() >= 3, "requests are not logged:\n{said}");
        let lines: Vec<&str> = said.lines().filter(|line| line.to_lowercase().contains(CANARY)).collect();
        assert!(lines.is_empty(), "{lines:#?}");
    }
}

/// Not a test: the program whose log the next test reads.
#[tokio::test]
#[ignore = "runs only as a process of another test"]
async fn panics_over_what_a_visitor_typed() {
    bluelamp::server::say_where_panics_happen();
    bluelamp::server::start_log(&bluelamp::base::config::Settings::for_tests()).unwrap();
    let routes: Router<Site> = Router::new().route("/{typed}", get(panics));
    let site = TestSite::of(Published::default(), NOON).with_routes(routes);
    let answer = site.get(&format!("/{CANARY}")).await;
    assert_eq!(answer.status, 500);
    assert!(!answer.body.contains(CANARY));
}

#[expect(clippy::panic, reason = "what this test is about")]
async fn panics(uri: axum::http::Uri) -> &'static str {
    panic!("cannot handle {uri}")
}

#[tokio::test]
async fn a_panic_is_logged_with_its_place_and_without_its_words() {
    let name = "privacy::panics_over_what_a_visitor_typed";
    let mut program = Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", name, "--ignored", "--nocapture"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = tokio::task::spawn_blocking(move || program.output().unwrap()).await.unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(said.contains("a fault in the program") && said.contains("privacy.rs"), "{said}");
    assert!(!said.contains(CANARY), "{said}");
}

#[tokio::test]
async fn nothing_that_a_visitor_types_reaches_the_database() {
    let site = TestSite::start().await;
    for path in [format!("/{CANARY}"), format!("/search?q={CANARY}"), format!("/contact?as_of={CANARY}")] {
        site.get_with(&path, "user-agent", CANARY).await;
    }
    site.visitor().choose("accept", &format!("/search?q={CANARY}")).await;
    site.recorder.clone().run(site.site.database().clone(), std::future::ready(())).await;
    let mut owner = site.connection().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert!(tables.len() >= 7, "{tables:?}");
    for table in tables {
        let question = format!("select count(*) from {table} as kept where kept::text ilike '%{CANARY}%'");
        let found: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(question)).fetch_one(&mut owner).await.unwrap();
        assert_eq!(found, 0, "{table}");
    }
}

#[tokio::test]
async fn no_public_route_names_staff() {
    let site = TestSite::start().await;
    let (_, mut content) = site.content("helplines").await;
    content.html.push_str("<p>Another line.</p>");
    // Its particulars name a writer and an approver.
    let entry = site.enter(version(2, &content)).await;
    let mut connection = site.connection().await;
    let particulars: String = sqlx::query_scalar("select body from ledger_particulars where entry = $1")
        .bind(entry.number)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert!(particulars.contains("Quillfeather"));
    let seen = crawl(
        &site,
        &[
            "/notices/helplines/versions/2/json",
            "/notices/website-privacy/versions/1/json",
            "/notices/changes.atom",
            "/helplines?as_of=2026-11-24",
            "/nothing",
        ],
    )
    .await;
    assert!(seen.len() > 80);
    let salts: Vec<String> = sqlx::query_scalar("select encode(salt, 'hex') from ledger_particulars")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    for (path, answer) in &seen {
        let all = format!("{:?} {}", answer.headers, answer.body);
        for word in ["Quillfeather", "Inkwell", "Quarrel", "writer", "approver", "bluelamp import"] {
            assert!(!all.contains(word), "{path} names {word}");
        }
        assert!(!salts.iter().any(|salt| answer.body.contains(salt)), "{path} shows a salt of private particulars");
    }
    assert!(seen.values().any(|answer| answer.body.contains(&entry.particulars_commitment.to_string())));
    verify(&mut connection, None).await.unwrap();
}
