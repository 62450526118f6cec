//! An old text says that it is one: in its title, in a bar, on each of its parts and on paper; and the form for a day takes what people
//! type.

use bluelamp::site::model::NoticeContent;

use crate::support::ledger::{Log, text, version, withdrawal};
use crate::support::{Answer, TestSite};

/// The values in the form for a day.
fn typed(answer: &Answer) -> [String; 3] {
    ["day", "month", "year"]
        .map(|name| answer.attributes(&format!("form.then input[name={name}]"), "value").pop().unwrap_or_default())
}

#[tokio::test]
async fn an_old_page_says_its_day_and_leads_to_the_current_one() {
    let site = TestSite::start().await;
    let old = site.get("/website-privacy?as_of=2021-12-01").await;
    assert_eq!(old.words_of("title"), "Website privacy as it was on 1 December 2021 – Northshire Police");
    assert_eq!(old.words_of("h1"), "Website privacy");
    assert_eq!(old.words_of(".old-bar"), "As it was on 1 December 2021. See the current one");
    assert_eq!(old.attributes(".old-bar a", "href"), ["/website-privacy"]);
    assert_eq!(old.attributes("html", "class"), ["old"], "room is kept for the bar above what is focused");
    assert_eq!(old.attributes("time", "datetime"), ["2021-12-01"]);
    let exact = site.get("/website-privacy?as_of=2021-12-01T10:30:00.5Z").await;
    assert_eq!(exact.attributes("time", "datetime"), ["2021-12-01T10:30:00Z"]);
    assert!(exact.words_of("title").contains("on 1 December 2021 at 10:30"));
    let now = site.get("/website-privacy").await;
    assert_eq!(now.words_of("title"), "Website privacy – Northshire Police");
    assert_eq!(now.attributes(".old-bar, .paper, form.then", "class"), Vec::<String>::new());
}

#[tokio::test]
async fn each_part_of_an_old_page_says_from_when_until_when_and_what_has_changed_since() {
    let site = TestSite::start().await;
    let old = site.get("/website-privacy?as_of=2021-12-01").await;
    let said = "Version 1. It was in force from 1 September 2021 until 1 June 2022.";
    assert_eq!(old.words_of("main").matches(said).count(), 3, "{}", old.words());
    let changes = old.attributes("main a[href*=changes]", "href");
    assert_eq!(changes[0], "/notices/website-privacy/versions/2/changes");
    for path in changes {
        assert_eq!(site.get(&path).await.status, 200, "{path}");
    }
    let current = site.get("/website-privacy?as_of=2022-12-01").await;
    assert!(current.words_of("main").contains("Version 2. In force since 1 June 2022."), "{}", current.words());
    assert!(current.words_of(".past").contains("Nothing on it has changed since."));
    assert_eq!(current.attributes("main a[href*=changes]", "href"), Vec::<String>::new());
}

#[tokio::test]
async fn what_has_changed_since_an_old_version_skips_those_between() {
    let mut log = Log::default();
    for (number, html, at) in [
        (1, "<p>Come at nine.</p>", "2021-01-01T00:00:00Z"),
        (2, "<p>Come at ten.</p>", "2022-01-01T00:00:00Z"),
        (3, "<p>Come at eleven.</p>", "2023-01-01T00:00:00Z"),
    ] {
        log.add(version(number, &text("counter", html)), at.parse().unwrap());
    }
    let site = log.site();
    site.at("2024-01-01T00:00:00Z");
    let old = site.get("/counter?as_of=2021-06-01").await;
    let link = old.attributes("main a[href*=changes]", "href").remove(0);
    assert_eq!(link, "/notices/counter/versions/3/changes?from=1");
    let changes = site.get(&link).await.words_of("main");
    assert!(changes.contains("nine") && changes.contains("eleven") && !changes.contains("ten"), "{changes}");
    for bad in ["3", "4", "0", "x", "", "-1"] {
        assert_eq!(site.get(&format!("/notices/counter/versions/3/changes?from={bad}")).await.status, 404, "{bad:?}");
    }
}

