//! The finding and sharing of pages: what other sites and devices are told of them, the site map, addresses that are typed or come from an
//! old site, and pages that do not tell over a shoulder what they are about.

use std::collections::BTreeMap;

use bluelamp::base::ledger::{Kind, NewEntry};
use bluelamp::site::model::{Navigation, NavigationLink, NoticeContent, PageContent, Redirect};

use crate::support::ledger::{Log, address, state, text, version};
use crate::support::{NOON, TestSite};

#[tokio::test]
async fn a_shared_page_has_a_title_a_description_and_a_picture() {
    let site = TestSite::start().await;
    let origin = site.site.settings().public_origin();
    for (path, title) in
        [("/", ""), ("/contact", "Contact us"), ("/webchat", "Webchat"), ("/notices", "All notices and their history")]
    {
        let page = site.get(path).await;
        let meta = |name: &str| page.attributes(&format!("meta[property='og:{name}']"), "content").pop().unwrap();
        assert!(title.is_empty() || meta("title") == title, "{path}: {}", meta("title"));
        assert_eq!((meta("type"), meta("site_name")), ("website".to_owned(), "Northshire Police".to_owned()), "{path}");
        assert_eq!(meta("url"), format!("{origin}{path}"));
        assert_eq!(page.attributes("meta[name=description]", "content"), [meta("description")], "{path}");
        assert_eq!(page.attributes("meta[name=theme-color]", "content"), ["#061230"], "{path}");
        let picture = meta("image");
        let touch = page.attributes("link[rel=apple-touch-icon]", "href").pop().unwrap();
        for file in [picture.strip_prefix(&origin).unwrap(), &touch] {
            let answer = site.get(file).await;
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "image/png"), "{file}");
        }
    }
    for path in [
        "/search",
        "/notices/contact",
        "/notices/contact/versions/1",
        "/notices/contact/versions/1/changes",
        "/contact?as_of=2021-12-01",
    ] {
        let descriptions = site.get(path).await.attributes("meta[name=description]", "content");
        assert!(descriptions.len() == 1 && descriptions[0].len() > 20, "{path}: {descriptions:?}");
    }
    let notice = site.get("/webchat-disclaimer").await;
    let description = notice.attributes("meta[name=description]", "content").pop().unwrap();
    assert!(description.len() > 30 && description.chars().count() <= 162, "{description}");
    assert!(notice.words_of("main").contains(description.trim_end_matches(" …")), "{description}");
    // What search engines are asked to leave out is not offered to be shared.
    assert_eq!(site.get("/nothing").await.attributes("meta[property]", "content"), Vec::<String>::new());
}

#[tokio::test]
async fn machines_are_told_on_the_home_page_who_the_force_is_and_how_to_call_it() {
    let site = TestSite::start().await;
    let mut facts = site.site.edition().facts.as_ref().clone();
    facts.insert("force_name".to_owned(), "Northshire </script><b>Police".to_owned());
    site.enter(state(Kind::Facts, "facts", 2, &facts)).await;
    let home = site.get("/").await;
    assert_eq!(home.body.matches("<script type=\"application/ld+json\">").count(), 1);
    let json = home.body.split("<script type=\"application/ld+json\">").nth(1).unwrap();
    let json = json.split("</script>").next().unwrap();
    let told: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(told["name"], "Northshire </script><b>Police");
    assert_eq!(told["@type"], "GovernmentOrganization");
    let numbers: Vec<_> =
        told["contactPoint"].as_array().unwrap().iter().map(|point| point["telephone"].clone()).collect();
    assert_eq!(numbers, ["999", "101"]);
    assert_eq!(told["email"], "contact@northshire.example");
    assert!(!site.get("/contact").await.body.contains("ld+json"));
}

