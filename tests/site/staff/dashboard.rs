//! The first page: what waits for whom, what changed and will, what is overdue, and whether all nodes show the same.

use bluelamp::base::audit;
use bluelamp::base::audit::Who;
use bluelamp::base::ledger::{Hash, Kind, NewEntry, store};
use bluelamp::desk::accounts::Role;
use bluelamp::desk::accounts::actions;
use bluelamp::features::dashboard::nodes;
use bluelamp::features::dashboard::nodes::NodeHead;
use bluelamp::features::drafts::{DraftContent, NoticeDraft};
use bluelamp::site::model::NoticeKind;
use jiff::SignedDuration;
use serde_json::json;
use sqlx::Connection as _;
use uuid::Uuid;

use super::desk_work::{press, publish, write};
use super::people::{Office, Person};

impl Office {
    /// A draft that somebody wrote, in a state.
    async fn draft(&self, writer: &Person, title: &str, state: &str, comment: Option<&str>) -> Hash {
        let address = title.to_lowercase().try_into().unwrap();
        let mut draft = NoticeDraft::new(address, NoticeKind::Text);
        title.clone_into(&mut draft.title);
        let content = DraftContent::Notice(draft);
        let fingerprint = content.fingerprint().unwrap();
        let mut connection = self.public.connection().await;
        sqlx::query(
            "insert into draft (subject, content, fingerprint, revision, state, comment, started_by, started_at, saved_by, saved_at)
            values ($1, $2, $3, 1, $4, $5, $6, bluelamp_now(), $6, bluelamp_now())",
        )
        .bind(format!("notice:{}", title.to_lowercase()))
        .bind(serde_json::to_string(&content).unwrap())
        .bind(&fingerprint.0[..])
        .bind(state)
        .bind(comment)
        .bind(writer.id)
        .execute(&mut connection)
        .await
        .unwrap();
        fingerprint
    }

    pub(crate) async fn run(&self, statement: &'static str, staff: Uuid) {
        let mut connection = self.public.connection().await;
        sqlx::query(statement).bind(staff).execute(&mut connection).await.unwrap();
    }
}

/// The words of the section under a heading.
pub(crate) fn section(html: &str, heading: &str) -> String {
    let page = scraper::Html::parse_document(html);
    let headings = scraper::Selector::parse("h2").unwrap();
    let start = page.select(&headings).find(|found| found.text().collect::<String>() == heading);
    let Some(start) = start else { return String::new() };
    let mut text = String::new();
    for node in start.next_siblings().filter_map(scraper::ElementRef::wrap) {
        if node.value().name() == "h2" {
            break;
        }
        text.extend(node.text());
        text.push(' ');
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(crate) async fn waits(person: &Person) -> String {
    let page = person.get("/").await;
    assert_eq!(page.status, 200, "{}", page.words());
    section(&page.body, "For you to do")
}

#[tokio::test]
async fn a_new_agent_has_nothing_waiting_and_sees_no_ledger() {
    let office = Office::open().await;
    let agent = office.staff("Wanda Agent", &[Role::WebchatAgent]).await;
    let page = agent.get("/").await;
    assert_eq!(section(&page.body, "For you to do"), "There is nothing for you to do.");
    for heading in ["Your drafts", "Recent changes", "Nodes", "Scheduled"] {
        assert_eq!(section(&page.body, heading), "", "{heading}");
    }
    assert_eq!(office.nobody().get("/").await.header("location"), "/sign-in");
}

#[tokio::test]
async fn a_draft_for_review_waits_for_those_who_have_not_seen_it() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let fingerprint = office.draft(&erin, "Helplines", "review", None).await;
    assert_eq!(waits(&percy).await, "For review Helplines Written by Erin Editor, today at 12:00");
    assert!(percy.get("/").await.body.contains("href=\"/drafts/notice:helplines/review\""));
    assert_eq!(waits(&erin).await, "There is nothing for you to do.");
    assert!(section(&erin.get("/").await.body, "Your drafts").starts_with("For review Helplines"));
    let mut connection = office.public.connection().await;
    sqlx::query("insert into draft_sight values ('notice:helplines', $1, $2, 'approved', bluelamp_now())")
        .bind(&fingerprint.0[..])
        .bind(percy.id)
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(waits(&percy).await, "There is nothing for you to do.");
}

#[tokio::test]
async fn a_draft_that_was_sent_back_waits_for_its_writer_with_the_comment() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    office.draft(&erin, "Contact", "back", Some("Say <when> we answer.")).await;
    assert_eq!(waits(&erin).await, "Sent back Contact Say <when> we answer.");
    assert_eq!(waits(&percy).await, "There is nothing for you to do.");
}

