//! Finding texts at the desk: in old versions, by filters, and in the calendar.

use super::desk_work::{released, write};
use super::editor::text_of;
use super::people::Office;

#[tokio::test]
async fn words_of_an_old_version_are_found_when_asked_for_and_those_of_a_removed_text_never() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    released(&erin, &percy, "helplines", "We keep zebrafinches for a month.").await;
    released(&erin, &percy, "helplines", "We keep things for a month.").await;
    assert!(erin.get("/notices?q=zebrafinches").await.words().contains("Nothing found."));
    let old = erin.get("/notices?q=Zebrafinches&old=yes").await;
    assert_eq!(text_of(&old, ".cards h2").len(), 1, "{}", old.words());
    assert!(old.words().contains("which is not live"), "{}", old.words());
    let entry = super::desk_work::last_entry(&office, "notice:helplines").await - 1;
    office.public.redact(&[entry], "a name published by mistake.").await;
    let gone = erin.get("/notices?q=zebrafinches&old=yes").await;
    assert!(gone.words().contains("Nothing found."), "{}", gone.words());
}

#[tokio::test]
async fn filters_narrow_by_page_author_state_and_review_date() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    write(&erin, "helplines", &[("markdown", "Hers."), ("change_note", "Shorter.")]).await;
    write(&percy, "contact", &[("markdown", "His.")]).await;
    let titles = async |query: &str| text_of(&erin.get(&format!("/notices?{query}")).await, ".cards h2");
    assert_eq!(titles("author=Erin+Editor").await, ["Helplines"]);
    assert_eq!(titles("author=Percy+Publisher").await, ["Contact us"]);
    assert_eq!(titles("author=Percy+Publisher&q=Hers").await, Vec::<String>::new());
    assert!(titles("place=Website+privacy&q=webchat+disclaimer").await.contains(&"Webchat disclaimer".to_owned()));
    assert_eq!(titles("place=Contact+us&q=webchat+disclaimer").await, Vec::<String>::new());
    assert_eq!(titles("only=review").await, Vec::<String>::new());
    super::desk_work::press(&erin, "notice:helplines", "submit", &[]).await;
    assert_eq!(titles("only=review").await, ["Helplines"]);
    office.public.clock.set("2027-05-10T00:00:00Z".parse().unwrap());
    // Erin's sign-in has ended by then.
    let audrey = office.auditor().await;
    let due = text_of(&audrey.get("/notices?only=due").await, ".cards h2");
    let overdue = text_of(&audrey.get("/notices?only=overdue").await, ".cards h2");
    assert!(due.len() > overdue.len(), "{due:?} {overdue:?}");
}

#[tokio::test]
async fn the_calendar_names_what_goes_live_ends_and_falls_due() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    write(&erin, "contact", &[("markdown", "Call 101."), ("change_note", "Shorter.")]).await;
    let scheduled = [("when", "later"), ("date", "2026-12-24"), ("time", "09:30")];
    let done = super::desk_work::publish(&percy, "notice:contact", &scheduled).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let calendar = office.auditor().await.get("/calendar").await;
    let words = calendar.words();
    assert!(words.contains("Goes live Version 2 of “Contact us” 24 December 2026 at 09:30"), "{words}");
    assert!(words.contains("Ends The banner “Our new website” 31 December 2031"), "{words}");
    assert!(words.contains("Review due Webchat disclaimer 1 June 2027"), "{words}");
    assert!(erin.get("/").await.attributes("main a", "href").contains(&"/calendar".to_owned()));
}

#[tokio::test]
async fn an_administrator_is_led_through_the_first_hour_until_all_is_done() {
    let office = Office::open().await;
    let adele = office.administrator().await;
    let first = adele.get("/").await;
    assert_eq!(text_of(&first, ".steps .tag"), ["To do", "Done", "To do"], "{}", first.words());
    let (erin, percy) = (office.editor().await, office.publisher().await);
    assert!(text_of(&percy.get("/").await, ".steps").is_empty(), "it is the administrator's");
    assert_eq!(text_of(&adele.get("/").await, ".steps .tag"), ["Done", "Done", "To do"]);
    released(&erin, &percy, "helplines", "We keep things for a month.").await;
    assert!(text_of(&adele.get("/").await, ".steps").is_empty());
}

#[tokio::test]
async fn a_typing_error_has_a_note_of_its_own_and_feeds_tell_of_it_as_minor() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let edit = "/notices/helplines/edit";
    let both = erin.fill(edit, edit, &[("markdown", "A"), ("change_note", "New."), ("minor", "yes")]).await;
    assert_eq!(both.status, 422);
    assert!(both.words().contains("not both"), "{}", both.words());
    write(&erin, "helplines", &[("markdown", "We keep things."), ("change_note", ""), ("minor", "yes")]).await;
    let done = super::desk_work::publish(&percy, "notice:helplines", &[]).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let feed = office.public.get("/notices/helplines/changes.atom").await;
    assert!(feed.body.contains(": typing error corrected</title>"), "{}", feed.body);
    assert!(feed.body.contains("Typing error corrected.</summary>"), "{}", feed.body);
    let history = office.public.get("/notices/helplines").await;
    assert!(history.words().contains("Typing error corrected."), "{}", history.words());
}
