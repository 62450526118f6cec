//! A form that arrives after its sender's session ran out.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use bluelamp::desk::accounts::{Role, cleanup};
use jiff::SignedDuration;

use super::people::Office;
use super::settled::Settled;
use crate::support::client::{form, held_fields, pairs};

const LATE: SignedDuration = SignedDuration::from_mins(31);

/// Sends a form of another feature too late, and gives where the answer goes.
async fn send_late(office: &Office, erin: &mut Settled, label: &str) -> String {
    office.pass(LATE);
    let answer = erin.browser.post("/previews", &[("label", label), ("draft", "notice:contact")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.words());
    let location = answer.header("location").to_owned();
    assert!(location.starts_with("/sign-in?next=%2Fresume%2F"), "{location}");
    location.replace("/sign-in?next=", "").replace("%2F", "/")
}

#[tokio::test]
async fn a_late_form_waits_for_its_sender_and_stays_while_its_room_has_something_to_ask() {
    let office = Office::open().await;
    let mut erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let resume = send_late(&office, &mut erin, "for the “press office” & <others>").await;
    assert_eq!(
        erin.browser.get(&resume).await.header("location"),
        format!("/sign-in?next={}", resume.replace('/', "%2F"))
    );
    let mut again = office.browser();
    erin.sign_in(&office, &mut again).await;
    let page = again.get(&resume).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.words().contains("Your text is still here"));
    let id = resume.rsplit('/').next().unwrap();
    let action = format!("/previews?resumed={id}");
    let held = held_fields(&page.body, &action).unwrap();
    assert_eq!(held[0], ("label".to_owned(), "for the “press office” & <others>".to_owned()));
    assert_eq!(held[1], ("draft".to_owned(), "notice:contact".to_owned()));
    // The feature itself still has something to ask: the form stays.
    let refused = again.post(&action, &pairs(&held)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.words());
    assert_eq!(again.get(&resume).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_late_form_is_gone_once_its_room_has_taken_it() {
    let office = Office::open().await;
    let mut erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let mut connection = office.public.connection().await;
    let link = uuid::Uuid::now_v7();
    sqlx::query(
        "insert into preview_link (id, hash, label, subjects, made_by, made_at, ends_at)
        values ($1, '\\x00', 'x', '{notice:contact}', $2, '2026-11-24 12:00Z', '2026-12-24 12:00Z')",
    )
    .bind(link)
    .bind(erin.id)
    .execute(&mut connection)
    .await
    .unwrap();
    office.pass(LATE);
    let late = erin.browser.post(&format!("/previews/{link}/revoke"), &[("why", "lost")]).await;
    let resume = late.header("location").replace("/sign-in?next=", "").replace("%2F", "/");
    let mut again = office.browser();
    erin.sign_in(&office, &mut again).await;
    let action = format!("/previews/{link}/revoke?resumed={}", resume.rsplit('/').next().unwrap());
    let taken = again.fill(&resume, &action, &[]).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.words());
    assert_eq!(again.get(&resume).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn only_its_sender_sees_a_late_form_and_only_for_a_day() {
    let office = Office::open().await;
    let mut erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let resume = send_late(&office, &mut erin, "mine").await;
    let mut percy = office.settled("Percy Publisher", &[Role::Publisher]).await;
    assert_eq!(percy.browser.get(&resume).await.status, StatusCode::NOT_FOUND);
    office.pass(SignedDuration::from_hours(24));
    let mut again = office.browser();
    erin.sign_in(&office, &mut again).await;
    assert_eq!(again.get(&resume).await.status, StatusCode::NOT_FOUND);
    let mut connection = office.public.connection().await;
    let left: i64 = sqlx::query_scalar("select count(*) from parked_form").fetch_one(&mut connection).await.unwrap();
    assert_eq!(left, 1);
    cleanup::delete_old(&office.desk).await.unwrap();
    let left: i64 = sqlx::query_scalar("select count(*) from parked_form").fetch_one(&mut connection).await.unwrap();
    assert_eq!(left, 0, "upkeep deletes what is older than a day");
}

#[tokio::test]
async fn what_waits_is_sealed_and_of_one_person_no_more_than_five() {
    let office = Office::open().await;
    let mut erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let mut links = vec![send_late(&office, &mut erin, "round 0").await];
    for round in 1..7 {
        let answer = erin.browser.post("/previews", &[("label", &format!("round {round}"))]).await;
        links.push(answer.header("location").replace("/sign-in?next=", "").replace("%2F", "/"));
        office.pass(SignedDuration::from_secs(1));
    }
    let mut connection = office.public.connection().await;
    let rows: Vec<String> = sqlx::query_scalar("select encode(sealed, 'escape') from parked_form")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(rows.len(), 5);
    assert!(rows.iter().all(|row| !row.contains("round")));
    let mut again = office.browser();
    erin.sign_in(&office, &mut again).await;
    assert_eq!(again.get(&links[1]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(again.get(&links[2]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_form_of_a_session_that_was_ended_comes_back_on_the_page_and_leaves_nothing() {
    let office = Office::open().await;
    let mut adele = office.settled("Adele Admin", &[Role::Administrator]).await.browser;
    let mut connection = office.public.connection().await;
    for way in ["signed out", "roles changed", "ended elsewhere"] {
        let mut erin = office.settled(&format!("Erin {way}"), &[Role::Editor]).await;
        let mut stolen = erin.browser.clone();
        match way {
            "signed out" => drop(erin.browser.post("/sign-out", &[]).await),
            "roles changed" => {
                let path = format!("/accounts/{}", erin.id);
                adele.fill(&path, &path, &[("role", "auditor")]).await;
            }
            _ => {
                let mut other = office.browser();
                erin.sign_in(&office, &mut other).await;
                other.post("/account/sessions/end-others", &[]).await;
            }
        }
        let answer = stolen.post("/previews", &[("label", "typed for an hour")]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{way}");
        assert!(answer.body.contains("typed for an hour"), "{way}: the page still has it");
        let kept: i64 =
            sqlx::query_scalar("select count(*) from parked_form").fetch_one(&mut connection).await.unwrap();
        assert_eq!(kept, 0, "{way}");
    }
}

#[tokio::test]
async fn nothing_is_kept_for_strangers_for_scripts_and_for_forms_with_passwords() {
    let office = Office::open().await;
    let mut erin = office.settled("Erin Editor", &[Role::Editor]).await;
    office.pass(LATE);
    let mut script = form("/previews", &[("label", "x")]);
    script.headers_mut().insert("sec-fetch-mode", "cors".parse().unwrap());
    assert_eq!(erin.browser.send(script).await.status, StatusCode::UNAUTHORIZED);
    for path in ["/account/password", "/accounts/new", "/confirm"] {
        let answer = erin.browser.post(path, &[("password", "harbour violet casting")]).await;
        assert_eq!(answer.header("location"), "/sign-in", "{path}");
    }
    let json = Request::post("/previews")
        .header(header::CONTENT_TYPE, "application/json")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from("{}"))
        .unwrap();
    assert_eq!(erin.browser.send(json).await.header("location"), "/sign-in");
    let big = "x".repeat(1024 * 1024);
    assert_eq!(erin.browser.post("/previews", &[("label", &big)]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let mut connection = office.public.connection().await;
    let kept: i64 = sqlx::query_scalar("select count(*) from parked_form").fetch_one(&mut connection).await.unwrap();
    assert_eq!(kept, 0);
    office.pass(SignedDuration::from_hours(24));
    let answer = erin.browser.post("/previews", &[("label", "x")]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "a day later nobody knows whose it is");
}

#[tokio::test]
async fn a_form_of_a_browser_without_a_session_is_given_back_and_goes_on_after_signing_in_beside_it() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let mut browser = office.browser();
    let text = "</textarea><script>alert(1)</script>\n\nCall us.";
    let edit = "/notices/contact/edit";
    let fields = [("markdown", text), ("title", "Contact us"), ("revision", "0"), ("change_note", "Numbers.")];
    let given = browser.post(edit, &fields).await;
    assert_eq!(given.status, StatusCode::UNAUTHORIZED);
    assert!(given.words().contains("Your text is still here"), "{}", given.words());
    assert!(given.body.contains("<a href=\"/sign-in\" target=\"_blank\"") && !given.body.contains("<script>alert"));
    let held = held_fields(&given.body, edit).unwrap();
    assert_eq!(held[0], ("markdown".to_owned(), text.to_owned()));
    let again = pairs(&held);
    assert_eq!(browser.post(edit, &again).await.status, StatusCode::UNAUTHORIZED, "not signed in yet");
    erin.sign_in(&office, &mut browser).await;
    let taken = browser.post(edit, &again).await;
    assert_ne!(taken.status, StatusCode::UNAUTHORIZED);
    assert!(taken.body.contains("Call us.") || taken.status == StatusCode::SEE_OTHER, "{}", taken.words());
    // Another site's form gets no such page, on which a press would send it as one of ours.
    let mut foreign = form(edit, &fields);
    foreign.headers_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());
    let refused = office.browser().send(foreign).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(!refused.body.contains("Call us."));
}

/// Seals what was kept to keys that the site has no more.
async fn lose_the_keys(office: &Office) {
    let changed = sqlx::query("update parked_form set sealed = set_byte(sealed, length(sealed) - 1, 255 - get_byte(sealed, length(sealed) - 1))")
        .execute(&mut office.public.connection().await)
        .await
        .unwrap();
    assert!(changed.rows_affected() > 0);
}

#[tokio::test]
async fn a_kept_form_that_no_key_opens_is_said_to_be_unreadable() {
    let office = Office::open().await;
    let mut erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let resume = send_late(&office, &mut erin, "for Eastshire").await;
    lose_the_keys(&office).await;
    let mut again = office.browser();
    erin.sign_in(&office, &mut again).await;
    let page = again.get(&resume).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.words().contains("cannot be read any more"), "{}", page.words());
}

#[tokio::test]
async fn a_form_that_no_key_opens_after_its_proof_asks_for_another() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    super::desk_work::released(&erin, &percy, "helplines", "Ask anybody.").await;
    let protector = office.protector().await;
    let entry = super::desk_work::last_entry(&office, "notice:helplines").await;
    let redact = format!("/entries/{entry}/redact");
    let fields = [("ground", "A name published by mistake.")];
    let asked = protector.post_once(&redact, &fields).await;
    let id = asked.header("location").rsplit("%2F").next().unwrap().parse().unwrap();
    protector.prove(id).await;
    lose_the_keys(&office).await;
    let again = protector.post_once(&format!("{redact}?resumed={id}"), &fields).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.words());
    assert!(again.header("location").starts_with("/confirm"), "{}", again.header("location"));
}
