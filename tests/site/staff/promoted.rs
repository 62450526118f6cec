//! Promoted answers: what staff say first to those who search for certain words.

use bluelamp::features::drafts::{DraftContent, store as drafts};
use bluelamp::site::model::PromotedAnswer;

use super::facts::publish;
use super::people::Office;
use crate::support::client::{held_fields, pairs};

const FORM: &str = "/promoted-answers";

async fn drafted(office: &Office) -> Vec<PromotedAnswer> {
    let mut connection = office.public.connection().await;
    let found = drafts::find(&mut connection, &"promoted".parse().unwrap()).await.unwrap();
    match found.map(|draft| draft.content) {
        Some(DraftContent::Promoted(promoted)) => promoted.answers,
        other => panic!("{other:?}"),
    }
}

/// The values in the form, with an answer in the row that is there to be filled in.
async fn with_new(office: &Office, who: &super::people::Person, answer: [&str; 4]) -> Vec<(String, String)> {
    assert!(!office.public.site.edition().is_empty());
    let mut held = held_fields(&who.get(FORM).await.body, FORM).unwrap();
    for (field, value) in ["words", "sentence", "number", "link"].into_iter().zip(answer) {
        let at = held.iter().rposition(|(name, _)| *name == format!("answer-{field}")).unwrap();
        value.clone_into(&mut held[at].1);
    }
    held
}

async fn add(office: &Office, who: &super::people::Person, answer: [&str; 4]) -> crate::support::Answer {
    let held = with_new(office, who, answer).await;
    who.post(FORM, &pairs(&held)).await
}

#[tokio::test]
async fn an_answer_is_written_reviewed_and_put_first_once_it_is_published() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let before = office.public.site.edition().promoted.answers.len();
    let saved = add(&office, &erin, [" budgie ,  lost bird", "Ring the aviary.", "01632 960001", "/contact"]).await;
    assert_eq!(saved.header("location"), "/promoted-answers?done=saved", "{}", saved.words());
    let answers = drafted(&office).await;
    let added = PromotedAnswer {
        words: "budgie, lost bird".to_owned(),
        sentence: "Ring the aviary.".to_owned(),
        number: "01632 960001".to_owned(),
        link: "/contact".to_owned(),
    };
    assert_eq!((answers.len(), answers.last()), (before + 1, Some(&added)));
    let words = erin.get(FORM).await.words();
    assert!(words.contains("This is a draft"), "{words}");
    let review = erin.get("/drafts/promoted/review").await.words();
    assert!(review.contains("budgie, lost bird: Ring the aviary. (01632 960001) (/contact)"), "{review}");
    let search = "/search?q=my+bird+is+lost";
    assert!(!office.public.get(search).await.body.contains("aviary"), "a draft is shown nowhere");
    publish(&office, &percy, "promoted").await;
    let page = office.public.get(search).await;
    assert!(page.body.contains("Ring the aviary."), "{}", page.words());
    let links = page.attributes(".promoted a", "href");
    assert_eq!(links, ["tel:01632960001", "/contact"]);
    assert!(page.words().contains("Call 01632 960001 Contact us"), "{}", page.words());
    assert!(!office.public.get("/search?q=bird").await.body.contains("aviary"), "not all words of a group");
    assert!(erin.get("/pages").await.body.contains("href=\"/promoted-answers\""));
    assert!(erin.get("/").await.words().contains("Version 2 of the promoted answers"));
    super::desk_work::chain_holds(&office).await;
}

#[tokio::test]
async fn buttons_order_and_remove_answers_without_scripts() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let first = office.public.site.edition().promoted.answers.clone();
    let saved = erin.fill(FORM, FORM, &[("press", "answer:down:0")]).await;
    assert_eq!(saved.status, 303, "{}", saved.words());
    let moved = drafted(&office).await;
    assert_eq!((&moved[0], &moved[1]), (&first[1], &first[0]));
    erin.fill(FORM, FORM, &[("press", "answer:remove:0")]).await;
    let left = drafted(&office).await;
    assert_eq!((left.len(), &left[0]), (first.len() - 1, &first[0]));
}

#[tokio::test]
async fn an_answer_that_cannot_be_taken_says_why_and_keeps_what_was_typed() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let number = office.public.site.edition().promoted.answers.len() + 1;
    for (answer, field) in [
        (["", "Typed before.", "", ""], "words"),
        (["budgie, ?", "Typed before.", "", ""], "words"),
        (["budgie, Suicide", "Typed before.", "", ""], "words"),
        (["budgie", "", "", "/contact"], "sentence"),
        (["budgie", "Typed\u{202e} before.", "", ""], "sentence"),
        (["budgie", "Typed before.", "ring us", ""], "number"),
        (["budgie", "Typed before.", "", "/nothing"], "link"),
        (["budgie", "Typed before.", "", "http://evil.test/"], "link"),
        (["budgie", "Typed before.", "", "//evil.test"], "link"),
    ] {
        let refused = add(&office, &erin, answer).await;
        assert_eq!(refused.status, 422, "{answer:?}");
        assert!(refused.words().contains(&format!("Answer {number}, {field}: ")), "{answer:?}: {}", refused.words());
        let id = format!("answer-{field}-{}", number - 1);
        assert_eq!(refused.attributes(&format!("#{id}"), "aria-invalid"), ["true"], "{answer:?}");
        for typed in answer.into_iter().filter(|typed| !typed.is_empty()) {
            let html = scraper::Html::parse_document(&refused.body);
            let inputs = scraper::Selector::parse("input[value]").unwrap();
            assert!(html.select(&inputs).any(|input| input.attr("value") == Some(typed)), "{answer:?} keeps {typed}");
        }
    }
    let taken = add(&office, &erin, ["budgie", "Ring them.", "", "https://aviary.example/lost?a=b"]).await;
    assert_eq!(taken.status, 303, "{}", taken.words());
}

#[tokio::test]
async fn what_somebody_else_answered_meanwhile_is_shown_beside() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let mine = with_new(&office, &erin, ["budgie", "Ring the aviary.", "", ""]).await;
    assert_eq!(add(&office, &percy, ["parrot", "Ring the harbour.", "", ""]).await.status, 303);
    let clash = erin.post(FORM, &pairs(&mine)).await;
    assert_eq!(clash.status, 409, "{}", clash.words());
    assert!(clash.words().contains("parrot: Ring the harbour."), "{}", clash.words());
    assert!(clash.words().contains("budgie: Ring the aviary."), "{}", clash.words());
    assert_eq!(drafted(&office).await.last().unwrap().words, "parrot");
}
