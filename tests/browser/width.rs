//! Narrow screens and high zoom. A page of 1280 by 1024 at 400 % zoom has 320 by 256 CSS pixels (WCAG 1.4.10).

use crate::driver::{Browser, Kind, sites};
use crate::pages::PAGES;

const SIZES: [(u32, u32); 3] = [(320, 568), (320, 256), (1280, 800)];

#[tokio::test]
async fn in_chromium_every_page_fits_and_the_exit_stays_free() {
    every_page_fits(Kind::Chromium).await;
}

#[tokio::test]
async fn in_firefox_every_page_fits_and_the_exit_stays_free() {
    every_page_fits(Kind::Firefox).await;
}

async fn every_page_fits(kind: Kind) {
    let sites = sites().await;
    let browser = Browser::start(kind, true).await;
    let tab = browser.tab().await;
    let mut faults = Vec::new();
    for (width, height) in SIZES {
        tab.resize(width, height).await;
        for (page, path) in PAGES {
            tab.open(&format!("{}{path}", sites.force)).await;
            let found = tab.eval(FAULTS).await;
            let found = found.as_array().unwrap();
            faults.extend(found.iter().map(|fault| format!("{page} at {width} by {height}: {fault}")));
        }
    }
    assert!(faults.is_empty(), "{kind:?}:\n{}", faults.join("\n"));
}

/// A script that names the faults of the page at its size.
const FAULTS: &str = "(() => {
    const faults = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) {
        const wide = [...document.querySelectorAll('body *')].filter(element =>
            element.getBoundingClientRect().right > root.clientWidth + 1);
        faults.push('scrolls sideways: ' + wide.slice(0, 3).map(element => element.outerHTML.slice(0, 120)).join(' '));
    }
    const exit = document.querySelector('[data-quick-exit]'), banner = document.querySelector('[data-cookies]');
    const end = root.scrollHeight - innerHeight;
    for (const share of [0, 0.1, 0.5, 1]) {
        scrollTo({ top: end * share, behavior: 'instant' });
        const box = exit.getBoundingClientRect(), at = 'scrolled by ' + share + ': ';
        if (box.x < 0 || box.y < 0 || box.right > root.clientWidth || box.bottom > innerHeight) { faults.push(at + 'exit out of view'); }
        if (box.height < 44 || box.width < 44) { faults.push(at + 'exit too small for a thumb'); }
        for (const [x, y] of [[box.x + 3, box.y + box.height / 2], [box.right - 3, box.y + box.height / 2]]) {
            const there = document.elementFromPoint(x, y);
            if (!exit.contains(there)) { faults.push(at + 'exit covered by ' + (there && there.outerHTML.slice(0, 120))); }
        }
    }
    scrollTo({ top: 0, behavior: 'instant' });
    const a = exit.getBoundingClientRect(), b = banner && banner.getBoundingClientRect();
    if (b && a.x < b.right && b.x < a.right && a.y < b.bottom && b.y < a.bottom) { faults.push('exit and cookie banner overlap'); }
    return faults;
})()";
