//! Failed tries slow guessing down and lock nobody out.

use axum::http::StatusCode;
use bluelamp::desk::accounts::Role;
use jiff::SignedDuration;

use super::people::Office;
use super::settled::PASSWORD;
use crate::support::client::Client;

const WRONG: &str = "harbour violet casting umbrellas";

/// Somebody at an address of their own.
fn at(office: &Office, address: &str) -> Client {
    let mut browser = office.browser();
    browser.peer = Some(address.parse().unwrap());
    browser
}

#[tokio::test]
async fn wrong_tries_have_to_wait_longer_and_longer_and_a_try_too_soon_is_neither_worked_on_nor_counted() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let mut waits = Vec::new();
    for _ in 0..10 {
        let mut stranger = at(&office, "203.0.113.9");
        assert_eq!(stranger.type_password(&erin.email, WRONG).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let refused = stranger.type_password(&erin.email, PASSWORD).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "even the right one");
        let seconds: i64 = refused.header("retry-after").parse().unwrap();
        assert!(refused.words().contains(&format!("Wait {seconds} second")), "{}", refused.words());
        assert!(refused.body.contains(&erin.email), "the form comes back");
        waits.push(seconds);
        office.pass(SignedDuration::from_secs(seconds));
    }
    assert_eq!(waits, [1, 1, 3, 3, 3, 3, 3, 3, 5, 5]);
    let counts = office.failed_sign_ins().await;
    let count =
        |row: &String| row.split("\"count\":").nth(1).unwrap().split(',').next().unwrap().parse::<u32>().unwrap();
    assert_eq!(counts.iter().map(count).sum::<u32>(), 10, "{counts:?}");
    assert!(counts.len() <= 2, "one row a minute: {counts:?}");
    office.pass(SignedDuration::from_hours(24));
    let mut stranger = at(&office, "203.0.113.9");
    stranger.type_password(&erin.email, WRONG).await;
    assert_eq!(
        stranger.type_password(&erin.email, WRONG).await.header("retry-after"),
        "1",
        "after a day it is forgotten"
    );
}

#[tokio::test]
async fn an_unknown_address_slows_down_just_as_a_known_one() {
    let office = Office::open().await;
    for expected in ["1", "1", "3"] {
        let mut stranger = at(&office, "203.0.113.9");
        stranger.type_password("nobody@northshire.example", WRONG).await;
        let refused = stranger.type_password("nobody@northshire.example", WRONG).await;
        assert_eq!(refused.header("retry-after"), expected);
        office.pass(SignedDuration::from_secs(5));
    }
}

#[tokio::test]
async fn strangers_who_hammer_an_account_do_not_stop_its_owner_at_a_browser_they_know() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let mut own = erin.browser.clone();
    own.post("/sign-out", &[]).await;
    for round in 0..12 {
        let mut stranger = at(&office, &format!("203.0.113.{round}"));
        stranger.type_password(&erin.email, WRONG).await;
        office.pass(SignedDuration::from_secs(10));
    }
    let mut stranger = at(&office, "198.51.100.1");
    assert_eq!(stranger.type_password(&erin.email, WRONG).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(stranger.type_password(&erin.email, PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
    erin.sign_in(&office, &mut own).await;
    assert!(own.is_in().await);
}

#[tokio::test]
async fn a_known_browser_has_a_ladder_of_its_own_and_is_known_for_its_owner_alone() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let percy = office.settled("Percy Publisher", &[Role::Publisher]).await;
    let mut own = erin.browser.clone();
    own.post("/sign-out", &[]).await;
    own.type_password(&erin.email, WRONG).await;
    assert_eq!(own.type_password(&erin.email, WRONG).await.status, StatusCode::TOO_MANY_REQUESTS);
    // Percy's account does not count as known in Erin's browser.
    let mut stranger = at(&office, "203.0.113.9");
    stranger.type_password(&percy.email, WRONG).await;
    assert_eq!(own.type_password(&percy.email, PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
    office.pass(SignedDuration::from_secs(1));
    erin.sign_in(&office, &mut own).await;
}

#[tokio::test]
async fn one_address_that_tries_many_accounts_slows_down_whatever_it_writes_into_a_header() {
    let office = Office::open().await;
    let mut refused = 0;
    for round in 0..12 {
        let mut stranger = at(&office, "203.0.113.9");
        stranger.forwarded = Some(format!("198.51.100.{round}"));
        let answer = stranger.type_password(&format!("person{round}@northshire.example"), WRONG).await;
        refused += u32::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(refused, 2, "ten are free");
    let mut neighbour = at(&office, "203.0.113.10");
    let answer = neighbour.type_password("person50@northshire.example", WRONG).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Behind a proxy that is trusted, the last hop before it counts.
    let mut behind = at(&office, "127.0.0.1");
    behind.forwarded = Some("198.51.100.77, 203.0.113.9".to_owned());
    let answer = behind.type_password("person51@northshire.example", WRONG).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn many_guesses_at_once_are_not_many_guesses() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let guess = |office: &Office| {
        let mut stranger = office.browser();
        let email = erin.email.clone();
        async move { stranger.type_password(&email, WRONG).await.status }
    };
    let answers: [StatusCode; 6] =
        tokio::join!(guess(&office), guess(&office), guess(&office), guess(&office), guess(&office), guess(&office))
            .into();
    let worked_on = answers.iter().filter(|status| **status == StatusCode::UNPROCESSABLE_ENTITY).count();
    assert_eq!(worked_on, 1, "{answers:?}");
}

#[tokio::test]
async fn codes_are_slowed_down_as_well() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let mut thief = office.browser();
    thief.type_password(&erin.email, PASSWORD).await;
    assert_eq!(thief.post("/sign-in/code", &[("code", "000000")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let refused = thief.post("/sign-in/code", &[("code", "000001")]).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header("retry-after"), "1");
}
