//! Embargo: nothing of what is to come is public before its time, on no route.

use bluelamp::base::ledger::{Kind, NewEntry};
use bluelamp::site::model::{Navigation, NavigationLink, PageContent};
use serde_json::json;

use crate::support::TestSite;
use crate::support::crawl::crawl;
use crate::support::ledger::{address, banner, state, text, version, withdrawal};

/// Stands in every text that is to come, and in no other.
pub(crate) const SECRET: &str = "zebrafinch";
const TIME: &str = "2026-12-01T09:00:00Z";

fn later(new: NewEntry) -> NewEntry {
    at(new, TIME)
}

fn at(new: NewEntry, time: &str) -> NewEntry {
    NewEntry { in_force_at: Some(time.parse().unwrap()), ..new }
}

/// A change of everything that can be changed, for one instant.
pub(crate) async fn schedule_everything(site: &TestSite, time: &str) {
    let later = |new| at(new, time);
    let (_, mut helplines) = site.content("helplines").await;
    helplines.html.push_str("<p>Call Zebrafinch.</p>");
    "Helplines and Zebrafinch".clone_into(&mut helplines.title);
    "Adds Zebrafinch.".clone_into(&mut helplines.change_note);
    site.enter(later(version(2, &helplines))).await;
    site.enter(later(version(1, &text("zebrafinch-notice", "<p>Zebrafinch has a notice.</p>")))).await;
    site.enter(later(version(1, &banner("zebrafinch-banner", "<p>Zebrafinch flies.</p>", None)))).await;
    let moved = bluelamp::site::model::NoticeContent {
        address: address("zebrafinch-contact"),
        ..site.content("contact").await.1
    };
    site.enter(later(state(Kind::Version, "notice:contact", 2, &moved))).await;
    let page = PageContent {
        address: address("zebrafinch-page"),
        title: "Zebrafinch".to_owned(),
        description: "Zebrafinch.".to_owned(),
        notices: vec![address("zebrafinch-notice")],
        about_harm: false,
    };
    site.enter(later(state(Kind::Page, "page:zebrafinch-page", 1, &page))).await;
    let links = Navigation {
        navigation: vec![NavigationLink { label: "Zebrafinch".to_owned(), href: "/zebrafinch-page".to_owned() }],
        footer: Vec::new(),
        redirects: Vec::new(),
    };
    site.enter(later(state(Kind::Navigation, "navigation", 2, &links))).await;
    let answer = json!({ "words": "zebra, finch", "sentence": "Zebrafinch helps.", "number": "01632 960001" });
    site.enter(later(state(Kind::Promoted, "promoted", 2, &json!({ "answers": [answer] })))).await;
    let mut facts = site.site.edition().facts.as_ref().clone();
    facts.insert("force_name".to_owned(), "Zebrafinch Police".to_owned());
    site.enter(later(state(Kind::Facts, "facts", 2, &facts))).await;
    let hours = json!({ "line": [{ "name": "all", "label": "Zebrafinch line", "open": [] }] });
    site.enter(later(state(Kind::Hours, "hours:webchat", 2, &hours))).await;
}

/// Addresses that nobody links to yet.
pub(crate) const HIDDEN: [&str; 14] = [
    "/zebrafinch-notice",
    "/zebrafinch-notice?as_of=2026-11-24",
    "/zebrafinch-page",
    "/zebrafinch-page?as_of=2026-11-24",
    "/zebrafinch-contact",
    "/notices/zebrafinch-notice",
    "/notices/zebrafinch-notice/changes.atom",
    "/notices/zebrafinch-notice/versions/1",
    "/notices/zebrafinch-notice/versions/1/json",
    "/notices/zebrafinch-notice/versions/1/changes",
    "/notices/zebrafinch-banner",
    "/notices/helplines/versions/2",
    "/notices/helplines/versions/2/json",
    "/notices/helplines/versions/2/changes",
];

/// Addresses that show what is in force.
pub(crate) const SHOWN: [&str; 12] = [
    "/helplines",
    "/contact",
    "/helplines?as_of=2026-11-24",
    "/contact?as_of=2026-11-24T12:00:00Z",
    "/search?q=zebra",
    "/search?q=finch",
    "/webchat",
    "/report",
    "/notices",
    "/notices/helplines",
    "/notices/changes.atom",
    "/notices/helplines/changes.atom",
];

