//! The keyboard alone: what comes first, that nothing is left out or hidden, and that Shift leaves only when it is meant to.

use crate::driver::{Browser, Kind, RIGHT_SHIFT, Tab, sites, until};

/// The stops of the Tab key, in the order of the document: what is shown at the window's size. A date is left out: browsers give it
/// several stops.
const STOPS: &str =
    "[...document.querySelectorAll('a[href], button, summary, input:not([type=hidden]):not([type=date])')]
    .filter(element => element.getClientRects().length > 0)";

#[tokio::test]
async fn in_chromium_the_keyboard_reaches_everything_in_order() {
    reaches_everything_in_order(Kind::Chromium).await;
}

#[tokio::test]
async fn in_firefox_the_keyboard_reaches_everything_in_order() {
    reaches_everything_in_order(Kind::Firefox).await;
}

async fn reaches_everything_in_order(kind: Kind) {
    let sites = sites().await;
    for scripts in [true, false] {
        let browser = Browser::start(kind, scripts).await;
        let tab = browser.tab().await;
        // A click in the page, so that keys go there.
        tab.open(sites.trail.last().unwrap()).await;
        tab.click("#next").await;
        tab.arrives(&format!("{}/contact", sites.force)).await;
        tab.listens().await;
        let first = [
            "a[href='#content']",
            ".bar a[href='/']",
            "[data-quick-exit]",
            ".emergency a[href='tel:999']",
            ".emergency a[href='/cannot-speak']",
            ".top a[href='/report']",
        ];
        for (at, selector) in first.iter().enumerate() {
            step(&tab, "Tab", at).await;
            assert_eq!(tab.eval(&format!("document.activeElement.matches(\"{selector}\")")).await, true, "{selector}");
            is_in_sight(&tab).await;
        }
        open(&tab, &format!("{}/notices", sites.force)).await;
        walk_there_and_back(&tab).await;
        tab.resize(320, 256).await;
        open(&tab, &format!("{}/search?q=privacy", sites.force)).await;
        walk_there_and_back(&tab).await;
        // The skip link leads past all that is the same on every page.
        browser.press(&["Return"]);
        tab.becomes("document.activeElement.id === 'content'").await;
        browser.press(&["Tab"]);
        tab.becomes("document.activeElement.matches('#content a')").await;
        is_in_sight(&tab).await;
        // And three stops from the start of any page is the way out.
        open(&tab, &format!("{}/services", sites.force)).await;
        step(&tab, "Tab", 0).await;
        step(&tab, "Tab", 1).await;
        step(&tab, "Tab", 2).await;
        browser.press(&["Return"]);
        tab.arrives(&sites.neutral).await;
    }
}

#[tokio::test]
async fn in_chromium_shift_leaves_only_when_it_is_meant_to() {
    shift_leaves_only_when_meant(Kind::Chromium).await;
}

#[tokio::test]
async fn in_firefox_shift_leaves_only_when_it_is_meant_to() {
    shift_leaves_only_when_meant(Kind::Firefox).await;
}

async fn shift_leaves_only_when_meant(kind: Kind) {
    let sites = sites().await;
    let browser = Browser::start(kind, true).await;
    let tab = browser.tab().await;
    tab.open(&format!("{}/contact", sites.force)).await;
    tab.click("#search").await;
    // Capitals, a chord of each kind, and Shift twice with another key between.
    browser.write("NSPCC Childline");
    tab.becomes("document.querySelector('#search').value === 'NSPCC Childline'").await;
    browser.press(&["Shift_L", "Shift_L", "Left", "Shift_L", "Shift_L", "shift+Left", RIGHT_SHIFT]);
    tab.becomes("document.querySelector('[data-exit-status]').textContent.includes('press 2 more')").await;
    // Neither a click nor a turn of the wheel between two of them.
    browser.press(&[RIGHT_SHIFT]);
    tab.click("#content").await;
    browser.press(&[RIGHT_SHIFT]);
    tab.becomes("document.querySelector('[data-exit-status]').textContent.includes('press 2 more')").await;
    browser.turn_wheel();
    browser.press(&[RIGHT_SHIFT]);
    tab.becomes("document.querySelector('[data-exit-status]').textContent.includes('press 2 more')").await;
    tab.click("#search").await;
    browser.press(&["shift+End", "BackSpace"]);
    tab.becomes("document.querySelector('[data-exit-status]').textContent === ''").await;
    assert_eq!(tab.url().await, format!("{}/contact", sites.force));
    browser.press(&["Escape", "Shift_L", RIGHT_SHIFT, RIGHT_SHIFT]);
    tab.arrives(&sites.neutral).await;
}

/// From before the first stop to the last and back to the first, one by one.
async fn walk_there_and_back(tab: &Tab<'_>) {
    let stops = tab.eval(&format!("{STOPS}.length")).await.as_u64().unwrap();
    let stops = usize::try_from(stops).unwrap();
    assert!(stops > 15, "{stops}");
    for at in 0..stops {
        step(tab, "Tab", at).await;
        is_in_sight(tab).await;
    }
    for at in (0..stops - 1).rev() {
        step(tab, "shift+Tab", at).await;
        is_in_sight(tab).await;
    }
}

/// Opens a page of the force's site, ready for keys.
async fn open(tab: &Tab<'_>, url: &str) {
    tab.open(url).await;
    tab.listens().await;
    tab.becomes("document.hasFocus()").await;
}

/// Presses a key and waits until the focus is at a stop.
async fn step(tab: &Tab<'_>, key: &str, expected: usize) {
    tab.browser.press(&[key]);
    let what = format!("{:?}: {key} to move the focus to stop {expected}", tab.browser.kind);
    let mut looked = 0;
    let found = async || {
        looked += 1;
        let at = tab.eval(&format!("{STOPS}.indexOf(document.activeElement)")).await;
        if at == expected {
            return Ok(());
        }
        // A browser may lose the first key after a page has come.
        if looked % 50 == 0 && expected == 0 && tab.eval("document.activeElement === document.body").await == true {
            tab.browser.press(&[key]);
        }
        Err(tab.eval("[location.href, document.activeElement.outerHTML.slice(0, 200)]").await.to_string())
    };
    until(&what, found).await;
}

/// Checks that what has the focus is in view, and that nothing lies over it (WCAG 2.4.11). Firefox is content with a part of it in view.
async fn is_in_sight(tab: &Tab<'_>) {
    // Until the page has scrolled there.
    until("what has the focus to be in sight", async || {
        let covered = tab
            .eval(
                "(() => {
                    const element = document.activeElement;
                    const box = element.getClientRects()[0];
                    const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
                    const there = document.elementFromPoint(box.x + box.width / 2, (top + bottom) / 2);
                    const seen = bottom - top > 8 && there && (element.contains(there) || there.contains(element));
                    return seen ? null : [element.outerHTML, there && there.outerHTML.slice(0, 200), box.y, innerWidth, innerHeight];
                })()",
            )
            .await;
        if covered.is_null() { Ok(()) } else { Err(covered.to_string()) }
    })
    .await;
}
