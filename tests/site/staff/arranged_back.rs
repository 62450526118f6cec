//! Pages, facts, navigation and promoted answers: what is to come can be cancelled, and what was before can be put back.

use super::desk_work::{chain_holds, last_entry, particulars, publish, versions, wait_until};
use super::people::{Office, Person};

const LATER: [(&str, &str); 5] = [
    ("note", "From December on."),
    ("when", "later"),
    ("date", "2026-12-01"),
    ("time", "09:00"),
    ("reason", "Nobody else is in the office today."),
];

/// Percy changes something in a form and lets it out alone.
async fn released(percy: &Person, path: &str, of: &str, change: &[(&str, &str)], fields: &[(&str, &str)]) {
    let saved = percy.fill(path, path, change).await;
    assert_eq!(saved.status, 303, "{}", saved.words());
    let mut all = vec![("note", "A change."), ("reason", "Nobody else is in the office today.")];
    all.retain(|(name, _)| fields.iter().all(|(other, _)| other != name));
    all.extend_from_slice(fields);
    let done = publish(percy, of, &all).await;
    assert_eq!(done.status, 303, "{}", done.words());
}

#[tokio::test]
async fn what_is_to_come_is_shown_beside_the_form_and_can_be_cancelled_there() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    for (path, of, change) in [
        ("/facts", "facts", ("fact:force_name", "Zebrafinch Police")),
        ("/navigation", "navigation", ("main-label", "Zebrafinch")),
        ("/promoted-answers", "promoted", ("answer-words", "Zebrafinch")),
        ("/pages/contact", "page:contact", ("title", "Zebrafinch")),
    ] {
        released(&percy, path, of, &[change], &LATER).await;
        let entry = last_entry(&office, of).await;
        let cancel = format!("/entries/{entry}/cancel");
        let page = percy.get(path).await;
        assert!(
            page.words().contains("A new version comes into force on 1 December 2026 at 09:00"),
            "{}",
            page.words()
        );
        assert!(page.body.contains(&format!("href=\"{cancel}\"")), "{path}");
        assert!(!erin.get(path).await.body.contains(&cancel), "{path}: an editor cancels nothing");
        assert_eq!(erin.post(&cancel, &[("reason", "It is not needed.")]).await.status, 403, "{path}");
        let done = percy.fill(&cancel, &cancel, &[("reason", "It is not needed.")]).await;
        assert_eq!(done.header("location"), format!("{path}?done=cancelled"), "{}", done.words());
        let page = percy.get(done.header("location")).await;
        assert!(!page.words().contains("comes into force on"), "{}", page.words());
        assert_eq!(percy.post(&cancel, &[("reason", "It is not needed.")]).await.status, 409, "{path}: once");
    }
    wait_until(&office, "2026-12-01T09:00:00Z").await;
    assert!(!office.public.get("/contact").await.body.contains("Zebrafinch"));
    chain_holds(&office).await;
}

#[tokio::test]
async fn a_new_page_that_is_to_come_is_listed_and_cancelling_it_leads_to_the_list() {
    let office = Office::open().await;
    let percy = office.publisher().await;
    let made = [("title", "Lost property"), ("description", "What to do."), ("address", "lost"), ("add", "contact")];
    let made = percy.post("/pages/new", &made).await;
    assert_eq!(made.header("location"), "/pages/lost?done=saved", "{}", made.words());
    let added = percy.fill("/pages/lost", "/pages/lost", &[("add", "helplines"), ("press", "add")]).await;
    assert_eq!(added.status, 303, "{}", added.words());
    let done = publish(&percy, "page:lost", &LATER).await;
    assert_eq!(percy.get(done.header("location")).await.status, 200);
    assert!(percy.get("/pages").await.words().contains("Lost property Not in force yet"));
    let entry = last_entry(&office, "page:lost").await;
    let path = format!("/entries/{entry}/cancel");
    let cancelled = percy.fill(&path, &path, &[("reason", "It is not needed.")]).await;
    assert_eq!(cancelled.header("location"), "/pages/lost?done=cancelled");
    let moved = percy.get("/pages/lost?done=cancelled").await;
    assert_eq!(moved.header("location"), "/pages?done=cancelled");
    assert!(percy.get("/pages?done=cancelled").await.words().contains("Cancelled. It will not come into force."));
    assert_eq!(percy.get("/pages/lost").await.status, 404);
}

