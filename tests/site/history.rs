//! Every version for ever: as it was served, what changed, for machines, in feeds, and how to prove it.

use std::collections::BTreeSet;

use bluelamp::base::config::Settings;
use bluelamp::base::ledger::{Hash, Kind, NewEntry, Sealed};
use bluelamp::base::sealing::Keys;
use bluelamp::site::model::{CorrectionContent, NoticeContent};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

use crate::support::ledger::{Log, address, cancellation, state, text, version, withdrawal};
use crate::support::{NOON, TestSite};

#[tokio::test]
async fn what_changed_is_marked_in_words() {
    let site = TestSite::start().await;
    let answer = site.get("/notices/webchat-disclaimer/versions/2/changes").await;
    assert!(answer.body.contains("<ins>") && answer.body.contains("<del>"));
    assert!(site.get("/notices/webchat-disclaimer/versions/1/changes").await.words().contains("first version"));
}

#[tokio::test]
async fn machines_can_check_a_version_by_themselves() {
    let site = TestSite::start().await;
    let answer = site.get("/notices/website-privacy/versions/1/json").await;
    let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let hash = Hash::of(json["canonical"].as_str().unwrap().as_bytes());
    assert_eq!(json["hash"], hash.to_string());
    assert!(json["previous_hash"].is_string() && json["salt"].is_string());
    site.sign(&Keys::generate().unwrap()).await.unwrap();
    let proof = site.get("/notices/proof").await;
    assert!(proof.words().contains(&site.site.edition().published.head.unwrap().to_string()));
}

#[tokio::test]
async fn feeds_list_versions_and_name_no_staff() {
    let site = TestSite::start().await;
    for path in ["/notices/changes.atom", "/notices/website-privacy/changes.atom"] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "application/atom+xml; charset=utf-8");
        assert!(answer.body.contains("/notices/website-privacy/versions/2/changes\""), "{path}");
        let entries = answer.body.matches("<entry>").count();
        assert!(entries > 1 && answer.body.matches("<id>urn:uuid:").count() == entries + 1, "{path}");
    }
}

#[tokio::test]
async fn anybody_can_follow_the_commitments_of_a_version() {
    let site = TestSite::start().await;
    let answer = site.get("/notices/website-privacy/versions/2/json").await;
    let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let text = |name: &str| json[name].as_str().unwrap().to_owned();
    let sealed = Sealed { salt: text("salt").parse().unwrap(), body: text("content") };
    assert_eq!(text("content_commitment"), sealed.commitment().to_string());
    for field in ["content_commitment", "particulars_commitment", "previous_hash"] {
        assert!(text("canonical").contains(&text(field)), "{field}");
    }
    let content: NoticeContent = serde_json::from_str(&text("content")).unwrap();
    let page = site.get("/notices/website-privacy/versions/2").await;
    assert!(page.body.contains(&content.html), "the page shows the HTML that was served then, byte for byte");
}

#[tokio::test]
async fn a_version_says_whether_it_is_in_force_and_where_the_notice_is_read_today() {
    let site = TestSite::start().await;
    let origin = site.site.settings().public_origin();
    let old = site.get("/notices/website-privacy/versions/1").await;
    assert!(old.words_of("main").contains("No longer current"), "{}", old.words());
    let new = site.get("/notices/website-privacy/versions/2").await;
    assert!(new.words_of("main").contains("In force since"), "{}", new.words());
    for (path, canonical) in [
        ("/notices/website-privacy/versions/1", "/website-privacy"),
        ("/notices/helplines/versions/1", "/contact"),
        ("/notices/home/versions/1", "/"),
        ("/helplines", "/contact"),
    ] {
        let found = site.get(path).await.attributes("link[rel=canonical]", "href");
        assert_eq!(found, [format!("{origin}{canonical}")], "{path}");
    }
}

#[tokio::test]
async fn an_address_keeps_its_history_when_the_notice_moves() {
    let site = TestSite::start().await;
    let moved = NoticeContent { address: address("phone-lines"), ..site.content("helplines").await.1 };
    site.enter(state(bluelamp::base::ledger::Kind::Version, "notice:helplines", 2, &moved)).await;
    assert_eq!(site.get("/phone-lines").await.status, 200);
    for path in ["/notices/helplines", "/notices/phone-lines"] {
        for end in ["", "/versions/1", "/versions/2", "/versions/1/json", "/versions/2/changes", "/changes.atom"] {
            assert_eq!(site.get(&format!("{path}{end}")).await.status, 200, "{path}{end}");
        }
    }
    assert_eq!(site.get("/helplines?as_of=2026-11-23").await.status, 200);
    let origin = site.site.settings().public_origin();
    let old = site.get("/notices/helplines/versions/1").await;
    assert_eq!(old.attributes("link[rel=canonical]", "href"), [format!("{origin}/contact")]);
}

