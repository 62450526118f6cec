//! Quick exit and the Back button: whoever comes from a search engine, reads some pages and leaves, sees none of them again,
//! however often they press Back.

use serde_json::json;

use crate::driver::{Browser, Kind, RIGHT_SHIFT, Sites, Tab, sites, until};

/// A way of leaving.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Link,
    Shift,
}

/// Pages to read, and how to get from one to the next.
const WALK: [&str; 5] = ["/contact", "/services", "/helplines", "/report", "/leaving-quickly"];

/// The end of the title of every page of ours.
const FORCE_NAME: &str = "Northshire Police";

#[tokio::test]
async fn in_chromium_back_shows_nothing_after_an_exit_with_scripts() {
    back_shows_nothing(Kind::Chromium, true).await;
}

#[tokio::test]
async fn in_chromium_back_shows_nothing_after_an_exit_without_scripts() {
    back_shows_nothing(Kind::Chromium, false).await;
}

#[tokio::test]
async fn in_firefox_back_shows_nothing_after_an_exit_with_scripts() {
    back_shows_nothing(Kind::Firefox, true).await;
}

#[tokio::test]
async fn in_firefox_back_shows_nothing_after_an_exit_without_scripts() {
    back_shows_nothing(Kind::Firefox, false).await;
}

async fn back_shows_nothing(kind: Kind, scripts: bool) {
    let sites = sites().await;
    let browser = Browser::start(kind, scripts).await;
    back_shows_pages_to_those_who_stay(&browser, sites).await;
    let ways = if scripts { &[Way::Link, Way::Shift][..] } else { &[Way::Link] };
    for way in ways {
        for pages in [1, 2, 5] {
            leave_and_press_back(&browser, sites, pages, *way).await;
        }
    }
    leave_and_press_back_fast(&browser, sites).await;
}

/// The control: without an exit, this browser's Back does show pages again, from memory where it may.
async fn back_shows_pages_to_those_who_stay(browser: &Browser, sites: &Sites) {
    let tab = browser.tab().await;
    come(&tab, sites).await;
    mark(&tab).await;
    walk_on(&tab, sites, 1).await;
    go_back(&tab, sites, &page(sites, 0)).await;
    assert!(browser.window_title().contains(FORCE_NAME), "{}", browser.window_title());
    if browser.kind == Kind::Chromium {
        // Chromium keeps even a page that is `no-store`, and shows the very same document.
        assert!(is_marked(&tab).await, "Chromium kept no page for Back, so that this test proves nothing");
    }
    // Firefox keeps no page that is `no-store`, but others.
    let results = sites.trail.last().unwrap();
    go_back(&tab, sites, results).await;
    mark(&tab).await;
    tab.click("#next").await;
    tab.arrives(&page(sites, 0)).await;
    go_back(&tab, sites, results).await;
    assert!(is_marked(&tab).await, "this browser kept no page for Back, so that this test proves nothing");
    tab.close().await;
}

async fn leave_and_press_back(browser: &Browser, sites: &Sites, pages: usize, way: Way) {
    let tab = browser.tab().await;
    come(&tab, sites).await;
    walk_on(&tab, sites, pages - 1).await;
    let before = tab.shown().len();
    let replaces = leave(&tab, sites, way).await;
    // With scripts the exit takes the place of the page that was left.
    let kept = if replaces { pages - 1 } else { pages };
    let behind = sites.trail.iter().rev().cloned();
    let expected: Vec<String> = std::iter::repeat_n(sites.neutral.clone(), kept).chain(behind).collect();
    assert!(expected.len() >= pages + 3);
    for shown in &expected {
        go_back(&tab, sites, shown).await;
        assert!(!browser.window_title().contains(FORCE_NAME), "{way:?} after {pages}: {}", browser.window_title());
    }
    shows_none_of_ours(&tab, sites, before);
    come_back(&tab, sites).await;
    tab.close().await;
}

/// Leaves and presses Back like somebody who wants to know what was on the screen: without waiting for what each press shows.
async fn leave_and_press_back_fast(browser: &Browser, sites: &Sites) {
    let tab = browser.tab().await;
    come(&tab, sites).await;
    walk_on(&tab, sites, 4).await;
    let before = tab.shown().len();
    leave(&tab, sites, Way::Link).await;
    browser.press(&["alt+Left"; 12]);
    let first = sites.trail.first().unwrap();
    until("the first page of the search engine", async || {
        let url = tab.url().await;
        assert!(!shows_ours(&tab, sites, &url).await, "Back shows {url}");
        // Chromium begins a tab with a blank page.
        if url == *first || url == "about:blank" {
            return Ok(());
        }
        browser.press(&["alt+Left"]);
        Err(url)
    })
    .await;
    shows_none_of_ours(&tab, sites, before);
    come_back(&tab, sites).await;
    tab.close().await;
}

#[tokio::test]
async fn in_chromium_an_exit_in_one_tab_leaves_in_the_other() {
    leaves_in_both_tabs(Kind::Chromium).await;
}

#[tokio::test]
async fn in_firefox_an_exit_in_one_tab_leaves_in_the_other() {
    leaves_in_both_tabs(Kind::Firefox).await;
}

