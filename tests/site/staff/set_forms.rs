//! Forms that make a change set by themselves: a new page, a fact that changed, a page that is taken away.

use super::change_sets::{let_out, press};
use super::dashboard::waits;
use super::desk_work::{actions, chain_holds, last_entry, particulars, released};
use super::people::{Office, Person};
use crate::support::client::held_fields;

#[tokio::test]
async fn a_new_page_with_its_text_and_its_link_is_one_form_and_one_review() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let page = [
        ("title", "Lost property"),
        ("description", "What to do when you lost something."),
        ("address", "lost"),
        ("markdown", "Call Zebrafinch."),
        ("menu", "main"),
        ("press", "review"),
    ];
    let made = erin.fill("/pages/new", "/pages/new", &page).await;
    let set = made.header("location").to_owned();
    assert!(set.starts_with("/change-sets/"), "{}", made.words());
    let waiting = waits(&percy).await;
    assert!(waiting.contains("For review New page: Lost property 3 changes"), "{waiting}");
    let review = percy.get(&set).await.words();
    for said in ["Call Zebrafinch.", "Lost property (/lost)", "What to do when you lost something."] {
        assert!(review.contains(said), "{said}: {review}");
    }
    assert_eq!(press(&percy, &set, "approve", &[]).await.status, 303);
    let done = let_out(&percy, &set, &[]).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let public = office.public.get("/lost").await.words();
    assert!(public.contains("Lost property") && public.contains("Call Zebrafinch."), "{public}");
    assert!(office.public.get("/contact").await.body.contains("href=\"/lost\""));
    chain_holds(&office).await;
}

#[tokio::test]
async fn a_new_page_form_that_cannot_be_taken_keeps_what_was_typed() {
    let office = Office::open().await;
    let erin = office.editor().await;
    assert_eq!(erin.fill("/navigation", "/navigation", &[("main-label", "Other")]).await.status, 303);
    let page = [
        ("title", "Contact"),
        ("description", "What to do."),
        ("address", "helplines"),
        ("markdown", "Typed before."),
        ("menu", "footer"),
        ("label", "Typed too"),
    ];
    let refused = erin.fill("/pages/new", "/pages/new", &page).await;
    assert_eq!(refused.status, 422, "{}", refused.words());
    let held = held_fields(&refused.body, "/pages/new").unwrap();
    for (name, value) in page {
        assert!(held.contains(&(name.to_owned(), value.to_owned())), "{name}: {held:?}");
    }
    let free = erin.fill("/pages/new", "/pages/new", &[("address", "lost"), page[0], page[1], page[4]]).await;
    assert_eq!(free.status, 422);
    assert!(free.words().contains("Somebody is changing the menu"), "{}", free.words());
}

#[tokio::test]
async fn a_new_page_whose_text_cannot_be_published_yet_is_not_sent_for_review() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let page = [
        ("title", "Lost property"),
        ("description", "What to do."),
        ("address", "lost"),
        ("markdown", "Call {{ nobody }}."),
        ("press", "review"),
    ];
    let made = erin.fill("/pages/new", "/pages/new", &page).await;
    let set = made.header("location").to_owned();
    let page = erin.get(&set).await.words();
    assert!(page.contains("Before this can be published") && page.contains("Draft Change set:"), "{page}");
    assert_eq!(actions(&office, &set.replace("/change-sets/", "set:")).await, ["set_made"]);
}

#[tokio::test]
async fn a_changed_fact_takes_all_texts_that_show_it_along_in_one_review() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    // A fact that no privacy notice shows: those have questions of the law's list to answer.
    erin.fill("/facts", "/facts", &[("new-name", "press_email"), ("new-value", "old@northshire.example")]).await;
    super::facts::publish(&office, &percy, "facts").await;
    released(&erin, &percy, "contact", "Write to {{ press_email }}.").await;
    let change = [("fact:press_email", "help@northshire.example"), ("press", "review")];
    let made = erin.fill("/facts", "/facts", &change).await;
    let set = made.header("location").to_owned();
    assert!(set.starts_with("/change-sets/"), "{}", made.words());
    let review = percy.get(&set).await.words();
    assert!(review.contains("Contact us") && review.contains("help@northshire.example"), "{review}");
    let waiting = waits(&percy).await;
    assert!(waiting.contains("For review Updated: press email"), "{waiting}");
    assert_eq!(press(&percy, &set, "approve", &[]).await.status, 303);
    let done = let_out(&percy, &set, &[]).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert!(office.public.get("/contact").await.words().contains("help@northshire.example"));
    assert!(
        percy.get("/facts/affected").await.words().contains("Every text in force says what"),
        "none is left behind"
    );
    let known = particulars(&office, last_entry(&office, "notice:contact").await).await;
    assert_eq!((&known["writer"], &known["alone"]), (&"Erin Editor".into(), &false.into()));
    chain_holds(&office).await;
}

/// Erin makes a page with its text and a link by one form, and Percy publishes it.
async fn lost_property(erin: &Person, percy: &Person) -> String {
    let page = [
        ("title", "Lost property"),
        ("description", "What to do when you lost something."),
        ("address", "lost"),
        ("markdown", "Call Zebrafinch."),
        ("menu", "main"),
        ("press", "review"),
    ];
    let set = erin.fill("/pages/new", "/pages/new", &page).await.header("location").to_owned();
    assert_eq!(let_out(percy, &set, &[]).await.status, 303);
    set
}

