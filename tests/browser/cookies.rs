//! The cookie choice, with scripts and without.

use serde_json::json;

use crate::driver::{Browser, Kind, Tab, sites};

#[tokio::test]
async fn in_chromium_a_choice_with_scripts_keeps_what_was_typed() {
    choice_with_scripts_keeps_what_was_typed(Kind::Chromium).await;
}

#[tokio::test]
async fn in_firefox_a_choice_with_scripts_keeps_what_was_typed() {
    choice_with_scripts_keeps_what_was_typed(Kind::Firefox).await;
}

async fn choice_with_scripts_keeps_what_was_typed(kind: Kind) {
    let sites = sites().await;
    for (button, said) in [("accept", "You have accepted"), ("reject", "You have rejected")] {
        let browser = Browser::start(kind, true).await;
        let tab = browser.tab().await;
        let address = format!("{}/contact", sites.force);
        tab.open(&address).await;
        buttons_are_alike(&tab).await;
        tab.eval("(document.documentElement.dataset.mark = 'seen', 0)").await;
        tab.click("#search").await;
        browser.write("lost dog");
        tab.becomes("document.querySelector('#search').value === 'lost dog'").await;
        tab.click(&format!("[data-cookies] [value={button}]")).await;
        tab.becomes(&format!("document.querySelector('[data-cookies]').textContent.includes('{said}')")).await;
        tab.becomes("document.activeElement.matches('[data-cookies-said][role=status]')").await;
        tab.click("[data-cookies-hide]").await;
        tab.becomes("document.querySelector('[data-cookies]') === null").await;
        tab.becomes("document.activeElement.id === 'content'").await;
        // All the while it was the same document.
        tab.becomes("document.documentElement.dataset.mark === 'seen'").await;
        tab.becomes("document.querySelector('#search').value === 'lost dog'").await;
        assert_eq!(tab.url().await, address);
        asks_no_more(&tab, &sites.force).await;
    }
}

#[tokio::test]
async fn in_chromium_a_choice_without_scripts_comes_back_to_the_page() {
    choice_without_scripts_comes_back(Kind::Chromium).await;
}

#[tokio::test]
async fn in_firefox_a_choice_without_scripts_comes_back_to_the_page() {
    choice_without_scripts_comes_back(Kind::Firefox).await;
}

async fn choice_without_scripts_comes_back(kind: Kind) {
    let sites = sites().await;
    for (button, said) in [("accept", "You have accepted"), ("reject", "You have rejected")] {
        let browser = Browser::start(kind, false).await;
        let tab = browser.tab().await;
        let address = format!("{}/website-privacy?as_of=2021-12-01", sites.force);
        tab.open(&address).await;
        buttons_are_alike(&tab).await;
        tab.click(&format!("[data-cookies] [value={button}]")).await;
        tab.arrives(&format!("{address}&cookies=saved")).await;
        tab.becomes(&format!("document.querySelector('[data-cookies]').textContent.includes('{said}')")).await;
        tab.click("[data-cookies-hide]").await;
        tab.arrives(&address).await;
        tab.becomes("document.querySelector('[data-cookies]') === null").await;
        asks_no_more(&tab, &sites.force).await;
        // The page about cookies takes another choice.
        let (other, said) =
            if button == "accept" { ("reject", "You have rejected") } else { ("accept", "You have accepted") };
        tab.open(&format!("{}/cookies", sites.force)).await;
        tab.click(&format!("main [value={other}]")).await;
        tab.arrives(&format!("{}/cookies?cookies=saved", sites.force)).await;
        tab.becomes(&format!("document.querySelector('[data-cookies]').textContent.includes('{said}')")).await;
    }
}

#[tokio::test]
async fn a_double_click_on_a_choice_sends_it_once() {
    let sites = sites().await;
    for (path, button) in [("/contact", "[data-cookies] [value=accept]"), ("/cookies", "main [value=accept]")] {
        let browser = Browser::start(Kind::Chromium, true).await;
        let tab = browser.tab().await;
        tab.ask("Network.enable", json!({})).await;
        tab.open(&format!("{}{path}", sites.force)).await;
        let twice =
            format!("(button => {{ button.click(); button.click(); return 0; }})(document.querySelector('{button}'))");
        tab.eval(&twice).await;
        tab.becomes("document.querySelector('[data-cookies-said]') !== null").await;
        let sent = browser.wire.events("Network.requestWillBeSent");
        let posts = sent.iter().filter(|event| event["params"]["request"]["method"] == "POST").count();
        assert_eq!(posts, 1, "{path}");
        // A page that confirms a choice has an address that can be kept.
        tab.becomes("location.search === ''").await;
    }
}

/// To reject is as easy as to accept: both look the same and stand in one line.
async fn buttons_are_alike(tab: &Tab<'_>) {
    let alike = tab
        .eval(
            "(() => {
                const [one, other] = ['accept', 'reject'].map(value => document.querySelector(`[data-cookies] [value=${value}]`));
                const [a, b] = [one, other].map(button => getComputedStyle(button));
                const looks = ['color', 'backgroundColor', 'borderTopColor', 'borderTopWidth', 'fontSize', 'fontWeight', 'height'];
                return looks.filter(look => a[look] !== b[look])
                    .concat(one.getBoundingClientRect().y === other.getBoundingClientRect().y ? [] : ['line']);
            })()",
        )
        .await;
    assert_eq!(alike, serde_json::json!([]), "accept and reject differ");
}

async fn asks_no_more(tab: &Tab<'_>, force: &str) {
    tab.open(&format!("{force}/services")).await;
    tab.becomes("document.querySelector('[data-cookies]') === null").await;
}
