//! Change sets: what belongs together is reviewed at once and goes live at one instant, or not at all.

use bluelamp::desk::accounts::Role;
use jiff::Timestamp;

use super::dashboard::waits;
use super::desk_work::{
    actions, chain_holds, draft, last_entry, letters, messages, particulars, publish, released, versions, wait_until,
    write,
};
use super::people::{Office, Person};
use crate::support::Answer;
use crate::support::client::held_fields;

const REASON: (&str, &str) = ("reason", "Nobody else is in the office today.");

/// Makes a set of drafts and returns its path.
async fn set_of(person: &Person, title: &str, drafts: &[&str]) -> String {
    let made = make(person, title, drafts).await;
    assert_eq!(made.status, 303, "{}", made.words());
    made.header("location").to_owned()
}

async fn make(person: &Person, title: &str, drafts: &[&str]) -> Answer {
    let mut fields = vec![("title", title), ("note", "We have a new station.")];
    fields.extend(drafts.iter().map(|draft| ("draft", *draft)));
    let id = uuid::Uuid::now_v7().to_string();
    fields.push(("id", &id));
    person.post("/change-sets", &fields).await
}

/// Presses a button of a set's page.
pub(crate) async fn press(person: &Person, set: &str, button: &str, fields: &[(&str, &str)]) -> Answer {
    person.fill(set, &format!("{set}/{button}"), fields).await
}

pub(crate) async fn let_out(person: &Person, set: &str, fields: &[(&str, &str)]) -> Answer {
    let path = format!("{set}/publish");
    person.fill(&path, &path, fields).await
}

/// Erin has drafts of a text, a page and the menu.
async fn three_drafts(erin: &Person) -> [&'static str; 3] {
    write(erin, "helplines", &[("markdown", "Call Zebrafinch."), ("change_note", "A new helpline.")]).await;
    assert_eq!(erin.fill("/pages/contact", "/pages/contact", &[("title", "Zebrafinch contact")]).await.status, 303);
    assert_eq!(erin.fill("/navigation", "/navigation", &[("main-label", "Zebrafinch home")]).await.status, 303);
    ["notice:helplines", "page:contact", "navigation"]
}

/// When entries were recorded and come into force.
async fn times(office: &Office, subjects: &[&str]) -> Vec<(Timestamp, Timestamp)> {
    let mut connection = office.public.connection().await;
    let mut times = Vec::new();
    for subject in subjects {
        let entry = last_entry(office, subject).await;
        let row: (jiff_sqlx::Timestamp, jiff_sqlx::Timestamp) =
            sqlx::query_as("select recorded_at, in_force_at from ledger_entry where number = $1")
                .bind(entry)
                .fetch_one(&mut connection)
                .await
                .unwrap();
        times.push((row.0.to_jiff(), row.1.to_jiff()));
    }
    times
}

