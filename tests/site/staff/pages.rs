//! Pages and navigation: what stands where, in which order, under which address.

use bluelamp::features::drafts::{DraftContent, store as drafts};
use bluelamp::site::model::{Address, Navigation, PageContent};

use super::facts::publish;
use super::people::{Office, Person};
use super::previews::{NAUGHTY, draft};
use crate::support::Answer;
use crate::support::client::{held_fields, pairs};

async fn drafted(office: &Office, subject: &str) -> Option<DraftContent> {
    let mut connection = office.public.connection().await;
    drafts::find(&mut connection, &subject.parse().unwrap()).await.unwrap().map(|draft| draft.content)
}

async fn page(office: &Office, name: &str) -> PageContent {
    match drafted(office, &format!("page:{name}")).await {
        Some(DraftContent::Page(page)) => page,
        other => panic!("{name}: {other:?}"),
    }
}

async fn navigation(office: &Office) -> Navigation {
    match drafted(office, "navigation").await {
        Some(DraftContent::Navigation(links)) => links,
        other => panic!("{other:?}"),
    }
}

/// Presses a button of a form over what it holds.
async fn press(person: &Person, path: &str, button: &str, fields: &[(&str, &str)]) -> Answer {
    let mut fields = fields.to_vec();
    fields.push(("press", button));
    person.fill(path, path, &fields).await
}

fn order(page: &PageContent) -> Vec<&str> {
    page.notices.iter().map(Address::as_str).collect()
}

#[tokio::test]
async fn a_new_page_is_made_previewed_and_published() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let made = erin
        .fill(
            "/pages/new",
            "/pages/new",
            &[
                ("title", "Lost property"),
                ("description", "What to do when you lost or found something."),
                ("address", "lost-property"),
                ("add", "helplines"),
            ],
        )
        .await;
    assert_eq!(made.header("location"), "/pages/lost-property?done=saved", "{}", made.words());
    assert_eq!(office.public.get("/lost-property").await.status, 404);
    assert!(erin.get("/pages").await.words().contains("Lost property"));
    let preview = erin.get("/pages/lost-property/preview").await;
    assert!(preview.words().contains("Samaritans") && preview.words().contains("Lost property"), "{}", preview.words());
    assert_eq!(preview.body.matches("<h1").count(), 1);
    publish(&office, &percy, "page:lost-property").await;
    let public = office.public.get("/lost-property").await;
    assert_eq!(public.status, 200);
    assert!(public.words().contains("Samaritans"));
}

#[tokio::test]
async fn texts_are_put_in_order_by_buttons_and_by_numbers() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let path = "/pages/website-privacy";
    assert_eq!(press(&erin, path, "down:website-privacy", &[]).await.status, 303);
    let page_now = page(&office, "website-privacy").await;
    assert_eq!(order(&page_now), ["webchat-disclaimer", "website-privacy", "privacy-statement"]);
    press(&erin, path, "up:privacy-statement", &[]).await;
    assert_eq!(
        order(&page(&office, "website-privacy").await),
        ["webchat-disclaimer", "privacy-statement", "website-privacy"]
    );
    press(&erin, path, "remove:privacy-statement", &[]).await;
    press(&erin, path, "add", &[("add", "cookies")]).await;
    assert_eq!(order(&page(&office, "website-privacy").await), ["webchat-disclaimer", "website-privacy", "cookies"]);
    // Numbers: the form of somebody whose browser shows no buttons.
    let mut held = held_fields(&erin.get(path).await.body, path).unwrap();
    let mut places = ["3", "1", "2"].into_iter();
    for field in &mut held {
        if field.0 == "place" {
            places.next().unwrap().clone_into(&mut field.1);
        }
    }
    assert_eq!(erin.post(path, &pairs(&held)).await.status, 303);
    assert_eq!(order(&page(&office, "website-privacy").await), ["website-privacy", "cookies", "webchat-disclaimer"]);
    // The public page is as it was.
    let public = office.public.get("/website-privacy").await;
    assert!(public.body.find("id=\"webchat-disclaimer\"") < public.body.find("id=\"privacy-statement\""));
}