#[tokio::test]
async fn what_is_to_come_shows_on_no_route_until_its_time() {
    let site = TestSite::start().await;
    schedule_everything(&site, TIME).await;
    for path in HIDDEN {
        let answer = site.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.body.to_lowercase().contains(SECRET), "{path}");
    }
    let seen = crawl(&site, &SHOWN).await;
    assert!(seen.len() > 80, "only {} addresses", seen.len());
    for (path, answer) in &seen {
        assert!(!answer.body.to_lowercase().contains(SECRET), "{path}");
        assert!(!format!("{:?}", answer.headers).to_lowercase().contains(SECRET), "{path}");
    }
    for time in ["2026-12-01", TIME, "2026-11-24T12:00:00.000001Z", "2026-11-25"] {
        assert_eq!(site.get(&format!("/helplines?as_of={time}")).await.status, 422, "{time}");
    }
    // The instant before, and then the instant itself, by the clock alone.
    site.at("2026-12-01T08:59:59.999999Z");
    assert!(!site.get("/helplines").await.body.contains("Zebrafinch"));
    site.at(TIME);
    for path in
        ["/", "/helplines", "/zebrafinch-page", "/zebrafinch-notice", "/zebrafinch-contact", "/webchat", "/notices"]
    {
        assert!(site.get(path).await.body.contains("Zebrafinch"), "{path}");
    }
    for path in [
        "/sitemap.xml",
        "/notices/changes.atom",
        "/search?q=zebrafinch",
        "/search?q=finch",
        "/notices/zebrafinch-banner",
    ] {
        assert!(site.get(path).await.body.to_lowercase().contains(SECRET), "{path}");
    }
}

#[tokio::test]
async fn a_node_that_starts_anew_keeps_the_embargo_and_the_time() {
    let site = TestSite::start().await;
    schedule_everything(&site, TIME).await;
    let node = site.another_node();
    node.site.refresh().await.unwrap();
    assert!(!node.get("/helplines").await.body.contains("Zebrafinch"));
    node.at(TIME);
    assert!(node.get("/helplines").await.body.contains("Zebrafinch"));
}

#[tokio::test]
async fn a_cancelled_version_is_known_as_cancelled_and_by_nothing_else() {
    let site = TestSite::start().await;
    let (_, mut content) = site.content("helplines").await;
    "<p>Zebrafinch.</p>".clone_into(&mut content.html);
    "Zebrafinch".clone_into(&mut content.title);
    "Zebrafinch.".clone_into(&mut content.change_note);
    let planned = site.enter(later(version(2, &content))).await;
    site.cancel(&planned).await;
    site.at("2027-01-01T00:00:00Z");
    let history = site.get("/notices/helplines").await;
    assert!(history.words().contains("Version 2") && history.words().contains("never in force"), "{}", history.words());
    for end in ["", "/json", "/changes"] {
        let answer = site.get(&format!("/notices/helplines/versions/2{end}")).await;
        assert_eq!(answer.status, 404, "{end}");
        assert!(answer.words().contains("never in force"), "{end}: {}", answer.words());
    }
    for (path, answer) in crawl(&site, &SHOWN).await {
        assert!(!answer.body.contains("Zebrafinch"), "{path}");
    }
    // The next version is compared with the one before the cancelled one.
    let (_, mut content) = site.content("helplines").await;
    content.html.push_str("<p>Also Goldfinch.</p>");
    site.enter(NewEntry { in_force_at: Some(TIME.parse().unwrap()), ..version(3, &content) }).await;
    let changes = site.get("/notices/helplines/versions/3/changes").await;
    assert_eq!(changes.status, 200);
    assert!(changes.body.contains("Goldfinch") && !changes.body.contains("Zebrafinch"));
}

#[tokio::test]
async fn a_notice_that_was_cancelled_before_it_was_ever_public_stays_unknown() {
    let site = TestSite::start().await;
    let planned = site.enter(later(version(1, &text("zebrafinch-notice", "<p>Zebrafinch.</p>")))).await;
    site.cancel(&planned).await;
    site.at("2027-01-01T00:00:00Z");
    for path in HIDDEN.iter().filter(|path| path.contains("zebrafinch-notice")) {
        assert_eq!(site.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_withdrawal_comes_by_the_clock_unless_it_is_cancelled() {
    let site = TestSite::start().await;
    let cancelled = site.enter(later(withdrawal("notice:helplines"))).await;
    site.cancel(&cancelled).await;
    site.enter(later(withdrawal("notice:privacy-statement"))).await;
    // Of the page alone: its notice has the same name and stays.
    site.enter(later(withdrawal("page:accessibility-statement"))).await;
    let statement = site.get("/privacy-statement").await;
    assert_eq!(statement.status, 200);
    assert!(!site.get("/notices/privacy-statement").await.words().contains("December"));
    site.at(TIME);
    assert_eq!(site.get("/helplines").await.status, 200, "a cancelled withdrawal is none");
    let gone = site.get("/privacy-statement").await;
    assert_eq!(gone.status, 410);
    assert!(gone.words_of("main").contains("1 December 2026"), "{}", gone.words());
    assert_eq!(site.get("/privacy-statement?as_of=2026-11-24").await.status, 200);
    assert!(site.get("/notices/privacy-statement").await.words().contains("1 December 2026"));
    assert_eq!(site.get("/accessibility-statement").await.status, 200);
    assert!(!site.get("/sitemap.xml").await.body.contains("accessibility-statement"));
}