#[tokio::test]
async fn what_belongs_together_has_one_review_and_goes_live_at_one_instant() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let parts = three_drafts(&erin).await;
    let set = set_of(&erin, "A new station", &parts).await;
    messages(&office).await;
    assert_eq!(press(&erin, &set, "submit", &[]).await.header("location"), format!("{set}?done=submitted"));
    let asked = messages(&office).await;
    assert_eq!(asked.len(), 1, "one letter about all of it, to Percy");
    assert_eq!(asked[0].subject, "For review: A new station – Northshire Police");
    assert!(asked[0].text.contains(&set), "{}", asked[0].text);
    let waiting = waits(&percy).await;
    assert!(waiting.contains("For review A new station 3 changes, put together by Erin Editor"), "{waiting}");
    assert!(!waiting.contains("Helplines"), "its parts are not listed one by one: {waiting}");

    let page = percy.get(&set).await.words();
    for said in ["Zebrafinch contact", "Zebrafinch home", "A new helpline.", "We have a new station."] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert_eq!(press(&percy, &set, "approve", &[]).await.header("location"), format!("{set}?done=approved"));
    assert_eq!(messages(&office).await[0].subject, "Approved: A new station – Northshire Police");
    let done = let_out(&percy, &set, &[]).await;
    assert_eq!(done.header("location"), format!("{set}?done=set-published"), "{}", done.words());
    let public = office.public.get("/contact").await.words();
    assert!(public.contains("Zebrafinch contact") && public.contains("Zebrafinch home"), "{public}");
    assert!(office.public.get("/helplines").await.body.contains("Call Zebrafinch."));
    let times = times(&office, &parts).await;
    assert!(times.iter().all(|both| *both == times[0]) && times[0].0 == times[0].1, "{times:?}");
    for of in parts {
        assert!(draft(&office, of).await.is_none(), "{of}");
        assert_eq!(actions(&office, of).await.last().unwrap(), "published", "{of}");
        let known = particulars(&office, last_entry(&office, of).await).await;
        assert_eq!((&known["writer"], &known["approver"]), (&"Erin Editor".into(), &"Percy Publisher".into()), "{of}");
        assert_eq!(known["alone"], false, "{of}");
    }
    let told = messages(&office).await;
    assert_eq!(told.len(), 1, "one letter that it is live, to Erin");
    assert_eq!(told[0].subject, "Published: A new station – Northshire Police");
    let page = erin.get(&set).await.words();
    assert!(page.contains("Published by Percy Publisher") && page.contains("Version 2 of “Helplines”"), "{page}");
    let log = actions(&office, &set.replace("/change-sets/", "set:")).await;
    assert_eq!(log, ["set_made", "set_submitted", "set_approved", "set_published"]);
    chain_holds(&office).await;
}

#[tokio::test]
async fn an_approval_holds_for_the_set_as_it_was_and_no_other() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let parts = three_drafts(&erin).await;
    let set = set_of(&erin, "A new station", &parts).await;
    press(&erin, &set, "submit", &[]).await;
    let ron = office.staff("Ron Reader", &[Role::Editor]).await;
    let shown = ron.get(&set).await;
    let held = held_fields(&shown.body, &format!("{set}/approve")).unwrap();
    write(&erin, "helplines", &[("markdown", "Call Goldfinch."), ("change_note", "A new helpline.")]).await;
    let pairs: Vec<(&str, &str)> = held.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let refused = ron.post(&format!("{set}/approve"), &pairs).await;
    assert_eq!(refused.status, 409);
    assert!(refused.words().contains("Something in this set was changed since you opened it"), "{}", refused.words());
    assert_eq!(press(&ron, &set, "approve", &[]).await.status, 303);
    write(&erin, "helplines", &[("markdown", "Call Bullfinch."), ("change_note", "A new helpline.")]).await;
    let page = percy.get(&set).await.words();
    assert!(page.contains("Ron Reader approved it as it was earlier."), "{page}");
    // Erin may publish too from now on, and wrote all of it: nobody else has seen it as it is.
    office.run("update staff set roles = '{publisher}' where id = $1", erin.id).await;
    let alone = let_out(&erin, &set, &[]).await;
    assert_eq!(alone.status, 422, "{}", alone.words());
    assert_eq!(versions(&office, "page:contact").await, 1);
    assert_eq!(let_out(&percy, &set, &[]).await.status, 303, "Percy is the second to see it");
    assert!(office.public.get("/helplines").await.body.contains("Bullfinch"));
}

#[tokio::test]
async fn what_one_person_publishes_alone_waits_for_another_to_approve_it_with_one_letter() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let parts = three_drafts(&percy).await;
    let set = set_of(&percy, "A new station", &parts).await;
    messages(&office).await;
    assert_eq!(let_out(&percy, &set, &[("reason", "")]).await.status, 422);
    assert_eq!(let_out(&percy, &set, &[REASON]).await.status, 303);
    let told = messages(&office).await;
    assert_eq!(told.len(), 1, "to Erin: {told:?}");
    assert!(told[0].subject.starts_with("Published without a second check: A new station"), "{}", told[0].subject);
    let waiting = waits(&erin).await;
    assert!(waiting.contains("Published without a second check"), "{waiting}");
    for of in parts {
        assert_eq!(particulars(&office, last_entry(&office, of).await).await["alone"], true, "{of}");
    }
}

