//! Sessions: their cookies, their end, and who may end them.

use axum::http::StatusCode;
use bluelamp::base::sealing::Keys;
use bluelamp::desk::accounts::{Desk, Role};
use bluelamp::desk::session::Secret;
use bluelamp::features;
use jiff::SignedDuration;

use super::people::Office;
use super::settled::{PASSWORD, code_at};
use crate::support::client::{form, held_fields};

#[tokio::test]
async fn a_session_that_was_planted_before_sign_in_is_worth_nothing_after_it() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let planted = Secret::random().unwrap().text();
    let mut victim = office.browser().with_session(&planted);
    victim.type_password(&erin.email, PASSWORD).await;
    let half_way = victim.session().unwrap().to_owned();
    assert_ne!(half_way, planted);
    let code = code_at(&erin.secret, office.desk.now());
    victim.post("/sign-in/code", &[("code", &code)]).await;
    assert_ne!(victim.session().unwrap(), half_way);
    assert!(victim.is_in().await);
    for known in [planted, half_way] {
        assert!(!office.browser().with_session(&known).is_in().await);
    }
}

#[tokio::test]
async fn signing_in_again_ends_the_session_that_the_browser_had() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let percy = office.settled("Percy Publisher", &[Role::Publisher]).await;
    let mut shared = erin.browser.clone();
    let mut before = erin.browser.clone();
    assert!(before.is_in().await);
    percy.sign_in(&office, &mut shared).await;
    assert!(shared.get("/account").await.words().contains("Percy Publisher"));
    assert!(!before.is_in().await, "Erin's cookie is dead, and not only gone from the browser");
}