#[tokio::test]
async fn a_page_about_harm_has_a_dull_title_and_icon_and_asks_nothing() {
    let site = TestSite::start().await;
    let marked = NoticeContent { about_harm: true, ..text("hurt", "<p>Somebody hurts you.</p>") };
    site.enter(version(1, &marked)).await;
    let page = PageContent {
        address: address("safe"),
        title: "Being safe at home".to_owned(),
        description: "What to do.".to_owned(),
        notices: vec![address("contact")],
        about_harm: true,
    };
    site.enter(state(Kind::Page, "page:safe", 1, &page)).await;
    // With and without a query: the kept bytes and the long way.
    let old = ["/notices/hurt", "/notices/hurt/versions/1", "/notices/hurt/versions/1/changes"];
    for path in ["/hurt", "/hurt?x=1", "/safe", "/safe?x=1"].into_iter().chain(old) {
        let answer = site.get(path).await;
        assert_eq!(answer.words_of("title"), "Help and advice", "{path}");
        assert_eq!(answer.attributes("meta[property='og:title']", "content"), ["Help and advice"], "{path}");
        assert!(!answer.asks_about_cookies(), "{path}");
        let icon = answer.attributes("link[rel=icon]", "href").pop().unwrap();
        assert!(icon.ends_with("/neutral.svg"), "{path}: {icon}");
        assert_eq!(site.get(&icon).await.status, 200);
        assert!(answer.attributes("link[rel=apple-touch-icon]", "href")[0].ends_with("/neutral.png"), "{path}");
        assert_ne!(answer.words_of("h1"), "Help and advice", "{path}: whoever reads it knows what it is");
    }
    let other = site.get("/contact").await;
    assert!(other.asks_about_cookies() && other.words_of("title").starts_with("Contact us"));
    assert!(other.attributes("link[rel=icon]", "href")[0].ends_with("/icon.svg"));
}

#[test]
fn a_mark_that_is_not_set_leaves_what_is_hashed_as_it_was() {
    let notice = serde_json::to_string(&text("contact", "<p>Call.</p>")).unwrap();
    assert!(notice.ends_with("\"review_by\":null,\"banner\":null}"), "{notice}");
    let page = r#"{"address":"contact","title":"A","description":"B","notices":["contact"]}"#;
    assert_eq!(serde_json::to_string(&serde_json::from_str::<PageContent>(page).unwrap()).unwrap(), page);
    let links = r#"{"navigation":[{"label":"A","href":"/a"}],"footer":[]}"#;
    assert_eq!(serde_json::to_string(&serde_json::from_str::<Navigation>(links).unwrap()).unwrap(), links);
}

#[tokio::test]
async fn the_site_map_holds_every_page_notice_and_room_with_its_last_change() {
    let site = TestSite::start().await;
    let origin = site.site.settings().public_origin();
    let map = site.get("/sitemap.xml").await.body;
    let places: BTreeMap<String, String> = map
        .split("<loc>")
        .skip(1)
        .map(|entry| {
            let (loc, rest) = entry.split_once("</loc>").unwrap();
            let changed = rest.split("<lastmod>").nth(1).and_then(|rest| rest.split('<').next()).unwrap_or_default();
            (loc.strip_prefix(&origin).unwrap().to_owned(), changed.to_owned())
        })
        .collect();
    for path in ["/", "/contact", "/helplines", "/report", "/notices", "/privacy-statement", "/cookies"] {
        assert!(places.contains_key(path), "{path} is not in {places:?}");
    }
    assert_eq!(places["/website-privacy"], "2022-05-31T23:00:00Z");
    for (path, changed) in &places {
        assert_eq!(site.get(path).await.status, 200, "{path}");
        assert!(changed.is_empty() || changed.parse::<jiff::Timestamp>().is_ok(), "{path}: {changed}");
    }
    for left_out in ["/search", "/return", "/quick-exit"] {
        assert!(!places.contains_key(left_out), "{left_out}");
    }
}