#[tokio::test]
async fn nothing_is_published_where_the_last_part_fails() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let parts = three_drafts(&erin).await;
    let set = set_of(&erin, "A new station", &parts).await;
    let mut connection = office.public.connection().await;
    sqlx::raw_sql(
        "create function refuse_menu() returns trigger language plpgsql as
        $$ begin if new.subject = 'navigation' then raise exception 'no'; end if; return new; end $$;
        create trigger refuse_menu before insert on ledger_entry for each row execute function refuse_menu();",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    let letters_before = letters(&office).await;
    assert!(let_out(&percy, &set, &[]).await.status.is_server_error());
    for of in parts {
        assert_eq!(versions(&office, of).await, 1, "{of}");
        assert!(draft(&office, of).await.is_some(), "{of}");
    }
    assert_eq!(letters(&office).await, letters_before);
    assert!(!office.public.get("/contact").await.body.contains("Zebrafinch"));
    sqlx::raw_sql("drop trigger refuse_menu on ledger_entry").execute(&mut connection).await.unwrap();
    assert_eq!(let_out(&percy, &set, &[]).await.status, 303);
    chain_holds(&office).await;
}

#[tokio::test]
async fn a_set_with_a_part_that_is_not_ready_publishes_nothing_and_says_which() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let parts = three_drafts(&erin).await;
    let set = set_of(&erin, "A new station", &parts).await;
    write(&erin, "helplines", &[("markdown", ""), ("change_note", "Empty.")]).await;
    let page = percy.get(&format!("{set}/publish")).await.words();
    assert!(page.contains("“Helplines”: "), "{page}");
    let refused = let_out(&percy, &set, &[]).await;
    assert_eq!(refused.status, 409, "{}", refused.words());
    assert_eq!(versions(&office, "page:contact").await, 1);
}

#[tokio::test]
async fn a_scheduled_set_comes_into_force_at_its_time_and_not_before() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let parts = three_drafts(&erin).await;
    let set = set_of(&erin, "A new station", &parts).await;
    let later = [("when", "later"), ("date", "2026-12-01"), ("time", "09:00")];
    let done = let_out(&percy, &set, &later).await;
    assert!(done.header("location").starts_with(&format!("{set}?done=scheduled")), "{}", done.words());
    let times = times(&office, &parts).await;
    assert!(times.iter().all(|(_, at)| at.to_string() == "2026-12-01T09:00:00Z"), "{times:?}");
    assert!(!office.public.get("/contact").await.body.contains("Zebrafinch"));
    wait_until(&office, "2026-12-01T09:00:00Z").await;
    let public = office.public.get("/contact").await.words();
    assert!(public.contains("Zebrafinch contact") && public.contains("Zebrafinch home"), "{public}");
}

#[tokio::test]
async fn a_part_that_was_published_alone_makes_the_set_stale_until_it_is_left_out() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let parts = three_drafts(&erin).await;
    let set = set_of(&erin, "A new station", &parts).await;
    press(&erin, &set, "submit", &[]).await;
    assert!(percy.get("/drafts/notice:helplines/publish").await.words().contains("change set “A new station”"));
    assert_eq!(publish(&percy, "notice:helplines", &[]).await.status, 303);
    let page = percy.get(&set).await;
    assert!(page.words().contains("“Helplines”: Percy Publisher published it on its own on"), "{}", page.words());
    assert!(!page.body.contains(&format!("action=\"{set}/approve\"")), "nobody approves what is stale");
    assert!(waits(&erin).await.contains("Something in it is out of date"));
    assert_eq!(percy.post(&format!("{set}/publish"), &[("fingerprint", &"0".repeat(64))]).await.status, 409);
    let left = erin.post(&format!("{set}/parts"), &[("press", "leave notice:helplines")]).await;
    assert_eq!(left.status, 303);
    assert_eq!(let_out(&percy, &set, &[]).await.status, 303);
    assert!(office.public.get("/contact").await.body.contains("Zebrafinch contact"));
}

