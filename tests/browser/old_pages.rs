//! An old text says that it is old for as long as it is in view: its bar stays while it is scrolled, and covers neither the exit nor what
//! is focused.

use crate::driver::{Browser, Kind, sites};

const OLD: [&str; 3] =
    ["/website-privacy?as_of=2021-12-01", "/?as_of=2026-10-01", "/notices/privacy-statement/versions/1"];

#[tokio::test]
async fn in_chromium_an_old_page_says_so_while_it_is_scrolled() {
    old_pages_say_so(Kind::Chromium).await;
}

#[tokio::test]
async fn in_firefox_an_old_page_says_so_while_it_is_scrolled() {
    old_pages_say_so(Kind::Firefox).await;
}

async fn old_pages_say_so(kind: Kind) {
    let sites = sites().await;
    let browser = Browser::start(kind, true).await;
    let tab = browser.tab().await;
    let mut faults = Vec::new();
    for (width, height) in [(320, 568), (390, 844), (1280, 800), (320, 256)] {
        tab.resize(width, height).await;
        for path in OLD {
            tab.open(&format!("{}{path}", sites.force)).await;
            let stays = tab.eval("getComputedStyle(document.querySelector('.old-place, .old-bar')).position").await;
            // On a low screen it would leave no room to read.
            let wanted = if height < 400 { "static" } else { "sticky" };
            if stays != wanted {
                faults.push(format!("{path} at {width} by {height}: the bar is {stays}"));
            }
            let found = tab.eval(FAULTS).await;
            let found = found.as_array().unwrap();
            faults.extend(found.iter().map(|fault| format!("{path} at {width} by {height}: {fault}")));
        }
    }
    assert!(faults.is_empty(), "{kind:?}:\n{}", faults.join("\n"));
}

/// A script that names the faults of the bar while the page is scrolled through its text, and while the keyboard goes through it.
const FAULTS: &str = "(() => {
    const faults = [], bar = document.querySelector('.old-bar'), exit = document.querySelector('[data-quick-exit]');
    const main = document.querySelector('main'), stays = getComputedStyle(bar.closest('.old-place') || bar).position === 'sticky';
    const over = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom - 1 && b.top < a.bottom - 1;
    // As far as the text that the bar is about reaches.
    const end = main.getBoundingClientRect().bottom + scrollY - innerHeight;
    for (const share of [0.1, 0.4, 0.7, 0.95]) {
        scrollTo({ top: Math.max(end, 0) * share, behavior: 'instant' });
        const box = bar.getBoundingClientRect(), at = 'scrolled by ' + share + ': ';
        if (stays && (box.top < 0 || box.bottom > innerHeight)) { faults.push(at + 'bar out of view'); }
        if (stays && !bar.contains(document.elementFromPoint(box.left + 20, box.top + box.height / 2))) { faults.push(at + 'bar covered'); }
        if (stays && over(box, exit.getBoundingClientRect())) { faults.push(at + 'bar over the exit'); }
    }
    for (const element of [...document.querySelectorAll('main a, main button, main input')].reverse()) {
        if (bar.contains(element) || element.getBoundingClientRect().width === 0) { continue; }
        element.focus();
        if (stays && over(bar.getBoundingClientRect(), element.getBoundingClientRect())) {
            faults.push('bar over ' + element.outerHTML.slice(0, 100));
        }
    }
    return faults;
})()";
