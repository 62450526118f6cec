//! Passkeys, made and used by an authenticator in software.

use axum::http::StatusCode;
use bluelamp::desk::accounts::Role;
use jiff::SignedDuration;

use super::authenticator::Authenticator;
use super::people::Office;
use super::settled::{PASSWORD, code_at, shown_secret};
use crate::support::Answer;
use crate::support::client::{Client, held_fields};

pub(super) async fn set_up(office: &Office, name: &str) -> (Authenticator, Client) {
    let email = format!("{}@northshire.example", name.to_lowercase().replace(' ', "."));
    let (_, link) = office.invite(name, &email, &[Role::Editor]).await;
    let (mut key, mut browser) = (Authenticator::new(), office.browser());
    let (ceremony, credential) = key.create(&browser.post(&format!("{link}/passkey/start"), &[]).await.body);
    let done = send(&mut browser, &format!("{link}/passkey"), &ceremony, &credential).await;
    assert_eq!(done.header("location"), "/account/codes", "{}", done.words());
    (key, browser)
}

pub(super) async fn send(browser: &mut Client, path: &str, ceremony: &str, credential: &str) -> Answer {
    browser
        .post(path, &[("ceremony", ceremony), ("credential", credential), ("name", "A key"), ("next", "/account")])
        .await
}

pub(super) async fn start(browser: &mut Client) -> String {
    browser.post("/sign-in/passkey/start", &[]).await.body
}

#[tokio::test]
async fn a_passkey_sets_up_and_signs_in_without_any_password() {
    let office = Office::open().await;
    let (mut key, mut browser) = set_up(&office, "Erin Editor").await;
    assert!(browser.is_in().await);
    let mut other = office.browser();
    let (ceremony, credential) = key.get(&start(&mut other).await);
    let done = send(&mut other, "/sign-in/passkey", &ceremony, &credential).await;
    assert_eq!(done.header("location"), "/account", "{}", done.words());
    assert!(other.get("/account").await.words().contains("Erin Editor"));
    let signed_in = office.recorded("signed_in").await;
    assert!(signed_in.iter().all(|row| row.contains("\"way\":\"passkey\"")), "{signed_in:?}");
}

#[tokio::test]
async fn an_answer_counts_once_for_its_own_challenge_and_purpose() {
    let office = Office::open().await;
    let (mut key, mut own) = set_up(&office, "Erin Editor").await;
    let mut browser = office.browser();
    let begun = start(&mut browser).await;
    let (ceremony, credential) = key.get(&begun);
    assert_eq!(send(&mut browser, "/sign-in/passkey", &ceremony, &credential).await.status, StatusCode::SEE_OTHER);
    let refused = |answer: Answer| assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.words());
    // Played again.
    refused(send(&mut office.browser(), "/sign-in/passkey", &ceremony, &credential).await);
    // For another challenge.
    let (_, answer) = key.get(&start(&mut browser).await);
    let (other, _) = key.get(&start(&mut browser).await);
    refused(send(&mut office.browser(), "/sign-in/passkey", &other, &answer).await);
    // For another purpose.
    let (ceremony, answer) = key.get(&own.post("/confirm/passkey/start", &[]).await.body);
    refused(send(&mut office.browser(), "/sign-in/passkey", &ceremony, &answer).await);
    // Too late.
    let (ceremony, answer) = key.get(&start(&mut browser).await);
    office.pass(SignedDuration::from_mins(11));
    refused(send(&mut office.browser(), "/sign-in/passkey", &ceremony, &answer).await);
    // Rubbish.
    for (ceremony, answer) in [("", ""), ("00", "{}"), (&"0".repeat(64), "{}")] {
        refused(send(&mut office.browser(), "/sign-in/passkey", ceremony, answer).await);
    }
}

