//! The way back with a recovery code: a link to one's own address, and the same answer for everybody.

use axum::http::StatusCode;
use bluelamp::base::mail::{Message, store};
use bluelamp::desk::accounts::Role;
use jiff::SignedDuration;
use sqlx::Connection as _;

use super::authenticator::Authenticator;
use super::passkeys::{send, set_up, start};
use super::people::Office;
use super::settled::{PASSWORD, shown_codes};

impl Office {
    /// The next message that waits to be sent, which is sent then.
    pub(crate) async fn letter(&self) -> Option<Message> {
        let mut connection = self.public.connection().await;
        let mut transaction = connection.begin().await.unwrap();
        let taken = store::take(&mut transaction, self.desk.keys(), self.desk.now()).await.unwrap()?;
        store::forget(&mut transaction, taken.id).await.unwrap();
        transaction.commit().await.unwrap();
        Some(taken.message.unwrap())
    }
}

/// The path of the link in a message.
fn link(letter: &Message) -> String {
    let start = letter.text.find("/welcome/").unwrap();
    letter.text[start..].split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
async fn whoever_lost_their_passkey_sets_up_another_by_a_code_and_a_link_to_their_own_address() {
    let office = Office::open().await;
    let (mut lost, mut own) = set_up(&office, "Erin Editor").await;
    let codes = shown_codes(&own.get("/account/codes").await.body);
    assert_eq!(codes.len(), 10, "a passkey alone has codes as well");
    let mut browser = office.browser();
    assert!(browser.get("/sign-in").await.body.contains("href=\"/sign-in/recover\""));
    let code = codes[6].to_uppercase();
    let asked = [("email", " Erin.Editor@Northshire.example"), ("recovery", code.as_str())];
    let answer = browser.fill("/sign-in/recover", "/sign-in/recover", &asked).await;
    assert_eq!(answer.header("location"), "/sign-in?done=link-sent", "{}", answer.words());
    assert!(!browser.is_in().await, "the code lets nobody in");
    let letter = office.letter().await.unwrap();
    assert_eq!(letter.to, "erin.editor@northshire.example");
    let link = link(&letter);
    // What there was works until the link is used.
    let (ceremony, answer) = lost.get(&start(&mut office.browser()).await);
    assert_eq!(send(&mut office.browser(), "/sign-in/passkey", &ceremony, &answer).await.status, StatusCode::SEE_OTHER);
    let mut key = Authenticator::new();
    let (ceremony, credential) = key.create(&browser.post(&format!("{link}/passkey/start"), &[]).await.body);
    let done = send(&mut browser, &format!("{link}/passkey"), &ceremony, &credential).await;
    assert_eq!(done.header("location"), "/account/codes", "{}", done.words());
    let fresh = shown_codes(&browser.get("/account/codes").await.body);
    assert!(fresh.len() == 10 && !fresh.iter().any(|code| codes.contains(code)));
    assert!(!own.is_in().await, "whoever holds the lost device is signed out");
    let (ceremony, answer) = lost.get(&start(&mut office.browser()).await);
    let refused = send(&mut office.browser(), "/sign-in/passkey", &ceremony, &answer).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "the lost passkey signs in no more");
    assert!(office.letter().await.unwrap().subject.contains("what you signed in with before was removed"));
    // Neither link nor code is good twice.
    assert_eq!(browser.get(&link).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    office.pass(SignedDuration::from_mins(1));
    office.browser().post("/sign-in/recover", &asked).await;
    assert!(office.letter().await.is_none());
    assert_eq!(office.recorded("recovery_code_used").await.len(), 1);
}

#[tokio::test]
async fn a_wrong_code_an_unknown_address_and_a_suspended_account_get_the_same_answer_and_no_letter() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let percy = office.settled("Percy Publisher", &[Role::Publisher]).await;
    let sam = office.settled("Sam Suspended", &[Role::Editor]).await;
    let mut connection = office.public.connection().await;
    sqlx::query("update staff set suspended_at = now() where id = $1")
        .bind(sam.id)
        .execute(&mut connection)
        .await
        .unwrap();
    for (email, code) in [
        (erin.email.as_str(), percy.codes[0].as_str()),
        (erin.email.as_str(), "'; drop table staff; --"),
        ("nobody@northshire.example", erin.codes[0].as_str()),
        ("not an address", erin.codes[0].as_str()),
        (sam.email.as_str(), sam.codes[0].as_str()),
    ] {
        office.pass(SignedDuration::from_hours(1));
        let answer = office.browser().post("/sign-in/recover", &[("email", email), ("recovery", code)]).await;
        assert_eq!(answer.header("location"), "/sign-in?done=link-sent", "{email} {code}");
    }
    assert!(office.letter().await.is_none());
    for fields in [[("email", ""), ("recovery", "x")], [("email", "erin@northshire.example"), ("recovery", " ")]] {
        let answer = office.browser().post("/sign-in/recover", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
    }
}

#[tokio::test]
async fn guesses_of_codes_are_slowed_down_and_a_link_ends_after_an_hour() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let guess = [("email", erin.email.as_str()), ("recovery", "aaaaaaa-aaaaaaa-aaaaaaa-aaaaa")];
    office.browser().post("/sign-in/recover", &guess).await;
    let again = office.browser().post("/sign-in/recover", &guess).await;
    assert_eq!(again.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!again.header("retry-after").is_empty() && again.body.contains(&erin.email), "{}", again.words());
    office.pass(SignedDuration::from_mins(5));
    office.browser().post("/sign-in/recover", &[("email", &erin.email), ("recovery", &erin.codes[1])]).await;
    let link = link(&office.letter().await.unwrap());
    assert_eq!(office.browser().get(&link).await.status, StatusCode::OK);
    office.pass(SignedDuration::from_hours(1));
    assert_eq!(office.browser().get(&link).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    // What there was is still good.
    let mut browser = office.browser();
    assert_eq!(browser.type_password(&erin.email, PASSWORD).await.status, StatusCode::SEE_OTHER);
}
