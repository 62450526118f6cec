//! Names, addresses and numbers: where they are used, how they change, and the texts that a change leaves behind.

use bluelamp::features::drafts::{DraftContent, store as drafts};

use super::people::{Office, Person};
use super::previews::{NAUGHTY, draft};
use crate::support::client::{held_fields, pairs};

/// The facts that the draft holds.
async fn drafted(office: &Office) -> Option<bluelamp::site::model::Facts> {
    let mut connection = office.public.connection().await;
    let found = drafts::find(&mut connection, &"facts".parse().unwrap()).await.unwrap();
    found.map(|draft| match draft.content {
        DraftContent::Facts(facts) => facts,
        other => panic!("{other:?}"),
    })
}

/// Reads a draft by one person and lets it out by another, as the buttons do.
pub(crate) async fn publish(office: &Office, by: &Person, subject: &str) {
    let form = format!("/drafts/{subject}/publish");
    let reason = "Nobody else is in the office today.";
    let answer = by.fill(&form, &form, &[("note", "Put right."), ("when", "now"), ("reason", reason)]).await;
    assert_eq!(answer.status, 303, "{subject}: {}", answer.words());
    office.public.site.refresh().await.unwrap();
}

#[tokio::test]
async fn each_fact_says_which_texts_use_it() {
    let office = Office::open().await;
    let erin = office.editor().await;
    draft(&office, &erin, "new-text", "A text to come", "Ask {{ psd_email }}.\n").await;
    let answer = erin.get("/facts").await;
    assert_eq!(answer.status, 200);
    let html = scraper::Html::parse_document(&answer.body);
    let uses = |fact: &str| -> String {
        let field = scraper::Selector::parse(".field").unwrap();
        let found = html.select(&field).find(|field| field.html().contains(&format!("id=\"fact-{fact}\""))).unwrap();
        found.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(uses("contact_email").contains("Contact us"), "{}", uses("contact_email"));
    assert!(uses("dpo_email").contains("Data Protection Officer's email address"), "{}", uses("dpo_email"));
    assert!(uses("psd_email").contains("A text to come (not in force yet)"), "{}", uses("psd_email"));
    assert!(answer.body.contains("href=\"/notices/contact\""));
    for path in ["/facts", "/facts/affected", "/navigation"] {
        let page = erin.get(path).await;
        assert!(page.body.contains("<a href=\"/pages\" aria-current=\"true\">"), "{path} is below pages");
    }
}

#[tokio::test]
async fn a_change_is_a_draft_until_it_is_published_and_then_texts_follow() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let answer = erin.fill("/facts", "/facts", &[("fact:contact_email", "help@northshire.example")]).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/facts?done=saved"), "{}", answer.words());
    let words = erin.get("/facts").await.words();
    assert!(words.contains("This is a draft") && words.contains("In force: contact@northshire.example"), "{words}");
    assert_eq!(drafted(&office).await.unwrap()["contact_email"], "help@northshire.example");
    assert!(erin.get("/facts/affected").await.words().contains("Every text in force says"));

    publish(&office, &percy, "facts").await;
    let public = office.public.get("/contact").await.words();
    assert!(
        public.contains("contact@northshire.example") && !public.contains("help@"),
        "texts stay as they were served"
    );
    let page = erin.get("/facts/affected").await;
    let words = page.words();
    assert!(words.contains("Contact us"), "{words}");
    assert!(erin.get("/facts").await.words().contains("Bring them up to date"));
    let held = held_fields(&page.body, "/facts/affected").unwrap();
    assert!(held.contains(&("notice".to_owned(), "contact".to_owned())), "{held:?}");
    let note = ("note:contact".to_owned(), "Updated: contact email address.".to_owned());
    assert!(held.contains(&note), "{held:?}");
    // A text that does not use it is left alone.
    assert!(!held.iter().any(|(_, notice)| notice == "leaving-quickly"), "{held:?}");

    let fields = pairs(&held);
    let made = erin.post("/facts/affected", &fields).await;
    assert_eq!(made.header("location"), "/facts/affected?done=drafted");
    let mut connection = office.public.connection().await;
    let found = drafts::find(&mut connection, &"notice:contact".parse().unwrap()).await.unwrap().unwrap();
    let DraftContent::Notice(notice) = &found.content else { panic!("{found:?}") };
    assert_eq!(notice.change_note, "Updated: contact email address.");
    assert!(notice.markdown.contains("{{ contact_email }}"));
    assert_eq!(found.started_by.name, "Erin Editor");
    let words = erin.get("/facts/affected").await.words();
    assert!(words.contains("its draft is ready to be reviewed and published"), "{words}");
    // Pressing again changes nothing.
    erin.post("/facts/affected", &fields).await;
    let again = drafts::find(&mut connection, &"notice:contact".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(again, found);

    publish(&office, &percy, "notice:contact").await;
    assert!(office.public.get("/contact").await.words().contains("help@northshire.example"));
    let rest = held_fields(&erin.get("/facts/affected").await.body, "/facts/affected").unwrap_or_default();
    assert!(!rest.iter().any(|(_, notice)| notice == "contact"), "{rest:?}");
}

#[tokio::test]
async fn a_text_with_a_draft_keeps_it() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    draft(&office, &percy, "contact", "Contact us", "Percy's own words: {{ contact_email }}.\n").await;
    erin.fill("/facts", "/facts", &[("fact:contact_email", "help@northshire.example")]).await;
    publish(&office, &percy, "facts").await;
    let page = erin.get("/facts/affected").await;
    assert!(page.words().contains("there is a draft already, started by Percy Publisher"), "{}", page.words());
    erin.post("/facts/affected", &[("notice", "contact"), ("notice", "nothing")]).await;
    let mut connection = office.public.connection().await;
    let found = drafts::find(&mut connection, &"notice:contact".parse().unwrap()).await.unwrap().unwrap();
    let DraftContent::Notice(notice) = found.content else { panic!() };
    assert!(notice.markdown.starts_with("Percy's own words"));
}