#[tokio::test]
async fn a_part_that_was_deleted_or_redacted_is_named() {
    let office = Office::open().await;
    let (erin, percy, dorian) = (office.editor().await, office.publisher().await, office.protector().await);
    released(&erin, &percy, "helplines", "Ask Pat Lee.").await;
    let parts = three_drafts(&erin).await;
    let set = set_of(&erin, "A new station", &parts).await;
    super::desk_work::press(&erin, "page:contact", "discard", &[]).await;
    let entry = last_entry(&office, "notice:helplines").await;
    let redact = format!("/entries/{entry}/redact");
    let asked = dorian.fill(&redact, &redact, &[("ground", "A name published by mistake.")]).await;
    let request = asked.header("location").split('?').next().unwrap().to_owned();
    let confirmed = percy.fill(&request, &format!("{request}/confirm"), &[("discard", "yes")]).await;
    assert_eq!(confirmed.status, 303, "{}", confirmed.words());
    let page = erin.get(&set).await.words();
    assert!(page.contains("Erin Editor deleted its draft on"), "{page}");
    assert!(page.contains("Percy Publisher removed its text by a redaction on"), "{page}");
}

#[tokio::test]
async fn a_part_that_was_overtaken_can_be_taken_anew_and_has_to_be_approved_again() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let ron = office.staff("Ron Reader", &[Role::Editor]).await;
    released(&erin, &percy, "helplines", "The second text.").await;
    let parts = three_drafts(&erin).await;
    let set = set_of(&erin, "A new station", &parts).await;
    assert_eq!(press(&ron, &set, "approve", &[]).await.status, 303);
    // The first text is put back while the draft lies there.
    let back = format!("/entries/{}/put-back", last_entry(&office, "notice:helplines").await);
    assert_eq!(percy.fill(&back, &back, &[REASON]).await.status, 303);
    let page = erin.get(&set).await.words();
    assert!(page.contains("“Helplines”: another version came into force since."), "{page}");
    let anew = erin.post(&format!("{set}/parts"), &[("press", "take notice:helplines")]).await;
    assert_eq!(anew.status, 303);
    let page = erin.get(&set).await.words();
    assert!(!page.contains("another version came into force"), "{page}");
    assert!(page.contains("Ron Reader approved it as it was earlier."), "{page}");
    assert_eq!(let_out(&percy, &set, &[]).await.status, 303);
    assert!(office.public.get("/helplines").await.body.contains("Zebrafinch"));
}

#[tokio::test]
async fn a_draft_is_in_one_set_and_the_second_is_told_which() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let parts = three_drafts(&erin).await;
    let opened = erin.get("/change-sets/new").await;
    set_of(&erin, "A new station", &parts).await;
    let second = make(&erin, "Another set", &["notice:helplines"]).await;
    assert_eq!(second.status, 422);
    assert!(second.words().contains("“Helplines” is in the change set “A new station” already."), "{}", second.words());
    assert!(opened.words().contains("Helplines") && !erin.get("/change-sets/new").await.words().contains("Helplines"));
    let review = erin.get("/drafts/notice:helplines/review").await.words();
    assert!(review.contains("change set “A new station”"), "{review}");
}

