//! The counts of visits: sums, and receipts of those who accepted.

use bluelamp::base::database::DatabaseError;

use crate::support::TestSite;
use crate::support::cluster::connect;

/// Writes what a node writes at its end: everything that waits.
async fn write_down(site: &TestSite) {
    site.recorder.clone().run(site.site.database().clone(), std::future::ready(())).await;
}

async fn number(site: &TestSite, question: &'static str) -> i64 {
    sqlx::query_scalar(question).fetch_one(&mut connect(&site.urls.owner).await).await.unwrap()
}

#[tokio::test]
async fn pages_are_counted_as_sums_and_visits_once() {
    let site = TestSite::start().await;
    let mut visitor = site.visitor();
    for path in ["/", "/contact", "/contact", "/cookies", "/report", "/nothing", "/contact?as_of=2026-11-24"] {
        visitor.get(path).await;
    }
    visitor.choose("accept", "/").await;
    for path in ["/contact", "/services", "/contact"] {
        visitor.get(path).await;
    }
    write_down(&site).await;
    let mut owner = connect(&site.urls.owner).await;
    let pages: Vec<(String, String, i64)> =
        sqlx::query_as("select day::text, page, shown from page_count order by page")
            .fetch_all(&mut owner)
            .await
            .unwrap();
    let day = "2026-11-24".to_owned();
    let expected = [("contact", 4), ("cookies", 1), ("home", 1), ("report", 1), ("services", 1)];
    assert_eq!(pages, expected.map(|(page, shown)| (day.clone(), page.to_owned(), shown)));
    let visits: Vec<(String, i64)> =
        sqlx::query_as("select day::text, visits from visit_count").fetch_all(&mut owner).await.unwrap();
    assert_eq!(visits, [(day, 1)]);
    // The next writing adds to it, and a day begins at midnight in London.
    visitor.get("/contact").await;
    write_down(&site).await;
    site.at("2026-11-25T00:00:00Z");
    visitor.get("/contact").await;
    write_down(&site).await;
    assert_eq!(number(&site, "select shown from page_count where page = 'contact' and day = '2026-11-24'").await, 5);
    assert_eq!(number(&site, "select shown from page_count where page = 'contact' and day = '2026-11-25'").await, 1);
}

#[tokio::test]
async fn what_is_looked_at_by_machines_or_not_shown_is_not_counted() {
    let site = TestSite::start().await;
    let head = axum::http::Request::head("/contact").body(axum::body::Body::empty()).unwrap();
    site.send(head).await;
    site.get_with("/contact", "cookie", "bluelamp_left=1").await;
    write_down(&site).await;
    assert_eq!(number(&site, "select count(*) from page_count").await, 0);
}