#[tokio::test]
async fn whatever_is_typed_to_be_added_is_added_by_any_button() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let path = "/pages/website-privacy";
    press(&erin, path, "save", &[("add", "cookies")]).await;
    let first = ["website-privacy", "privacy-statement", "webchat-disclaimer", "cookies"];
    let before = page(&office, "website-privacy").await;
    assert_eq!(before.notices.len(), 4);
    assert!(first.iter().all(|name| order(&before).contains(name)), "{:?}", order(&before));
    press(&erin, path, "remove:cookies", &[("add", "helplines")]).await;
    let after = page(&office, "website-privacy").await;
    assert!(order(&after).ends_with(&["helplines"]) && !order(&after).contains(&"cookies"), "{:?}", order(&after));

    let mut held = held_fields(&erin.get("/navigation").await.body, "/navigation").unwrap();
    for (name, value) in &mut held {
        // The last field of each name is the empty one.
        if name == "footer-label" && value.is_empty() {
            "Help".clone_into(value);
        } else if name == "footer-href" && value.is_empty() {
            "/helplines".clone_into(value);
        }
    }
    held.push(("press".to_owned(), "main:down:0".to_owned()));
    assert_eq!(erin.post("/navigation", &pairs(&held)).await.status, 303);
    assert_eq!(navigation(&office).await.footer.last().unwrap().label, "Help");
}

#[tokio::test]
async fn a_page_that_moves_leaves_a_sign_and_can_move_back() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let path = "/pages/website-privacy";
    assert_eq!(press(&erin, path, "save", &[("address", "/your-privacy")]).await.status, 303);
    publish(&office, &percy, "page:website-privacy").await;
    assert_eq!(office.public.get("/your-privacy").await.status, 200);
    let old = office.public.get("/website-privacy").await;
    assert_eq!((old.status.as_u16(), old.header("location")), (308, "/your-privacy"));
    // Nobody else gets the old address, nor the new one.
    for address in ["website-privacy", "your-privacy"] {
        let refused = press(&erin, "/pages/services", "save", &[("address", address)]).await;
        assert_eq!(refused.status, 422, "{address}");
        assert!(refused.words().contains("belongs to"), "{}", refused.words());
        let new =
            erin.fill("/pages/new", "/pages/new", &[("title", "A"), ("description", "B"), ("address", address)]).await;
        assert_eq!(new.status, 422, "{address}");
    }
    press(&erin, path, "save", &[("address", "website-privacy")]).await;
    publish(&office, &percy, "page:website-privacy").await;
    assert_eq!(office.public.get("/website-privacy").await.status, 200);
    assert_eq!(office.public.get("/your-privacy").await.header("location"), "/website-privacy");
}