#[tokio::test]
async fn a_form_that_comes_twice_makes_one_set() {
    let office = Office::open().await;
    let erin = office.editor().await;
    three_drafts(&erin).await;
    let id = uuid::Uuid::now_v7().to_string();
    let fields = [("id", id.as_str()), ("title", "Once"), ("note", "N."), ("draft", "navigation")];
    for _ in 0..2 {
        assert_eq!(erin.post("/change-sets", &fields).await.header("location"), format!("/change-sets/{id}"));
    }
    assert_eq!(actions(&office, &format!("set:{id}")).await, ["set_made"]);
}

#[tokio::test]
async fn a_cancelled_set_leaves_its_drafts_and_can_not_be_published() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let parts = three_drafts(&erin).await;
    let set = set_of(&erin, "A new station", &parts).await;
    let opened = percy.get(&format!("{set}/publish")).await;
    assert_eq!(press(&erin, &set, "cancel", &[]).await.header("location"), format!("{set}?done=set-cancelled"));
    for of in parts {
        assert!(draft(&office, of).await.is_some(), "{of}");
    }
    let path = format!("{set}/publish");
    let held = held_fields(&opened.body, &path).unwrap();
    let pairs: Vec<(&str, &str)> = held.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let refused = percy.post(&path, &pairs).await;
    assert_eq!(refused.status, 409);
    assert!(refused.words().contains("This set was published or cancelled in the meantime."), "{}", refused.words());
    set_of(&erin, "Another", &parts).await;
}

#[tokio::test]
async fn a_set_that_is_sent_back_says_why_and_is_not_published() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let parts = three_drafts(&erin).await;
    let set = set_of(&erin, "A new station", &parts).await;
    press(&erin, &set, "submit", &[]).await;
    assert_eq!(press(&percy, &set, "send-back", &[("comment", " ")]).await.status, 422);
    messages(&office).await;
    let back = press(&percy, &set, "send-back", &[("comment", "The label is wrong.")]).await;
    assert_eq!(back.status, 303, "{}", back.words());
    assert!(messages(&office).await[0].text.contains("The label is wrong."));
    assert!(waits(&erin).await.contains("The label is wrong."));
    assert!(erin.get(&set).await.words().contains("Sent back: The label is wrong."));
    let refused = percy.post(&format!("{set}/publish"), &[("fingerprint", &"0".repeat(64))]).await;
    assert_eq!(refused.status, 409, "{}", refused.words());
}

