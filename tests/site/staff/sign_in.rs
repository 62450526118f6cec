//! Setting up and signing in.

use axum::http::StatusCode;
use bluelamp::desk::accounts::invite::First;
use bluelamp::desk::accounts::password::{Cost, hash};
use bluelamp::desk::accounts::{Role, invite};
use jiff::SignedDuration;
use sqlx::Connection as _;

use super::people::Office;
use super::settled::{PASSWORD, code_at, shown_codes, shown_secret};
use crate::support::client::held_fields;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[tokio::test]
async fn a_newcomer_sets_up_a_password_and_an_app_and_sees_ten_codes_until_they_are_kept() {
    let office = Office::open().await;
    let mut erin = office.settled("Erin Editor", &[Role::Editor]).await;
    assert_eq!(erin.codes.len(), 10);
    let again = erin.browser.get("/account/codes").await;
    assert_eq!(shown_codes(&again.body), erin.codes, "a reload loses nothing");
    let kept = erin.browser.fill("/account/codes", "/account/secret/kept", &[]).await;
    assert_eq!(kept.header("location"), "/account?done=kept");
    assert_eq!(erin.browser.get("/account/codes").await.header("location"), "/account");
    let account = erin.browser.get("/account").await.words();
    assert!(account.contains("10 recovery codes are left"), "{account}");
    for action in ["link_used", "password_changed", "totp_set", "recovery_codes_made", "signed_in"] {
        assert_eq!(office.recorded(action).await.len(), 1, "{action}");
    }
}

#[tokio::test]
async fn nothing_that_must_not_show_stands_in_the_database() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let mut connection = office.public.connection().await;
    let rows: Vec<String> = sqlx::query_scalar(
        "select staff::text from staff union all select staff_session::text from staff_session
        union all select staff_link::text from staff_link union all select audit_entry::text from audit_entry
        union all select staff_recovery_code::text from staff_recovery_code",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let all = rows.join("\n");
    assert!(all.contains("$argon2id$"));
    let cookie = erin.browser.session().unwrap();
    let hidden = [erin.email.as_str(), PASSWORD, &erin.codes[0], cookie, &erin.secret, &erin.secret.replace(' ', "")];
    for secret in hidden {
        let bytes = hex::encode(secret.as_bytes());
        assert!(!all.contains(secret) && !all.contains(&bytes), "{secret}");
    }
}

#[tokio::test]
async fn a_set_up_link_works_once_and_for_three_days() {
    let office = Office::open().await;
    let (_, link) = office.invite("Erin Editor", "erin@northshire.example", &[Role::Editor]).await;
    let mut browser = office.browser();
    assert_eq!(browser.get(&link).await.status, StatusCode::OK, "opening it uses nothing up");
    office.pass(SignedDuration::from_hours(71));
    assert_eq!(browser.get(&link).await.status, StatusCode::OK);
    let opened = browser.get(&link).await;
    let (held, secret) = (held_fields(&opened.body, &link).unwrap(), shown_secret(&opened.body));
    let app = held.iter().find(|(name, _)| name == "app").unwrap().1.clone();
    let code = code_at(&secret, office.desk.now());
    let fields = [("password", PASSWORD), ("app", app.as_str()), ("code", code.as_str())];
    let (mut one, mut other) = (office.browser(), office.browser());
    let (one, other) = tokio::join!(one.post(&link, &fields), other.post(&link, &fields));
    let done = [one.status, other.status].iter().filter(|status| **status == StatusCode::SEE_OTHER).count();
    assert_eq!(done, 1, "{} {}", one.words(), other.words());
    let used = browser.get(&link).await;
    let unknown = browser.get(&format!("/welcome/{}", "0".repeat(64))).await;
    let rubbish = browser.get("/welcome/rubbish").await;
    let (_, late) = office.invite("Late Comer", "late@northshire.example", &[Role::Editor]).await;
    office.pass(SignedDuration::from_hours(72));
    let ended = browser.get(&late).await;
    let said = |answer: &crate::support::Answer| answer.words().split("give the number").next().unwrap().to_owned();
    for answer in [&used, &unknown, &rubbish, &ended] {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(said(answer), said(&used), "all the same");
    }
}

