//! The cookie choice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use bluelamp::base::config::Settings;
use bluelamp::base::database::DatabaseError;
use bluelamp::base::sealing::Keys;
use bluelamp::base::web::client::Peer;
use bluelamp::features::conversations::model::{ConversationKey, Receipt};
use bluelamp::features::{conversations, webchat};
use bluelamp::site::model::NoticeContent;

use crate::support::TestSite;
use crate::support::client::Client;
use crate::support::ledger::version;

#[tokio::test]
async fn the_banner_asks_until_a_choice_is_made_and_confirms_it_once() {
    let site = TestSite::start().await;
    for (choice, word) in [("reject", "rejected"), ("accept", "accepted")] {
        let mut visitor = site.visitor();
        assert!(visitor.get("/contact").await.asks_about_cookies());
        let back = visitor.choose(choice, "/contact").await;
        assert_eq!(back.status, 200);
        assert!(!back.asks_about_cookies());
        assert!(back.words_of("[data-cookies-said]").contains(word), "{}", back.words());
        assert_eq!(back.attributes("[data-cookies-hide]", "href"), ["/contact"], "hiding leads to the same page");
        let next = visitor.get("/contact").await;
        assert!(!next.asks_about_cookies() && next.attributes("[data-cookies-said]", "role").is_empty());
    }
}

#[tokio::test]
async fn both_answers_are_buttons_of_the_same_form_and_kind() {
    let site = TestSite::start().await;
    let page = site.get("/contact").await;
    let buttons = "form[data-cookies-form] button[name=choice]";
    assert_eq!(page.attributes(buttons, "value"), ["accept", "reject"]);
    let classes = page.attributes(buttons, "class");
    assert_eq!(classes[0], classes[1]);
    assert_eq!(page.attributes("form[data-cookies-form] input[name=return_to]", "value"), ["/contact"]);
}

#[tokio::test]
async fn a_choice_leads_back_to_a_local_page_and_nowhere_else() {
    let site = TestSite::start().await;
    let mut visitor = site.visitor();
    let back = visitor.submit("/cookies", "choice=reject&return_to=%2Fsearch%3Fq%3Da%2526b").await;
    assert_eq!(back.header("location"), "/search?q=a%26b&cookies=saved");
    for (path, expected) in [
        ("https://evil.test/", "/"),
        ("//evil.test/", "/"),
        ("/\\evil.test", "/"),
        ("/a\r\nset-cookie: a=b", "/"),
        ("", "/"),
    ] {
        let typed: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
        let back = visitor.submit("/cookies", &format!("choice=reject&return_to={typed}")).await;
        assert_eq!(back.header("location"), format!("{expected}?cookies=saved"), "{path:?}");
    }
    for form in ["choice=maybe", "choice=", ""] {
        let refused = visitor.submit("/cookies", form).await;
        assert_eq!(refused.status, 422, "{form}");
        assert!(refused.set_cookies().is_empty());
    }
}

#[tokio::test]
async fn another_site_cannot_choose_for_a_visitor() {
    let site = TestSite::start().await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.test")] {
        let request = axum::http::Request::post("/cookies")
            .header("host", "127.0.0.1:8000")
            .header("content-type", "application/x-www-form-urlencoded")
            .header(name, value)
            .body("choice=accept".into())
            .unwrap();
        let answer = site.send(request).await;
        assert_eq!(answer.status, 403, "{name}");
        assert!(answer.set_cookies().is_empty());
        assert!(answer.header("content-security-policy").contains("default-src 'none'"));
    }
}

#[tokio::test]
async fn a_reject_leaves_one_cookie_and_no_record() {
    let site = TestSite::start().await;
    let mut visitor = site.visitor();
    visitor.choose("reject", "/").await;
    for path in ["/", "/contact", "/cookies", "/search?q=a", "/notices", "/webchat"] {
        visitor.get(path).await;
    }
    assert_eq!(visitor.cookie_names(), ["bluelamp_choice"]);
    assert_eq!(visitor.cookie("bluelamp_choice"), Some("1.none"));
    assert!(site.recorder.consents.is_empty());
}