#[tokio::test]
async fn an_approval_stays_when_the_reviewer_has_left() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let ron = office.staff("Ron Reader", &[Role::Editor]).await;
    let parts = three_drafts(&erin).await;
    let set = set_of(&erin, "A new station", &parts).await;
    press(&erin, &set, "submit", &[]).await;
    assert_eq!(press(&ron, &set, "approve", &[]).await.status, 303);
    office.run("update staff set suspended_at = now() where id = $1", ron.id).await;
    assert!(percy.get(&set).await.words().contains("Ron Reader approved all of it on"));
    assert_eq!(let_out(&percy, &set, &[]).await.status, 303);
    let known = particulars(&office, last_entry(&office, "page:contact").await).await;
    assert_eq!(known["seen"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn what_is_odd_is_answered_with_a_sentence() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let parts = three_drafts(&erin).await;
    for (title, drafts, said) in [
        ("", &parts[..], "What the set is about: write something here."),
        ("A set", &[][..], "Tick at least one draft."),
        ("A set", &["notice:nowhere"][..], "was published or deleted in the meantime"),
        ("A \u{202E}set", &parts[..], "cannot be shown"),
    ] {
        let refused = make(&erin, title, drafts).await;
        assert_eq!(refused.status, 422, "{title}");
        assert!(refused.words().contains(said), "{title}: {}", refused.words());
    }
    let bare = [("title", "A set"), ("note", ""), ("draft", "navigation")];
    assert!(erin.post("/change-sets", &bare).await.words().contains("Say in a sentence what changed"));
    let nowhere = format!("/change-sets/{}", uuid::Uuid::now_v7());
    assert_eq!(erin.get(&nowhere).await.status, 404);
    assert_eq!(erin.post(&format!("{nowhere}/submit"), &[]).await.status, 404);
    assert_eq!(erin.get("/change-sets/x").await.status, 404);
    let set = set_of(&erin, "A new station", &parts).await;
    assert_eq!(percy.post(&format!("{set}/publish"), &[("fingerprint", "x")]).await.status, 400);
    assert_eq!(erin.post(&format!("{set}/parts"), &[("press", "leave nothing")]).await.status, 400);
    assert_eq!(erin.post(&format!("{set}/parts"), &[("press", "add"), ("draft", "facts")]).await.status, 409);
}

#[tokio::test]
async fn one_press_puts_back_all_that_a_set_changed_at_one_instant() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let parts = three_drafts(&erin).await;
    let set = set_of(&erin, "A new station", &parts).await;
    assert_eq!(let_out(&percy, &set, &[]).await.status, 303);
    assert_eq!(press(&percy, &set, "put-back", &[("reason", "x")]).await.status, 422);
    assert_eq!(erin.post(&format!("{set}/put-back"), &[("reason", "It was wrong.")]).await.status, 403);
    let back = press(&percy, &set, "put-back", &[("reason", "It was a mistake.")]).await;
    assert_eq!(back.status, 303, "{}", back.words());
    let public = office.public.get("/contact").await.body + &office.public.get("/helplines").await.body;
    assert!(!public.contains("Zebrafinch"));
    let times = times(&office, &parts).await;
    assert!(times.iter().all(|both| *both == times[0]), "{times:?}");
    for of in parts {
        assert_eq!(versions(&office, of).await, 3, "{of}");
        assert_eq!(actions(&office, of).await.last().unwrap(), "put_back", "{of}");
    }
    let again = press(&percy, &set, "put-back", &[("reason", "It was a mistake.")]).await;
    assert_eq!(again.status, 409);
    assert!(again.words().contains("was changed again since"), "{}", again.words());
    chain_holds(&office).await;
}

#[tokio::test]
async fn a_preview_link_shows_a_set_as_it_would_be_with_its_own_facts_texts_and_links() {
    let office = Office::open().await;
    let erin = office.editor().await;
    write(&erin, "helplines", &[("markdown", "Write to {{ contact_email }}."), ("change_note", "New.")]).await;
    let facts = [("fact:contact_email", "zebrafinch@northshire.example")];
    assert_eq!(erin.fill("/facts", "/facts", &facts).await.status, 303);
    assert_eq!(erin.fill("/pages/contact", "/pages/contact", &[("title", "Zebrafinch contact")]).await.status, 303);
    assert_eq!(erin.fill("/navigation", "/navigation", &[("main-label", "Zebrafinch home")]).await.status, 303);
    let parts = ["notice:helplines", "facts", "page:contact", "navigation"];
    let set = set_of(&erin, "A new station", &parts).await;
    let page = scraper::Html::parse_document(&erin.get(&set).await.body);
    let link = scraper::Selector::parse("a[href^='/previews/new?']").unwrap();
    let path = page.select(&link).next().unwrap().attr("href").unwrap().to_owned();
    let mut held = held_fields(&erin.get(&path).await.body, "/previews").unwrap();
    held.retain(|(name, _)| name != "label" && name != "lasts");
    assert_eq!(held.iter().filter(|(name, _)| name == "draft").count(), 4, "{held:?}");
    let mut fields: Vec<(&str, &str)> = held.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.extend([("label", "for Eastshire"), ("lasts", "day")]);
    assert_eq!(erin.post("/previews", &fields).await.status, 303);
    let list = erin.get("/previews").await.body;
    let at = list.find("/preview/").unwrap();
    let shown = office.public.get(&list[at..at + "/preview/".len() + 64]).await;
    let words = shown.words();
    for said in ["Write to zebrafinch@northshire.example.", "Page: Zebrafinch contact", "Zebrafinch home"] {
        assert!(words.contains(said), "{said}: {words}");
    }
}