#[tokio::test]
async fn a_fact_can_be_added_and_removed_unless_it_is_used() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let added =
        erin.fill("/facts", "/facts", &[("new-name", "press_email"), ("new-value", "press@northshire.example")]).await;
    assert_eq!(added.status, 303, "{}", added.words());
    assert_eq!(drafted(&office).await.unwrap()["press_email"], "press@northshire.example");
    let removed = erin.fill("/facts", "/facts", &[("remove", "press_email")]).await;
    assert_eq!(removed.status, 303, "{}", removed.words());
    assert!(!drafted(&office).await.unwrap().contains_key("press_email"));

    for (fact, said) in [
        ("contact_email", "refers to the contact email address."),
        ("force_name", "refers to the name of the force"),
        ("website", "website"),
    ] {
        let refused = erin.fill("/facts", "/facts", &[("remove", fact)]).await;
        assert_eq!(refused.status, 422, "{fact}");
        assert!(refused.words().contains(said), "{fact}: {}", refused.words());
        assert!(drafted(&office).await.unwrap().contains_key(fact), "{fact}");
        // Leaving it out of the form is no way round.
        let mut held = held_fields(&erin.get("/facts").await.body, "/facts").unwrap();
        held.retain(|(name, _)| *name != format!("fact:{fact}"));
        assert_eq!(erin.post("/facts", &pairs(&held)).await.status, 422, "{fact}");
    }
}

#[tokio::test]
async fn a_form_that_cannot_be_used_comes_back_with_what_was_typed() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let long = "x".repeat(10_000);
    for (name, value, said) in [
        ("fact:contact_email", "", "The contact email address: write something here"),
        ("fact:contact_email", long.as_str(), "at most 500"),
        ("fact:contact_email", "a\u{7}b", "cannot be shown"),
        ("new-name", "Press Email", "small letters"),
        ("new-name", "contact_email", "There is a fact of this name already"),
        ("new-value", "alone", "small letters"),
        ("new-name", "alone", "Value to add: write something here."),
    ] {
        let answer = erin.fill("/facts", "/facts", &[(name, value), ("fact:dpo_name", "Typed before")]).await;
        assert_eq!(answer.status, 422, "{said}");
        assert!(answer.words().contains(said), "{said}: {}", answer.words());
        let held = held_fields(&answer.body, "/facts").unwrap();
        assert!(held.contains(&(name.to_owned(), value.to_owned())), "{said}");
        assert!(held.contains(&("fact:dpo_name".to_owned(), "Typed before".to_owned())), "{said}");
        assert!(answer.body.contains("<title>Error: "), "{said}");
    }
    assert!(drafted(&office).await.is_none());
}

