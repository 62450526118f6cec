//! Guessing a password ends after a hundred wrong tries, and its owner has it back with one press of a button.

use axum::http::StatusCode;
use bluelamp::base::mail::Message;
use bluelamp::desk::accounts::{Role, cleanup};
use jiff::SignedDuration;

use super::authenticator::Authenticator;
use super::passkeys::{send, start};
use super::people::Office;
use super::settled::{PASSWORD, Settled, code_at};
use crate::support::client::Client;

const WRONG: &str = "harbour violet casting umbrellas";
/// Longer than any wait between two tries.
const WAIT: SignedDuration = SignedDuration::from_secs(61);

/// Wrong passwords for an address, each as soon as it may be tried.
async fn guess(office: &Office, email: &str, times: usize) {
    for _ in 0..times {
        office.pass(WAIT);
        let answer = office.browser().type_password(email, WRONG).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.words());
    }
}

/// The right password in a browser of its own.
async fn try_right(office: &Office, erin: &Settled) -> StatusCode {
    office.pass(WAIT);
    office.browser().type_password(&erin.email, PASSWORD).await.status
}

/// The path of the unlock link in a message.
fn link(letter: &Message) -> String {
    let start = letter.text.find("/unlock/").unwrap();
    letter.text[start..].split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
async fn after_a_hundred_wrong_passwords_the_right_one_counts_once_its_owner_opened_a_link() {
    let office = Office::open().await;
    let mut erin = office.settled("Erin Editor", &[Role::Editor]).await;
    guess(&office, &erin.email, 19).await;
    assert!(office.letter().await.is_none());
    guess(&office, &erin.email, 1).await;
    let warned = office.letter().await.unwrap();
    assert_eq!(
        (warned.to.as_str(), warned.subject.as_str()),
        (erin.email.as_str(), "Wrong passwords for your account")
    );
    guess(&office, &erin.email, 79).await;
    assert_eq!(try_right(&office, &erin).await, StatusCode::SEE_OTHER, "99 wrong ones lock nothing");
    // The password alone is no sign-in, so it does not start the count anew.
    guess(&office, &erin.email, 1).await;
    let letter = office.letter().await.unwrap();
    assert_eq!(letter.subject, "Unlock your password");
    assert_eq!(try_right(&office, &erin).await, StatusCode::UNPROCESSABLE_ENTITY);
    let mut known = erin.browser.clone();
    known.post("/sign-out", &[]).await;
    assert_eq!(known.type_password(&erin.email, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(office.letter().await.is_none(), "one link at a time");
    // Opening the link is no press of its button: mail programs open links too.
    let link = link(&letter);
    assert_eq!(office.browser().get(&link).await.status, StatusCode::OK);
    assert_eq!(try_right(&office, &erin).await, StatusCode::UNPROCESSABLE_ENTITY);
    let done = office.browser().fill(&link, &link, &[]).await;
    assert_eq!(done.header("location"), "/sign-in?done=unlocked", "{}", done.words());
    assert_eq!(office.browser().post(&link, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "it works once");
    office.pass(WAIT);
    erin.sign_in(&office, &mut known).await;
    assert!(known.is_in().await, "nothing was taken away");
    assert_eq!(office.recorded("password_locked").await.len(), 1);
    assert_eq!(office.recorded("password_unlocked").await.len(), 1);
    // A sign-in with both starts the count anew.
    guess(&office, &erin.email, 99).await;
    assert_eq!(try_right(&office, &erin).await, StatusCode::SEE_OTHER);
    erin.browser = known;
}

#[tokio::test]
async fn a_passkey_signs_in_while_the_password_is_locked() {
    let office = Office::open().await;
    let mut erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let mut key = Authenticator::new();
    let begun = erin.browser.post("/account/passkeys/start", &[("name", "A key")]).await.body;
    let (ceremony, credential) = key.create(&begun);
    send(&mut erin.browser, "/account/passkeys", &ceremony, &credential).await;
    guess(&office, &erin.email, 100).await;
    let mut browser = office.browser();
    let (ceremony, answer) = key.get(&start(&mut browser).await);
    assert_eq!(send(&mut browser, "/sign-in/passkey", &ceremony, &answer).await.header("location"), "/account");
    assert_eq!(try_right(&office, &erin).await, StatusCode::UNPROCESSABLE_ENTITY, "a passkey unlocks no password");
}

#[tokio::test]
async fn wrong_codes_count_too_and_a_session_half_way_in_takes_no_code_any_more() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let half_way = async |office: &Office| -> Client {
        let mut thief = office.browser();
        office.pass(WAIT);
        assert_eq!(thief.type_password(&erin.email, PASSWORD).await.status, StatusCode::SEE_OTHER);
        thief
    };
    let mut thief = half_way(&office).await;
    for round in 0..100 {
        if round % 5 == 0 {
            thief = half_way(&office).await;
        }
        office.pass(WAIT);
        let answer = thief.post("/sign-in/code", &[("code", "000000")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{round}: {}", answer.words());
    }
    office.pass(WAIT);
    let code = code_at(&erin.secret, office.desk.now());
    let refused = thief.post("/sign-in/code", &[("code", &code)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(try_right(&office, &erin).await, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn nobody_can_tell_a_locked_account_from_one_that_is_not_there() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let unknown = "nobody@northshire.example";
    guess(&office, &erin.email, 100).await;
    guess(&office, unknown, 100).await;
    let mut answers = Vec::new();
    for email in [erin.email.as_str(), unknown, "another@northshire.example"] {
        office.pass(WAIT);
        let answer = office.browser().type_password(email, PASSWORD).await;
        answers.push((answer.status, answer.body.replace(email, ""), answer.headers.len()));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    for link in [format!("/unlock/{}", "0".repeat(64)), "/unlock/rubbish".to_owned()] {
        assert_eq!(office.browser().get(&link).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(office.browser().post(&link, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn an_owner_who_missed_the_link_is_sent_another_once_it_has_ended() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    guess(&office, &erin.email, 100).await;
    office.letter().await.unwrap();
    let first = link(&office.letter().await.unwrap());
    office.pass(SignedDuration::from_hours(25));
    assert_eq!(office.browser().get(&first).await.status, StatusCode::UNPROCESSABLE_ENTITY, "it has ended");
    assert_eq!(try_right(&office, &erin).await, StatusCode::UNPROCESSABLE_ENTITY, "a day does not unlock it");
    let second = link(&office.letter().await.unwrap());
    office.browser().post(&second, &[]).await;
    assert_eq!(try_right(&office, &erin).await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_strangers_set_off_is_one_row_of_the_log_a_minute_and_kind() {
    let office = Office::open().await;
    for from in 0..40 {
        let mut stranger = office.browser();
        stranger.peer = Some(format!("203.0.113.{from}").parse().unwrap());
        stranger.type_password(&format!("person{from}@northshire.example"), WRONG).await;
        stranger.post("/sign-in/passkey", &[("ceremony", "x"), ("credential", "y")]).await;
    }
    assert!(office.recorded("sign_in_failed").await.is_empty(), "the minute is not over");
    let rows = office.failed_sign_ins().await;
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(rows.iter().all(|row| row.contains("staff:unknown") && row.contains("\"count\":40")), "{rows:?}");
    // Nothing is recorded twice.
    cleanup::record_counts(&office.desk).await.unwrap();
    assert_eq!(office.recorded("sign_in_failed").await.len(), 2);
}
