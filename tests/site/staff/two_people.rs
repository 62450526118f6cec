//! Two people are two: an account whose set-up link somebody else saw does not count as a second person until it is vouched for.

use axum::http::StatusCode;
use bluelamp::base::config::Settings;
use bluelamp::desk::accounts::doubt::DOUBTED_FOR;
use bluelamp::desk::accounts::model::Stage;
use bluelamp::desk::accounts::{Desk, Role, invite, store};
use bluelamp::desk::session::Secret;
use bluelamp::features;
use bluelamp::site::Site;
use jiff::SignedDuration;
use sqlx::Connection as _;
use uuid::Uuid;

use super::desk_work::{last_entry, write};
use super::people::{Office, Person};
use super::settled::{PASSWORD, code_at, shown_secret};
use crate::support::client::{Client, held_fields};

/// An account that an administrator makes over the pages, with its id and the answer.
async fn add(admin: &Person, name: &str, roles: &[&str]) -> (Uuid, String) {
    let email = format!("{}@northshire.example", name.to_lowercase().replace(' ', "."));
    let mut fields = vec![("name", name), ("email", email.as_str())];
    fields.extend(roles.iter().map(|role| ("role", *role)));
    let made = admin.post("/accounts/new", &fields).await;
    let location = made.header("location").to_owned();
    assert!(location.contains("?done=added"), "{}", made.words());
    let id = location.strip_prefix("/accounts/").unwrap().split('?').next().unwrap().parse().unwrap();
    (id, location)
}

/// The path of the link that a page shows.
fn shown_link(html: &str) -> Option<String> {
    let start = html.find("/welcome/")?;
    Some(html[start..start + "/welcome/".len() + 64].to_owned())
}

/// Sets an account up by its link, with a password and an app.
async fn set_up(office: &Office, link: &str) -> Client {
    let mut browser = office.browser();
    let opened = browser.get(link).await;
    let secret = shown_secret(&opened.body);
    let app = held_fields(&opened.body, link).unwrap().into_iter().find(|(name, _)| name == "app").unwrap().1;
    let code = code_at(&secret, office.desk.now());
    let done = browser.post(link, &[("password", PASSWORD), ("app", &app), ("code", &code)]).await;
    assert_eq!(done.header("location"), "/account/codes", "{}", done.words());
    browser
}

/// A person with a session for an account that is there.
async fn person(office: &Office, id: Uuid, name: &str) -> Person {
    let secret = Secret::random().unwrap();
    let mut connection = office.public.connection().await;
    store::begin_session(&mut connection, secret.hash(), id, Stage::Full, "a test", office.desk.now()).await.unwrap();
    office.as_person(id, name, &secret)
}