#[tokio::test]
async fn a_copied_or_an_unverified_passkey_is_refused() {
    let office = Office::open().await;
    let (mut key, _) = set_up(&office, "Erin Editor").await;
    let mut browser = office.browser();
    key.counter = 5;
    let (ceremony, answer) = key.get(&start(&mut browser).await);
    assert_eq!(send(&mut browser, "/sign-in/passkey", &ceremony, &answer).await.status, StatusCode::SEE_OTHER);
    key.counter = 2;
    let mut copied = office.browser();
    let (ceremony, answer) = key.get(&start(&mut copied).await);
    assert_eq!(
        send(&mut copied, "/sign-in/passkey", &ceremony, &answer).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    key.counter = 9;
    key.verifies = false;
    let (ceremony, answer) = key.get(&start(&mut copied).await);
    assert_eq!(
        send(&mut copied, "/sign-in/passkey", &ceremony, &answer).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert!(!copied.is_in().await);
}

#[tokio::test]
async fn a_passkey_of_a_suspended_account_is_refused() {
    let office = Office::open().await;
    let (mut key, mut own) = set_up(&office, "Erin Editor").await;
    let mut connection = office.public.connection().await;
    sqlx::query("update staff set suspended_at = now()").execute(&mut connection).await.unwrap();
    assert!(!own.is_in().await);
    let mut browser = office.browser();
    let (ceremony, answer) = key.get(&start(&mut browser).await);
    assert_eq!(
        send(&mut browser, "/sign-in/passkey", &ceremony, &answer).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn failed_passwords_do_not_slow_down_a_passkey() {
    let office = Office::open().await;
    let mut erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let mut key = Authenticator::new();
    let begun = erin.browser.post("/account/passkeys/start", &[("name", "A key")]).await.body;
    let (ceremony, credential) = key.create(&begun);
    let added = send(&mut erin.browser, "/account/passkeys", &ceremony, &credential).await;
    assert_eq!(added.header("location"), "/account?done=passkey", "{}", added.words());
    let mut browser = office.browser();
    browser.type_password(&erin.email, "harbour violet casting umbrellas").await;
    assert_eq!(browser.type_password(&erin.email, PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
    let (ceremony, answer) = key.get(&start(&mut browser).await);
    assert_eq!(send(&mut browser, "/sign-in/passkey", &ceremony, &answer).await.header("location"), "/account");
}

#[tokio::test]
async fn the_last_way_in_cannot_be_removed_and_any_other_can() {
    let office = Office::open().await;
    let (mut key, mut erin) = set_up(&office, "Erin Editor").await;
    let page = erin.get("/account").await.body;
    let action = |page: &str| {
        let start = page.find("/account/passkeys/").unwrap();
        let end = page[start..].find('"').unwrap();
        page[start..start + end].to_owned()
    };
    let remove = action(&page);
    let refused = erin.post(&remove, &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.words().contains("only way you can sign in"), "{}", refused.words());
    // With a password and an app beside it, it may go.
    let opened = erin.get("/account/password").await;
    let app = held_fields(&opened.body, "/account/password").unwrap();
    let app = app.into_iter().find(|(name, _)| name == "app").unwrap().1;
    let code = code_at(&shown_secret(&opened.body), office.desk.now());
    let set = erin.post("/account/password", &[("password", PASSWORD), ("app", &app), ("code", &code)]).await;
    assert_eq!(set.header("location"), "/account/codes", "{}", set.words());
    assert_eq!(erin.post(&remove, &[]).await.header("location"), "/account?done=passkey-removed");
    assert_eq!(erin.post(&remove, &[]).await.status, StatusCode::NOT_FOUND);
    let mut browser = office.browser();
    let (ceremony, answer) = key.get(&start(&mut browser).await);
    assert_eq!(
        send(&mut browser, "/sign-in/passkey", &ceremony, &answer).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn nobody_removes_anothers_passkey_or_makes_one_for_them() {
    let office = Office::open().await;
    let (_, mut erin) = set_up(&office, "Erin Editor").await;
    let (_, mut percy) = set_up(&office, "Percy Publisher").await;
    let page = percy.get("/account").await.body;
    let start = page.find("/account/passkeys/").unwrap();
    let theirs = &page[start..start + page[start..].find('"').unwrap()];
    assert_eq!(erin.post(theirs, &[]).await.status, StatusCode::NOT_FOUND);
    let begun = percy.post("/account/passkeys/start", &[("name", "A key")]).await.body;
    let (ceremony, credential) = Authenticator::new().create(&begun);
    let stolen = send(&mut erin, "/account/passkeys", &ceremony, &credential).await;
    assert_eq!(stolen.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_passkey_that_an_account_has_already_is_refused_with_a_clear_answer() {
    let office = Office::open().await;
    let (mut key, _) = set_up(&office, "Erin Editor").await;
    let (_, mut percy) = set_up(&office, "Percy Publisher").await;
    // An authenticator that answers with a name that is taken.
    let begun = percy.post("/account/passkeys/start", &[("name", "A key")]).await.body;
    let (ceremony, credential) = key.create(&begun);
    let refused = send(&mut percy, "/account/passkeys", &ceremony, &credential).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.words().contains("belongs to an account of this site already"), "{}", refused.words());
    let (_, link) = office.invite("New Person", "new.person@northshire.example", &[Role::Editor]).await;
    let mut browser = office.browser();
    let (ceremony, credential) = key.create(&browser.post(&format!("{link}/passkey/start"), &[]).await.body);
    let refused = send(&mut browser, &format!("{link}/passkey"), &ceremony, &credential).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(browser.get(&link).await.status, StatusCode::OK, "the link is not used up");
}

#[tokio::test]
async fn an_answer_from_inside_a_page_of_another_site_is_refused() {
    let office = Office::open().await;
    let (mut key, mut own) = set_up(&office, "Erin Editor").await;
    key.embedded = true;
    let mut browser = office.browser();
    let (ceremony, answer) = key.get(&start(&mut browser).await);
    let refused = send(&mut browser, "/sign-in/passkey", &ceremony, &answer).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let (ceremony, answer) = key.get(&own.post("/confirm/passkey/start", &[]).await.body);
    let refused = send(&mut own, "/confirm/passkey", &ceremony, &answer).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut other = Authenticator::new();
    other.embedded = true;
    let (ceremony, credential) = other.create(&own.post("/account/passkeys/start", &[("name", "A key")]).await.body);
    let refused = send(&mut own, "/account/passkeys", &ceremony, &credential).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    key.embedded = false;
    let (ceremony, answer) = key.get(&start(&mut browser).await);
    assert_eq!(send(&mut browser, "/sign-in/passkey", &ceremony, &answer).await.status, StatusCode::SEE_OTHER);
}