#[tokio::test]
async fn what_was_in_force_before_is_put_back_with_a_reason() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let name = office.public.site.edition().facts["force_name"].clone();
    for (path, of, change, says) in [
        ("/facts", "facts", ("fact:force_name", "Zebrafinch Police"), name.as_str()),
        ("/navigation", "navigation", ("main-label", "Zebrafinch"), "Main navigation: changed: “Zebrafinch"),
        ("/pages/contact", "page:contact", ("title", "Zebrafinch"), "Title: “Zebrafinch” becomes"),
    ] {
        assert!(!percy.get(path).await.body.contains("/put-back"), "{path}: there is nothing before it");
        let before = office.public.get("/contact").await.body;
        released(&percy, path, of, &[change], &[]).await;
        assert!(office.public.get("/contact").await.body.contains("Zebrafinch"), "{path}");
        let wrong = last_entry(&office, of).await;
        let put_back = format!("/entries/{wrong}/put-back");
        assert!(percy.get(path).await.body.contains(&format!("href=\"{put_back}\"")), "{path}");
        assert!(!erin.get(path).await.body.contains(&put_back), "{path}: an editor puts nothing back");
        let asked = percy.get(&put_back).await;
        assert!(asked.words().contains("Version 1 is published again at once"), "{}", asked.words());
        assert!(asked.words().contains(says), "{}", asked.words());
        assert_eq!(percy.fill(&put_back, &put_back, &[("reason", "x")]).await.status, 422, "{path}");
        let done = percy.fill(&put_back, &put_back, &[("reason", "It was a mistake.")]).await;
        assert_eq!(done.header("location"), format!("{path}?done=put-back"), "{}", done.words());
        assert_eq!(office.public.get("/contact").await.body, before, "{path}");
        assert_eq!(percy.post(&put_back, &[("reason", "It was a mistake.")]).await.status, 409, "{path}: once");
        assert_eq!(versions(&office, of).await, 3, "{path}");
        let known = particulars(&office, last_entry(&office, of).await).await;
        assert_eq!((&known["note"], &known["alone"]), (&"We put back version 1.".into(), &true.into()), "{path}");
        assert_eq!(known["reason"], "It was a mistake.");
    }
    chain_holds(&office).await;
}

#[tokio::test]
async fn a_page_that_is_put_back_stays_at_its_address() {
    let office = Office::open().await;
    let percy = office.publisher().await;
    let change = [("title", "Zebrafinch"), ("address", "/reach-us")];
    released(&percy, "/pages/accessibility-statement", "page:accessibility-statement", &change, &[]).await;
    let path = format!("/entries/{}/put-back", last_entry(&office, "page:accessibility-statement").await);
    assert_eq!(percy.fill(&path, &path, &[("reason", "It was a mistake.")]).await.status, 303);
    let page = office.public.get("/reach-us").await;
    assert!(page.status == 200 && !page.body.contains("Zebrafinch"), "{}", page.words());
    assert_eq!(office.public.get("/accessibility-statement").await.header("location"), "/reach-us");
}

#[tokio::test]
async fn what_two_people_had_seen_is_put_back_by_one() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    for value in ["First Police", "Second Police"] {
        assert_eq!(erin.fill("/facts", "/facts", &[("fact:force_name", value)]).await.status, 303);
        assert_eq!(publish(&percy, "facts", &[("note", "A name.")]).await.status, 303);
    }
    let path = format!("/entries/{}/put-back", last_entry(&office, "facts").await);
    assert_eq!(percy.fill(&path, &path, &[("reason", "It was a mistake.")]).await.status, 303);
    assert_eq!(office.public.site.edition().facts["force_name"], "First Police");
    assert_eq!(particulars(&office, last_entry(&office, "facts").await).await["alone"], false);
}