#[tokio::test]
async fn an_old_page_leads_to_the_states_before_and_after_it() {
    let mut log = Log::default();
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    log.add(version(1, &text("counter", "<p>First.</p>")), at("2021-01-01T00:00:00Z"));
    log.add(version(2, &text("counter", "<p>Second.</p>")), at("2022-01-01T00:00:00Z"));
    log.add(version(3, &text("counter", "<p>Third.</p>")), at("2023-01-01T00:00:00Z"));
    let site = log.site();
    site.at("2024-01-01T00:00:00Z");
    let link = |page: &Answer, rel: &str| page.attributes(&format!(".pair a[rel={rel}]"), "href").pop();
    let second = site.get("/counter?as_of=2022-06-01").await;
    assert_eq!(second.words_of(".pair"), "Before 1 January 2022 The current page, from 1 January 2023");
    let first = site.get(&link(&second, "prev").unwrap()).await;
    assert!(first.words_of("main").contains("First.") && link(&first, "prev").is_none(), "{}", first.words());
    let again = site.get(&link(&first, "next").unwrap()).await;
    assert!(again.words_of("main").contains("Second."), "{}", again.words());
    assert_eq!(link(&again, "next").as_deref(), Some("/counter"));
    let nothing = site.get("/counter?as_of=2020-06-01").await;
    assert!(site.get(&link(&nothing, "next").unwrap()).await.words_of("main").contains("First."));
}

#[tokio::test]
async fn the_form_keeps_its_day_and_takes_a_day_a_month_and_a_year() {
    let site = TestSite::start().await;
    let old = site.get("/website-privacy?as_of=2021-12-01").await;
    assert_eq!(typed(&old), ["1", "12", "2021"]);
    let sent = site.get("/website-privacy?day=1&month=12&year=2021").await;
    assert_eq!((sent.status.as_u16(), sent.header("location")), (303, "/website-privacy?as_of=2021-12-01"));
    let blank = site.get("/website-privacy?day=+1+&month=12&year=2021&utm=x").await;
    assert_eq!(blank.header("location"), "/website-privacy?as_of=2021-12-01");
    for same in ["01/12/2021", "1.12.2021", "%202021-12-01%20", "2021-12-01T10:30", "2021-12-01T10:30:00%2B00:00"] {
        let answer = site.get(&format!("/website-privacy?as_of={same}")).await;
        assert_eq!(answer.status, 200, "{same}");
        assert!(answer.words_of(".old-bar").contains("1 December 2021"), "{same}: {}", answer.words());
    }
    assert_eq!(site.get("/nothing?day=1&month=12&year=2021").await.status, 404);
}

#[tokio::test]
async fn a_day_that_is_none_gives_the_form_the_problem_and_the_way_to_the_current_page() {
    let site = TestSite::start().await;
    for (query, kept, says) in [
        ("day=30&month=2&year=2021", ["30", "2", "2021"], "Enter a real date"),
        ("day=&month=&year=", ["", "", ""], "Enter a real date"),
        ("day=1&month=12&year=21", ["1", "12", "21"], "four-digit year"),
        ("day=1", ["1", "", ""], "Enter a real date"),
        ("day=%22%3E&month=%3Cb%3E&year=x", ["\">", "<b>", "x"], "Enter a real date"),
        ("day=1&month=1&year=2030", ["1", "1", "2030"], "has not come yet"),
        ("day=1&month=1&year=1899", ["1", "1", "1899"], "1900 or later"),
        ("as_of=2021-12-01&as_of=2022-12-01", ["", "", ""], "more than one day"),
        ("as_of=%20%20", ["", "", ""], "Enter a real date"),
        ("as_of=31/06/2021", ["31", "06", "2021"], "Enter a real date"),
        ("as_of=1066-10-14", ["14", "10", "1066"], "1900 or later"),
        ("as_of=0000-00-00", ["00", "00", "0000"], "Enter a real date"),
    ] {
        let answer = site.get(&format!("/contact?{query}")).await;
        assert_eq!(answer.status, 422, "{query}");
        assert_eq!(answer.words_of("h1"), "There is a problem with the date", "{query}");
        assert_eq!(typed(&answer), kept, "{query}");
        assert!(answer.words_of("form.then .problem").contains(says), "{query}: {}", answer.words());
        assert!(!answer.words_of(".lead").contains(says), "{query}: it is said once");
        assert_eq!(answer.attributes("form.then", "action"), ["/contact"], "{query}");
        assert_eq!(answer.attributes("form.then a", "href"), ["/contact"], "{query}");
    }
    for nowhere in ["/nothing?as_of=x", "/nothing?day=x", "/nothing?as_of=1&as_of=2"] {
        assert_eq!(site.get(nowhere).await.status, 404, "{nowhere}");
    }
}

