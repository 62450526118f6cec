//! Withdrawing a notice: what the public reads instead, who stands for it, and that time is kept.

use super::desk_work::{actions, chain_holds, last_entry, letters, particulars, publish, released, wait_until, write};
use super::people::{Office, Person};
use crate::support::Answer;
use crate::support::client::{held_fields, pairs};

const OF: &str = "notice:helplines";
const PATH: &str = "/notices/helplines/withdraw";

async fn ask(person: &Person, fields: &[(&str, &str)]) -> Answer {
    person.fill(PATH, &format!("{PATH}/ask"), fields).await
}

async fn alone(person: &Person, fields: &[(&str, &str)]) -> Answer {
    let mut all = vec![
        ("note", "The charity has closed."),
        ("go_to", "/contact"),
        ("when", "now"),
        ("reason", "Its number rings nowhere."),
    ];
    for (name, value) in fields {
        all.retain(|(known, _)| known != name);
        all.push((*name, *value));
    }
    person.post(PATH, &all).await
}

#[tokio::test]
async fn one_asks_another_confirms_and_the_address_says_so() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let asked = ask(&erin, &[("note", "The charity has closed."), ("go_to", "/services")]).await;
    assert_eq!(asked.header("location"), "/notices/helplines/withdraw?done=submitted", "{}", asked.words());
    assert_eq!(letters(&office).await, 1);
    assert_eq!(office.public.get("/helplines").await.status, 200, "nothing happens before");
    assert_eq!(erin.post(&format!("{PATH}/confirm"), &[("id", "x")]).await.status, 403);
    let waiting = percy.get(PATH).await;
    assert!(waiting.words().contains("Erin Editor asked for this"), "{}", waiting.words());
    let confirmed = percy.fill(PATH, &format!("{PATH}/confirm"), &[]).await;
    assert_eq!(confirmed.header("location"), "/notices/helplines?done=withdrawn", "{}", confirmed.words());
    let gone = office.public.get("/helplines").await;
    assert_eq!(gone.status, 410);
    let words = gone.words();
    for said in ["withdrawn on 24 November 2026", "The charity has closed.", "Services currently available"] {
        assert!(words.contains(said), "{said}: {words}");
    }
    assert!(gone.body.contains("href=\"/services\"") && gone.body.contains("href=\"/notices/helplines\""));
    let page = office.public.get("/contact").await;
    assert_eq!(page.status, 200);
    assert!(page.words().contains("A text that stood here was withdrawn on 24 November 2026. The charity has closed."));
    assert!(!page.body.contains("Samaritans"));
    let history = office.public.get("/notices/helplines").await;
    assert!(history.words().contains("until it was withdrawn on 24 November 2026"), "{}", history.words());
    assert!(office.public.get("/notices/helplines/versions/1").await.body.contains("Samaritans"), "history stays");
    assert!(office.public.get("/helplines?as_of=2026-11-01").await.body.contains("Samaritans"));
    assert!(office.public.get("/notices/changes.atom").await.body.contains("withdrawn"));
    let found = scraper::Html::parse_document(&office.public.get("/search?q=samaritans").await.body);
    let hit = scraper::Selector::parse("main a[href='/helplines']").unwrap();
    assert_eq!(found.select(&hit).count(), 0, "the search does not lead there");
    drop(found);
    assert!(!gone.body.contains("Erin") && !gone.body.contains("Percy"));
    let again = percy.post(&format!("{PATH}/confirm"), &[("id", "00000000-0000-0000-0000-000000000000")]).await;
    assert_eq!(again.status, 409);
    assert_eq!(percy.get(PATH).await.status, 409, "there is nothing left to withdraw");
    chain_holds(&office).await;
}

#[tokio::test]
async fn the_form_says_what_counts_on_the_notice() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    released(&erin, &percy, "contact", "See [the helplines](/helplines).").await;
    let words = percy.get(PATH).await.words();
    assert!(words.contains("What this affects:") && words.contains("It stands on the page “Contact us”"), "{words}");
    assert!(words.contains("has a link to it."), "{words}");
    assert!(words.contains("“Helplines” in the menu of every page leads to it."), "{words}");
}

#[tokio::test]
async fn the_form_sees_links_to_a_page_on_which_nothing_else_stands() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    released(&erin, &percy, "contact", "See [how to leave](/leaving-quickly#back).").await;
    let words = percy.get("/notices/leaving-quickly/withdraw").await.words();
    for said in ["and is all that stands there.", "“Contact us” has a link to it."] {
        assert!(words.contains(said), "{said}: {words}");
    }
}

#[tokio::test]
async fn a_request_can_be_taken_back_and_is_confirmed_once() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    ask(&erin, &[("note", "The charity has closed."), ("go_to", "/contact")]).await;
    let twice = percy.post(&format!("{PATH}/ask"), &[("note", "The charity has closed."), ("go_to", "/contact")]).await;
    assert_eq!(twice.status, 409);
    let path = format!("{PATH}/confirm");
    let opened = percy.get(PATH).await;
    let held = held_fields(&opened.body, &path).unwrap();
    assert_eq!(erin.post(&format!("{PATH}/drop"), &[]).await.status, 303);
    let late = percy.post(&path, &pairs(&held)).await;
    assert_eq!(late.status, 409);
    assert!(late.words().contains("dealt with this already"), "{}", late.words());
    assert_eq!(office.public.get("/helplines").await.status, 200);
    ask(&erin, &[("note", "The charity has closed."), ("go_to", "/contact")]).await;
    let opened = percy.get(PATH).await;
    let held = held_fields(&opened.body, &path).unwrap();
    let held = pairs(&held);
    let (one, other) = tokio::join!(percy.post(&path, &held), percy.post(&path, &held));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    let done = actions(&office, OF).await;
    assert_eq!(done, ["withdrawal_asked", "withdrawal_dropped", "withdrawal_asked", "withdrawn"]);
}