#[tokio::test]
async fn a_set_up_with_something_wrong_says_what_and_keeps_the_same_picture() {
    let office = Office::open().await;
    let (_, link) = office.invite("Erin Editor", "erin@northshire.example", &[Role::Editor]).await;
    let mut browser = office.browser();
    let opened = browser.get(&link).await;
    let secret = shown_secret(&opened.body);
    assert!(opened.body.contains("autocomplete=\"new-password\"") && opened.body.contains("<svg "));
    for (password, said) in [
        ("", "at least 15 characters"),
        ("passwordpassword", "easy to guess"),
        ("erin@northshire.example", "easy to guess"),
        (&"ab c".repeat(33), "at most 128"),
    ] {
        let app = held_fields(&opened.body, &link).unwrap().into_iter().find(|(name, _)| name == "app").unwrap().1;
        let refused = browser.post(&link, &[("password", password), ("app", &app), ("code", "000000")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.words().contains(said), "{}", refused.words());
        assert!(refused.words().contains("not the code that the app should show"));
        assert_eq!(shown_secret(&refused.body), secret);
        assert!(held_fields(&refused.body, &link).unwrap().contains(&("password".to_owned(), String::new())));
    }
    assert!(browser.session().is_none());
}

#[tokio::test]
async fn the_first_administrator_gets_in_by_the_one_link_there_is() {
    let office = Office::open().await;
    let mut connection = office.public.connection().await;
    let mut transaction = connection.begin().await.unwrap();
    let First::New(secret) = invite::first(&mut transaction, None, office.desk.now()).await.unwrap() else { panic!() };
    transaction.commit().await.unwrap();
    let link = format!("/welcome/{}", secret.text());
    // The same node once more, and another one.
    let mut transaction = connection.begin().await.unwrap();
    assert!(matches!(invite::first(&mut transaction, Some(&secret), office.desk.now()).await.unwrap(), First::Kept));
    assert!(matches!(
        invite::first(&mut transaction, None, office.desk.now()).await.unwrap(),
        First::Elsewhere(until) if until == office.desk.now() + invite::LINK_HOLDS
    ));
    transaction.rollback().await.unwrap();
    let mut browser = office.browser();
    let opened = browser.get(&link).await;
    let code = code_at(&shown_secret(&opened.body), office.desk.now());
    let app = held_fields(&opened.body, &link).unwrap().into_iter().find(|(name, _)| name == "app").unwrap().1;
    let fields = [("password", PASSWORD), ("app", &app), ("code", &code)];
    let refused = browser.post(&link, &fields).await;
    assert!(refused.words().contains("Type your name") && refused.words().contains("Type your email address"));
    let mut whole = fields.to_vec();
    whole.extend([("name", "Ada First"), ("email", "Ada@Northshire.example")]);
    let done = browser.post(&link, &whole).await;
    assert_eq!(done.header("location"), "/account/codes", "{}", done.words());
    assert_eq!(browser.get("/accounts").await.status, StatusCode::OK);
    let mut transaction = connection.begin().await.unwrap();
    assert!(matches!(invite::first(&mut transaction, None, office.desk.now()).await.unwrap(), First::Done));
}

#[tokio::test]
async fn nodes_that_start_at_once_make_one_link_and_the_others_say_so() {
    let office = Office::open().await;
    let one = || async {
        let mut connection = office.public.connection().await;
        let mut transaction = connection.begin().await.unwrap();
        let first = invite::first(&mut transaction, None, office.desk.now()).await.unwrap();
        transaction.commit().await.unwrap();
        first
    };
    let all: [First; 4] = tokio::join!(one(), one(), one(), one()).into();
    let mut made = all.iter().filter_map(|first| match first {
        First::New(secret) => Some(format!("/welcome/{}", secret.text())),
        _ => None,
    });
    let link = made.next().unwrap();
    assert!(made.next().is_none());
    assert_eq!(all.iter().filter(|first| matches!(first, First::Elsewhere(_))).count(), 3);
    assert_eq!(office.browser().get(&link).await.status, StatusCode::OK);
}

#[tokio::test]
async fn somebody_signs_in_and_goes_on_to_the_page_they_asked_for() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let mut browser = office.browser();
    let asked = browser.get("/previews?done=saved").await;
    assert_eq!(asked.header("location"), "/sign-in?next=%2Fpreviews%3Fdone%3Dsaved");
    let page = asked.header("location").to_owned();
    let typed = [("email", " Erin.Editor@northshire.EXAMPLE "), ("password", PASSWORD)];
    let first = browser.fill(&page, "/sign-in", &typed).await;
    let second_page = first.header("location").to_owned();
    assert_eq!(second_page, "/sign-in/code?next=%2Fpreviews%3Fdone%3Dsaved");
    assert_eq!(browser.get("/account").await.status, StatusCode::SEE_OTHER, "half way is not in");
    let code = code_at(&erin.secret, office.desk.now());
    let (left, right) = code.split_at(3);
    let second = browser.fill(&second_page, "/sign-in/code", &[("code", &format!("{left} {right}"))]).await;
    assert_eq!(second.header("location"), "/previews?done=saved");
    assert!(browser.is_in().await);
    assert_eq!(browser.get("/sign-in?next=https://evil.test/").await.header("location"), "/");
    let out = browser.post("/sign-out", &[]).await;
    assert_eq!(out.header("location"), "/sign-in?done=signed-out");
    assert!(browser.session().is_none() && !browser.is_in().await);
}

#[tokio::test]
async fn going_on_never_leaves_the_site() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    for next in ["https://evil.test/", "//evil.test/", "/\\evil.test"] {
        let mut browser = office.browser();
        let typed = [("email", erin.email.as_str()), ("password", PASSWORD), ("next", next)];
        assert_eq!(browser.post("/sign-in", &typed).await.header("location"), "/sign-in/code");
        let code = code_at(&erin.secret, office.desk.now());
        let second = browser.post("/sign-in/code", &[("code", &code), ("next", next)]).await;
        assert_eq!(second.header("location"), "/", "{}", second.words());
        office.pass(SignedDuration::from_secs(30));
    }
}

