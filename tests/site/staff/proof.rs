//! Showing that it is oneself for what somebody at an unlocked screen, or with a stolen cookie, must not do; and what its owner is told.

use axum::http::StatusCode;
use bluelamp::base::mail::{Message, store};
use bluelamp::desk::accounts::Role;
use bluelamp::desk::session::FRESH;
use jiff::SignedDuration;
use sqlx::Connection as _;

use super::authenticator::Authenticator;
use super::desk_work::last_entry;
use super::passkeys::{send, set_up, start};
use super::people::Office;
use super::settled::{PASSWORD, code_at};
use crate::support::client::held_fields;

impl Office {
    /// All messages that wait, which are sent then.
    pub(crate) async fn letters(&self) -> Vec<Message> {
        let mut connection = self.public.connection().await;
        let mut letters = Vec::new();
        loop {
            let mut transaction = connection.begin().await.unwrap();
            let taken = store::take(&mut transaction, self.desk.keys(), self.desk.now()).await.unwrap();
            let Some(taken) = taken else { return letters };
            store::forget(&mut transaction, taken.id).await.unwrap();
            transaction.commit().await.unwrap();
            letters.push(taken.message.unwrap());
        }
    }
}

#[tokio::test]
async fn a_cookie_alone_changes_nothing_about_how_somebody_signs_in() {
    let office = Office::open().await;
    let mut erin = office.settled("Erin Editor", &[Role::Editor]).await;
    office.letters().await;
    office.pass(FRESH);
    for (path, next) in [
        ("/account/passkeys", "/confirm?next=%2Fresume%2F"),
        ("/account/codes", "/confirm?next=%2Fresume%2F"),
        ("/account/sessions/end-others", "/confirm?next=%2Fresume%2F"),
        ("/account/passkeys/00/remove", "/confirm?next=%2Fresume%2F"),
        ("/account/app", "/confirm?next=%2Faccount%2Fapp"),
        ("/account/password", "/confirm?next=%2Faccount%2Fpassword"),
        ("/account/passkeys/start", "/confirm?next=%2Faccount"),
    ] {
        let answer = erin.browser.post(path, &[("name", "Another phone"), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert!(answer.header("location").starts_with(next), "{path}: {}", answer.header("location"));
    }
    for action in ["passkey_added", "recovery_codes_made", "session_ended", "password_changed", "totp_set"] {
        let many = office.recorded(action).await.len();
        assert_eq!(many, usize::from(!["passkey_added", "session_ended"].contains(&action)), "{action}");
    }
    assert!(office.letters().await.is_empty());
}

#[tokio::test]
async fn a_form_waits_for_the_proof_and_then_does_what_it_was_sent_for() {
    let office = Office::open().await;
    let mut erin = office.settled("Erin Editor", &[Role::Editor]).await;
    office.letters().await;
    office.pass(FRESH);
    let asked = erin.browser.post("/account/codes", &[]).await.header("location").to_owned();
    let next = asked.strip_prefix("/confirm?next=%2Fresume%2F").unwrap().to_owned();
    let next = format!("/resume/{next}");
    let password_alone = erin.browser.post("/confirm", &[("password", PASSWORD), ("next", &next)]).await;
    assert_eq!(password_alone.status, StatusCode::UNPROCESSABLE_ENTITY, "a password alone is no proof");
    office.pass(SignedDuration::from_mins(1));
    let code = code_at(&erin.secret, office.desk.now());
    let fields = [("password", PASSWORD), ("code", code.as_str()), ("next", next.as_str())];
    let confirmed = erin.browser.post("/confirm", &fields).await;
    assert_eq!(confirmed.header("location"), next, "{}", confirmed.words());
    let page = erin.browser.get(&next).await;
    assert!(page.words().contains("Make new recovery codes") && page.words().contains("Nothing has been done yet"));
    let again = format!("/account/codes?resumed={}", next.strip_prefix("/resume/").unwrap());
    assert!(held_fields(&page.body, &again).is_some(), "{}", page.body);
    let done = erin.browser.post(&again, &[]).await;
    assert_eq!(done.header("location"), "/account/codes");
    let letters = office.letters().await;
    assert_eq!(letters.len(), 1);
    assert_eq!(
        (letters[0].to.as_str(), letters[0].subject.as_str()),
        (erin.email.as_str(), "New recovery codes were made")
    );
    for said in ["If you were not", "London time", "call an administrator"] {
        assert!(letters[0].text.contains(said), "{}", letters[0].text);
    }
    assert_eq!(erin.browser.get(&next).await.status, StatusCode::NOT_FOUND, "it is sent once");
}

#[tokio::test]
async fn whoever_has_a_passkey_proves_by_it_and_not_by_a_password() {
    let office = Office::open().await;
    let (mut key, mut erin) = set_up(&office, "Erin Editor").await;
    office.pass(FRESH);
    assert_eq!(erin.get("/account/passkeys").await.header("location"), "/confirm?next=%2Faccount%2Fpasskeys");
    let by_password = erin.post("/confirm", &[("password", PASSWORD), ("code", "123456")]).await;
    assert!(by_password.words().contains("use that"), "{}", by_password.words());
    let asked = erin.post("/confirm/passkey/start", &[]).await.body;
    let (ceremony, credential) = key.get(&asked);
    let fields = [("ceremony", ceremony.as_str()), ("credential", credential.as_str()), ("next", "/account/passkeys")];
    assert_eq!(erin.post("/confirm/passkey", &fields).await.header("location"), "/account/passkeys");
    assert_eq!(erin.get("/account/passkeys").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_redaction_needs_a_proof_of_its_own_for_what_it_says() {
    let office = Office::open().await;
    let dorian = office.protector().await;
    let percy = office.publisher().await;
    let ask = |entry| [("entry", entry), ("ground", "A name was published by mistake.")];
    let entry = last_entry(&office, "notice:contact").await;
    let path = format!("/entries/{entry}/redact");
    let entry: &'static str = entry.to_string().leak();
    // They signed in a moment ago, and that is not enough.
    let sent = dorian.post_once(&path, &ask(entry)).await;
    let kept = sent.header("location").strip_prefix("/confirm?next=%2Fresume%2F").unwrap().to_owned();
    let again = format!("{path}?resumed={kept}");
    assert!(dorian.post_once(&again, &ask(entry)).await.header("location").starts_with("/confirm?"), "without a proof");
    dorian.prove(kept.parse().unwrap()).await;
    let changed = dorian.post_once(&again, &[("entry", entry), ("ground", "Something else that nobody proved.")]).await;
    assert!(changed.header("location").starts_with("/confirm?"), "the proof is for what was typed");
    let asked = dorian.post_once(&again, &ask(entry)).await;
    assert!(asked.header("location").starts_with("/redactions/"), "{}", asked.words());
    let confirm = format!("{}/confirm", asked.header("location").split('?').next().unwrap());
    assert!(percy.post_once(&confirm, &[]).await.header("location").starts_with("/confirm?"));
    assert!(
        percy.post_once(&format!("{confirm}?resumed={kept}"), &[]).await.header("location").starts_with("/confirm?")
    );
    assert!(office.recorded("redacted").await.is_empty());
    let done = percy.post(&confirm, &[]).await;
    assert_eq!(done.header("location"), "/redactions?done=redacted", "{}", done.words());
}

#[tokio::test]
async fn a_link_takes_away_what_an_account_signed_in_with_before() {
    let office = Office::open().await;
    let (mut lost, _) = set_up(&office, "Erin Editor").await;
    let mut connection = office.public.connection().await;
    let mut transaction = connection.begin().await.unwrap();
    let id: uuid::Uuid = sqlx::query_scalar("select id from staff").fetch_one(&mut *transaction).await.unwrap();
    // A link beside what there is, as a recovery code gives one.
    let secret = bluelamp::desk::accounts::invite::recover(&mut transaction, id, office.desk.now()).await.unwrap();
    transaction.commit().await.unwrap();
    let link = format!("/welcome/{}", secret.text());
    let mut key = Authenticator::new();
    let mut browser = office.browser();
    let (ceremony, credential) = key.create(&browser.post(&format!("{link}/passkey/start"), &[]).await.body);
    let done = send(&mut browser, &format!("{link}/passkey"), &ceremony, &credential).await;
    assert_eq!(done.header("location"), "/account/codes", "{}", done.words());
    let (ceremony, answer) = lost.get(&start(&mut office.browser()).await);
    let refused = send(&mut office.browser(), "/sign-in/passkey", &ceremony, &answer).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let passkeys: i64 =
        sqlx::query_scalar("select count(*) from staff_passkey").fetch_one(&mut connection).await.unwrap();
    assert_eq!(passkeys, 1);
    assert!(office.letters().await.iter().any(|letter| letter.subject.contains("what you signed in with before")));
}