#[tokio::test]
async fn an_accept_gets_a_receipt_and_taking_it_back_removes_what_it_allowed() {
    let site = TestSite::start().await;
    let mut visitor = site.visitor();
    visitor.choose("accept", "/").await;
    visitor.get("/contact").await;
    assert_eq!(visitor.cookie_names(), ["bluelamp_choice", "bluelamp_visit"]);
    let receipt = visitor.cookie("bluelamp_choice").unwrap().strip_prefix("1.statistics.").unwrap();
    assert!(receipt.len() == 32 && receipt.bytes().all(|byte| byte.is_ascii_hexdigit()), "{receipt}");
    visitor.choose("reject", "/cookies").await;
    assert_eq!(visitor.cookie_names(), ["bluelamp_choice"]);
    visitor.get("/contact").await;
    assert_eq!(visitor.cookie("bluelamp_choice"), Some("1.none"));
    assert_eq!(visitor.cookie("bluelamp_visit"), None);
}

#[tokio::test]
async fn a_double_click_without_scripts_makes_one_record_and_two_decisions_make_two() {
    let site = TestSite::start().await;
    let press = async |from: [u8; 4], agent: &str, on: &str| {
        let mut request = Request::post("/cookies")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("user-agent", agent)
            .body(Body::from(format!("choice=accept&return_to={on}")))
            .unwrap();
        request.extensions_mut().insert(Peer(from.into()));
        site.send(request).await.set_cookies()[0].split(';').next().unwrap().to_owned()
    };
    let home = [192, 0, 2, 7];
    let first = press(home, "one", "/contact").await;
    assert_eq!(
        press(home, "one", "/contact").await,
        first,
        "the second press comes without the cookie of the first answer"
    );
    let others = [
        press(home, "another", "/contact").await,
        press(home, "one", "/webchat").await,
        press([192, 0, 2, 8], "one", "/contact").await,
    ];
    let receipts: BTreeSet<&String> = others.iter().chain([&first]).collect();
    assert_eq!((receipts.len(), site.recorder.consents.len()), (4, 4));
}

#[tokio::test]
async fn a_new_text_asks_again_only_where_it_says_so() {
    let site = TestSite::start().await;
    let mut visitor = site.visitor();
    visitor.choose("reject", "/").await;
    let (_, before) = site.content("cookies").await;
    site.enter(version(2, &NoticeContent { change_note: "A comma.".to_owned(), ..before.clone() })).await;
    assert!(!visitor.get("/contact").await.asks_about_cookies());
    assert!(!visitor.get("/cookies").await.asks_about_cookies());
    site.enter(version(3, &NoticeContent { ask_again: true, ..before.clone() })).await;
    assert!(visitor.get("/contact").await.asks_about_cookies());
    assert!(visitor.get("/notices").await.asks_about_cookies());
    visitor.choose("accept", "/").await;
    assert!(visitor.cookie("bluelamp_choice").unwrap().starts_with("3.statistics."));
    site.enter(version(4, &before)).await;
    assert!(!visitor.get("/contact").await.asks_about_cookies(), "a choice under version 3 holds under version 4");
    // Whoever chose under the old text and comes only now is asked as well.
    let late = site.get_with("/contact", "cookie", "bluelamp_choice=2.none").await;
    assert!(late.asks_about_cookies());
}

#[tokio::test]
async fn global_privacy_control_is_a_reject_without_banner_and_cookie_unless_the_visitor_says_otherwise() {
    let site = TestSite::start().await;
    let mut visitor = site.visitor().whose_browser_sends("sec-gpc", "1");
    for path in ["/", "/contact", "/cookies", "/search", "/notices", "/nothing"] {
        assert!(!visitor.get(path).await.asks_about_cookies(), "{path}");
    }
    assert!(visitor.cookie_names().is_empty());
    let page = visitor.get("/cookies").await;
    assert!(
        page.words_of("main").contains("Your browser sends a signal called Global Privacy Control"),
        "{}",
        page.words()
    );
    assert!(
        !site
            .get("/cookies")
            .await
            .words_of("main")
            .contains("Your browser sends a signal called Global Privacy Control")
    );
    assert_eq!(page.attributes("main form[method=post] button[name=choice]", "value"), ["accept", "reject"]);
    visitor.choose("accept", "/cookies").await;
    visitor.get("/contact").await;
    assert_eq!(visitor.cookie_names(), ["bluelamp_choice", "bluelamp_visit"], "they chose otherwise");
    // Only the value that the specification knows counts.
    for other in ["0", "", "true", "1, 1"] {
        assert!(site.get_with("/contact", "sec-gpc", other).await.asks_about_cookies(), "{other}");
    }
}

