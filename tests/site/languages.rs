//! Texts in another language than the site's own words: a screen reader takes its voice by `lang`, and `dir` turns the line.

use std::collections::BTreeSet;

use bluelamp::base::language::Language;
use bluelamp::base::ledger::Kind;
use bluelamp::site::model::{Address, NoticeContent, PageContent};
use jiff::Timestamp;

use crate::support::ledger::{Log, address, banner, state, text, version};
use crate::support::{Answer, NOON, TestSite};

const TITLE: &str = "Hysbysiad preifatrwydd";
const WORDS: &str = "Mae gennych hawl i weld eich data";
const NOTE: &str = "Cyhoeddwyd gyntaf";

fn welsh(at: &str) -> NoticeContent {
    NoticeContent {
        title: TITLE.to_owned(),
        language: Language::Welsh,
        change_note: format!("{NOTE}."),
        ..text(at, &format!("<p>{WORDS}.</p>"))
    }
}

/// A notice alone, a page with a Welsh and an English notice, and a banner.
fn site() -> TestSite {
    let mut log = Log::default();
    let then: Timestamp = "2021-06-01T09:00:00Z".parse().unwrap();
    let later: Timestamp = "2022-06-01T09:00:00Z".parse().unwrap();
    log.add(version(1, &welsh("hysbysiad")), then);
    let second = NoticeContent { html: format!("<p>{WORDS} unrhyw bryd.</p>"), ..welsh("hysbysiad") };
    log.add(version(2, &second), later);
    for (name, content) in [("cymraeg", welsh("both")), ("english", text("both", "<p>Plain words.</p>"))] {
        log.add(state(Kind::Version, &format!("notice:{name}"), 1, &content), then);
    }
    let names: Vec<Address> = ["cymraeg", "english"].map(address).into();
    let page = PageContent {
        address: address("both"),
        title: "Both".to_owned(),
        description: "Both.".to_owned(),
        notices: names,
        about_harm: false,
    };
    log.add(state(Kind::Page, "page:both", 1, &page), then);
    let warning = NoticeContent {
        title: "Llifogydd".to_owned(),
        language: Language::Welsh,
        ..banner("llif", "<p>Cadwch draw.</p>", None)
    };
    log.add(version(1, &warning), then);
    let site = log.site();
    site.at(NOON);
    site
}

/// The languages, with the direction where there is one, of everything in the body that holds some words.
fn languages_of(answer: &Answer, words: &str) -> BTreeSet<String> {
    let html = scraper::Html::parse_document(&answer.body);
    let body = html.select(&scraper::Selector::parse("body").unwrap()).next().unwrap();
    let texts = body.descendants().filter(|node| node.value().as_text().is_some_and(|text| text.contains(words)));
    texts
        .map(|node| {
            let around: Vec<scraper::ElementRef<'_>> = node.ancestors().filter_map(scraper::ElementRef::wrap).collect();
            let said = |name: &str| around.iter().find_map(|element| element.attr(name));
            [said("lang"), said("dir")].into_iter().flatten().collect::<Vec<_>>().join(" ")
        })
        .collect()
}

#[tokio::test]
async fn a_text_in_another_language_says_so_wherever_it_is_read() {
    let site = site();
    for (path, words) in [
        ("/hysbysiad", &[TITLE, WORDS][..]),
        ("/both", &[TITLE, WORDS]),
        ("/notices", &[TITLE, NOTE]),
        ("/notices/hysbysiad", &[TITLE, NOTE]),
        ("/notices/hysbysiad/versions/2", &[TITLE, WORDS, NOTE]),
        ("/notices/hysbysiad/versions/2/changes", &[TITLE, WORDS, NOTE]),
        ("/search?q=preifatrwydd", &[TITLE, WORDS]),
        ("/hysbysiad", &["Llifogydd", "Cadwch draw"]),
    ] {
        let page = site.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        for words in words {
            let found = languages_of(&page, words);
            assert!(
                !found.is_empty() && found.iter().all(|language| language.starts_with("cy")),
                "{path} {words}: {found:?}"
            );
        }
    }
}

#[tokio::test]
async fn our_own_words_and_texts_in_english_keep_the_language_of_the_page() {
    let site = site();
    for (path, words) in [
        ("/hysbysiad", "Updated"),
        ("/both", "Plain words"),
        ("/both", "Published"),
        ("/notices/hysbysiad/versions/2", "Fingerprint of the text"),
    ] {
        let page = site.get(path).await;
        let found = languages_of(&page, words);
        assert!(
            !found.is_empty() && found.iter().all(|language| language.starts_with("en-GB")),
            "{path} {words}: {found:?}"
        );
    }
    let page = site.get("/both").await;
    assert_eq!(page.attributes("#english", "lang"), Vec::<String>::new(), "nothing is said that the page says already");
}

#[tokio::test]
async fn a_text_from_right_to_left_stands_that_way() {
    let mut log = Log::default();
    let arabic = NoticeContent {
        title: "الخصوصية".to_owned(),
        language: Language::from("ar".to_owned()),
        ..text("arabic", "<p>بياناتك</p>")
    };
    log.add(version(1, &arabic), "2021-06-01T09:00:00Z".parse().unwrap());
    let site = log.site();
    site.at(NOON);
    let page = site.get("/arabic").await;
    for words in ["الخصوصية", "بياناتك"] {
        assert_eq!(languages_of(&page, words), BTreeSet::from(["ar rtl".to_owned()]), "{words}");
    }
    assert_eq!(languages_of(&page, "Published"), BTreeSet::from(["en-GB ltr".to_owned()]));
}

#[tokio::test]
async fn a_text_is_offered_in_the_other_languages_that_it_is_in() {
    let mut log = Log::default();
    let from = "2021-06-01T09:00:00Z".parse().unwrap();
    log.add(version(1, &text("privacy", "<p>In English.</p>")), from);
    let welsh = NoticeContent { language: Language::Welsh, ..text("privacy-cy", "<p>Yn Gymraeg.</p>") };
    log.add(version(1, &welsh), from);
    // Its address ends like that of a Polish text, and it is in English.
    log.add(version(1, &text("privacy-pl", "<p>Please leave.</p>")), from);
    let site = log.site();
    site.at(NOON);
    let offered = async |path: &str| {
        let page = site.get(path).await;
        (page.attributes(".languages a", "href"), page.attributes(".languages a", "lang"), page.words_of(".languages"))
    };
    let to = |href: &str, lang: &[&str], words: &str| {
        (vec![href.to_owned()], lang.iter().map(ToString::to_string).collect::<Vec<_>>(), words.to_owned())
    };
    assert_eq!(offered("/privacy").await, to("/privacy-cy", &["cy"], "Cymraeg"));
    assert_eq!(offered("/privacy-cy").await, to("/privacy", &[], "English"));
    assert_eq!(offered("/privacy-pl").await, (vec![], vec![], String::new()));
}

#[tokio::test]
async fn a_feed_says_the_language_of_an_entry() {
    let site = site();
    let feed = site.get("/notices/hysbysiad/changes.atom").await;
    assert!(feed.body.contains(&format!("<title xml:lang=\"cy\">{TITLE}, version 2</title>")), "{}", feed.body);
    assert!(feed.body.contains(&format!("<summary xml:lang=\"cy\">{NOTE}.</summary>")), "{}", feed.body);
}