#[tokio::test]
async fn an_address_typed_with_a_capital_or_copied_with_a_full_stop_leads_to_the_page() {
    let site = TestSite::start().await;
    for (typed, target) in [
        ("/Contact", "/contact"),
        ("/CONTACT", "/contact"),
        ("/contact.", "/contact"),
        ("/contact,", "/contact"),
        ("/contact)", "/contact"),
        ("/contact%20", "/contact"),
        ("/Website-Privacy%20.", "/website-privacy"),
        ("/%EF%BC%A3ontact", "/contact"),
        ("/Webchat", "/webchat"),
        ("/NOTICES", "/notices"),
        ("/Report!", "/report"),
        ("/Home", "/"),
        ("/Contact?as_of=2021-12-01", "/contact?as_of=2021-12-01"),
        ("/Helplines.?as_of=01/12/2021", "/helplines?as_of=01/12/2021"),
        ("/Search?q=fraud", "/search?q=fraud"),
        ("/contact-us?as_of=2021-12-01", "/contact?as_of=2021-12-01"),
        ("/Notices/Website-Privacy", "/notices/website-privacy"),
        ("/Return", "/return"),
    ] {
        let answer = site.get(typed).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (308, target), "{typed}");
        assert_eq!(site.get(target).await.status, 200, "{target}");
    }
    for nowhere in ["/Nothing", "/nothing.", "/.", "/%20", "/...", "/Contact/us", "/contact.html.", "/%E2%80%AEcontact"]
    {
        assert_eq!(site.get(nowhere).await.status, 404, "{nowhere}");
    }
    assert_eq!(site.post("/Contact", "").await.status, 405, "a form is not led on");
}

#[tokio::test]
async fn guesses_of_an_old_site_lead_to_the_page_that_staff_say() {
    let site = TestSite::start().await;
    for (old, target) in [
        ("/contact-us", "/contact"),
        ("/Contact-Us.", "/contact"),
        ("/privacy", "/privacy-notice"),
        ("/accessibility", "/accessibility-statement"),
        ("/report-a-crime", "/report"),
    ] {
        let answer = site.get(old).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (308, target), "{old}");
        assert_eq!(site.get(target).await.status, 200, "{target}");
    }
    let redirect = |from: &str, to: &str| Redirect { from: from.to_owned(), to: to.to_owned() };
    let links = Navigation {
        navigation: vec![NavigationLink { label: "Home".to_owned(), href: "/".to_owned() }],
        footer: Vec::new(),
        redirects: vec![redirect("/about/contact.aspx", "/contact"), redirect("/contact", "/services")],
    };
    site.enter(state(Kind::Navigation, "navigation", 2, &links)).await;
    assert_eq!(site.get("/About/Contact.aspx").await.header("location"), "/contact");
    assert_eq!(site.get("/about/contact.aspx/").await.header("location"), "/about/contact.aspx");
    assert_eq!(site.post("/about/contact.aspx", "").await.status, 404);
    assert_eq!(site.get("/contact-us").await.status, 404, "the redirects are those in force");
    assert_eq!(site.get("/contact").await.status, 200, "a page comes first");
}

#[tokio::test]
async fn a_redirect_is_not_followed_before_its_time() {
    let mut log = Log::default();
    log.add(version(1, &text("contact", "<p>Call.</p>")), NOON.parse().unwrap());
    let links = Navigation {
        redirects: vec![Redirect { from: "/zebrafinch".to_owned(), to: "/contact".to_owned() }],
        ..Navigation::default()
    };
    let later = NewEntry {
        in_force_at: Some("2026-12-01T00:00:00Z".parse().unwrap()),
        ..state(Kind::Navigation, "navigation", 1, &links)
    };
    log.add(later, NOON.parse().unwrap());
    let site = log.site();
    site.at(NOON);
    assert_eq!(site.get("/zebrafinch").await.status, 404);
    site.at("2026-12-01T00:00:00Z");
    assert_eq!(site.get("/zebrafinch").await.header("location"), "/contact");
}
