//! The actions of administrators on accounts.

use axum::http::StatusCode;
use bluelamp::base::audit::Who;
use bluelamp::desk::accounts::{Role, invite};
use jiff::SignedDuration;
use sqlx::Connection as _;

use super::people::Office;
use super::settled::{PASSWORD, shown_secret};

fn link_on(html: &str) -> Option<String> {
    let start = html.find("http://localhost:8001/welcome/")?;
    Some(html[start + "http://localhost:8001".len()..].split('"').next().unwrap().to_owned())
}

#[tokio::test]
async fn an_administrator_adds_somebody_and_sees_their_link_until_it_was_passed_on() {
    let office = Office::open().await;
    let mut adele = office.settled("Adele Admin", &[Role::Administrator]).await.browser;
    let typed = [("name", "Erin  Editor"), ("email", "Erin@northshire.example"), ("role", "editor")];
    let added = adele.fill("/accounts/new", "/accounts/new", &typed).await;
    let path = added.header("location").split('?').next().unwrap().to_owned();
    let page = adele.get(added.header("location")).await;
    assert!(page.words().contains("The account is made"), "{}", page.words());
    let link = link_on(&page.body).unwrap();
    assert_eq!(link_on(&adele.get(&path).await.body), Some(link.clone()), "a reload loses nothing");
    let kept = adele.fill(&path, "/account/secret/kept", &[]).await;
    assert_eq!(kept.header("location"), format!("{path}?done=kept"));
    assert_eq!(link_on(&adele.get(&path).await.body), None);
    let welcome = office.browser().get(&link).await;
    assert!(welcome.words().contains("Welcome, Erin Editor"), "{}", welcome.words());
    assert!(!shown_secret(&welcome.body).is_empty());
    let list = adele.get("/accounts").await.words();
    assert!(list.contains("Erin EditorEditor Not set up yet"), "{list}");
}