#[tokio::test]
async fn numbers_name_one_version_in_one_way() {
    let site = TestSite::start().await;
    for number in ["0", "01", "+1", "-1", "3", "1.0", "1e0", "99999999999999999999", "%31%00", "x", "١"] {
        let number: String = if number.starts_with('%') {
            number.to_owned()
        } else {
            url::form_urlencoded::byte_serialize(number.as_bytes()).collect()
        };
        for end in ["", "/json", "/changes"] {
            let answer = site.get(&format!("/notices/website-privacy/versions/{number}{end}")).await;
            assert!(answer.status == 404 || answer.status == 400, "{number}{end} answers {}", answer.status);
        }
    }
}

#[tokio::test]
async fn the_feed_grows_with_what_is_published_and_escapes_it() {
    let site = TestSite::start().await;
    let mut content = site.content("helplines").await.1;
    content.title = "Helplines & <lines>".to_owned();
    content.change_note = "Adds \"one\" & two.".to_owned();
    site.enter(version(2, &content)).await;
    for path in ["/notices/changes.atom", "/notices/helplines/changes.atom"] {
        let feed = site.get(path).await.body;
        assert!(feed.contains("Helplines &amp; &lt;lines&gt;"), "{feed}");
        assert!(feed.contains("<updated>2026-11-24T12:00:00Z</updated>"), "{feed}");
        assert!(!feed.contains("<lines>"));
    }
}

#[tokio::test]
async fn a_long_history_has_pages_and_every_version_is_on_one_of_them() {
    let mut log = Log::default();
    for number in 1..=250 {
        log.add(version(number, &text("tips", "<p>Take care.</p>")), "2021-01-01T00:00:00Z".parse().unwrap());
    }
    let cancelled = log.add(version(251, &text("tips", "<p>Never.</p>")), "2021-01-01T00:00:00Z".parse().unwrap());
    log.add(cancellation("notice:tips", cancelled), "2021-01-01T00:00:00Z".parse().unwrap());
    let site = log.site();
    site.at("2022-01-01T00:00:00Z");
    let mut path = "/notices/tips".to_owned();
    let mut numbers = Vec::new();
    for expected in [100, 100, 50] {
        let answer = site.get(&path).await;
        let shown = answer.attributes("ol.versions > li", "value");
        assert_eq!(shown.len(), expected, "{path}");
        assert_eq!(answer.body.contains("Version 251 was cancelled"), numbers.is_empty(), "{path}");
        numbers.extend(shown);
        let older = answer.attributes("main a[href*='?before=']", "href");
        path = older.first().cloned().unwrap_or_default();
    }
    assert_eq!(path, "", "the last page has no older versions");
    assert_eq!(numbers, (1..=250).rev().map(|number| number.to_string()).collect::<Vec<_>>());
    assert_eq!(site.get("/notices/tips?before=1").await.status, 404);
    assert_eq!(site.get("/notices/tips?before=yesterday").await.status, 400);
}

#[tokio::test]
async fn notices_are_listed_by_letters_and_numbers_whatever_their_case_and_accents() {
    let mut log = Log::default();
    let sorted = ["cctv and you", "Éire liaison", "Form 2", "Form 10", "Webchat"];
    for (number, title) in sorted.iter().rev().enumerate() {
        let content = NoticeContent { title: (*title).to_owned(), ..text(&format!("text-{number}"), "<p>Here.</p>") };
        log.add(version(1, &content), NOON.parse().unwrap());
    }
    let site = log.site();
    site.at(NOON);
    let links = site.get("/notices").await.attributes("ul.entries h3 a", "href");
    assert_eq!(links, ["/notices/text-4", "/notices/text-3", "/notices/text-2", "/notices/text-1", "/notices/text-0"]);
}

#[tokio::test]
async fn a_long_list_of_notices_comes_a_hundred_at_a_time() {
    let mut log = Log::default();
    for number in 1..=250 {
        log.add(version(1, &text(&format!("text-{number:03}"), "<p>Here.</p>")), NOON.parse().unwrap());
    }
    let site = log.site();
    site.at(NOON);
    let mut seen = Vec::new();
    let mut next = Some("/notices".to_owned());
    while let Some(path) = next {
        let page = site.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        let links = page.attributes("ul.entries h3 a", "href");
        assert!(links.len() <= 100, "{path}");
        seen.extend(links);
        next = page.attributes("nav a[rel=next]", "href").pop();
    }
    let all: Vec<String> = (1..=250).map(|number| format!("/notices/text-{number:03}")).collect();
    assert_eq!(seen, all);
    assert!(site.get("/notices?page=3").await.words().contains("201 to 250 of 250"));
}