#[tokio::test]
async fn what_was_published_alone_waits_for_everybody_else() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    office.run("insert into published_alone (entry, publisher, reason) values (9, $1, 'Flood.')", percy.id).await;
    assert!(waits(&erin).await.contains("Percy Publisher published it without a second check. Reason: Flood."));
    assert!(erin.get("/").await.body.contains("href=\"/entries/9/approve\""));
    assert_eq!(waits(&percy).await, "There is nothing for you to do.");
    let elsewhere = section(&percy.get("/").await.body, "With someone else");
    assert!(elsewhere.starts_with("Published without a second check Entry 9"), "{elsewhere}");
    assert!(
        elsewhere.ends_with("You published it without a second check. Another person has to approve it."),
        "{elsewhere}"
    );
    assert_eq!(section(&erin.get("/").await.body, "With someone else"), "");
}

#[tokio::test]
async fn a_draft_stays_with_whoever_started_or_wrote_it_whoever_saves_it() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let carl = office.staff("Carl Colleague", &[Role::Editor]).await;
    for (person, text) in [(&erin, "One."), (&carl, "Two."), (&percy, "Three.")] {
        write(person, "helplines", &[("markdown", text), ("change_note", "A new text.")]).await;
    }
    let mine = async |person: &Person| section(&person.get("/").await.body, "Your drafts");
    for person in [&erin, &carl, &percy] {
        let drafts = mine(person).await;
        assert!(drafts.contains("Saved by Percy Publisher"), "{}: {drafts}", person.name);
    }
    press(&percy, "notice:helplines", "submit", &[]).await;
    let elsewhere = section(&percy.get("/").await.body, "With someone else");
    assert!(elsewhere.ends_with("Another person has to read and approve it."), "{elsewhere}");
    press(&erin, "notice:helplines", "send-back", &[("comment", "Say why.")]).await;
    assert!(mine(&percy).await.starts_with("Sent back"), "what was sent back is a draft too");
    assert!(mine(&office.staff("Nora New", &[Role::Editor]).await).await.starts_with("You have no drafts."));
}

#[tokio::test]
async fn a_removal_waits_for_a_second_person_and_not_for_whoever_asked() {
    let office = Office::open().await;
    let (dorian, percy, erin) = (office.protector().await, office.publisher().await, office.editor().await);
    office
        .run(
            "insert into redaction_request (id, entries, ground, asked_by, asked_at)
            values ('00000000-0000-7000-8000-000000000001', '{9,10}', 'A name.', $1, bluelamp_now())",
            dorian.id,
        )
        .await;
    assert_eq!(waits(&percy).await, "Removal Remove 2 texts Dorian Protector asked today at 12:00. Ground: A name.");
    assert_eq!(waits(&dorian).await, "There is nothing for you to do.");
    assert_eq!(waits(&erin).await, "There is nothing for you to do.");
}