#[tokio::test]
async fn what_cannot_be_is_said_and_what_was_typed_stays() {
    let office = Office::open().await;
    let mut adele = office.settled("Adele Admin", &[Role::Administrator]).await.browser;
    let none = adele.post("/accounts/new", &[("name", " "), ("email", "no address")]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in ["Type their name", "Type their email address", "Tick at least one role"] {
        assert!(none.words().contains(said), "{}", none.words());
    }
    let long = "x".repeat(10_000);
    for name in [long.as_str(), "a\u{7}b"] {
        let answer = adele.post("/accounts/new", &[("name", name), ("email", "x@y.example"), ("role", "editor")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let typed = [("name", "Adele Again"), ("email", "ADELE.admin@northshire.example"), ("role", "auditor")];
    let twice = adele.post("/accounts/new", &typed).await;
    assert!(twice.words().contains("There is an account with that address already"), "{}", twice.words());
    assert!(twice.body.contains("value=\"Adele Again\""));
    assert!(twice.body.contains("value=\"auditor\" checked"), "{}", twice.body);
}

#[tokio::test]
async fn other_roles_sign_somebody_out_and_another_name_does_not() {
    let office = Office::open().await;
    let mut adele = office.settled("Adele Admin", &[Role::Administrator]).await.browser;
    let mut erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let path = format!("/accounts/{}", erin.id);
    let saved = adele.fill(&path, &path, &[("name", "Erin Writer")]).await;
    assert_eq!(saved.header("location"), format!("{path}?done=saved"));
    assert!(erin.browser.get("/account").await.words().contains("Erin Writer"));
    adele.fill(&path, &path, &[("role", "publisher")]).await;
    assert!(!erin.browser.is_in().await);
    let mut again = office.browser();
    erin.sign_in(&office, &mut again).await;
    assert!(again.get("/account").await.words().contains("Publisher"));
    let changed = office.recorded("staff_changed").await;
    assert!(changed[1].contains("\"roles\":[\"publisher\"]") && changed[1].contains("\"roles_before\":[\"editor\"]"));
}

#[tokio::test]
async fn another_address_signs_in_from_then_on() {
    let office = Office::open().await;
    let mut adele = office.settled("Adele Admin", &[Role::Administrator]).await.browser;
    let mut erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let path = format!("/accounts/{}", erin.id);
    let taken = adele.fill(&path, &path, &[("email", "adele.admin@northshire.example")]).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    adele.fill(&path, &path, &[("email", "erin@other.example")]).await;
    assert_eq!(office.browser().type_password(&erin.email, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    erin.email = "erin@other.example".to_owned();
    erin.sign_in(&office, &mut office.browser()).await;
    assert!(office.recorded("staff_changed").await.iter().all(|row| !row.contains("other.example")));
}

#[tokio::test]
async fn a_suspended_account_is_out_at_once_and_back_when_it_is_restored() {
    let office = Office::open().await;
    let mut adele = office.settled("Adele Admin", &[Role::Administrator]).await.browser;
    let mut erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let path = format!("/accounts/{}", erin.id);
    adele.fill(&path, &format!("{path}/suspend"), &[]).await;
    assert!(!erin.browser.is_in().await);
    assert_eq!(office.browser().type_password(&erin.email, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    adele.fill(&path, &format!("{path}/restore"), &[]).await;
    assert!(!erin.browser.is_in().await, "the old session stays dead");
    office.pass(SignedDuration::from_secs(1));
    erin.sign_in(&office, &mut office.browser()).await;
}

#[tokio::test]
async fn a_reset_takes_everything_away_and_every_administrator_can_see_it() {
    let office = Office::open().await;
    let mut adele = office.settled("Adele Admin", &[Role::Administrator]).await.browser;
    let mut erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let path = format!("/accounts/{}", erin.id);
    let reset = adele.fill(&path, &format!("{path}/reset"), &[]).await;
    let link = link_on(&adele.get(reset.header("location")).await.body).unwrap();
    assert!(!erin.browser.is_in().await);
    assert_eq!(office.browser().type_password(&erin.email, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(office.browser().get(&link).await.status, StatusCode::OK);
    let mut connection = office.public.connection().await;
    let mut transaction = connection.begin().await.unwrap();
    let now = office.desk.now();
    let again = invite::reset(&mut transaction, Who::CONSOLE, erin.id, now).await.unwrap();
    transaction.commit().await.unwrap();
    let resets = office.recorded("staff_reset").await;
    assert!(resets[0].starts_with("Adele Admin staff:") && resets[1].starts_with("command line staff:"), "{resets:?}");
    let mut other = office.settled("Bella Admin", &[Role::Administrator]).await.browser;
    let today = other.get("/").await.words();
    assert!(today.contains("Erin Editor") && today.contains("reset"), "{today}");
    assert_eq!(office.browser().get(&link).await.status, StatusCode::UNPROCESSABLE_ENTITY, "the older link ended");
    assert_eq!(office.browser().get(&format!("/welcome/{}", again.text())).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_administrator_ends_somebodys_sessions_one_or_all() {
    let office = Office::open().await;
    let mut adele = office.settled("Adele Admin", &[Role::Administrator]).await.browser;
    let mut erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let path = format!("/accounts/{}", erin.id);
    let ended = adele.fill(&path, &format!("{path}/sessions/end"), &[]).await;
    assert_eq!(ended.header("location"), format!("{path}?done=ended"), "{}", ended.words());
    assert!(!erin.browser.is_in().await);
    let (mut one, mut other) = (office.browser(), office.browser());
    erin.sign_in(&office, &mut one).await;
    erin.sign_in(&office, &mut other).await;
    adele.post(&format!("{path}/sessions/end"), &[]).await;
    assert!(!one.is_in().await && !other.is_in().await);
}

#[tokio::test]
async fn an_administrator_always_remains() {
    let office = Office::open().await;
    let mut adele = office.settled("Adele Admin", &[Role::Administrator]).await;
    let own = format!("/accounts/{}", adele.id);
    let page = adele.browser.get(&own).await;
    assert!(!page.body.contains("Suspend the account") && !page.body.contains("Reset the sign-in"));
    let fields = [("name", "Adele Admin"), ("email", adele.email.as_str()), ("role", "editor")];
    adele.browser.post(&own, &fields).await;
    let mut again = office.browser();
    adele.sign_in(&office, &mut again).await;
    assert_eq!(again.get("/accounts").await.status, StatusCode::OK, "the role stays");
    for way in ["suspend", "reset"] {
        let refused = again.post(&format!("{own}/{way}"), &[]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{way}");
        assert!(refused.words().contains("Another administrator has to do this"));
    }
    assert!(again.is_in().await);
}

#[tokio::test]
async fn two_administrators_cannot_put_each_other_out_at_the_same_time() {
    let office = Office::open().await;
    let mut adele = office.settled("Adele Admin", &[Role::Administrator]).await;
    let mut bella = office.settled("Bella Admin", &[Role::Administrator]).await;
    let (to_bella, to_adele) = (format!("/accounts/{}/suspend", bella.id), format!("/accounts/{}/suspend", adele.id));
    let (one, other) = tokio::join!(adele.browser.post(&to_bella, &[]), bella.browser.post(&to_adele, &[]));
    let mut connection = office.public.connection().await;
    let left: i64 = sqlx::query_scalar("select count(*) from staff where suspended_at is null")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(left, 1, "{} {}", one.words(), other.words());
}

#[tokio::test]
async fn changing_accounts_asks_again_who_it_is_after_a_while() {
    let office = Office::open().await;
    let mut adele = office.settled("Adele Admin", &[Role::Administrator]).await.browser;
    let typed = [("name", "Erin"), ("email", "erin@northshire.example"), ("role", "editor")];
    office.pass(SignedDuration::from_mins(20));
    assert_eq!(adele.get("/accounts").await.status, StatusCode::OK, "the list may be read");
    assert_eq!(adele.get("/accounts/new").await.header("location"), "/confirm?next=%2Faccounts%2Fnew");
    office.pass(SignedDuration::from_mins(20));
    let asked = adele.post("/accounts/new", &typed).await.header("location").to_owned();
    assert!(asked.starts_with("/confirm?next=%2Fresume%2F"), "{asked}");
    // What was typed waits for the proof.
    let page = asked.strip_prefix("/confirm?next=%2Fresume%2F").map(|kept| format!("/resume/{kept}")).unwrap();
    assert!(adele.get(&page).await.body.contains("erin@northshire.example"));
}
