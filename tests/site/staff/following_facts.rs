//! One press makes a new version of each text that a change of facts left behind, and asks for their review.

use bluelamp::desk::accounts::Role;
use bluelamp::features::drafts::{DraftContent, State};

use super::dashboard::waits;
use super::desk_work::{actions, answer_the_law, draft, last_entry, letters, messages, publish, write};
use super::facts;
use super::people::{Office, Person};
use crate::support::Answer;
use crate::support::client::held_fields;

const HERE: &str = "/facts/affected";

/// A new contact address is in force, and texts still say the old one.
async fn left_behind(office: &Office, erin: &Person, percy: &Person) -> Vec<(String, String)> {
    erin.fill("/facts", "/facts", &[("fact:contact_email", "help@northshire.example")]).await;
    facts::publish(office, percy, "facts").await;
    held_fields(&erin.get(HERE).await.body, HERE).unwrap()
}

/// The names of the texts that are ticked.
fn ticked(held: &[(String, String)]) -> Vec<&str> {
    held.iter().filter(|(name, _)| name == "notice").map(|(_, value)| value.as_str()).collect()
}

async fn send(person: &Person, held: &[(String, String)], press: &str) -> Answer {
    let fields = held.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let pairs: Vec<(&str, &str)> = fields.chain([("press", press)]).collect();
    person.post(HERE, &pairs).await
}

async fn forget_letters(office: &Office) {
    sqlx::query("delete from mail_outbox").execute(&mut office.public.connection().await).await.unwrap();
}

fn note_of(draft: &bluelamp::features::drafts::Draft) -> String {
    let DraftContent::Notice(notice) = &draft.content else { panic!("{draft:?}") };
    notice.change_note.clone()
}

#[tokio::test]
async fn publishing_facts_says_how_many_notices_say_the_old_ones() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    erin.fill("/facts", "/facts", &[("fact:contact_email", "help@northshire.example")]).await;
    let done = publish(&percy, "facts", &[("note", "A new address.")]).await;
    let many = ticked(&held_fields(&erin.get(HERE).await.body, HERE).unwrap()).len();
    assert_eq!(done.header("location"), format!("/facts?done=facts&many={many}"));
    let said = percy.get(done.header("location")).await.words();
    assert!(said.contains(&format!("Published. {many} notices in force still show the old details")), "{said}");
}

#[tokio::test]
async fn one_press_makes_the_new_versions_and_they_wait_for_a_second_person() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    office.staff("Pia Publisher", &[Role::Publisher, Role::Editor]).await;
    let mut held = left_behind(&office, &erin, &percy).await;
    let names: Vec<String> = ticked(&held).into_iter().map(ToOwned::to_owned).collect();
    assert!(names.len() > 1 && names.contains(&"contact".to_owned()), "{names:?}");
    for (name, value) in &mut held {
        if name == "note:contact" {
            assert_eq!(value, "Updated: contact email address.");
            "We have a new address. ".clone_into(value);
        }
    }
    forget_letters(&office).await;
    let done = send(&erin, &held, "review").await;
    assert_eq!(done.header("location"), "/facts/affected?done=submitted", "{}", done.words());

    for name in &names {
        let made = draft(&office, &format!("notice:{name}")).await.unwrap();
        assert_eq!((made.state, made.started_by.name.as_str()), (State::Review, "Erin Editor"), "{name}");
        let note = if name == "contact" { "We have a new address." } else { "Updated: contact email address." };
        assert_eq!(note_of(&made), note, "{name}");
        assert_eq!(actions(&office, &format!("notice:{name}")).await, ["draft_started", "draft_submitted"], "{name}");
    }
    let sent = messages(&office).await;
    let to: Vec<&str> = sent.iter().map(|message| message.to.as_str()).collect();
    assert_eq!(to, ["percy.publisher@northshire.example", "pia.publisher@northshire.example"], "one letter each");
    assert_eq!(sent[0].subject, format!("For review: {} texts – Northshire Police", names.len()));
    assert!(
        sent[0].text.contains(
            "Contact us\nWhat changed: We have a new address.\nhttp://localhost:8001/drafts/notice:contact/review\n"
        ),
        "{}",
        sent[0].text
    );
    assert!(!sent[0].text.contains("help@"), "the text itself stays on the site");

    let page = erin.get(HERE).await.words();
    assert!(page.contains("its new version waits for a second person"), "{page}");
    assert!(waits(&percy).await.contains("For review Contact us Written by Erin Editor"));
    assert_eq!(publish(&percy, "notice:contact", &[]).await.status, 303, "two people have seen it");
    office.public.site.refresh().await.unwrap();
    assert!(office.public.get("/contact").await.words().contains("help@northshire.example"));
    assert!(office.public.get("/notices/contact").await.words().contains("We have a new address."));
}