#[tokio::test]
async fn no_text_makes_a_feed_ill_formed() {
    let site = TestSite::start().await;
    let (number, mut content) = site.content("helplines").await;
    let odd: String =
        ('\0'..' ').chain(['\u{7f}', '\u{85}', '\u{fffe}', '\u{ffff}', '\u{1ffff}', '<', '&', ']']).collect();
    content.title = format!("Help {odd}");
    content.change_note = format!("Changed {odd}]]>");
    site.enter(version(number + 1, &content)).await;
    let mut facts = site.site.edition().facts.as_ref().clone();
    facts.insert("force_name".to_owned(), format!("Northshire {odd}"));
    site.enter(state(bluelamp::base::ledger::Kind::Facts, "facts", 2, &facts)).await;
    for path in ["/notices/changes.atom", "/notices/helplines/changes.atom", "/sitemap.xml"] {
        let answer = site.get(path).await;
        assert!(answer.header("content-type").ends_with("; charset=utf-8"), "{path}");
        assert_well_formed(path, &answer.body);
    }
}

/// Asks a parser of the standard library of Python: expat.
fn assert_well_formed(what: &str, xml: &str) {
    let mut child = std::process::Command::new("python3")
        .args(["-c", "import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.stdin.buffer)"])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), xml.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "{what}: {xml:?}");
}

#[test]
fn a_feed_of_generated_texts_is_well_formed() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _inside = runtime.enter();
    let mut runner = TestRunner::deterministic();
    for _ in 0..8 {
        let mut log = Log::default();
        for number in 1..=30 {
            let mut any = || proptest::arbitrary::any::<String>().new_tree(&mut runner).unwrap().current();
            let odd = NoticeContent { title: any(), change_note: any(), ..text("odd", "<p>Here.</p>") };
            let target = log.add(version(number, &odd), NOON.parse().unwrap());
            let correction = NewEntry {
                version: None,
                target: Some(target),
                ..state(Kind::Correction, "notice:odd", 1, &CorrectionContent { text: any() })
            };
            log.add(correction, NOON.parse().unwrap());
        }
        let site = log.site();
        site.at(NOON);
        let feed = runtime.block_on(site.get("/notices/odd/changes.atom")).body;
        assert_eq!(feed.matches("<entry>").count(), 50);
        assert_well_formed("a feed", &feed);
    }
}

/// The content of each element of a name.
fn elements<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(&open).skip(1).filter_map(|part| part.split(&close).next()).collect()
}

#[tokio::test]
async fn ids_of_feeds_depend_neither_on_the_host_nor_on_the_address() {
    let site = TestSite::start().await;
    let mut settings = Settings::for_tests();
    settings.public_url = "https://elsewhere.example/".parse().unwrap();
    let elsewhere = site.another_node_with(settings);
    elsewhere.site.refresh().await.unwrap();
    for path in ["/notices/changes.atom", "/notices/helplines/changes.atom"] {
        let (here, there) = (site.get(path).await.body, elsewhere.get(path).await.body);
        assert_ne!(here, there);
        assert_eq!(elements(&here, "id"), elements(&there, "id"), "{path}");
    }
    let before = site.get("/notices/helplines/changes.atom").await.body;
    let moved = NoticeContent { address: address("phone-lines"), ..site.content("helplines").await.1 };
    site.enter(state(Kind::Version, "notice:helplines", 2, &moved)).await;
    let by_name = site.get("/notices/helplines/changes.atom").await.body;
    assert_eq!(by_name, site.get("/notices/phone-lines/changes.atom").await.body, "one feed under either name");
    let (old, new) = (elements(&before, "id"), elements(&by_name, "id"));
    assert!(new.len() == old.len() + 1 && old.iter().all(|id| new.contains(id)), "{old:?} {new:?}");
    let all = site.get("/notices/changes.atom").await.body;
    let ids = elements(&all, "id");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "each id once");
    assert!(new.iter().skip(1).all(|id| ids.contains(id)), "an entry has one id in every feed");
}

