//! Two people have seen exactly what is published: who saw a text with other facts has seen another text.

use super::dashboard::waits;
use super::desk_work::{actions, draft, last_entry, particulars, press, publish, versions, wait_until, write};
use super::people::{Office, Person};
use crate::support::client::{held_fields, pairs};

const OF: &str = "notice:helplines";
const SINCE: &str = "The facts changed since Erin Editor and Percy Publisher saw this text";

/// Erin writes a text that refers to a fact, Percy approves it.
async fn approved(erin: &Person, percy: &Person) {
    write(erin, "helplines", &[("markdown", "Write to {{ contact_email }}."), ("change_note", "An address.")]).await;
    press(erin, OF, "submit", &[]).await;
    assert_eq!(press(percy, OF, "approve", &[]).await.status, 303);
}

/// Percy changes a fact and lets it out alone: now, or as the fields say.
async fn change(percy: &Person, fact: &str, fields: &[(&str, &str)]) {
    assert_eq!(percy.fill("/facts", "/facts", &[(fact, "new@northshire.example")]).await.status, 303);
    let mut all = vec![("note", "A new address."), ("reason", "Nobody else is in the office today.")];
    all.extend_from_slice(fields);
    let done = publish(percy, "facts", &all).await;
    assert_eq!(done.status, 303, "{}", done.words());
}

#[tokio::test]
async fn a_text_that_was_seen_with_older_facts_is_to_be_seen_again() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    approved(&erin, &percy).await;
    assert!(waits(&percy).await.starts_with("Approved, ready to publish"));
    change(&percy, "fact:contact_email", &[]).await;

    let review = percy.get("/drafts/notice:helplines/review").await;
    assert!(review.words().contains(SINCE), "{}", review.words());
    assert!(review.words().contains("Nobody yet."), "{}", review.words());
    assert!(review.body.contains("new@northshire.example"));
    for person in [&percy, &erin] {
        assert!(waits(person).await.contains("Written by Erin Editor"), "{} has to look again", person.name);
    }
    let refused = publish(&percy, OF, &[]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.words().contains("Nobody else has seen this text"), "{}", refused.words());
    assert!(refused.words().contains(SINCE), "{}", refused.words());

    assert_eq!(press(&erin, OF, "approve", &[]).await.status, 303, "whoever wrote it looks again too");
    let review = percy.get("/drafts/notice:helplines/review").await.words();
    assert!(review.contains("Erin Editor approved it on"), "{review}");
    assert!(review.contains("The facts changed since Percy Publisher saw this text"), "{review}");
    assert_eq!(publish(&percy, OF, &[]).await.status, 303);
    let known = particulars(&office, last_entry(&office, OF).await).await;
    assert_eq!((&known["writer"], &known["approver"]), (&"Erin Editor".into(), &"Percy Publisher".into()));
    assert!(office.public.get("/helplines").await.body.contains("new@northshire.example"));
}

#[tokio::test]
async fn facts_that_come_into_force_by_the_clock_count_from_then_on() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    change(&percy, "fact:contact_email", &[("when", "later"), ("date", "2026-12-01"), ("time", "09:00")]).await;
    approved(&erin, &percy).await;
    let review = percy.get("/drafts/notice:helplines/review").await.words();
    assert!(!review.contains("The facts changed"), "{review}");
    let shown = percy.get("/drafts/notice:helplines/publish").await;

    wait_until(&office, "2026-12-01T09:00:00Z").await;
    let review = percy.get("/drafts/notice:helplines/review").await.words();
    assert!(review.contains(SINCE), "{review}");
    let form = held_fields(&shown.body, "/drafts/notice:helplines/publish").unwrap();
    let refused = percy.post("/drafts/notice:helplines/publish", &pairs(&form)).await;
    assert_eq!(refused.status, 409, "{}", refused.words());
    assert!(refused.words().contains("The facts changed in the meantime"), "{}", refused.words());
    assert_eq!(publish(&percy, OF, &[]).await.status, 422);
}

#[tokio::test]
async fn a_press_for_a_text_with_older_facts_is_refused() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    write(&erin, "helplines", &[("markdown", "Write to {{ contact_email }}."), ("change_note", "An address.")]).await;
    press(&erin, OF, "submit", &[]).await;
    let review = percy.get("/drafts/notice:helplines/review").await;
    change(&percy, "fact:contact_email", &[]).await;
    let form = held_fields(&review.body, "/drafts/notice:helplines/approve").unwrap();
    let fields = pairs(&form);
    let refused = percy.post("/drafts/notice:helplines/approve", &fields).await;
    assert_eq!(refused.status, 409, "{}", refused.words());
    assert!(refused.words().contains("changed since you opened it"), "{}", refused.words());
    assert!(refused.body.contains("href=\"/drafts/notice:helplines/review\""));
    // A form that does not name the facts showed no such text, and one that names nonsense says nothing.
    let bare: Vec<(&str, &str)> = fields.iter().copied().filter(|(name, _)| *name != "facts").collect();
    assert_eq!(percy.post("/drafts/notice:helplines/approve", &bare).await.status, 409);
    let wrong: Vec<(&str, &str)> = bare.into_iter().chain([("facts", "x")]).collect();
    assert_eq!(percy.post("/drafts/notice:helplines/approve", &wrong).await.status, 400);
    assert!(!actions(&office, OF).await.contains(&"draft_approved".to_owned()));
    // Sending it back vouches for nothing, so it needs no second look.
    assert_eq!(press(&percy, OF, "send-back", &[("comment", "Name the office.")]).await.status, 303);
}

#[tokio::test]
async fn a_fact_that_the_text_does_not_use_asks_nobody_to_look_again() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    approved(&erin, &percy).await;
    change(&percy, "fact:dpo_email", &[]).await;
    let review = erin.get("/drafts/notice:helplines/review").await.words();
    assert!(review.contains("Percy Publisher approved it") && !review.contains("The facts changed"), "{review}");
    assert_eq!(publish(&percy, OF, &[]).await.status, 303);
}

#[tokio::test]
async fn whoever_saves_the_same_text_again_has_seen_it_with_the_new_facts() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    approved(&erin, &percy).await;
    change(&percy, "fact:contact_email", &[]).await;
    let revision = draft(&office, OF).await.unwrap().revision;
    write(&erin, "helplines", &[]).await;
    assert_eq!(draft(&office, OF).await.unwrap().revision, revision);
    let review = percy.get("/drafts/notice:helplines/review").await.words();
    assert!(review.contains("Erin Editor wrote the same text on"), "{review}");
    assert_eq!(publish(&percy, OF, &[]).await.status, 303);
}

#[tokio::test]
async fn a_reason_lets_it_out_unseen_and_says_who_wrote_it() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    approved(&erin, &percy).await;
    change(&percy, "fact:contact_email", &[]).await;
    let before = versions(&office, OF).await;
    let done = publish(&percy, OF, &[("reason", "The old address is dead.")]).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(versions(&office, OF).await, before + 1);
    let entry = last_entry(&office, OF).await;
    let known = particulars(&office, entry).await;
    assert_eq!((&known["writer"], &known["alone"]), (&"Erin Editor".into(), &true.into()));
    assert!(known["approver"].is_null());
    let path = format!("/entries/{entry}/approve");
    assert_eq!(erin.fill(&path, &path, &[]).await.status, 303, "Erin reads it as it went out");
}