#[tokio::test]
async fn an_unknown_address_gets_the_answer_of_a_wrong_password() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    office.invite("Not Yet", "not.yet@northshire.example", &[Role::Editor]).await;
    let mut answers = Vec::new();
    for email in [erin.email.as_str(), "nobody@northshire.example", "not.yet@northshire.example", "no address"] {
        let answer = office.browser().type_password(email, "harbour violet casting umbrellas").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains(&format!("value=\"{email}\"")), "what was typed stays");
        assert!(!answer.body.contains("umbrellas"), "but no password");
        answers.push((answer.body.replace(email, ""), answer.headers.len()));
        office.pass(MINUTE);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    let failed = office.failed_sign_ins().await;
    assert_eq!(failed.len(), 4);
    assert!(failed[0].contains(&erin.id.to_string()), "{failed:?}");
    assert!(failed.iter().all(|row| !row.contains("northshire") && !row.contains("no address")), "{failed:?}");
}

#[tokio::test]
async fn a_code_of_the_app_is_taken_once_also_in_a_race() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let code = code_at(&erin.secret, office.desk.now());
    let (mut one, mut other) = (office.browser(), office.browser());
    for browser in [&mut one, &mut other] {
        assert_eq!(browser.type_password(&erin.email, PASSWORD).await.status, StatusCode::SEE_OTHER);
    }
    let fields = [("code", code.as_str())];
    let (first, second) = tokio::join!(one.post("/sign-in/code", &fields), other.post("/sign-in/code", &fields));
    let mut done = [first.status, second.status];
    done.sort();
    assert_eq!(done[0], StatusCode::SEE_OTHER);
    assert_ne!(done[1], StatusCode::SEE_OTHER);
    office.pass(SignedDuration::from_secs(20));
    let mut late = if one.is_in().await { other } else { one };
    let replayed = late.post("/sign-in/code", &fields).await;
    assert_eq!(replayed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(replayed.words().contains("used before"), "{}", replayed.words());
}

#[tokio::test]
async fn a_recovery_code_is_good_for_one_sign_in_also_in_a_race() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let typed = erin.codes[3].to_uppercase().replace('-', " ");
    let fields = [("recovery", typed.as_str())];
    let mut browsers = vec![office.browser(), office.browser()];
    for browser in &mut browsers {
        browser.type_password(&erin.email, PASSWORD).await;
        let page = browser.get("/sign-in/code?with=recovery").await;
        assert!(page.words().contains("Recovery code"), "{}", page.words());
    }
    let (mut one, mut other) = (browsers.remove(0), browsers.remove(0));
    let (first, second) = tokio::join!(one.post("/sign-in/code", &fields), other.post("/sign-in/code", &fields));
    let done: Vec<_> = [&first, &second].into_iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).collect();
    assert_eq!(done.len(), 1);
    assert_eq!(done[0].header("location"), "/account?done=recovered");
    office.pass(MINUTE);
    let mut third = office.browser();
    third.type_password(&erin.email, PASSWORD).await;
    assert_eq!(third.post("/sign-in/code", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(office.recorded("recovery_code_used").await.len(), 1);
    office.pass(MINUTE);
    let other_code = [("recovery", erin.codes[4].as_str())];
    assert_eq!(third.post("/sign-in/code", &other_code).await.status, StatusCode::SEE_OTHER);
    assert!(third.get("/account").await.words().contains("8 recovery codes are left"));
}

#[tokio::test]
async fn somebody_elses_code_does_not_help() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let percy = office.settled("Percy Publisher", &[Role::Publisher]).await;
    let mut browser = office.browser();
    browser.type_password(&erin.email, PASSWORD).await;
    let code = code_at(&percy.secret, office.desk.now());
    assert_eq!(browser.post("/sign-in/code", &[("code", &code)]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    office.pass(MINUTE);
    let recovery = [("recovery", percy.codes[0].as_str())];
    assert_eq!(browser.post("/sign-in/code", &recovery).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!browser.is_in().await);
}

#[tokio::test]
async fn a_half_way_sign_in_ends_after_ten_minutes() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let mut browser = office.browser();
    browser.type_password(&erin.email, PASSWORD).await;
    office.pass(SignedDuration::from_mins(10));
    let code = code_at(&erin.secret, office.desk.now());
    let late = browser.post("/sign-in/code", &[("code", &code), ("next", "/previews")]).await;
    assert_eq!(late.header("location"), "/sign-in?next=%2Fpreviews");
}

#[tokio::test]
async fn a_hash_of_an_older_cost_is_made_anew_at_sign_in() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let mut connection = office.public.connection().await;
    let dear = hash(Cost::FULL, PASSWORD).unwrap();
    sqlx::query("update staff set password = $1").bind(&dear).execute(&mut connection).await.unwrap();
    erin.sign_in(&office, &mut office.browser()).await;
    let kept: String = sqlx::query_scalar("select password from staff").fetch_one(&mut connection).await.unwrap();
    assert!(kept.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{kept}");
    erin.sign_in(&office, &mut office.browser()).await;
}