#[tokio::test]
async fn showing_again_that_it_is_them_gives_the_session_another_cookie() {
    let office = Office::open().await;
    let mut erin = office.settled("Erin Editor", &[Role::Editor]).await;
    assert_eq!(erin.browser.get("/account/password").await.status, StatusCode::OK, "just signed in");
    office.pass(SignedDuration::from_mins(10));
    let asked = erin.browser.get("/account/password").await;
    assert_eq!(asked.header("location"), "/confirm?next=%2Faccount%2Fpassword");
    let mut before = erin.browser.clone();
    let page = "/confirm?next=/account/password";
    let wrong = erin.browser.fill(page, "/confirm", &[("password", "harbour violet casting umbrellas")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let hasty = erin.browser.fill(page, "/confirm", &[("password", PASSWORD)]).await;
    assert_eq!(hasty.status, StatusCode::TOO_MANY_REQUESTS);
    office.pass(SignedDuration::from_secs(1));
    let code = code_at(&erin.secret, office.desk.now());
    let right = erin.browser.fill(page, "/confirm", &[("password", PASSWORD), ("code", &code)]).await;
    assert_eq!(right.header("location"), "/account/password");
    assert_ne!(erin.browser.session(), before.session());
    assert!(!before.is_in().await, "the old cookie is dead");
    assert_eq!(erin.browser.get("/account/password").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_session_ends_after_half_an_hour_without_a_request_and_after_twelve_hours_in_any_case() {
    let office = Office::open().await;
    let mut erin = office.settled("Erin Editor", &[Role::Editor]).await;
    office.pass(SignedDuration::from_mins(29));
    assert!(erin.browser.is_in().await);
    office.pass(SignedDuration::from_mins(29));
    assert!(erin.browser.is_in().await, "each request begins the half hour anew");
    office.pass(SignedDuration::from_mins(30));
    assert!(!erin.browser.is_in().await);
    let mut browser = office.browser();
    erin.sign_in(&office, &mut browser).await;
    for _ in 0..28 {
        office.pass(SignedDuration::from_mins(25));
        assert!(browser.is_in().await);
    }
    office.pass(SignedDuration::from_mins(20));
    assert!(!browser.is_in().await, "twelve hours are over");
}

#[tokio::test]
async fn a_cookie_is_for_http_alone_lax_and_without_a_domain_and_bound_to_the_host_on_https() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let first = office.browser().type_password(&erin.email, PASSWORD).await;
    let cookie = first.header("set-cookie");
    assert!(cookie.starts_with("bluelamp_staff="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
    let mut settings = office.public.site.settings().clone();
    settings.staff_url = "https://desk.northshire.example".parse().unwrap();
    let site = bluelamp::site::Site::new(
        settings,
        office.desk.database().clone(),
        office.public.clock.clone(),
        features::for_site(),
        bluelamp::site::published::Published::default(),
    );
    let cookies = Desk::new(site, Keys::generate().unwrap(), features::for_desk()).cookies();
    for value in [cookies.session_value("x"), cookies.device_value("x"), cookies.removed()] {
        let value = value.unwrap().to_str().unwrap().to_owned();
        assert!(value.starts_with("__Host-bluelamp_"), "{value}");
        assert!(
            value.contains("; Secure") && value.contains("; HttpOnly") && value.contains("; SameSite=Lax"),
            "{value}"
        );
        assert!(!value.contains("Domain"), "{value}");
    }
}

#[tokio::test]
async fn somebody_sees_where_they_are_signed_in_and_ends_it_there() {
    let office = Office::open().await;
    let mut erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let mut phone = office.browser();
    erin.sign_in(&office, &mut phone).await;
    let mut tablet = office.browser();
    erin.sign_in(&office, &mut tablet).await;
    let page = erin.browser.get("/account").await;
    assert_eq!(page.body.matches("Sign out there").count(), 2, "{}", page.words());
    let phones = phone.get("/account").await.body;
    let own_links: Vec<&str> =
        phones.split("/account/sessions/").skip(1).filter_map(|rest| rest.split('/').next()).collect();
    let links: Vec<&str> =
        page.body.split("/account/sessions/").skip(1).filter_map(|rest| rest.split('/').next()).collect();
    // What the phone does not list as elsewhere, and the first browser does, is the phone itself.
    let here = links.iter().find(|id| !own_links.contains(id)).unwrap();
    let ended = erin.browser.post(&format!("/account/sessions/{here}/end"), &[]).await;
    assert_eq!(ended.header("location"), "/account?done=ended");
    assert!(!phone.is_in().await && tablet.is_in().await);
    erin.browser.post("/account/sessions/end-others", &[]).await;
    assert!(!tablet.is_in().await && erin.browser.is_in().await);
    assert_eq!(office.recorded("session_ended").await.len(), 2);
}

#[tokio::test]
async fn nobody_ends_anothers_session() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let mut percy = office.settled("Percy Publisher", &[Role::Publisher]).await;
    let mut connection = office.public.connection().await;
    let theirs: uuid::Uuid = sqlx::query_scalar("select id from staff_session where staff = $1")
        .bind(erin.id)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let answer = percy.browser.post(&format!("/account/sessions/{theirs}/end"), &[]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(erin.browser.clone().is_in().await);
}

#[tokio::test]
async fn a_new_password_needs_the_old_one_and_signs_out_everywhere_else() {
    let office = Office::open().await;
    let mut erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let mut phone = office.browser();
    erin.sign_in(&office, &mut phone).await;
    let new = "lantern pocket glacier mandolin";
    let wrong = erin.browser.post("/account/password", &[("current", "no"), ("password", new)]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.words().contains("not your password of now"), "{}", wrong.words());
    office.pass(SignedDuration::from_secs(1));
    let before = erin.browser.session().unwrap().to_owned();
    let set = erin.browser.post("/account/password", &[("current", PASSWORD), ("password", new)]).await;
    assert_eq!(set.header("location"), "/account?done=password", "{}", set.words());
    assert_ne!(erin.browser.session().unwrap(), before);
    assert!(erin.browser.is_in().await && !phone.is_in().await);
    assert_eq!(phone.type_password(&erin.email, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    office.pass(SignedDuration::from_secs(1));
    assert_eq!(phone.type_password(&erin.email, new).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn another_app_takes_the_place_of_the_first() {
    let office = Office::open().await;
    let mut erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let opened = erin.browser.get("/account/app").await;
    let secret = super::settled::shown_secret(&opened.body);
    let app = held_fields(&opened.body, "/account/app").unwrap().remove(0).1;
    let wrong = erin.browser.post("/account/app", &[("app", &app), ("code", "000000")]).await;
    assert_eq!(super::settled::shown_secret(&wrong.body), secret, "the picture stays the same");
    let code = code_at(&secret, office.desk.now());
    let set = erin.browser.post("/account/app", &[("app", &app), ("code", &code)]).await;
    assert_eq!(set.header("location"), "/account?done=app");
    office.pass(SignedDuration::from_secs(30));
    let mut phone = office.browser();
    phone.type_password(&erin.email, PASSWORD).await;
    let old = code_at(&erin.secret, office.desk.now());
    assert_eq!(phone.post("/sign-in/code", &[("code", &old)]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    erin.secret = secret;
    office.pass(SignedDuration::from_secs(1));
    erin.sign_in(&office, &mut phone).await;
}

#[tokio::test]
async fn an_editor_left_open_signs_out_although_its_page_asks_who_else_is_there() {
    let office = Office::open().await;
    let mut erin = office.settled("Erin Editor", &[Role::Editor]).await;
    assert_eq!(erin.browser.get("/notices/contact/edit").await.status, StatusCode::OK);
    for minute in 0..29 {
        office.pass(SignedDuration::from_mins(1));
        let there = erin.browser.post("/notices/contact/presence", &[]).await;
        assert_eq!(there.status, StatusCode::OK, "minute {minute}");
    }
    office.pass(SignedDuration::from_mins(1));
    let mut ping = form("/notices/contact/presence", &[]);
    ping.headers_mut().insert("sec-fetch-mode", "cors".parse().unwrap());
    assert_eq!(erin.browser.send(ping).await.status, StatusCode::UNAUTHORIZED);
    assert!(!erin.browser.is_in().await);
}