#[tokio::test]
async fn no_two_pages_can_lead_to_one_another() {
    let office = Office::open().await;
    let erin = office.editor().await;
    for (page, address) in [("services", "accessibility-statement"), ("accessibility-statement", "services")] {
        let refused = press(&erin, &format!("/pages/{page}"), "save", &[("address", address)]).await;
        assert_eq!(refused.status, 422, "{page}");
    }
    assert_eq!(press(&erin, "/pages/services", "save", &[("address", "what-we-do")]).await.status, 303);
    let refused = press(&erin, "/pages/accessibility-statement", "save", &[("address", "what-we-do")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.words().contains("Another draft asks for this address"), "{}", refused.words());
}

#[tokio::test]
async fn addresses_of_the_site_itself_are_refused_and_its_own_pages_stay() {
    let office = Office::open().await;
    let erin = office.editor().await;
    for address in [
        "search",
        "webchat",
        "preview",
        "notices",
        "static",
        "quick-exit",
        "return",
        "report",
        "A b",
        "",
        "a/b",
        "../x",
    ] {
        let refused =
            erin.fill("/pages/new", "/pages/new", &[("title", "A"), ("description", "B"), ("address", address)]).await;
        assert_eq!(refused.status, 422, "{address}");
        let held = held_fields(&refused.body, "/pages/new").unwrap();
        assert!(held.contains(&("address".to_owned(), address.to_owned())), "{address}");
    }
    for page in ["home", "cookies", "report"] {
        let refused = press(&erin, &format!("/pages/{page}"), "save", &[("address", "elsewhere")]).await;
        assert_eq!(refused.status, 422, "{page}");
        assert!(refused.words().contains("has to stay"), "{page}: {}", refused.words());
        // Its title can change all the same.
        let saved = press(&erin, &format!("/pages/{page}"), "save", &[("title", "Another title")]).await;
        assert_eq!(saved.status, 303, "{page}: {}", saved.words());
    }
    for path in ["/", "/cookies", "/report", "/webchat", "/search"] {
        assert_eq!(office.public.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn only_texts_in_force_come_onto_a_page() {
    let office = Office::open().await;
    let erin = office.editor().await;
    draft(&office, &erin, "not-yet", "Not yet", "Words.\n").await;
    for notice in ["not-yet", "new-website", "nothing", "<b>"] {
        let refused = press(&erin, "/pages/contact", "add", &[("add", notice)]).await;
        assert_eq!(refused.status, 422, "{notice}");
        assert!(refused.words().contains("Only a text that is in force"), "{notice}: {}", refused.words());
    }
    // Twice is once, and what is not on the page cannot be moved there by hand.
    assert_eq!(press(&erin, "/pages/contact", "add", &[("add", "contact"), ("title", "Contact")]).await.status, 303);
    assert_eq!(order(&page(&office, "contact").await), ["contact", "helplines"]);
}

#[tokio::test]
async fn any_title_is_kept_as_it_was_typed() {
    let office = Office::open().await;
    let erin = office.editor().await;
    for title in NAUGHTY {
        let saved = press(&erin, "/pages/services", "save", &[("title", title)]).await;
        assert_eq!(saved.status, 303, "{title}: {}", saved.words());
        assert_eq!(page(&office, "services").await.title, title.trim());
        for path in ["/pages/services", "/pages", "/pages/services/preview"] {
            let answer = erin.get(path).await;
            assert_eq!(answer.status, 200, "{path}");
            assert!(!answer.body.contains("<script>alert") && !answer.body.contains("<img"), "{path}: {title}");
        }
    }
    for (field, value, said) in [
        ("title", "x".repeat(10_000), "at most 120"),
        ("title", String::new(), "Title: write something here."),
        ("description", "y".repeat(10_000), "at most 300"),
    ] {
        let refused = press(&erin, "/pages/services", "save", &[(field, &value)]).await;
        assert_eq!(refused.status, 422, "{said}");
        assert!(refused.words().contains(said), "{said}");
        assert!(held_fields(&refused.body, "/pages/services").unwrap().contains(&(field.to_owned(), value)));
    }
}

#[tokio::test]
async fn each_line_of_an_error_summary_makes_sense_alone() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let summary = |answer: &Answer| {
        let page = scraper::Html::parse_document(&answer.body);
        let lines = scraper::Selector::parse(".errors li").unwrap();
        page.select(&lines).map(|line| line.text().collect::<String>()).collect::<Vec<_>>().join("; ")
    };
    let new = summary(&erin.fill("/pages/new", "/pages/new", &[]).await);
    for said in ["Title: write something here.", "What it is about: write something here.", "Address: write small"] {
        assert!(new.contains(said), "{said}: {new}");
    }
    let mut held = held_fields(&erin.get("/navigation").await.body, "/navigation").unwrap();
    held.iter_mut().find(|(name, _)| name == "main-label").unwrap().1.clear();
    let links = summary(&erin.post("/navigation", &pairs(&held)).await);
    assert_eq!(links, "Main navigation, link 1, words: write something here.");
}

#[tokio::test]
async fn what_somebody_else_arranged_meanwhile_is_shown_beside() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    for (path, field) in [("/pages/contact", "title"), ("/navigation", "main-label")] {
        let held = held_fields(&erin.get(path).await.body, path).unwrap();
        percy.fill(path, path, &[(field, "Percy's words"), ("main-href", "/contact"), ("main-place", "1")]).await;
        let mut mine = pairs(&held);
        mine.iter_mut().find(|(name, _)| *name == field).unwrap().1 = "Erin's words";
        let clash = erin.post(path, &mine).await;
        assert_eq!(clash.status, 409, "{path}: {}", clash.words());
        let words = clash.words();
        assert!(words.contains("Percy's words") && words.contains("Percy Publisher saved another state"), "{words}");
        let held = held_fields(&clash.body, path).unwrap();
        assert!(held.iter().any(|(name, value)| name == field && value == "Erin's words"), "{held:?}");
        assert_eq!(erin.post(path, &pairs(&held)).await.status, 303, "{path}");
    }
}

#[tokio::test]
async fn navigation_leads_to_pages_that_there_are_in_the_order_given() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let held = held_fields(&erin.get("/navigation").await.body, "/navigation").unwrap();
    let first = held.iter().find(|(name, _)| name == "main-label").unwrap();
    assert_eq!(first.1, "Report");
    assert_eq!(press(&erin, "/navigation", "main:down:0", &[]).await.status, 303);
    assert_eq!(navigation(&office).await.navigation[1].label, "Report");
    press(&erin, "/navigation", "footer:remove:2", &[]).await;
    assert!(!navigation(&office).await.footer.iter().any(|link| link.label == "Cookies"));
    // The last row is there to be filled in.
    let mut held = held_fields(&erin.get("/navigation").await.body, "/navigation").unwrap();
    let at = |held: &[(String, String)], name: &str| held.iter().rposition(|(known, _)| known == name).unwrap();
    let (label, href) = (at(&held, "footer-label"), at(&held, "footer-href"));
    "Proof".clone_into(&mut held[label].1);
    "/notices/proof".clone_into(&mut held[href].1);
    let saved = erin.post("/navigation", &pairs(&held)).await;
    assert_eq!(saved.status, 303, "{}", saved.words());
    assert_eq!(navigation(&office).await.footer.last().unwrap().href, "/notices/proof");
    assert!(!office.public.get("/").await.body.contains(">Proof</a>"));
    publish(&office, &percy, "navigation").await;
    let public = office.public.get("/").await.body;
    assert!(public.contains(">Proof</a>"));
    assert!(public.find(">Services</a>") < public.find(">Report</a>"));

    for wrong in
        ["/nothing", "contact", "//evil.test", "https://evil.test/", "javascript:alert(1)", "/\\evil.test", "/home", ""]
    {
        let refused = erin
            .fill(
                "/navigation",
                "/navigation",
                &[("main-label", "Words"), ("main-href", wrong), ("main-place", "1"), ("press", "save")],
            )
            .await;
        assert_eq!(refused.status, 422, "{wrong}");
        assert!(refused.words().contains("link 1, path: "), "{wrong}: {}", refused.words());
    }
    for good in ["/", "/helplines", "/contact#helplines", "/search"] {
        let saved = erin
            .fill("/navigation", "/navigation", &[("main-label", "Words"), ("main-href", good), ("main-place", "1")])
            .await;
        assert_eq!(saved.status, 303, "{good}: {}", saved.words());
    }
}

#[tokio::test]
async fn redirects_are_kept_with_the_navigation_and_lead_on_once_they_are_published() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let redirect = |from: &'static str, to: &'static str| {
        [("redirects-label", from), ("redirects-href", to), ("redirects-place", "1"), ("press", "save")]
    };
    for (from, to) in [
        ("/contact", "/services"),
        ("/notices/old", "/contact"),
        ("/", "/contact"),
        ("jobs", "/contact"),
        ("//evil.test", "/contact"),
        ("/a b", "/contact"),
        ("/jobs?x=1", "/contact"),
        ("/jobs", "https://evil.test/"),
        ("/jobs", "//evil.test"),
        ("/jobs", "/nothing"),
        ("/jobs", ""),
    ] {
        let refused = erin.fill("/navigation", "/navigation", &redirect(from, to)).await;
        assert_eq!(refused.status, 422, "{from} to {to}");
        assert!(refused.words().contains("Redirects, link 1"), "{from} to {to}: {}", refused.words());
    }
    let saved = erin.fill("/navigation", "/navigation", &redirect("/About/Jobs.aspx/", "/services")).await;
    assert_eq!(saved.status, 303, "{}", saved.words());
    let kept = navigation(&office).await.redirects;
    assert_eq!((kept.len(), kept[0].from.as_str(), kept[0].to.as_str()), (1, "/about/jobs.aspx", "/services"));
    assert_eq!(office.public.get("/about/jobs.aspx").await.status, 404);
    let review = erin.get("/drafts/navigation/review").await;
    assert!(review.words().contains("/about/jobs.aspx to /services"), "{}", review.words());
    publish(&office, &percy, "navigation").await;
    assert_eq!(office.public.get("/about/jobs.aspx").await.header("location"), "/services");
    assert_eq!(office.public.get("/contact-us").await.status, 404, "it was taken away");
}

