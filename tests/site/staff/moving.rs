//! Moved addresses: the old one leads to the new one for ever, and to nothing else.

use bluelamp::features::drafts::DraftContent;
use bluelamp::site::model::PageContent;

use super::desk_work::{chain_holds, draft_of, publish, wait_until, write};
use super::people::{Office, Person};
use crate::support::Answer;

async fn moved(erin: &Person, percy: &Person, name: &str, address: &str, when: &[(&str, &str)]) -> Answer {
    write(erin, name, &[("address", address), ("change_note", "It has a new address.")]).await;
    publish(percy, &format!("notice:{name}"), when).await
}

fn page(address: &str, notices: &[&str]) -> DraftContent {
    let page = serde_json::json!({
        "address": address, "title": "Reach us", "description": "How to reach us.", "notices": notices,
    });
    DraftContent::Page(serde_json::from_value::<PageContent>(page).unwrap())
}

async fn page_moved(office: &Office, erin: &Person, percy: &Person, of: &str, content: &DraftContent) -> Answer {
    draft_of(office, erin, of, content).await;
    let done = publish(percy, of, &[("note", "It has a new address.")]).await;
    if done.status != 303 {
        sqlx::query("delete from draft").execute(&mut office.public.connection().await).await.unwrap();
    }
    done
}

#[tokio::test]
async fn a_moved_notice_is_found_from_every_address_it_had() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let done = moved(&erin, &percy, "helplines", "who-can-help", &[]).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let old = office.public.get("/helplines").await;
    assert_eq!((old.status.as_u16(), old.header("location")), (308, "/who-can-help"));
    assert!(office.public.get("/who-can-help").await.body.contains("Samaritans"));
    wait_until(&office, "2026-11-25T12:00:00Z").await;
    assert_eq!(moved(&erin, &percy, "helplines", "people-who-help", &[]).await.status, 303);
    for old in ["/helplines", "/who-can-help"] {
        assert_eq!(office.public.get(old).await.header("location"), "/people-who-help", "{old}: in one step");
    }
    assert!(office.public.get("/helplines?as_of=2026-11-01").await.body.contains("Samaritans"));
    let then = office.public.get("/helplines?as_of=2026-11-25T12:00:00Z").await;
    assert_eq!(then.header("location"), "/people-who-help?as_of=2026-11-25T12%3A00%3A00Z");
    for name in ["helplines", "who-can-help", "people-who-help"] {
        let history = office.public.get(&format!("/notices/{name}")).await;
        assert!(history.status == 200 && history.words().contains("Version 3"), "{name}");
        let version = office.public.get(&format!("/notices/{name}/versions/1")).await;
        assert!(version.body.contains("/people-who-help\""), "{name}: the canonical address is that of today");
    }
    // Back where it was.
    assert_eq!(moved(&erin, &percy, "helplines", "helplines", &[]).await.status, 303);
    assert_eq!(office.public.get("/helplines").await.status, 200);
    assert_eq!(office.public.get("/who-can-help").await.header("location"), "/helplines");
    chain_holds(&office).await;
}

#[tokio::test]
async fn an_address_that_belongs_to_something_else_is_refused() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    assert_eq!(moved(&erin, &percy, "leaving-quickly", "leaving", &[]).await.status, 303);
    for address in ["services", "leaving", "leaving-quickly", "cookies", "webchat", "report", "home", "website-privacy"]
    {
        let refused = moved(&erin, &percy, "helplines", address, &[]).await;
        assert_eq!(refused.status, 422, "{address}");
        assert!(
            refused.words().contains("Choose another address") || refused.words().contains("is taken"),
            "{address}: {}",
            refused.words()
        );
        assert_eq!(office.public.get("/helplines").await.status, 200);
    }
    let edit = "/notices/helplines/edit";
    for address in ["notices", "search", "healthz", "A b", "x--y"] {
        let refused = erin.fill(edit, edit, &[("address", address)]).await;
        assert_eq!(refused.status, 422, "{address}");
    }
}

#[tokio::test]
async fn an_address_that_is_scheduled_is_taken_too_and_not_public_before_its_time() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let later = [("when", "later"), ("date", "2026-12-01"), ("time", "09:00")];
    assert_eq!(moved(&erin, &percy, "helplines", "zebrafinch", &later).await.status, 303);
    assert_eq!(office.public.get("/helplines").await.status, 200);
    assert_eq!(office.public.get("/zebrafinch").await.status, 404);
    assert_eq!(office.public.get("/notices/zebrafinch").await.status, 404);
    assert!(!office.public.get("/notices/helplines").await.body.contains("zebrafinch"));
    let refused = moved(&erin, &percy, "services", "zebrafinch", &[]).await;
    assert_eq!(refused.status, 422, "{}", refused.words());
    wait_until(&office, "2026-12-01T09:00:00Z").await;
    assert_eq!(office.public.get("/helplines").await.header("location"), "/zebrafinch");
    assert_eq!(office.public.get("/zebrafinch").await.status, 200);
}

#[tokio::test]
async fn a_moved_page_takes_its_visitors_along() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let both = ["contact", "helplines"];
    let done = page_moved(&office, &erin, &percy, "page:contact", &page("reach-us", &both)).await;
    assert_eq!(done.status, 303, "{}", done.words());
    // The notice `contact` stands on that page: whoever asks for /contact is looking for the page.
    assert_eq!(office.public.get("/contact").await.header("location"), "/reach-us");
    assert!(office.public.get("/reach-us").await.body.contains("<h1>Reach us</h1>"));
    let then = office.public.get("/contact?as_of=2026-11-01").await;
    assert!(then.status == 200 && then.body.contains("<h1>Contact us</h1>"), "{}", then.words());
    let refused = page_moved(&office, &erin, &percy, "page:services", &page("contact", &["services"])).await;
    assert_eq!(refused.status, 422, "{}", refused.words());
    let stays = page_moved(&office, &erin, &percy, "page:cookies", &page("about-cookies", &["cookies"])).await;
    assert!(stays.status == 422 && stays.words().contains("has to stay at /cookies"), "{}", stays.words());
    let unknown = page_moved(&office, &erin, &percy, "page:new", &page("new-page", &["nothing"])).await;
    assert!(unknown.words().contains("was never published"), "{}", unknown.words());
    chain_holds(&office).await;
}

#[tokio::test]
async fn webchat_keeps_its_disclaimer_wherever_that_is_read_alone() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    assert_eq!(moved(&erin, &percy, "webchat-disclaimer", "before-you-chat", &[]).await.status, 303);
    assert!(office.public.get("/webchat").await.body.contains("disclaimer-title"));
}

#[tokio::test]
async fn a_moved_and_withdrawn_notice_says_so_at_its_last_address() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    moved(&erin, &percy, "helplines", "who-can-help", &[]).await;
    let form = [
        ("note", "The charity has closed."),
        ("go_to", "/contact"),
        ("when", "now"),
        ("reason", "Its number rings nowhere."),
    ];
    assert_eq!(percy.post("/notices/helplines/withdraw", &form).await.status, 303);
    assert_eq!(office.public.get("/helplines").await.header("location"), "/who-can-help");
    assert_eq!(office.public.get("/who-can-help").await.status, 410);
}