/// The code that leads back to a chat.
async fn code_of_a_chat(site: &TestSite) -> String {
    let receipt = Receipt::random().unwrap();
    let (key, wrapped) = ConversationKey::make(&receipt, Keys::generate().unwrap().public()).unwrap();
    let (id, now) = (key.id(), site.clock.now());
    let begun = site.site.database().write(Duration::from_secs(3), async |connection| {
        conversations::store::begin(&mut *connection, id, &wrapped, now).await?;
        Ok::<_, DatabaseError>(webchat::store::begin(connection, id, "general", false, None, now).await?)
    });
    begun.await.unwrap();
    receipt.code()
}

/// Every cookie that the site ever sets, by name, with its lifetime in seconds.
async fn set_by(site: &TestSite) -> BTreeMap<String, i64> {
    let mut found = BTreeMap::new();
    let keep = |visitor: &Client, found: &mut BTreeMap<String, i64>| {
        for (name, cookie) in &visitor.cookies {
            found.insert(name.clone(), cookie.max_age.unwrap());
            for wanted in ["Path=/", "HttpOnly", "SameSite=Lax"] {
                assert!(cookie.attributes.contains(wanted), "{name}: {}", cookie.attributes);
            }
            let secure = site.site.settings().is_https();
            assert_eq!(cookie.attributes.contains("Secure"), secure, "{name}: {}", cookie.attributes);
            assert!(!cookie.attributes.contains("Domain"), "{name}");
        }
    };
    for choice in ["reject", "accept"] {
        let mut visitor = site.visitor();
        visitor.choose(choice, "/").await;
        for path in ["/", "/contact", "/cookies", "/notices", "/search?q=a", "/nothing", "/return", "/webchat"] {
            visitor.get(path).await;
            keep(&visitor, &mut found);
        }
        visitor.post("/webchat/return", &[("code", &code_of_a_chat(site).await)]).await;
        keep(&visitor, &mut found);
        visitor.get("/quick-exit").await;
        keep(&visitor, &mut found);
        assert_eq!(visitor.cookies.len(), 1, "the exit leaves its own cookie and no other");
        visitor.submit("/return", "").await;
        assert!(visitor.cookie_names().is_empty());
    }
    found
}

#[tokio::test]
async fn the_list_on_the_cookies_page_is_what_the_site_sets() {
    let mut secure = Settings::for_tests();
    secure.public_url = "https://www.northshire.example/".parse().unwrap();
    for (settings, prefix) in [(Settings::for_tests(), ""), (secure, "__Host-")] {
        let site = TestSite::start_with(settings).await;
        let page = site.get("/cookies").await;
        let html = scraper::Html::parse_document(&page.body);
        let cells = scraper::Selector::parse("td").unwrap();
        let rows = scraper::Selector::parse("main table tbody tr").unwrap();
        let listed: BTreeMap<String, i64> = html
            .select(&rows)
            .map(|row| {
                let cells: Vec<String> = row.select(&cells).map(|cell| cell.text().collect()).collect();
                (format!("{prefix}{}", cells[0].trim()), seconds(cells[2].trim()))
            })
            .collect();
        assert_eq!(set_by(&site).await, listed);
        assert_eq!(listed.len(), 4);
    }
}

/// "180 days" in seconds.
fn seconds(words: &str) -> i64 {
    let (number, unit) = words.split_once(' ').unwrap();
    let unit = match unit {
        "days" => 86_400,
        "hours" => 3_600,
        "minutes" => 60,
        other => panic!("{other}"),
    };
    number.parse::<i64>().unwrap() * unit
}