#[tokio::test]
async fn a_press_that_comes_twice_makes_nothing_twice() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let held = left_behind(&office, &erin, &percy).await;
    forget_letters(&office).await;
    let (one, two) = tokio::join!(send(&erin, &held, "review"), send(&erin, &held, "review"));
    assert_eq!((one.status, two.status), (303.try_into().unwrap(), 303.try_into().unwrap()));
    send(&erin, &held, "review").await;
    send(&erin, &held, "drafts").await;
    assert_eq!(letters(&office).await, 1, "to Percy, once");
    assert_eq!(actions(&office, "notice:contact").await, ["draft_started", "draft_submitted"]);
    assert_eq!(draft(&office, "notice:contact").await.unwrap().revision, 1);
}

#[tokio::test]
async fn a_draft_of_somebodys_is_left_alone_and_the_page_says_why() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let held = left_behind(&office, &erin, &percy).await;
    // Percy starts a draft while Erin has the page open.
    write(&percy, "contact", &[("markdown", "Percy's own words."), ("change_note", "N.")]).await;
    let before = draft(&office, "notice:contact").await.unwrap();
    let done = send(&erin, &held, "review").await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(draft(&office, "notice:contact").await.unwrap(), before);
    let page = erin.get(done.header("location")).await;
    let said = "Contact us: left alone, since there is a draft already, started by Percy Publisher.";
    assert!(page.words().contains(said), "{}", page.words());
    let other = ticked(&held).into_iter().find(|name| *name != "contact").unwrap();
    assert_eq!(draft(&office, &format!("notice:{other}")).await.unwrap().state, State::Review);
}

#[tokio::test]
async fn drafts_alone_wait_for_nobody_and_only_what_is_ticked_is_made() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let mut held = left_behind(&office, &erin, &percy).await;
    held.retain(|(name, value)| name != "notice" || value == "contact");
    forget_letters(&office).await;
    assert_eq!(send(&erin, &held, "drafts").await.header("location"), "/facts/affected?done=drafted");
    assert_eq!(letters(&office).await, 0);
    assert_eq!(draft(&office, "notice:contact").await.unwrap().state, State::Draft);
    let mut connection = office.public.connection().await;
    let drafts: i64 = sqlx::query_scalar("select count(*) from draft").fetch_one(&mut connection).await.unwrap();
    assert_eq!(drafts, 1);
    assert!(erin.get(HERE).await.words().contains("its draft is ready to be reviewed and published"));
    held.clear();
    assert_eq!(send(&erin, &held, "review").await.header("location"), HERE, "nothing ticked, nothing done");
}

#[tokio::test]
async fn a_note_that_will_not_do_comes_back_with_everything_that_was_typed() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let mut held = left_behind(&office, &erin, &percy).await;
    let other = ticked(&held).into_iter().find(|name| *name != "contact").unwrap().to_owned();
    held.retain(|(name, value)| name != "notice" || *value != other);
    for (name, value) in &mut held {
        match name.strip_prefix("note:") {
            Some("contact") => value.clear(),
            Some(of) if of == other => "Typed, not ticked.".clone_into(value),
            _ => {}
        }
    }
    let refused = send(&erin, &held, "review").await;
    assert_eq!(refused.status, 422);
    assert!(refused.words().contains("say in a sentence what changed"), "{}", refused.words());
    assert!(refused.body.contains("<title>Error: ") && refused.body.contains("href=\"#note-contact\""));
    assert_eq!(held_fields(&refused.body, HERE).unwrap(), held, "what was typed and ticked is kept");
    let mut connection = office.public.connection().await;
    let drafts: i64 = sqlx::query_scalar("select count(*) from draft").fetch_one(&mut connection).await.unwrap();
    assert_eq!(drafts, 0);
}

#[tokio::test]
async fn what_the_law_asks_is_not_asked_again_where_only_a_fact_changed() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let of = "notice:privacy-notice";
    answer_the_law(&erin, "privacy-notice").await;
    assert_eq!(publish(&percy, of, &[]).await.status, 303);
    let answered = last_entry(&office, of).await;
    let answers = |draft: bluelamp::features::drafts::Draft| match draft.content {
        DraftContent::Notice(notice) => notice.answers.len(),
        other => panic!("{other:?}"),
    };
    erin.fill("/facts", "/facts", &[("fact:dpo_name", "Olive Overseer")]).await;
    facts::publish(&office, &percy, "facts").await;
    let held = held_fields(&erin.get(HERE).await.body, HERE).unwrap();
    assert!(ticked(&held).contains(&"privacy-notice"), "{held:?}");
    send(&erin, &held, "review").await;
    let review = percy.get(&format!("/drafts/{of}/review")).await.words();
    assert!(!review.contains("Answer for the law's list"), "{review}");
    assert_eq!(answers(draft(&office, of).await.unwrap()), 13);
    // Nor where a draft is started from an older version.
    assert_eq!(publish(&percy, of, &[]).await.status, 303);
    let restore = format!("/entries/{answered}/restore");
    assert_eq!(erin.fill(&restore, &restore, &[]).await.status, 303);
    assert_eq!(answers(draft(&office, of).await.unwrap()), 13);
}
