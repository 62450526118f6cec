//! The behaviour that all forms of the desk share when they cannot be taken.

use scraper::{ElementRef, Html, Selector};

use super::people::{Office, Person};
use crate::support::Answer;
use crate::support::client::held_fields;

fn select<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

/// Looks at the page of a form that was not taken: it says so in its title, has one summary which gets the focus, and each link of the
/// summary leads to a field that says what is wrong with it.
fn check_refusal(answer: &Answer, form: &str) {
    assert_eq!(answer.status, 422, "{form}: {}", answer.words());
    let page = Html::parse_document(&answer.body);
    let title: String = select(&page, "title")[0].text().collect();
    assert!(title.starts_with("Error: "), "{form}: {title}");
    let focused = select(&page, "[autofocus]");
    assert_eq!(focused.len(), 1, "{form}: the summary alone gets the focus");
    assert!(focused[0].value().classes().any(|class| class == "errors"), "{form}: {}", focused[0].html());
    for attribute in [("role", "alert"), ("tabindex", "-1"), ("aria-labelledby", "errors-heading")] {
        assert_eq!(focused[0].attr(attribute.0), Some(attribute.1), "{form}");
    }
    let links = select(&page, ".errors li a");
    assert!(!links.is_empty(), "{form}: {}", answer.words());
    for link in links {
        let id = link.attr("href").unwrap().strip_prefix('#').unwrap();
        let fields = select(&page, &format!("[id='{id}']"));
        assert_eq!(fields.len(), 1, "{form}: {id} is there once");
        assert_eq!(fields[0].attr("aria-invalid"), Some("true"), "{form}: {id}");
        let described = fields[0].attr("aria-describedby").unwrap_or_default();
        assert!(described.split(' ').any(|part| part == format!("{id}-why")), "{form}: {id}: {described}");
        for part in described.split(' ') {
            assert_eq!(select(&page, &format!("[id='{part}']")).len(), 1, "{form}: {part}");
        }
    }
}

/// Sends a form with fields that cannot be used and checks how it comes back: with what was typed, but for what is secret.
async fn refuse(person: &Person, page: &str, action: &str, fields: &[(&str, &str)], secret: &[&str]) {
    let answer = person.fill(page, action, fields).await;
    check_refusal(&answer, action);
    let held = held_fields(&answer.body, action).unwrap();
    for (name, value) in fields {
        let value = if secret.contains(name) { "" } else { value };
        assert!(held.contains(&((*name).to_owned(), value.to_owned())), "{action}: {name}: {held:?}");
    }
}

#[tokio::test]
async fn forms_about_accounts_that_cannot_be_taken_come_back_alike() {
    let office = Office::open().await;
    let (nobody, adele) = (office.nobody(), office.administrator().await);
    let wrong = [("email", "ann@northshire.example"), ("password", "not the right password")];
    refuse(&nobody, "/sign-in", "/sign-in", &wrong, &["password"]).await;
    refuse(&nobody, "/sign-in", "/sign-in", &[("email", ""), ("password", "")], &[]).await;
    let codes = [("email", ""), ("recovery", "1234-5678")];
    refuse(&nobody, "/sign-in/recover", "/sign-in/recover", &codes, &["recovery"]).await;
    refuse(&adele, "/account", "/account/name", &[("name", "...")], &[]).await;
}

#[tokio::test]
async fn forms_about_the_site_that_cannot_be_taken_come_back_alike() {
    let office = Office::open().await;
    let erin = office.editor().await;
    refuse(&erin, "/facts", "/facts", &[("fact:contact_email", ""), ("new-name", "Press Email")], &[]).await;
    refuse(&erin, "/promoted-answers", "/promoted-answers", &[("answer-sentence", "x\u{7}")], &[]).await;
    refuse(&erin, "/navigation", "/navigation", &[("main-label", "x\u{7}")], &[]).await;
    let page = [("title", ""), ("description", "Typed before"), ("address", "No address")];
    refuse(&erin, "/pages/new", "/pages/new", &page, &[]).await;
    refuse(&erin, "/pages/contact", "/pages/contact", &page, &[]).await;
    assert_eq!(erin.fill("/notices/contact/edit", "/notices/contact/edit", &[("title", "A draft")]).await.status, 303);
    refuse(&erin, "/previews/new", "/previews", &[("label", "")], &[]).await;
}

#[tokio::test]
async fn forms_of_writing_and_publishing_that_cannot_be_taken_come_back_alike() {
    let office = Office::open().await;
    let erin = office.editor().await;
    refuse(&erin, "/notices/new", "/notices/new", &[("title", ""), ("address", "Typed before")], &[]).await;
    refuse(&erin, "/banners/new", "/banners/new", &[("title", "")], &[]).await;
    let text = [("title", "Typed before"), ("address", "No address"), ("review_by", "2027-13-01"), ("language", "?")];
    refuse(&erin, "/notices/contact/edit", "/notices/contact/edit", &text, &[]).await;
    let gone_by =
        [("note", "short"), ("go_to", "nowhere"), ("when", "later"), ("date", "2020-01-01"), ("time", "10:00")];
    refuse(&erin, "/notices/contact/withdraw", "/notices/contact/withdraw/ask", &gone_by, &[]).await;
}