#[tokio::test]
async fn a_feed_has_a_title_of_its_own_and_pages_name_it() {
    let site = TestSite::start().await;
    let one = site.get("/notices/privacy-statement/changes.atom").await.body;
    assert_eq!(elements(&one, "title")[0], "Changes to “Our privacy statement” – Northshire Police");
    assert!(one.contains("<link rel=\"alternate\" type=\"text/html\" href=\"http"), "{one}");
    let all = site.get("/notices/changes.atom").await.body;
    assert_eq!(elements(&all, "title")[0], "Changes to what we publish – Northshire Police");
    for (path, feed) in [
        ("/notices", "/notices/changes.atom"),
        ("/website-privacy", "/notices/changes.atom"),
        ("/privacy-statement", "/notices/privacy-statement/changes.atom"),
        ("/notices/privacy-statement", "/notices/privacy-statement/changes.atom"),
        ("/notices/privacy-statement/versions/1", "/notices/privacy-statement/changes.atom"),
        ("/notices/privacy-statement/versions/2/changes", "/notices/privacy-statement/changes.atom"),
    ] {
        let page = site.get(path).await;
        assert_eq!(page.attributes("link[rel=alternate]", "href"), [feed], "{path}");
        let title = page.attributes("link[rel=alternate]", "title").remove(0);
        assert_eq!(elements(&site.get(feed).await.body, "title")[0], title, "{path}");
    }
}

#[tokio::test]
async fn a_feed_tells_corrections_withdrawals_and_removed_texts() {
    let mut log = Log::default();
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    log.add(version(1, &text("counter", "<p>Come at nine.</p>")), at("2021-01-01T00:00:00Z"));
    let second = log.add(version(2, &text("counter", "<p>Come at ten.</p>")), at("2022-01-01T00:00:00Z"));
    let about = |kind: Kind, content: String, target| NewEntry {
        version: None,
        target: Some(target),
        content,
        ..state(kind, "notice:counter", 1, &())
    };
    let said = serde_json::json!({ "text": "We meant eleven." }).to_string();
    log.add(about(Kind::Correction, said, second), at("2022-02-01T00:00:00Z"));
    log.add(withdrawal("notice:counter"), at("2023-01-01T00:00:00Z"));
    let site = log.site();
    site.at("2024-01-01T00:00:00Z");
    let feed = site.get("/notices/counter/changes.atom").await.body;
    let titles = [
        "About counter, withdrawn",
        "About counter, version 2, corrected",
        "About counter, version 2",
        "About counter, version 1",
    ];
    assert_eq!(elements(&feed, "title")[1..], titles, "{feed}");
    assert!(feed.contains("We meant eleven.") && feed.contains("It is over."), "{feed}");
    assert!(feed.contains("/notices/counter/versions/2/changes\""), "{feed}");
    let ground = serde_json::json!({ "ground": "It named somebody." }).to_string();
    log.add(about(Kind::Redaction, ground, 1), at("2024-02-01T00:00:00Z"));
    let site = log.site();
    site.at("2024-03-01T00:00:00Z");
    let feed = site.get("/notices/counter/changes.atom").await.body;
    assert_eq!(elements(&feed, "title")[1], "A text that was removed, version 1", "readers are told first: {feed}");
    assert!(feed.contains("Ground: It named somebody.") && feed.contains("<updated>2024-02-01T00:00:00Z"), "{feed}");
}

#[tokio::test]
async fn the_page_of_changes_jumps_to_the_first_of_them() {
    let site = TestSite::start().await;
    let changes = site.get("/notices/webchat-disclaimer/versions/2/changes").await;
    assert_eq!(changes.attributes("a[href='#first-change']", "href").len(), 1);
    assert_eq!(changes.body.matches("id=\"first-change\"").count(), 1);
    let first = site.get("/notices/webchat-disclaimer/versions/1/changes").await;
    assert!(!first.body.contains("first-change"));
}

#[tokio::test]
async fn a_title_that_turns_text_around_is_shown_with_a_mark_in_its_place_and_kept_as_it_was() {
    let site = TestSite::start().await;
    let (_, mut content) = site.content("contact").await;
    content.title = "Call \u{202E}999\u{7} now".to_owned();
    content.change_note = "We \u{2066}changed\u{1B} it.".to_owned();
    site.enter(version(2, &content)).await;
    for path in [
        "/contact",
        "/notices",
        "/notices/contact",
        "/notices/contact/versions/2",
        "/notices/contact/versions/2/changes",
        "/search?q=call",
    ] {
        let page = site.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        for unfit in ['\u{202E}', '\u{7}', '\u{2066}', '\u{1B}'] {
            assert!(!page.body.contains(unfit), "{path} has {unfit:?}");
        }
    }
    assert!(site.get("/notices/contact").await.words().contains("We \u{FFFD}changed\u{FFFD} it."));
    let json = site.get("/notices/contact/versions/2/json").await.body;
    assert!(json.contains('\u{202E}') || json.contains("202e"), "{json}");
}
