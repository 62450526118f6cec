//! Every naughty string through every form of the desk: a clear page, never a fault, and nothing of it on the page as code.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use bluelamp::desk::accounts::Role;

use super::desk_work::{press, write};
use super::people::{Office, Person};
use crate::bad_input::Seen;
use crate::support::Answer;
use crate::support::client::{held_fields, pairs};

/// Pages with forms, as somebody sees them who may see all. A draft is waiting; `{entry}` is a version that had one before it.
const PAGES: [&str; 22] = [
    "/sign-in",
    "/sign-in/recover",
    "/account",
    "/accounts/new",
    "/audit",
    "/notices/new",
    "/notices",
    "/drafts/notice:contact/review",
    "/notices/contact/edit",
    "/notices/privacy-notice/edit",
    "/notices/contact/sheet",
    "/notices/helplines/withdraw",
    "/drafts/notice:contact/publish",
    "/facts",
    "/pages/new",
    "/pages/website-privacy",
    "/navigation",
    "/promoted-answers",
    "/previews/new",
    "/entries/{entry}/correct",
    "/entries/{entry}/put-back",
    "/entries/{entry}/redact",
];

/// A form as it came: what it holds, and which of its fields take what is typed.
struct Form {
    action: String,
    by_post: bool,
    held: Vec<(String, String)>,
    typed: Vec<String>,
}

fn forms(page: &Answer, at: &str) -> Vec<Form> {
    let html = scraper::Html::parse_document(&page.body);
    let selector = |text: &str| scraper::Selector::parse(text).unwrap();
    let free = "textarea[name], input[name]:not([type=hidden]):not([type=checkbox]):not([type=radio])";
    let mut found = Vec::new();
    for form in html.select(&selector("form")) {
        let action = form.value().attr("action").unwrap_or(at).to_owned();
        let typed: BTreeSet<String> =
            form.select(&selector(free)).map(|field| field.value().attr("name").unwrap().to_owned()).collect();
        if typed.is_empty() {
            continue;
        }
        let held = held_fields(&page.body, &action).unwrap_or_default();
        let by_post = form.value().attr("method") == Some("post");
        found.push(Form { action, by_post, held, typed: typed.into_iter().collect() });
    }
    found
}

impl Form {
    /// Sends it with strings of the list in its fields, the one after the other from a place on.
    async fn send(&self, person: &Person, from: usize) -> Answer {
        let list = naughty_strings::BLNS;
        let text = |name: &str| {
            let at = self.typed.iter().position(|field| field == name)?;
            Some(list[(from + at) % list.len()])
        };
        let filled = |(name, value): &(String, String)| {
            (name.clone(), text(name).map_or_else(|| value.clone(), ToOwned::to_owned))
        };
        let fields: Vec<(String, String)> = self.held.iter().map(filled).collect();
        let fields = pairs(&fields);
        if self.by_post {
            return person.post(&self.action, &fields).await;
        }
        let query: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        person.get(&format!("{}?{query}", self.action)).await
    }
}

#[tokio::test]
async fn naughty_strings_in_every_form_of_the_desk() {
    let office = Office::open().await;
    let erin = office.editor().await;
    write(&erin, "contact", &[("markdown", "Call 101."), ("change_note", "We changed the text.")]).await;
    press(&erin, "notice:contact", "submit", &[]).await;
    let all = office.staff("Ada Every", &Role::ALL).await;
    let mut seen = Seen::default();
    let (mut tried, mut actions) = (0, BTreeSet::new());
    let nobody = office.nobody();
    let edition = office.public.site.edition();
    let version = edition.published.notices["webchat-disclaimer"].in_force(office.desk.now()).unwrap();
    for path in PAGES.map(|path| path.replace("{entry}", &version.entry.number.to_string())) {
        let path = path.as_str();
        let person = if path.starts_with("/sign-in") { &nobody } else { &all };
        let mut page = person.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.words());
        let count = forms(&page, path).len();
        for which in 0..count {
            let mut from = 0;
            while from < naughty_strings::BLNS.len() {
                // What was done before may have changed the page, and with it what the form holds.
                let Some(form) = forms(&page, path).into_iter().nth(which) else { break };
                actions.insert(form.action.clone());
                let answer = form.send(person, from).await;
                seen.assert_clear(&answer, &format!("{} with string {from}", form.action));
                from += form.typed.len();
                tried += 1;
                if answer.status.is_redirection() {
                    page = person.get(path).await;
                    seen.assert_clear(&page, path);
                }
            }
        }
    }
    assert!(tried > 3000 && actions.len() >= 20, "only {tried} through {actions:?}");
}