#[tokio::test]
async fn an_administrator_alone_destroys_no_text_with_a_puppet() {
    let office = Office::open().await;
    let adele = office.administrator().await;
    let own = format!("/accounts/{}", adele.id);
    for role in ["editor", "publisher", "data_protection_officer"] {
        let fields = [("name", "Adele Admin"), ("email", "adele.admin@northshire.example"), ("role", role)];
        let answer = adele.post(&own, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{role}");
        assert!(answer.words().contains("Nobody gives themself"), "{}", answer.words());
    }
    let (id, page) = add(&adele, "Real Colleague", &["data_protection_officer", "publisher", "administrator"]).await;
    let link = shown_link(&adele.get(&page).await.body).unwrap();
    set_up(&office, &link).await;
    let puppet = person(&office, id, "Real Colleague").await;
    let entry = last_entry(&office, "notice:contact").await;
    let ask = [("entry", entry.to_string()), ("ground", "A name was published by mistake.".to_owned())];
    let ask: Vec<(&str, &str)> = ask.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let asked = puppet.post(&format!("/entries/{entry}/redact"), &ask).await;
    let request = asked.header("location").split('?').next().unwrap().to_owned();
    let page = adele.get(&request).await;
    assert!(page.words().contains("does not count as a second person yet"), "{}", page.words());
    let confirm = format!("{request}/confirm");
    // Neither at once, nor after a day, nor with their own voucher, nor with roles of the puppet's giving.
    assert_eq!(adele.post(&confirm, &[]).await.status, StatusCode::CONFLICT);
    office.pass(DOUBTED_FOR + SignedDuration::from_mins(1));
    let (adele, puppet) = (person(&office, adele.id, "Adele Admin").await, person(&office, id, "Real Colleague").await);
    assert_eq!(adele.post(&confirm, &[]).await.status, StatusCode::CONFLICT);
    for who in [&adele, &puppet] {
        let vouched = who.post(&format!("/accounts/{id}/vouch"), &[]).await;
        assert_eq!(vouched.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", vouched.words());
    }
    let fields = [
        ("name", "Adele Admin"),
        ("email", "adele.admin@northshire.example"),
        ("role", "administrator"),
        ("role", "publisher"),
    ];
    let given = puppet.post(&own, &fields).await;
    assert_eq!(given.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", given.words());
    // An account of the puppet's making is as doubtful, and not for its maker's maker to vouch for.
    let (third, page) = add(&puppet, "Third Person", &["publisher"]).await;
    set_up(&office, &shown_link(&puppet.get(&page).await.body).unwrap()).await;
    let vouched = adele.post(&format!("/accounts/{third}/vouch"), &[]).await;
    assert_eq!(vouched.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(office.recorded("redacted").await.is_empty() && office.recorded("staff_vouched").await.is_empty());
    // Another administrator who had no part in it.
    let bea = office.staff("Bea Other", &[Role::Administrator]).await;
    assert!(bea.get("/").await.words().contains("made an account and gave the role of Publisher"), "all are told");
    let vouched = bea.post(&format!("/accounts/{id}/vouch"), &[]).await;
    assert_eq!(vouched.header("location"), format!("/accounts/{id}?done=vouched"), "{}", vouched.words());
    let done = adele.post(&confirm, &[]).await;
    assert_eq!(done.header("location"), "/redactions?done=redacted", "{}", done.words());
}

#[tokio::test]
async fn a_voucher_counts_only_after_a_day() {
    let office = Office::open().await;
    let (adele, bea) = (office.administrator().await, office.staff("Bea Other", &[Role::Administrator]).await);
    let (id, page) = add(&adele, "Percy New", &["publisher"]).await;
    assert_eq!(bea.post(&format!("/accounts/{id}/vouch"), &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    set_up(&office, &shown_link(&adele.get(&page).await.body).unwrap()).await;
    assert_eq!(bea.post(&format!("/accounts/{id}/vouch"), &[]).await.status, StatusCode::SEE_OTHER);
    let erin = office.editor().await;
    write(&erin, "helplines", &[("markdown", "Ask for Zebrafinch."), ("change_note", "We changed the text.")]).await;
    erin.fill("/drafts/notice:helplines/review", "/drafts/notice:helplines/submit", &[]).await;
    let percy = person(&office, id, "Percy New").await;
    let review = percy.get("/drafts/notice:helplines/review").await;
    assert!(held_fields(&review.body, "/drafts/notice:helplines/approve").is_none(), "{}", review.words());
    let path = "/drafts/notice:helplines/publish";
    let alone = percy.fill(path, path, &[("when", "now")]).await;
    assert_eq!(alone.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(alone.words().contains("why you publish without a second check"), "{}", alone.words());
    office.pass(DOUBTED_FOR + SignedDuration::from_mins(1));
    let percy = person(&office, id, "Percy New").await;
    let done = percy.fill(path, path, &[("when", "now")]).await;
    assert_eq!(done.header("location"), "/notices/helplines?done=published", "{}", done.words());
}

#[tokio::test]
async fn a_reset_whose_link_an_administrator_sees_is_doubted_like_a_new_account() {
    let office = Office::open().await;
    let adele = office.administrator().await;
    let percy = office.publisher().await;
    let reset = adele.post(&format!("/accounts/{}/reset", percy.id), &[]).await;
    set_up(&office, &shown_link(&adele.get(reset.header("location")).await.body).unwrap()).await;
    let percy = person(&office, percy.id, "Percy Publisher").await;
    let erin = office.editor().await;
    write(&erin, "helplines", &[("markdown", "Ask for Zebrafinch."), ("change_note", "We changed the text.")]).await;
    let path = "/drafts/notice:helplines/publish";
    let alone = percy.fill(path, path, &[("when", "now")]).await;
    assert_eq!(alone.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", alone.words());
    let reason = "Nobody else is there, and it is urgent.";
    let done = percy.fill(path, path, &[("when", "now"), ("reason", reason)]).await;
    assert_eq!(done.header("location"), "/notices/helplines?done=published", "{}", done.words());
    assert_eq!(office.recorded("published_alone").await.len(), 1);
    // Suspended and restored it is no less doubtful.
    let entry = last_entry(&office, "notice:helplines").await;
    for action in ["suspend", "restore"] {
        adele.post(&format!("/accounts/{}/{action}", percy.id), &[]).await;
    }
    let approve =
        office.staff("Paula Publisher", &[Role::Publisher]).await.post(&format!("/entries/{entry}/approve"), &[]).await;
    assert_eq!(approve.status, StatusCode::CONFLICT, "{}", approve.words());
    let sheet = office.auditor().await.get(&format!("/notices/helplines/sheet?on={}", office.desk.now())).await;
    assert!(
        sheet.words().contains("Adele Admin reset an account's sign-in (that of Percy Publisher)"),
        "{}",
        sheet.words()
    );
    assert!(sheet.words().contains("the account did not count as a second person"), "{}", sheet.words());
}

#[tokio::test]
async fn where_there_is_a_mail_server_a_link_goes_to_its_owner_and_to_no_screen() {
    let mut office = Office::open().await;
    office.desk = with_mail_server(&office);
    let adele = office.administrator().await;
    let (id, page) = add(&adele, "Percy New", &["publisher"]).await;
    let shown = adele.get(&page).await;
    assert!(shown_link(&shown.body).is_none() && shown.words().contains("was sent to its owner"), "{}", shown.words());
    let letters = office.letters().await;
    let letter = letters.iter().find(|letter| letter.text.contains("/welcome/")).unwrap();
    assert_eq!(letter.to, "percy.new@northshire.example");
    set_up(&office, &shown_link(&letter.text).unwrap()).await;
    let counts = async || {
        let mut connection = office.public.connection().await;
        store::doubt_of(&mut connection, id).await.unwrap().is_none()
    };
    assert!(counts().await);
    // An address of the administrator's choosing is another matter.
    let one = format!("/accounts/{id}");
    let moved = adele.fill(&one, &one, &[("email", "puppet@elsewhere.example")]).await;
    assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.words());
    let told: Vec<String> = office
        .letters()
        .await
        .into_iter()
        .filter(|l| l.subject.contains("address was changed"))
        .map(|l| l.to)
        .collect();
    assert_eq!(told, ["percy.new@northshire.example", "puppet@elsewhere.example"]);
    let reset = adele.post(&format!("{one}/reset"), &[]).await;
    assert_eq!(reset.header("location"), format!("{one}?done=reset-mailed"));
    assert!(shown_link(&adele.get(&one).await.body).is_none());
    assert!(!counts().await, "whoever chose the address may read the link");
}

/// A desk of the same site with a mail server in its settings.
fn with_mail_server(office: &Office) -> Desk {
    let site = &office.public.site;
    let settings = Settings { smtp_url: Some("smtps://mail.northshire.example".to_owned()), ..site.settings().clone() };
    let published = bluelamp::site::published::Published::clone(&site.edition().published);
    let site = Site::new(settings, site.database().clone(), site.clock().clone(), features::for_site(), published);
    Desk::with_cost(
        site,
        bluelamp::base::sealing::Keys::generate().unwrap(),
        bluelamp::features::for_desk(),
        bluelamp::desk::accounts::password::Cost::LEAST,
    )
}

#[tokio::test]
async fn the_console_gives_roles_and_vouches() {
    let office = Office::open().await;
    let adele = office.administrator().await;
    let (id, page) = add(&adele, "Percy New", &["auditor"]).await;
    set_up(&office, &shown_link(&adele.get(&page).await.body).unwrap()).await;
    let mut connection = office.public.connection().await;
    let mut transaction = connection.begin().await.unwrap();
    assert!(invite::vouch(&mut transaction, office.desk.post(), id).await.unwrap());
    assert!(!invite::vouch(&mut transaction, office.desk.post(), id).await.unwrap(), "once is enough");
    invite::give_roles(&mut transaction, office.desk.post(), id, &[Role::Publisher]).await.unwrap();
    transaction.commit().await.unwrap();
    assert!(office.recorded("staff_vouched").await[0].starts_with("command line"));
    assert!(
        adele
            .get("/")
            .await
            .words()
            .contains("command line changed an account's name, address or roles and gave the role of Publisher")
    );
}