#[tokio::test]
async fn a_page_that_staff_mark_as_about_harm_is_discreet_once_it_is_published() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    press(&erin, "/pages/contact", "save", &[("about_harm", "yes")]).await;
    assert!(page(&office, "contact").await.about_harm);
    assert_eq!(office.public.get("/contact").await.words_of("title"), "Contact us – Northshire Police");
    publish(&office, &percy, "page:contact").await;
    assert_eq!(office.public.get("/contact").await.words_of("title"), "Help and advice");
    let form = held_fields(&erin.get("/pages/contact").await.body, "/pages/contact").unwrap();
    assert!(form.contains(&("about_harm".to_owned(), "yes".to_owned())), "it stays ticked: {form:?}");
}

#[tokio::test]
async fn words_that_people_use_are_reviewed_with_a_text_and_find_it_once_it_is_published() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let form = "/notices/contact/edit";
    let long = "x".repeat(501);
    let refused = erin.fill(form, form, &[("words", &long), ("change_note", "More words.")]).await;
    assert_eq!((refused.status.as_u16(), refused.attributes("#words", "value")), (422, vec![long]));
    assert_eq!(refused.attributes("#words", "aria-invalid"), ["true"]);
    erin.fill(form, form, &[("words", "boo\u{202e}th"), ("change_note", "More words.")]).await;
    let publishing = percy.get("/drafts/notice:contact/publish").await.words();
    assert!(publishing.contains("U+202E"), "what cannot be shown is not published: {publishing}");
    let saved = erin.fill(form, form, &[("words", "booth, stall"), ("change_note", "More words.")]).await;
    assert_eq!(saved.status, 303, "{}", saved.words());
    assert_eq!(erin.get(form).await.attributes("#words", "value"), ["booth, stall"]);
    let review = erin.get("/drafts/notice:contact/review").await.words();
    assert!(review.contains("booth, stall"), "{review}");
    let hits = async || office.public.get("/search?q=booths").await.attributes("ol.entries h2 a", "href");
    assert!(hits().await.is_empty(), "a draft finds nothing");
    publish(&office, &percy, "notice:contact").await;
    assert_eq!(hits().await, ["/contact"]);
    assert_eq!(erin.get(form).await.attributes("#words", "value"), ["booth, stall"], "the next draft begins with them");
}