#[tokio::test]
async fn a_notice_alone_keeps_its_heading_before_anything_of_it_was_in_force() {
    let site = TestSite::start().await;
    let before = site.get("/webchat-disclaimer?as_of=2020-01-01").await;
    assert_eq!((before.status.as_u16(), before.words_of("h1").as_str()), (200, "Webchat disclaimer"));
    assert!(before.words_of("main").contains("Nothing was in force"));
}

#[tokio::test]
async fn a_page_that_has_no_past_says_so() {
    let site = TestSite::start().await;
    for path in ["/notices", "/webchat", "/search", "/notices/proof", "/notices/website-privacy"] {
        let answer = site.get(&format!("{path}?as_of=2021-12-01")).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.words_of("main").contains("We do not keep earlier versions of this page."), "{path}");
        assert!(!site.get(path).await.words().contains("keep earlier versions"), "{path}");
    }
    for path in ["/contact", "/report", "/", "/cookies"] {
        let answer = site.get(&format!("{path}?as_of=2021-12-01")).await;
        assert!(!answer.words().contains("keep earlier versions"), "{path}");
        assert!(answer.words_of(".old-bar").contains("1 December 2021"), "{path}");
    }
}

#[tokio::test]
async fn on_paper_an_old_text_has_its_address_its_version_its_hash_and_the_day() {
    let site = TestSite::start().await;
    let origin = site.site.settings().public_origin();
    let hash = site.site.edition().published.notices["webchat-disclaimer"].versions[&1].entry.hash.to_string();
    for (path, address) in [
        ("/website-privacy?as_of=2021-12-01", "/website-privacy?as_of=2021-12-01T23:59:59.999999Z"),
        ("/notices/webchat-disclaimer/versions/1", "/notices/webchat-disclaimer/versions/1"),
    ] {
        let paper = site.get(path).await.words_of(".paper");
        for part in [
            format!("{origin}{address} "),
            "Printed on 24 November 2026".to_owned(),
            format!("Webchat disclaimer: version 1, hash {hash}"),
        ] {
            assert!(paper.contains(&part), "{path}: {part} is not in {paper}");
        }
    }
}

#[tokio::test]
async fn an_old_version_says_its_days_and_leads_to_the_current_one() {
    let site = TestSite::start().await;
    let old = site.get("/notices/website-privacy/versions/1").await;
    let title = "Website privacy, version 1, 1 September 2021 to 1 June 2022 – Northshire Police";
    assert_eq!(old.words_of("title"), title);
    assert_eq!(old.words_of(".old-bar"), "Old version: 1 September 2021 to 1 June 2022. See the current one");
    assert_eq!(old.attributes(".old-bar a", "href"), ["/website-privacy"]);
    let new = site.get("/notices/website-privacy/versions/2").await;
    assert_eq!(new.words_of("title"), "Website privacy, version 2, since 1 June 2022 – Northshire Police");
    assert_eq!(new.attributes(".old-bar", "class"), Vec::<String>::new());
    // One that was withdrawn has no current one to lead to.
    let mut log = Log::default();
    log.add(version(1, &text("counter", "<p>Come.</p>")), "2021-01-01T00:00:00Z".parse().unwrap());
    log.add(withdrawal("notice:counter"), "2022-01-01T00:00:00Z".parse().unwrap());
    let site = log.site();
    site.at("2023-01-01T00:00:00Z");
    let gone = site.get("/notices/counter/versions/1").await;
    assert_eq!(gone.words_of(".old-bar"), "Old version: 1 January 2021 to 1 January 2022.");
}

#[tokio::test]
async fn where_a_text_comes_from_is_one_quiet_line_with_everything_behind_it() {
    let site = TestSite::start().await;
    let page = site.get("/website-privacy").await;
    let words = page.words_of("main");
    assert_eq!(words.matches("Updated 1 June 2022 · See earlier versions").count(), 3, "{words}");
    assert!(!words.contains("Version 2") && !words.contains("reviewed by"), "{words}");
    let history = site.get("/notices/website-privacy").await;
    assert_eq!(history.attributes("form.then", "action"), ["/website-privacy"]);
    assert!(history.words_of("main").contains("We will review it by"), "{}", history.words());
    let links = history.attributes("main a", "href");
    for behind in ["/notices/website-privacy/changes.atom", "/notices/proof", "/notices/website-privacy/versions/1"] {
        assert!(links.iter().any(|link| link == behind), "{behind}: {links:?}");
    }
    let first = NoticeContent { title: "Counter".to_owned(), ..text("counter", "<p>Come.</p>") };
    site.enter(version(1, &first)).await;
    assert!(site.get("/counter").await.words_of("main").contains("Published 24 November 2026 · See the history"));
}