async fn leaves_in_both_tabs(kind: Kind) {
    let sites = sites().await;
    let browser = Browser::start(kind, true).await;
    let first = browser.tab().await;
    come(&first, sites).await;
    walk_on(&first, sites, 1).await;
    let before = first.shown().len();
    let second = browser.tab().await;
    come(&second, sites).await;
    leave(&second, sites, Way::Link).await;
    first.arrives(&sites.neutral).await;
    first.to_front().await;
    go_back(&first, sites, &sites.neutral).await;
    go_back(&first, sites, sites.trail.last().unwrap()).await;
    shows_none_of_ours(&first, sites, before);
}

#[tokio::test]
async fn in_chromium_another_site_learns_nothing_of_an_exit() {
    another_site_learns_nothing_of_an_exit(Kind::Chromium).await;
}

#[tokio::test]
async fn in_firefox_another_site_learns_nothing_of_an_exit() {
    another_site_learns_nothing_of_an_exit(Kind::Firefox).await;
}

/// A site may let its forms lead to the force alone, and be told by the browser when one is redirected elsewhere.
async fn another_site_learns_nothing_of_an_exit(kind: Kind) {
    let sites = sites().await;
    let browser = Browser::start(kind, true).await;
    let tab = browser.tab().await;
    let told = async || {
        tab.open(&sites.asks).await;
        tab.eval("localStorage.getItem('told') ?? 'nothing'").await
    };
    assert_eq!(told().await, "nothing");
    if kind == Kind::Chromium {
        // The control: this browser does report a redirect, such as that of the exit itself, which is the same for everybody.
        tab.click("#exit").await;
        tab.becomes("localStorage.getItem('told') !== null").await;
        tab.eval("(localStorage.removeItem('told'), 0)").await;
    }
    come(&tab, sites).await;
    leave(&tab, sites, Way::Link).await;
    assert_eq!(told().await, "nothing");
    tab.click("#ask").await;
    tab.arrives(&sites.neutral).await;
    assert_eq!(told().await, "nothing", "this site knows now that the visitor has left");
    come_back(&tab, sites).await;
}

#[tokio::test]
async fn in_chromium_back_leads_away_when_the_lock_is_over() {
    back_leads_away_when_the_lock_is_over(Kind::Chromium).await;
}

#[tokio::test]
async fn in_firefox_back_leads_away_when_the_lock_is_over() {
    back_leads_away_when_the_lock_is_over(Kind::Firefox).await;
}

/// Whoever picks up the phone at minute six and presses Back sees nothing either, until somebody comes to the site in another way.
async fn back_leads_away_when_the_lock_is_over(kind: Kind) {
    let sites = sites().await;
    let browser = Browser::start(kind, true).await;
    let tab = browser.tab().await;
    come(&tab, sites).await;
    walk_on(&tab, sites, 2).await;
    assert!(leave(&tab, sites, Way::Link).await);
    tab.forget_cookies().await;
    for _ in 0..2 {
        go_back(&tab, sites, &sites.neutral).await;
    }
    go_back(&tab, sites, sites.trail.last().unwrap()).await;
    // A visit that somebody means ends it, and Back is what it was.
    tab.click("#next").await;
    tab.arrives(&page(sites, 0)).await;
    tab.becomes("document.querySelector('h1') !== null && sessionStorage.getItem('tab') === null").await;
    walk_on(&tab, sites, 1).await;
    go_back(&tab, sites, &page(sites, 0)).await;
    tab.close().await;
    // So does the way back, while the lock holds.
    let tab = browser.tab().await;
    come(&tab, sites).await;
    leave(&tab, sites, Way::Link).await;
    come_back(&tab, sites).await;
    tab.becomes("sessionStorage.getItem('tab') === null").await;
}

/// While the exit travels, the tab shows nothing of ours; it does not wait for long, and what it had shown stays away.
#[tokio::test]
async fn an_exit_on_a_slow_network_shows_nothing_and_leaves_by_itself() {
    let sites = sites().await;
    let browser = Browser::start(Kind::Chromium, true).await;
    let tab = browser.tab().await;
    come(&tab, sites).await;
    walk_on(&tab, sites, 1).await;
    tab.ask("Fetch.enable", json!({ "patterns": [{ "urlPattern": "*/quick-exit" }] })).await;
    tab.click("[data-quick-exit]").await;
    until("the exit to be asked for by a tab with a dull title", async || {
        let (asked, shown) = (browser.wire.events("Fetch.requestPaused").len(), browser.window_title());
        if asked == 1 && shown.starts_with("Loading") { Ok(()) } else { Err(format!("{asked}, {shown}")) }
    })
    .await;
    tab.arrives(&sites.neutral).await;
    go_back(&tab, sites, &sites.neutral).await;
    go_back(&tab, sites, sites.trail.last().unwrap()).await;
}