#[tokio::test]
async fn a_withdrawal_that_was_asked_for_waits_for_a_publisher() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    office
        .run(
            "insert into withdrawal_request (id, subject, note, go_to, asked_by, asked_at)
            values ('00000000-0000-7000-8000-000000000002', 'notice:helplines', 'Out of date.', '/contact', $1, bluelamp_now())",
            erin.id,
        )
        .await;
    let words = waits(&percy).await;
    assert!(words.starts_with("Withdrawal Withdraw “") && words.ends_with("today at 12:00. Out of date."), "{words}");
    assert!(percy.get("/").await.body.contains("href=\"/notices/helplines/withdraw\""));
    assert_eq!(waits(&erin).await, "There is nothing for you to do.");
    let elsewhere = section(&erin.get("/").await.body, "With someone else");
    assert!(elsewhere.ends_with("You asked for it today at 12:00. A publisher has to confirm it."), "{elsewhere}");
}

#[tokio::test]
async fn a_reset_is_shown_to_every_administrator() {
    let office = Office::open().await;
    let (adele, erin) = (office.administrator().await, office.editor().await);
    let mut connection = office.public.connection().await;
    let subject = format!("staff:{}", erin.id);
    audit::record(&mut connection, Who::CONSOLE, actions::STAFF_RESET, &subject, &json!({})).await.unwrap();
    let words = waits(&adele).await;
    assert!(words.starts_with("Account Erin Editor command line reset an account's sign-in, today"), "{words}");
    assert_eq!(waits(&erin).await, "There is nothing for you to do.");
}

#[tokio::test]
async fn what_is_scheduled_can_be_cancelled_by_publishers() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let mut connection = office.public.connection().await;
    let mut transaction = connection.begin().await.unwrap();
    let kept = store::entries_after(&mut transaction, 0, 1000).await.unwrap();
    let old = kept.iter().find(|kept| kept.entry.subject == "notice:helplines").unwrap();
    let new = NewEntry {
        kind: Kind::Version,
        subject: "notice:helplines".to_owned(),
        version: Some(2),
        target: None,
        in_force_at: Some("2026-12-01T09:00:00Z".parse().unwrap()),
        imported: false,
        content: old.content.as_ref().unwrap().body.clone(),
        particulars: r#"{"writer":"Erin Editor","approver":"Percy Publisher"}"#.to_owned(),
    };
    let entry = store::append(&mut transaction, new).await.unwrap();
    transaction.commit().await.unwrap();
    office.desk.site().refresh().await.unwrap();
    let cancel = format!("href=\"/entries/{}/cancel\"", entry.number);
    let (editors, publishers) = (erin.get("/").await, percy.get("/").await);
    assert!(publishers.body.contains(&cancel) && !editors.body.contains(&cancel));
    let scheduled = section(&editors.body, "Scheduled");
    assert!(scheduled.starts_with("Version 2 of “"), "{scheduled}");
    assert!(scheduled.contains("Comes into force on 1 December 2026 at 09:00, London time"), "{scheduled}");
    let lately = section(&editors.body, "Recent changes");
    assert!(lately.contains("Erin Editor, today at 12:00; in force from 1 December 2026 at 09:00"), "{lately}");
    office.public.clock.set("2026-12-01T09:00:00Z".parse().unwrap());
    let again = office.auditor().await.get("/").await;
    assert_eq!(section(&again.body, "Scheduled"), "Nothing is scheduled.");
}

#[tokio::test]
async fn an_overdue_review_is_shown_from_the_day_after_its_date() {
    let office = Office::open().await;
    let edition = office.desk.site().edition();
    let dates = edition.published.notices.values().filter_map(|notice| {
        let about = notice.in_force(edition.at)?.about.as_ref()?;
        Some((about.review_by?, about.title.clone()))
    });
    let (first, title) = dates.min().unwrap();
    let start = |day: jiff::civil::Date| bluelamp::base::clock::start_of(day).unwrap();
    office.public.clock.set(start(first));
    let erin = office.editor().await;
    assert_eq!(section(&erin.get("/").await.body, "Overdue for review"), "No review is overdue.");
    office.public.clock.set(start(first.tomorrow().unwrap()) + SignedDuration::from_mins(1));
    let percy = office.publisher().await;
    let overdue = section(&percy.get("/").await.body, "Overdue for review");
    assert!(overdue.contains(&title) && overdue.contains(&bluelamp::base::clock::day_words(first)), "{overdue}");
}

