//! What staff say to each other about a text: comments, reviews asked for by name, and the letters about them.

use axum::http::StatusCode;
use bluelamp::desk::accounts::Role;
use bluelamp::features::publishing::came_into_force;
use sqlx::Row as _;

use super::dashboard::waits;
use super::desk_work::{actions, letters, messages, press, publish, released, wait_until, write};
use super::people::{Office, Person};

const OF: &str = "notice:helplines";
const TALK: &str = "/discussions/notice:helplines";

/// Takes away the letters that wait, as if they were sent.
async fn forget_letters(office: &Office) {
    sqlx::query("delete from mail_outbox").execute(&mut office.public.connection().await).await.unwrap();
}

async fn draft_by(person: &Person) {
    let text = "Call Childline on 0800 1111.\n\nWe are open from 10am to 3pm.";
    write(person, "helplines", &[("markdown", text), ("change_note", "New hours.")]).await;
}

#[tokio::test]
async fn a_comment_quotes_a_passage_and_stays_through_saves_and_a_release() {
    let office = Office::open().await;
    let (erin, percy, dorian) = (office.editor().await, office.publisher().await, office.protector().await);
    draft_by(&erin).await;
    let passage = [("passage", "open from 10am\r\n to 3pm"), ("words", "Is it not 4pm?")];
    let said = percy.fill(TALK, TALK, &passage).await;
    assert_eq!(said.header("location"), "/discussions/notice:helplines?done=commented", "{}", said.words());
    let review = erin.get("/drafts/notice:helplines/review").await.words();
    assert!(review.contains("Percy Publisher commented, 24 November 2026 at 12:00"), "{review}");
    assert!(review.contains("Is it not 4pm?") && !review.contains("does not stand in the text any more"), "{review}");
    let first = messages(&office).await;
    assert_eq!(first.len(), 1, "{first:?}");
    assert_eq!(first[0].to, "erin.editor@northshire.example");
    assert!(first[0].text.contains("Percy Publisher commented on a passage of this text."), "{}", first[0].text);
    assert!(first[0].text.contains("Is it not 4pm?") && !first[0].text.contains("10am"), "{}", first[0].text);

    // Erin answers; Dorian, who may not write, says something too.
    let thread = erin.get(TALK).await.body;
    let at = thread.split("?reply=").nth(1).unwrap().split('#').next().unwrap().to_owned();
    let answer = erin.fill(&format!("{TALK}?reply={at}"), TALK, &[("words", "Yes, it is 4pm.")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.words());
    assert_eq!(dorian.fill(TALK, TALK, &[("words", "Fine by me.")]).await.status, StatusCode::SEE_OTHER);

    // The passage goes with the next save, the comment does not.
    write(&erin, "helplines", &[("markdown", "Call Childline on 0800 1111.")]).await;
    let words = percy.get(TALK).await.words();
    assert!(words.contains("This passage does not stand in the text any more."), "{words}");
    let published = publish(&percy, OF, &[]).await;
    assert_eq!(published.status, StatusCode::SEE_OTHER, "{}", published.words());
    let after = office.auditor().await.get(TALK).await;
    for said in ["Is it not 4pm?", "Yes, it is 4pm.", "Fine by me."] {
        assert!(after.words().contains(said), "{said}: {}", after.words());
        assert!(!office.public.get("/helplines").await.body.contains(said), "{said} is public");
    }
    let commented = actions(&office, OF).await.iter().filter(|action| *action == "commented").count();
    assert_eq!(commented, 3);
    let mut connection = office.public.connection().await;
    for row in sqlx::query("select body from ledger_content union all select body from ledger_particulars")
        .fetch_all(&mut connection)
        .await
        .unwrap()
    {
        assert!(!row.get::<String, _>("body").contains("Is it not 4pm?"));
    }
}

#[tokio::test]
async fn a_comment_that_cannot_be_kept_is_shown_again_as_it_was_typed() {
    let office = Office::open().await;
    let (erin, audrey) = (office.editor().await, office.auditor().await);
    draft_by(&erin).await;
    let long = "x".repeat(2001);
    for (passage, words, why) in [
        ("", long.as_str(), "Your comment: use at most 2000 characters. You typed 2001."),
        ("", " \r\n ", "Your comment: write something here."),
        ("we never said that", "Wrong.", "These words do not stand in the text as it is now."),
        ("", "a\u{202E}b", "This holds a character that cannot be shown"),
    ] {
        let refused = erin.fill(TALK, TALK, &[("passage", passage), ("words", words)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{why}");
        let said = refused.words().to_lowercase();
        assert!(said.contains(&why.to_lowercase()), "{why}: {said}");
        assert!(refused.body.contains(words.trim()) && refused.body.contains(passage), "{why}");
    }
    let gone = uuid::Uuid::now_v7().to_string();
    let lost = erin.post(TALK, &[("words", "To nobody."), ("reply_to", &gone)]).await;
    assert_eq!(lost.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(lost.words().contains("The comment that you answer is gone.") && lost.body.contains("To nobody."));
    assert_eq!(audrey.post(TALK, &[("words", "No.")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(erin.get("/discussions/notice:nothing-here").await.status, StatusCode::NOT_FOUND);
    assert_eq!(erin.get("/discussions/nothing").await.status, StatusCode::NOT_FOUND);
    // A form sent twice is one comment; with other words it is told.
    let id = uuid::Uuid::now_v7().to_string();
    for _ in 0..2 {
        assert_eq!(erin.post(TALK, &[("id", &id), ("words", "Once.")]).await.status, StatusCode::SEE_OTHER);
    }
    let other = erin.post(TALK, &[("id", &id), ("words", "Twice.")]).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(other.body.contains("Twice.") && other.words().matches("Once.").count() == 1, "{}", other.words());
}

#[tokio::test]
async fn a_reviewer_is_asked_by_name_with_a_message_and_nobody_else_is_written_to() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let carl = office.staff("Carl Colleague", &[Role::Editor]).await;
    let audrey = office.auditor().await;
    draft_by(&erin).await;
    let page = erin.get("/drafts/notice:helplines/review").await.body;
    assert!(page.contains(&carl.id.to_string()) && page.contains(&percy.id.to_string()));
    for other in [&erin.id, &audrey.id] {
        assert!(!page.contains(&other.to_string()), "somebody who cannot review it is offered");
    }
    let long = "x".repeat(2001);
    let refused = press(&erin, OF, "submit", &[("reviewer", &carl.id.to_string()), ("message", &long)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains(&long) && refused.body.contains(&format!("{}\" selected", carl.id)));
    let wish = [("reviewer", carl.id.to_string()), ("message", "Please look at the hours.".to_owned())];
    let wish: Vec<(&str, &str)> = wish.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let asked = press(&erin, OF, "submit", &wish).await;
    assert_eq!(asked.header("location"), "/drafts/notice:helplines/review?done=submitted-to-one");
    let sent = messages(&office).await;
    assert_eq!(sent.iter().map(|letter| letter.to.as_str()).collect::<Vec<_>>(), ["carl.colleague@northshire.example"]);
    assert!(sent[0].text.contains("Erin Editor asks you for a review."), "{}", sent[0].text);
    assert!(sent[0].text.contains("Please look at the hours."), "{}", sent[0].text);
    assert!(waits(&carl).await.contains("Erin Editor asks you."));
    assert!(!waits(&percy).await.contains("asks you"), "{}", waits(&percy).await);
    let review = percy.get("/drafts/notice:helplines/review").await.words();
    assert!(review.contains("Erin Editor asked Carl Colleague for a review"), "{review}");

    // Carl leaves: it waits for everybody again, and the review says why.
    let mut connection = office.public.connection().await;
    sqlx::query("update staff set roles = '{auditor}' where id = $1")
        .bind(carl.id)
        .execute(&mut connection)
        .await
        .unwrap();
    let said = percy.get("/drafts/notice:helplines/review").await.words();
    assert!(said.contains("Carl Colleague was asked for this review and cannot give one any more."), "{said}");
    assert!(waits(&percy).await.contains("For review"), "{}", waits(&percy).await);
}

#[tokio::test]
async fn whoever_cannot_review_is_not_asked_but_everybody_else_is_and_it_is_said() {
    let office = Office::open().await;
    let (erin, percy, audrey) = (office.editor().await, office.publisher().await, office.auditor().await);
    for odd in [audrey.id.to_string(), erin.id.to_string(), uuid::Uuid::now_v7().to_string(), "nobody".to_owned()] {
        draft_by(&erin).await;
        let asked = press(&erin, OF, "submit", &[("reviewer", &odd)]).await;
        assert_eq!(asked.header("location"), "/drafts/notice:helplines/review?done=submitted-to-all", "{odd}");
        let sent = messages(&office).await;
        assert_eq!(sent.len(), 1, "{odd}: {sent:?}");
        assert_eq!(sent[0].to, "percy.publisher@northshire.example");
        press(&percy, OF, "discard", &[]).await;
    }
}

#[tokio::test]
async fn a_comment_goes_with_the_draft_that_is_deleted_and_with_a_text_that_is_destroyed() {
    let office = Office::open().await;
    let (erin, percy, dorian) = (office.editor().await, office.publisher().await, office.protector().await);
    released(&erin, &percy, "helplines", "The first text.").await;
    percy.fill(TALK, TALK, &[("passage", "The first text."), ("words", "Names somebody.")]).await;
    office.public.clock.set(office.public.clock.now() + jiff::SignedDuration::from_mins(1));
    draft_by(&erin).await;
    percy.fill(TALK, TALK, &[("words", "About the draft.")]).await;
    press(&erin, OF, "discard", &[]).await;
    let left = percy.get(TALK).await.words();
    assert!(left.contains("Names somebody.") && !left.contains("About the draft."), "{left}");
    let entry = super::desk_work::last_entry(&office, OF).await;
    let path = format!("/entries/{entry}/redact");
    let ticked = entry.to_string();
    let asked = dorian.post(&path, &[("entry", &ticked), ("ground", "Article 17 of the UK GDPR.")]).await;
    let request = asked.header("location").split('?').next().unwrap().to_owned();
    assert_eq!(percy.post(&format!("{request}/confirm"), &[]).await.status, StatusCode::SEE_OTHER);
    let mut connection = office.public.connection().await;
    let comments: i64 =
        sqlx::query_scalar("select count(*) from staff_comment").fetch_one(&mut connection).await.unwrap();
    assert_eq!(comments, 0);
}

#[tokio::test]
async fn what_was_scheduled_is_told_once_when_it_is_live_and_a_withdrawal_at_once() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    draft_by(&erin).await;
    let later = [("when", "later"), ("date", "2026-11-25"), ("time", "09:00")];
    assert_eq!(publish(&percy, OF, &later).await.status, StatusCode::SEE_OTHER);
    forget_letters(&office).await;
    came_into_force::tell(&office.desk).await.unwrap();
    assert_eq!(letters(&office).await, 0, "it is not live yet");
    wait_until(&office, "2026-11-25T09:00:30Z").await;
    for _ in 0..2 {
        came_into_force::tell(&office.desk).await.unwrap();
    }
    let told = messages(&office).await;
    assert_eq!(told.len(), 2, "Erin and Percy, once each: {told:?}");
    assert!(told[0].subject.starts_with("Live: Helplines"), "{}", told[0].subject);
    assert!(told[0].text.contains("What was scheduled is live now: visitors read it."), "{}", told[0].text);
    let path = "/notices/helplines/withdraw";
    let fields =
        [("note", "We have no such lines any more."), ("go_to", "/contact"), ("reason", "Nobody else is here today.")];
    let done = percy.post(path, &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.words());
    let told = messages(&office).await;
    let withdrawn = told.iter().find(|letter| letter.subject.starts_with("Withdrawn: ")).expect("no letter");
    assert_eq!(withdrawn.to, "erin.editor@northshire.example");
    assert!(withdrawn.text.contains("Percy Publisher withdrew this"), "{}", withdrawn.text);
    assert!(withdrawn.text.contains("We have no such lines any more."), "{}", withdrawn.text);
}

#[tokio::test]
async fn the_link_of_each_letter_opens_for_whoever_gets_it() {
    let office = Office::open().await;
    let (erin, percy, dorian) = (office.editor().await, office.publisher().await, office.protector().await);
    let carl = office.staff("Carl Colleague", &[Role::Editor]).await;
    let paula = office.staff("Paula Publisher", &[Role::Publisher]).await;
    let adele = office.administrator().await;
    let people = [&erin, &percy, &dorian, &carl, &paula, &adele];
    let mut kinds = std::collections::BTreeSet::new();
    let mut open_all = async |office: &Office| {
        for letter in messages(office).await {
            let to = letter.to.split('@').next().unwrap().replace('.', " ");
            let person = people.iter().find(|one| one.name.to_lowercase() == to).unwrap();
            let link = letter.text.lines().find_map(|line| line.strip_prefix("http://localhost:8001")).unwrap();
            let answer = person.get(link).await;
            assert_eq!(answer.status, StatusCode::OK, "{}: {link} for {to}", letter.subject);
            kinds.insert(letter.subject.split(':').next().unwrap().to_owned());
        }
    };
    draft_by(&erin).await;
    press(&erin, OF, "submit", &[]).await;
    dorian.fill(TALK, TALK, &[("words", "A question.")]).await;
    open_all(&office).await;
    press(&carl, OF, "send-back", &[("comment", "Say more.")]).await;
    open_all(&office).await;
    draft_by(&erin).await;
    press(&erin, OF, "submit", &[]).await;
    press(&carl, OF, "approve", &[]).await;
    open_all(&office).await;
    publish(&percy, OF, &[]).await;
    open_all(&office).await;
    write(&percy, "contact", &[("change_note", "A word."), ("markdown", "Call 101.")]).await;
    publish(&percy, "notice:contact", &[("reason", "Nobody else is here today.")]).await;
    open_all(&office).await;
    let ask = "/notices/helplines/withdraw/ask";
    erin.fill("/notices/helplines/withdraw", ask, &[("note", "These lines are closed now."), ("go_to", "/contact")])
        .await;
    open_all(&office).await;
    percy.fill("/notices/helplines/withdraw", "/notices/helplines/withdraw/confirm", &[]).await;
    open_all(&office).await;
    let entry = super::desk_work::last_entry(&office, "notice:contact").await.to_string();
    let fields = [("entry", entry.as_str()), ("ground", "Article 17 of the UK GDPR.")];
    let asked = dorian.post(&format!("/entries/{entry}/redact"), &fields).await;
    open_all(&office).await;
    let request = asked.header("location").split('?').next().unwrap().to_owned();
    adele.post(&format!("{request}/confirm"), &[]).await;
    open_all(&office).await;
    for kind in [
        "Approved",
        "Comment",
        "Confirmed",
        "For review",
        "Published",
        "Published without a second check",
        "Sent back",
        "To confirm",
        "Withdrawn",
    ] {
        assert!(kinds.contains(kind), "no letter of this kind was looked at: {kind} ({kinds:?})");
    }
}
