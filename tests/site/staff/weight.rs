//! Every page of the desk is small, has one heading of the first level, and a label for every field.

use bluelamp::desk::accounts::{Role, store};
use bluelamp::desk::session::Secret;
use jiff::SignedDuration;
use scraper::{Html, Selector};
use uuid::Uuid;

use super::desk_work::{last_entry, publish, released, write};
use super::people::Office;
use super::routes::{PAGES, unvisited};
use super::settled::{PASSWORD, Settled};
use crate::support::client::Client;

/// The most that a page may weigh, with all that it loads, as it goes over the wire to a browser that takes Brotli.
const MOST: usize = 40 * 1024;

const REASON: &str = "Nobody else is in the office today.";

/// Pages besides those of all such tests: other kinds of editor and withdrawal, and what a password brings.
const MORE: [&str; 4] = [
    "/notices/webchat-disclaimer/edit",
    "/notices/accessibility-statement/withdraw",
    "/account/app",
    "/sign-in/recover",
];

/// The faults that were found, and where was looked.
#[derive(Default)]
struct Found {
    paths: Vec<String>,
    faults: Vec<String>,
}

#[tokio::test]
async fn every_page_is_small_and_has_one_heading_and_labels() {
    let office = Office::open().await;
    let mut ada = office.settled("Ada Every", &Role::ALL).await;
    let mut paths: Vec<String> = PAGES.iter().chain(&MORE).map(|path| (*path).to_owned()).collect();
    paths.extend(at_work(&office).await);
    paths.push(format!("/accounts/{}", ada.id));
    let mut found = Found::default();
    for path in &paths {
        found.look(&mut ada.browser, path).await;
    }
    let (_, welcome) = office.invite("New Comer", "new.comer@northshire.example", &[Role::Editor]).await;
    let unlock = unlock_link(&office, ada.id).await;
    for path in ["/sign-in", &welcome, &unlock] {
        found.look(&mut office.browser(), path).await;
    }
    come_back(&office, &mut ada, &mut found).await;
    let missed = unvisited(&found.paths);
    assert!(missed.is_empty(), "look at these pages here as well: {missed:?}");
    assert!(found.faults.is_empty(), "{}", found.faults.join("\n"));
}

/// The path of a link that unlocks somebody's password.
async fn unlock_link(office: &Office, staff: Uuid) -> String {
    let (secret, now) = (Secret::random().unwrap(), office.desk.now());
    let mut connection = office.public.connection().await;
    store::count_failure(&mut connection, staff).await.unwrap();
    let ends_at = now + SignedDuration::from_hours(1);
    assert!(store::add_unlock_link(&mut connection, staff, secret.hash(), ends_at, now).await.unwrap());
    format!("/unlock/{}", secret.text())
}

/// Two others write, publish and ask for things; the pages about that.
async fn at_work(office: &Office) -> Vec<String> {
    let (erin, percy) = (office.staff("Erin Every", &Role::ALL).await, office.publisher().await);
    released(&erin, &percy, "helplines", "Ask anybody.").await;
    write(&erin, "services", &[("markdown", "None."), ("change_note", "They end.")]).await;
    let later = [("when", "later"), ("date", "2026-12-24"), ("time", "09:00"), ("reason", REASON)];
    assert_eq!(publish(&erin, "notice:services", &later).await.status, 303);
    write(&erin, "cookies", &[("markdown", "None."), ("change_note", "There are none.")]).await;
    assert_eq!(publish(&erin, "notice:cookies", &[("reason", REASON)]).await.status, 303);
    erin.fill("/facts", "/facts", &[("fact:dpo_email", "dpo@northshire.example")]).await;
    let note = [("note", "Another address."), ("reason", REASON)];
    assert_eq!(publish(&erin, "facts", &note).await.status, 303);
    write(&erin, "contact", &[("markdown", "Write to us."), ("change_note", "Shorter.")]).await;
    let fields = [("title", "All of it"), ("note", "We moved."), ("draft", "notice:contact")];
    let set = erin.post("/change-sets", &fields).await.header("location").to_owned();
    let withdraw = "/notices/accessibility-statement/withdraw";
    let asked = [("note", "It stands elsewhere now."), ("go_to", "/contact")];
    assert_eq!(erin.fill(withdraw, &format!("{withdraw}/ask"), &asked).await.status, 303);
    let entry = last_entry(office, "notice:helplines").await;
    let redact = format!("/entries/{entry}/redact");
    let asked = erin.fill(&redact, &redact, &[("ground", "A name published by mistake.")]).await;
    let mut paths: Vec<String> =
        ["correct", "restore", "put-back", "redact"].map(|end| format!("/entries/{entry}/{end}")).to_vec();
    paths.push(asked.header("location").to_owned());
    paths.extend([format!("{set}/publish"), set]);
    paths.push(format!("/entries/{}/cancel", last_entry(office, "notice:services").await));
    paths.push(format!("/entries/{}/approve", last_entry(office, "notice:cookies").await));
    paths
}

/// Somebody's session runs out while they write; they sign in again and find the form.
async fn come_back(office: &Office, ada: &mut Settled, found: &mut Found) {
    office.pass(SignedDuration::from_mins(31));
    let late = ada.browser.post("/previews", &[("label", "for Eastshire"), ("draft", "notice:contact")]).await;
    let resume = late.header("location").replace("/sign-in?next=", "").replace("%2F", "/");
    let mut again = office.browser();
    again.type_password(&ada.email, PASSWORD).await;
    found.look(&mut again, "/sign-in/code").await;
    ada.sign_in(office, &mut again).await;
    found.look(&mut again, &resume).await;
}

impl Found {
    async fn look(&mut self, browser: &mut Client, path: &str) {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.words());
        let (files, faults) = read(&answer.body);
        self.faults.extend(faults.into_iter().map(|fault| format!("{path}: {fault}")));
        let mut bytes = browser.weigh(path).await;
        for file in &files {
            bytes += browser.weigh(file).await;
        }
        if bytes > MOST {
            self.faults.push(format!("{path}: {bytes} bytes"));
        }
        self.paths.push(path.to_owned());
    }
}

/// The files that a page loads, and what is wrong with its heading and fields.
fn read(body: &str) -> (Vec<String>, Vec<String>) {
    let html = Html::parse_document(body);
    let all = |selector: &str| {
        let selector = Selector::parse(selector).unwrap();
        html.select(&selector).map(|element| element.value().clone()).collect::<Vec<_>>()
    };
    let mut files = Vec::new();
    for (selector, attribute) in
        [("link[rel=stylesheet]", "href"), ("link[rel=icon]", "href"), ("script", "src"), ("img", "src")]
    {
        files.extend(all(selector).iter().map(|element| element.attr(attribute).unwrap().to_owned()));
    }
    assert!(files.len() >= 3, "a page has a style sheet, an icon and a script: {files:?}");
    let mut faults = Vec::new();
    let headings = all("h1").len();
    if headings != 1 {
        faults.push(format!("{headings} headings of the first level"));
    }
    let labels = all("label[for]");
    let fields = Selector::parse("input:not([type=hidden]):not([hidden]), textarea, select").unwrap();
    for field in html.select(&fields) {
        let id = field.value().attr("id").unwrap_or_default();
        let labelled = labels.iter().any(|label| label.attr("for") == Some(id));
        let wrapped =
            field.ancestors().any(|node| node.value().as_element().is_some_and(|element| element.name() == "label"));
        if !labelled && !wrapped && field.value().attr("aria-label").is_none() {
            faults.push(format!("no label: {}", field.html()));
        }
    }
    (files, faults)
}