#[tokio::test]
async fn whether_all_nodes_show_the_same_is_said() {
    let office = Office::open().await;
    let alex = office.administrator().await;
    let now = office.public.clock.now();
    let published = std::sync::Arc::clone(&office.desk.site().edition().published);
    let told = |name: &str, head, age| NodeHead {
        name: name.to_owned(),
        length: published.length,
        head,
        seen_at: now - SignedDuration::from_secs(age),
        seals: true,
    };
    let said = async || section(&alex.get("/").await.body, "Nodes");
    assert_eq!(section(&office.auditor().await.get("/").await.body, "Nodes"), "");
    assert!(said().await.starts_with("No node has said what it shows."));
    let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
    let mut connection = office.public.connection().await;
    nodes::tell(&mut connection, one, &told("desk:8000", published.head, 2)).await.unwrap();
    nodes::tell(&mut connection, other, &told("public:8000", published.head, 3)).await.unwrap();
    assert!(said().await.starts_with(&format!("All 2 nodes show the same: {} entries.", published.length)));
    nodes::tell(&mut connection, other, &told("public:8000", Some(Hash::of(b"older")), 3)).await.unwrap();
    let words = said().await;
    assert!(words.starts_with("Not every node shows the newest entry") && words.contains("Shows something else"));
    nodes::tell(&mut connection, other, &told("public:8000", Some(Hash::of(b"older")), 31)).await.unwrap();
    let words = said().await;
    assert!(words.starts_with("One node runs, and shows all") && words.contains("public:8000 Away"), "{words}");
    nodes::leave(&mut connection, other).await.unwrap();
    assert!(!said().await.contains("public:8000"));
}

/// What the navigation says of how much there is to do.
fn count(body: &str) -> usize {
    let page = scraper::Html::parse_document(body);
    let count = scraper::Selector::parse("nav .count").unwrap();
    let said = page.select(&count).next().map(|said| said.text().collect::<String>());
    said.map_or(0, |said| said.split(' ').next().unwrap().parse().unwrap())
}

#[tokio::test]
async fn the_navigation_counts_what_the_first_page_lists() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let carl = office.staff("Carl Colleague", &[Role::Editor]).await;
    let (dorian, audrey) = (office.protector().await, office.auditor().await);
    let agree = async |expected: [usize; 5]| {
        let mut counted = Vec::new();
        for person in [&erin, &percy, &carl, &dorian, &audrey] {
            let today = person.get("/").await.body;
            let list = today.split("<h2>For you to do</h2>").nth(1).unwrap().split("<h2>").next().unwrap();
            assert_eq!(count(&today), list.matches("<li>").count(), "{}", person.name);
            counted.push(count(&person.get("/notices").await.body));
        }
        assert_eq!(counted, expected);
    };
    agree([0, 0, 0, 0, 0]).await;
    write(&erin, "helplines", &[("markdown", "New."), ("change_note", "N.")]).await;
    press(&erin, "notice:helplines", "submit", &[]).await;
    agree([0, 1, 1, 0, 0]).await;
    press(&carl, "notice:helplines", "send-back", &[("comment", "Say more.")]).await;
    agree([1, 0, 0, 0, 0]).await;
    write(&erin, "helplines", &[("markdown", "Newer.")]).await;
    press(&erin, "notice:helplines", "submit", &[("reviewer", &carl.id.to_string())]).await;
    agree([0, 0, 1, 0, 0]).await;
    press(&carl, "notice:helplines", "approve", &[]).await;
    agree([1, 1, 0, 0, 0]).await;
    write(&percy, "contact", &[("markdown", "Call 101."), ("change_note", "N.")]).await;
    publish(&percy, "notice:contact", &[("reason", "Nobody else is here today.")]).await;
    agree([2, 1, 1, 0, 0]).await;
}