#[tokio::test]
async fn an_exit_without_a_network_goes_straight_to_the_neutral_site() {
    let sites = sites().await;
    let browser = Browser::start(Kind::Chromium, true).await;
    let tab = browser.tab().await;
    come(&tab, sites).await;
    tab.ask("Network.enable", json!({})).await;
    let offline = json!({ "offline": true, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0 });
    tab.ask("Network.emulateNetworkConditions", offline).await;
    tab.becomes("navigator.onLine === false").await;
    tab.click("[data-quick-exit]").await;
    until("the browser to say that it cannot reach the neutral site", async || {
        let tree = tab.ask("Page.getFrameTree", json!({})).await;
        let frame = &tree["frameTree"]["frame"];
        if frame["unreachableUrl"] == sites.neutral.as_str() { Ok(()) } else { Err(frame.to_string()) }
    })
    .await;
    assert!(!browser.window_title().contains(FORCE_NAME), "{}", browser.window_title());
}

/// Comes to the first page of the walk, by links from the search engine.
async fn come(tab: &Tab<'_>, sites: &Sites) {
    tab.open(sites.trail.first().unwrap()).await;
    for next in sites.trail.iter().skip(1).chain([&page(sites, 0)]) {
        tab.click("#next").await;
        tab.arrives(next).await;
    }
}

/// Reads some more pages.
async fn walk_on(tab: &Tab<'_>, sites: &Sites, pages: usize) {
    for (at, path) in WALK.iter().enumerate().skip(1).take(pages) {
        tab.click(&format!(".top a[href=\"{path}\"]")).await;
        tab.arrives(&page(sites, at)).await;
    }
}

fn page(sites: &Sites, at: usize) -> String {
    format!("{}{}", sites.force, WALK[at])
}

/// Leaves, and says whether the exit took the place of the page in the list behind Back.
async fn leave(tab: &Tab<'_>, sites: &Sites, way: Way) -> bool {
    let length = tab.eval("history.length").await;
    let before = tab.url().await;
    let act = async || match way {
        Way::Link => tab.click("[data-quick-exit]").await,
        Way::Shift => {
            tab.listens().await;
            tab.browser.press(&["Shift_L", RIGHT_SHIFT, "Shift_L"]);
        }
    };
    act().await;
    let mut looked = 0;
    until(&format!("{way:?} to leave {before}"), async || {
        let url = tab.url().await;
        if url != before {
            return Ok(());
        }
        let display = tab.try_eval("getComputedStyle(document.documentElement).display").await?;
        looked += 1;
        // On a busy machine Firefox loses a key or a button's release. A page that took them is hidden at once.
        if looked % 100 == 0 && display != "none" {
            act().await;
        }
        Err(format!("its display is {display}"))
    })
    .await;
    tab.arrives(&sites.neutral).await;
    tab.eval("history.length").await == length
}

/// Presses Back and waits until the tab shows what it should, and nothing of ours that it should not.
async fn go_back(tab: &Tab<'_>, sites: &Sites, expected: &str) {
    let ours = |url: &str| url.starts_with(&sites.force);
    let (before, count) = (tab.url().await, tab.shown().len());
    tab.browser.press(&["alt+Left"]);
    let what = format!("{:?} to go back from {before} to {expected}", tab.browser.kind);
    until(&what, async || {
        let url = tab.url().await;
        let wanted = url == before || ours(expected);
        assert!(wanted || !shows_ours(tab, sites, &url).await, "{what}, but it shows {url}");
        if url == expected && (before != expected || tab.shown().len() > count) { Ok(()) } else { Err(url) }
    })
    .await;
    tab.arrives(expected).await;
}

/// The first page was come to from another site, so its address is answered with the blank page that leads on by itself.
fn shows_none_of_ours(tab: &Tab<'_>, sites: &Sites, since: usize) {
    let shown = tab.shown().split_off(since);
    let is_ours = |url: &String| url.starts_with(&sites.force) && *url != page(sites, 0);
    assert!(!shown.is_empty() && !shown.iter().any(is_ours), "{shown:?}");
}

/// Tells whether an address of ours shows something of ours, and not the blank page that leads on. The page may have led on meanwhile: the
/// document says itself which address it is of.
async fn shows_ours(tab: &Tab<'_>, sites: &Sites, url: &str) -> bool {
    let shows_text = format!(
        "location.href.startsWith({}) && (document.title.includes({}) || document.querySelector('h1, link[rel=stylesheet]') !== null)",
        json!(sites.force),
        json!(FORCE_NAME),
    );
    url.starts_with(&sites.force) && tab.try_eval(&shows_text).await.is_ok_and(|shows| shows == true)
}

/// `/return` lifts the lock.
async fn come_back(tab: &Tab<'_>, sites: &Sites) {
    tab.open(&format!("{}/return", sites.force)).await;
    tab.click("button").await;
    tab.arrives(&format!("{}/", sites.force)).await;
}

/// Marks the document, to know it again: one that was loaded anew has no mark.
async fn mark(tab: &Tab<'_>) {
    tab.eval("(document.documentElement.dataset.mark = 'seen', 0)").await;
}

async fn is_marked(tab: &Tab<'_>) -> bool {
    tab.eval("document.documentElement.dataset.mark === 'seen'").await == true
}