#[tokio::test]
async fn one_publisher_alone_needs_a_reason_and_another_approves_afterwards() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let without = alone(&percy, &[("reason", "now")]).await;
    assert_eq!(without.status, 422);
    assert!(without.body.contains("The charity has closed."), "what was typed is kept");
    assert_eq!(alone(&erin, &[]).await.status, 403);
    assert_eq!(alone(&percy, &[]).await.status, 303);
    let mut connection = office.public.connection().await;
    let entry: i64 = sqlx::query_scalar("select number from ledger_entry where kind = 'withdrawal'")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let known = particulars(&office, entry).await;
    assert_eq!((&known["alone"], &known["reason"]), (&true.into(), &"Its number rings nowhere.".into()));
    let path = format!("/entries/{entry}/approve");
    assert!(erin.get(&path).await.words().contains("The charity has closed."));
    assert_eq!(erin.fill(&path, &path, &[]).await.status, 303);
}

#[tokio::test]
async fn a_withdrawal_leads_somewhere_and_says_why() {
    let office = Office::open().await;
    let percy = office.publisher().await;
    for (name, value) in [
        ("note", "short"),
        ("go_to", ""),
        ("go_to", "contact"),
        ("go_to", "//evil.test"),
        ("go_to", "javascript:alert(1)"),
        ("go_to", "http://plain.test"),
        ("go_to", "/helplines"),
        ("date", "2020-01-01"),
    ] {
        let answer = alone(&percy, &[("when", if name == "date" { "later" } else { "now" }), (name, value)]).await;
        assert_eq!(answer.status, 422, "{name}: {value}");
    }
    assert_eq!(office.public.get("/helplines").await.status, 200);
}

#[tokio::test]
async fn a_scheduled_withdrawal_is_not_public_before_its_time_and_can_be_cancelled() {
    let office = Office::open().await;
    let percy = office.publisher().await;
    let later = [("when", "later"), ("date", "2026-12-01"), ("time", "09:00"), ("note", "Zebrafinch closes then.")];
    let done = alone(&percy, &later).await;
    assert_eq!(done.header("location"), "/notices/helplines?done=scheduled&at=2026-12-01T09:00:00Z");
    let said = percy.get(done.header("location")).await.words();
    assert!(said.contains("Scheduled. It comes into force on 1 December 2026 at 09:00, London time."), "{said}");
    for path in [
        "/helplines",
        "/contact",
        "/notices/helplines",
        "/notices",
        "/notices/changes.atom",
        "/notices/helplines/changes.atom",
    ] {
        let page = office.public.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.body.contains("Zebrafinch") && !page.body.contains("ithdrawn"), "{path}");
    }
    let mut connection = office.public.connection().await;
    let entry: i64 =
        sqlx::query_scalar("select max(number) from ledger_entry").fetch_one(&mut connection).await.unwrap();
    let path = format!("/entries/{entry}/cancel");
    assert_eq!(percy.fill(&path, &path, &[("reason", "It stays open after all.")]).await.status, 303);
    assert_eq!(alone(&percy, &[("when", "later"), ("date", "2026-12-05"), ("time", "09:00")]).await.status, 303);
    wait_until(&office, "2026-12-02T00:00:00Z").await;
    assert_eq!(office.public.get("/helplines").await.status, 200, "the first was cancelled");
    assert!(!office.public.get("/notices/helplines").await.body.contains("Zebrafinch"));
    wait_until(&office, "2026-12-05T09:00:00Z").await;
    assert_eq!(office.public.get("/helplines").await.status, 410, "the second was not");
    chain_holds(&office).await;
}

#[tokio::test]
async fn a_withdrawn_notice_can_be_published_again() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    assert_eq!(alone(&percy, &[]).await.status, 303);
    wait_until(&office, "2026-11-25T12:00:00Z").await;
    let first = last_entry(&office, OF).await;
    assert_eq!(erin.post(&format!("/entries/{first}/restore"), &[]).await.status, 303);
    write(&erin, "helplines", &[("markdown", "It is back."), ("change_note", "The charity is back.")]).await;
    assert!(percy.get("/drafts/notice:helplines/publish").await.words().contains("Publishing brings it back."));
    assert_eq!(publish(&percy, OF, &[]).await.status, 303);
    assert!(office.public.get("/helplines").await.body.contains("It is back."));
    assert!(office.public.get("/contact").await.body.contains("It is back."));
    let between = office.public.get("/helplines?as_of=2026-11-24T13:00:00Z").await;
    assert!(between.words().contains("was withdrawn on 24 November 2026"), "{}", between.words());
    released(&erin, &percy, "helplines", "And better.").await;
    chain_holds(&office).await;
}