#[tokio::test]
async fn any_value_is_kept_as_it_was_typed_and_means_nothing_to_a_page() {
    let office = Office::open().await;
    let erin = office.editor().await;
    for value in NAUGHTY {
        let answer = erin.fill("/facts", "/facts", &[("fact:dpo_name", value)]).await;
        assert_eq!(answer.status, 303, "{value}: {}", answer.words());
        assert_eq!(drafted(&office).await.unwrap()["dpo_name"], value.trim());
        let page = erin.get("/facts").await;
        assert!(!page.body.contains("<script>alert") && !page.body.contains("<img"), "{value}");
    }
}

#[tokio::test]
async fn what_somebody_else_saved_meanwhile_is_shown_beside_and_nothing_is_lost() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let opened = erin.get("/facts").await;
    let mut held = held_fields(&opened.body, "/facts").unwrap();
    percy.fill("/facts", "/facts", &[("fact:dpo_name", "Percy's choice")]).await;
    for field in &mut held {
        if field.0 == "fact:dpo_name" {
            "Erin's choice".clone_into(&mut field.1);
        }
    }
    let clash = erin.post("/facts", &pairs(&held)).await;
    assert_eq!(clash.status, 409);
    let words = clash.words();
    assert!(words.contains("Percy Publisher saved another state"), "{words}");
    assert!(words.contains("Erin's choice") && words.contains("Percy's choice"), "{words}");
    assert_eq!(drafted(&office).await.unwrap()["dpo_name"], "Percy's choice");
    // Saving again is a decision.
    let held = held_fields(&clash.body, "/facts").unwrap();
    assert_eq!(erin.post("/facts", &pairs(&held)).await.status, 303);
    assert_eq!(drafted(&office).await.unwrap()["dpo_name"], "Erin's choice");
}

#[tokio::test]
async fn a_draft_that_was_thrown_away_meanwhile_loses_nothing_that_was_typed() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    percy.fill("/facts", "/facts", &[("fact:dpo_name", "Percy's choice")]).await;
    let mut held = held_fields(&erin.get("/facts").await.body, "/facts").unwrap();
    assert_eq!(percy.fill("/drafts/facts/review", "/drafts/facts/discard", &[]).await.status, 303);
    "Erin's choice".clone_into(&mut held.iter_mut().find(|(name, _)| name == "fact:dpo_name").unwrap().1);
    let clash = erin.post("/facts", &pairs(&held)).await;
    assert_eq!(clash.status, 409, "{}", clash.words());
    let words = clash.words();
    assert!(words.contains("The draft was deleted") && words.contains("Erin's choice"), "{words}");
    assert!(drafted(&office).await.is_none());
    let held = held_fields(&clash.body, "/facts").unwrap();
    assert_eq!(erin.post("/facts", &pairs(&held)).await.status, 303);
    assert_eq!(drafted(&office).await.unwrap()["dpo_name"], "Erin's choice");
}

#[tokio::test]
async fn what_was_published_meanwhile_is_not_undone_unseen() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let opened = erin.get("/facts").await;
    percy.fill("/facts", "/facts", &[("fact:dpo_name", "Percy's choice")]).await;
    publish(&office, &percy, "facts").await;
    let held = held_fields(&opened.body, "/facts").unwrap();
    let clash = erin.post("/facts", &pairs(&held)).await;
    assert_eq!(clash.status, 409, "{}", clash.words());
    assert!(clash.words().contains("Somebody published another version"), "{}", clash.words());
    assert!(drafted(&office).await.is_none());
    // And a form made of a draft that is gone says so.
    percy.fill("/facts", "/facts", &[("fact:dpo_name", "Another")]).await;
    let opened = erin.get("/facts").await;
    publish(&office, &percy, "facts").await;
    let held = held_fields(&opened.body, "/facts").unwrap();
    let mut fields = pairs(&held);
    fields.push(("fact:x", "y"));
    let gone = erin.post("/facts", &fields).await;
    assert!(gone.status == 422 || gone.status == 409, "{}", gone.status);
    assert!(gone.words().contains("published"), "{}", gone.words());
    assert!(drafted(&office).await.is_none());
}

#[tokio::test]
async fn only_those_who_write_change_facts() {
    let office = Office::open().await;
    for person in [office.auditor().await, office.protector().await, office.administrator().await] {
        let page = person.get("/facts").await;
        assert_eq!(page.status, 200, "{}", person.name);
        assert!(!page.body.contains("<form method=\"post\" action=\"/facts\""), "{}", person.name);
        assert_eq!(person.post("/facts", &[("fact:dpo_name", "x")]).await.status, 403, "{}", person.name);
        assert_eq!(person.post("/facts/affected", &[("notice", "contact")]).await.status, 403, "{}", person.name);
    }
}