/// Takes the page away by its form, and Percy publishes that.
async fn take_away(erin: &Person, percy: &Person, fields: &[(&str, &str)]) -> String {
    let form = "/pages/lost/take-away";
    let mut all = vec![("note", "The station took it over."), ("press", "review")];
    all.extend_from_slice(fields);
    let made = erin.fill(form, form, &all).await;
    let set = made.header("location").to_owned();
    assert!(set.starts_with("/change-sets/"), "{}", made.words());
    let done = let_out(percy, &set, &[]).await;
    assert_eq!(done.status, 303, "{}", done.words());
    set
}

#[tokio::test]
async fn a_page_that_is_taken_away_leads_its_visitors_on_and_its_link_goes_with_it() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    lost_property(&erin, &percy).await;
    let set = take_away(&erin, &percy, &[("go_to", "/contact"), ("text:lost", "withdraw")]).await;
    let gone = office.public.get("/lost").await;
    assert_eq!((gone.status.as_u16(), gone.header("location")), (308, "/contact"));
    assert!(!office.public.get("/contact").await.body.contains("href=\"/lost\""), "no link leads there");
    assert_eq!(actions(&office, "page:lost").await.last().unwrap(), "withdrawn");
    assert_eq!(actions(&office, "notice:lost").await.last().unwrap(), "withdrawn");
    assert!(erin.get(&set).await.words().contains("Withdrew the page “lost”"));
    assert_eq!(erin.get("/pages/lost").await.status, 200, "it can be brought back from there");
    chain_holds(&office).await;
    // Put back by one press: the page, its text and its link.
    let back = press(&percy, &set, "put-back", &[("reason", "The station closed again.")]).await;
    assert_eq!(back.header("location"), format!("{set}?done=put-back"), "{}", back.words());
    assert!(office.public.get("/lost").await.words().contains("Call Zebrafinch."));
    assert!(office.public.get("/contact").await.body.contains("href=\"/lost\""));
    chain_holds(&office).await;
}

#[tokio::test]
async fn a_page_that_is_gone_says_so_in_plain_words() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    lost_property(&erin, &percy).await;
    take_away(&erin, &percy, &[("visitors", "gone"), ("text:lost", "withdraw")]).await;
    let gone = office.public.get("/lost").await;
    assert_eq!(gone.status.as_u16(), 410);
    let said = gone.words();
    assert!(said.contains("This page is gone") && said.contains("The station took it over."), "{said}");
    assert_eq!(office.public.get("/LOST.").await.header("location"), "/lost", "however it is typed");
    assert!(!office.public.get("/sitemap.xml").await.body.contains("/lost"));
}

#[tokio::test]
async fn the_texts_of_a_page_that_goes_move_to_another_page_or_stand_alone() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    lost_property(&erin, &percy).await;
    let form = "/pages/lost/take-away";
    let bad = [("go_to", "/contact"), ("text:lost", "alone"), ("note", "The station took it over.")];
    let refused = erin.fill(form, form, &bad).await;
    assert_eq!(refused.status, 422);
    assert!(refused.words().contains("This text has the same address as the page"), "{}", refused.words());
    take_away(&erin, &percy, &[("go_to", "/contact"), ("text:lost", "page:contact")]).await;
    assert_eq!(office.public.get("/lost").await.header("location"), "/contact");
    assert!(office.public.get("/contact").await.words().contains("Call Zebrafinch."));
}

#[tokio::test]
async fn a_page_is_not_taken_away_by_a_form_that_says_too_little() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    lost_property(&erin, &percy).await;
    let form = "/pages/lost/take-away";
    for (fields, said) in [
        ([("note", ""), ("go_to", "/contact"), ("text:lost", "withdraw")], "why the page goes"),
        ([("note", "It is over now."), ("go_to", ""), ("text:lost", "withdraw")], "Choose the page that visitors"),
        ([("note", "It is over now."), ("go_to", "/lost"), ("text:lost", "withdraw")], "That is the page that goes"),
        (
            [("note", "It is over now."), ("go_to", "/contact"), ("text:lost", "page:nowhere")],
            "Say where this text goes",
        ),
        ([("note", "It is over now."), ("go_to", "//evil.test"), ("text:lost", "withdraw")], "Nothing is published"),
    ] {
        let refused = erin.fill(form, form, &fields).await;
        assert_eq!(refused.status, 422, "{fields:?}");
        assert!(refused.words().contains(said), "{said}: {}", refused.words());
    }
    let home = erin.get("/pages/home/take-away").await;
    assert!(home.words().contains("leads people to this page") || home.status == 404, "{}", home.words());
    assert_eq!(erin.get("/pages/nowhere/take-away").await.status, 404);
    assert_eq!(office.public.get("/lost").await.status, 200);
}

#[tokio::test]
async fn what_was_new_is_withdrawn_when_its_set_is_put_back() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let set = lost_property(&erin, &percy).await;
    let back = press(&percy, &set, "put-back", &[("reason", "It was a mistake.")]).await;
    assert_eq!(back.status, 303, "{}", back.words());
    assert_eq!(office.public.get("/lost").await.status.as_u16(), 410);
    assert!(!office.public.get("/contact").await.body.contains("href=\"/lost\""));
    chain_holds(&office).await;
}