#[tokio::test]
async fn an_accept_is_recorded_with_its_receipt_and_nothing_about_the_person() {
    let site = TestSite::start().await;
    let mut visitor = site.visitor();
    visitor.choose("accept", "/").await;
    visitor.choose("accept", "/").await;
    site.visitor().choose("reject", "/").await;
    write_down(&site).await;
    let mut owner = connect(&site.urls.owner).await;
    let records: Vec<(String, String, String, i32, String)> = sqlx::query_as(
        "select receipt, choice, categories, notice_version, to_char(chosen_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') from consent_record",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert_eq!(records.len(), 1, "{records:?}");
    let (receipt, choice, categories, version, at) = &records[0];
    assert_eq!(visitor.cookie("bluelamp_choice").unwrap(), format!("1.statistics.{receipt}"));
    assert_eq!((choice.as_str(), categories.as_str(), *version), ("accept", "statistics", 1));
    assert_eq!(at, "2026-11-24 12:00");
    let columns: Vec<String> = sqlx::query_scalar(
        "select column_name::text from information_schema.columns where table_name = 'consent_record' order by 1",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert_eq!(columns, ["categories", "choice", "chosen_at", "notice_version", "receipt", "recorded_at"]);
}

#[tokio::test]
async fn an_accept_waits_while_the_database_is_away_and_is_written_when_it_is_back() {
    let site = TestSite::start().await;
    let database = site.site.database();
    // As a node does when it starts.
    site.recorder.key(database).await.unwrap();
    database.mark_away(&"for a test");
    let mut visitor = site.visitor();
    let back = visitor.choose("accept", "/contact").await;
    assert_eq!(back.status, 200, "nobody waits for it");
    assert!(matches!(site.recorder.consents.write(database).await, Err(DatabaseError::Away)));
    write_down(&site).await;
    assert_eq!(site.recorder.consents.len(), 1);
    assert_eq!(number(&site, "select count(*) from consent_record").await, 0);
    database.mark_back();
    write_down(&site).await;
    assert!(site.recorder.consents.is_empty());
    assert_eq!(number(&site, "select count(*) from consent_record").await, 1);
    assert_eq!(
        number(&site, "select count(*) from page_count where page = 'contact'").await,
        0,
        "the mark is no page view"
    );
}

#[tokio::test]
async fn a_household_that_accepts_without_end_is_honoured_and_counted_and_leaves_a_few_records() {
    let site = TestSite::start().await;
    for _ in 0..200 {
        let mut visitor = site.visitor();
        let page = visitor.choose("accept", "/").await;
        assert_eq!(page.status, 200);
        assert!(!page.asks_about_cookies(), "every choice is honoured");
        assert!(visitor.cookie("bluelamp_choice").unwrap().starts_with("1.statistics"));
    }
    write_down(&site).await;
    assert_eq!(number(&site, "select count(*) from consent_record").await, 20);
    assert_eq!(number(&site, "select accepts from consent_count where day = '2026-11-24'").await, 180);
    site.at("2026-11-24T13:00:00Z");
    site.visitor().choose("accept", "/").await;
    write_down(&site).await;
    assert_eq!(number(&site, "select count(*) from consent_record").await, 21, "an hour later they make records again");
}

#[tokio::test]
async fn a_receipt_that_is_not_ours_is_kept_nowhere() {
    let site = TestSite::start().await;
    let mut honest = site.visitor();
    honest.choose("accept", "/").await;
    let ours = honest.cookie("bluelamp_choice").unwrap().strip_prefix("1.statistics.").unwrap().to_owned();
    let swapped = format!("{}{}", &ours[16..], &ours[..16]);
    let mut changed = ours.clone().into_bytes();
    changed[0] = if changed[0] == b'0' { b'1' } else { b'0' };
    let changed = String::from_utf8(changed).unwrap();
    for forged in ["deadbeefdeadbeefdeadbeefdeadbeef", "00000000000000000000000000000000", &swapped, &changed] {
        let cookie = format!("bluelamp_choice=1.statistics.{forged}");
        let request = axum::http::Request::post("/cookies")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("cookie", cookie)
            .body("choice=accept".into())
            .unwrap();
        let answer = site.send(request).await;
        assert_eq!(answer.status, 303);
        assert!(!answer.set_cookies()[0].contains(forged), "{forged}");
    }
    write_down(&site).await;
    let forged = "select count(*) from consent_record where receipt ~ '^(deadbeef|00000000){4}$'";
    assert_eq!(number(&site, forged).await, 0);
    assert_eq!(number(&site, "select count(*) from consent_record").await, 5, "each got a receipt of its own");
    // One that is ours stays, and makes no second record.
    let before = number(&site, "select count(*) from consent_record").await;
    honest.choose("accept", "/").await;
    write_down(&site).await;
    assert!(honest.cookie("bluelamp_choice").unwrap().ends_with(&ours));
    assert_eq!(number(&site, "select count(*) from consent_record").await, before);
}

#[tokio::test]
async fn an_accept_at_a_node_that_never_reached_its_database_is_honoured_and_counted() {
    let site = TestSite::start().await;
    site.site.database().mark_away(&"for a test");
    let mut visitor = site.visitor();
    assert!(!visitor.choose("accept", "/").await.asks_about_cookies());
    assert_eq!(visitor.cookie("bluelamp_choice"), Some("1.statistics"));
    site.site.database().mark_back();
    write_down(&site).await;
    assert_eq!(number(&site, "select count(*) from consent_record").await, 0);
    assert_eq!(number(&site, "select accepts from consent_count").await, 1);
}