#[tokio::test]
async fn the_services_list_is_a_notice_and_unknown_pages_are_not_there() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let list = erin.get("/pages").await;
    assert!(list.body.contains("href=\"/notices/services\""));
    assert_eq!(erin.get("/notices/services").await.status, 200);
    for path in ["/pages/nothing", "/pages/Nothing", "/pages/nothing/preview", "/pages/notices"] {
        assert_eq!(erin.get(path).await.status, 404, "{path}");
    }
    assert_eq!(erin.post("/pages/nothing", &[("title", "A")]).await.status, 404);
}

#[tokio::test]
async fn only_those_who_write_arrange_pages() {
    let office = Office::open().await;
    for person in [office.auditor().await, office.protector().await, office.administrator().await] {
        for path in ["/pages", "/pages/contact", "/pages/contact/preview", "/navigation"] {
            let page = person.get(path).await;
            assert_eq!(page.status, 200, "{}: {path}", person.name);
            assert!(!page.body.contains("name=\"revision\""), "{}: {path}", person.name);
        }
        assert_eq!(person.get("/pages/new").await.status, 403);
        for path in ["/pages/new", "/pages/contact", "/navigation"] {
            assert_eq!(person.post(path, &[("title", "A")]).await.status, 403, "{}: {path}", person.name);
        }
    }
    assert_eq!(office.nobody().get("/pages").await.status, 303);
}
