//! The first screen of a phone, on a first visit before any choice, and its size.

use std::collections::BTreeSet;

use crate::driver::{Browser, Kind, Tab, sites};
use crate::pages::PAGES;

/// Phones, with how many tasks of the home page at least stand on their first screen.
const PHONES: [(u32, u32, u64); 2] = [(320, 568, 3), (390, 844, 5)];

/// A page of every kind, and all pages of the site map.
async fn pages() -> Vec<String> {
    let sites = sites().await;
    let map = sites.source("GET", "/sitemap.xml").await;
    let listed = map.split("<loc>").skip(1).map(|rest| rest.split("</loc>").next().unwrap());
    let listed = listed.map(|url| url.strip_prefix(&sites.force).unwrap().to_owned());
    let mut pages: BTreeSet<String> = listed.collect();
    assert!(pages.len() > 20, "{map}");
    pages.extend(PAGES.iter().map(|(_, path)| (*path).to_owned()));
    pages.into_iter().collect()
}

#[tokio::test]
async fn the_first_screen_of_a_phone_is_help_and_not_furniture() {
    let sites = sites().await;
    let browser = Browser::start(Kind::Chromium, true).await;
    let tab = browser.tab().await;
    let mut faults = Vec::new();
    for (width, height, tasks) in PHONES {
        tab.resize(width, height).await;
        tab.open(&format!("{}/", sites.force)).await;
        let seen = tab.eval(HOME).await;
        let is_enough = seen["h1"] == true && seen["call"] == true && seen["tasks"].as_u64() >= Some(tasks);
        if !is_enough {
            faults.push(format!("/ at {width} by {height}: {seen}"));
        }
        for path in pages().await.iter().filter(|path| *path != "/") {
            tab.open(&format!("{}{path}", sites.force)).await;
            let lines = tab.eval(LINES).await;
            if lines["h1"] != true || lines["lines"].as_u64() < Some(2) {
                faults.push(format!("{path} at {width} by {height}: {lines}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn every_number_to_press_is_large_enough_for_a_thumb() {
    let sites = sites().await;
    let browser = Browser::start(Kind::Chromium, true).await;
    let tab = browser.tab().await;
    let mut small = Vec::new();
    let mut seen = 0;
    for (width, height) in [(320, 568), (390, 844), (1280, 800)] {
        tab.resize(width, height).await;
        for path in pages().await {
            tab.open(&format!("{}{path}", sites.force)).await;
            let heights = tab.eval(NUMBERS).await;
            for number in heights.as_array().unwrap() {
                seen += 1;
                if number["height"].as_f64().unwrap() < 44.0 {
                    small.push(format!("{path} at {width}: {number}"));
                }
            }
        }
    }
    assert!(seen > 200 && small.is_empty(), "{seen}:\n{}", small.join("\n"));
}

#[tokio::test]
async fn nothing_sticks_on_a_low_window_but_the_exit() {
    let sites = sites().await;
    let browser = Browser::start(Kind::Chromium, true).await;
    let tab = browser.tab().await;
    for (width, height, sticks) in [(320, 256, false), (844, 390, false), (390, 844, true), (1280, 800, true)] {
        tab.resize(width, height).await;
        tab.open(&format!("{}/website-privacy", sites.force)).await;
        tab.eval("scrollTo({ top: 1500, behavior: 'instant' })").await;
        let shown = tab.eval("document.querySelector('.bar').getBoundingClientRect().bottom > 0").await;
        assert_eq!(shown, sticks, "{width} by {height}");
        let exit = tab.eval("document.querySelector('[data-quick-exit]').getBoundingClientRect().top >= 0").await;
        assert_eq!(exit, true, "{width} by {height}");
        jumps_clear_of_the_bar(&tab).await;
    }
}

/// Checks that the target of a link on the page stands below the bar, and that nothing lies over it.
async fn jumps_clear_of_the_bar(tab: &Tab<'_>) {
    tab.eval("(location.hash = 'webchat-disclaimer', 0)").await;
    tab.becomes(
        "(() => {
            const box = document.getElementById('webchat-disclaimer-title').getBoundingClientRect();
            const there = document.elementFromPoint(box.x + 2, box.y + box.height / 2);
            return there !== null && there.id === 'webchat-disclaimer-title';
        })()",
    )
    .await;
}

/// A script that names what of the home page stands whole on the first screen.
const HOME: &str = "(() => {
    const whole = element => {
        const box = element.getBoundingClientRect();
        return box.top >= 0 && box.bottom <= innerHeight && box.height > 0;
    };
    return {
        h1: whole(document.querySelector('h1')),
        call: whole(document.querySelector('.call')),
        tasks: [...document.querySelectorAll('.tasks li')].filter(whole).length,
    };
})()";

/// A script that tells whether the heading stands whole on the first screen, and how many lines of what follows it in the content do.
const LINES: &str = "(() => {
    const heading = document.querySelector('main h1'), lines = new Set();
    const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode, after = heading.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING;
        if (!after || heading.contains(node) || !node.data.trim()) { continue; }
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const box of range.getClientRects()) {
            if (box.width > 1 && box.height > 1 && box.bottom <= innerHeight) { lines.add(Math.round(box.bottom / 8)); }
        }
    }
    const box = heading.getBoundingClientRect();
    return { h1: box.top >= 0 && box.bottom <= innerHeight, lines: lines.size, at: Math.round(box.top) };
})()";

/// Telephone numbers that are shown, each with its height.
const NUMBERS: &str =
    "[...document.querySelectorAll('a[href^=\"tel:\"]')].filter(link => link.getClientRects().length > 0)
    .map(link => ({ number: link.textContent, height: link.getBoundingClientRect().height }))";
