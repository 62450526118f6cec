//! axe-core finds nothing on any kind of page, on a wide screen in light and in dark, and on a phone.

use serde_json::json;

use crate::driver::{Browser, Kind, Tab, sites};
use crate::pages::PAGES;

const AXE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/node_modules/axe-core/axe.min.js");

/// All rules but those that axe itself calls experimental.
const RUN: &str = "axe.run(document, { resultTypes: ['violations'] }).then(found => found.violations.map(violation =>
    violation.id + ': ' + violation.help + ': ' + violation.nodes.map(node => node.html.slice(0, 160)).slice(0, 3).join(' ')))";

#[tokio::test]
async fn axe_finds_nothing() {
    let sites = sites().await;
    let axe = axe();
    let browser = Browser::start(Kind::Chromium, true).await;
    let tab = browser.tab().await;
    let mut faults = Vec::new();
    for (scheme, width) in [("light", 1280), ("dark", 1280), ("light", 320)] {
        tab.resize(width, 640).await;
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        tab.ask("Emulation.setEmulatedMedia", json!({ "features": features })).await;
        let bare = [("way back", "/return")];
        for (page, path) in PAGES.iter().chain(&bare) {
            tab.open(&format!("{}{path}", sites.force)).await;
            let found = run(&tab, &axe).await;
            faults.extend(found.into_iter().map(|fault| format!("{page} in {scheme} at {width}: {fault}")));
        }
    }
    tab.ask("Emulation.clearDeviceMetricsOverride", json!({})).await;
    // The banner that confirms a choice.
    tab.click("button").await;
    tab.arrives(&format!("{}/", sites.force)).await;
    tab.click("[data-cookies] [value=reject]").await;
    tab.becomes("document.querySelector('[data-cookies-said]') !== null").await;
    faults.extend(run(&tab, &axe).await);
    // And it does find what is there to find.
    tab.eval("(document.querySelector('main').append(document.createElement('input')), 0)").await;
    assert!(run(&tab, &axe).await.iter().any(|fault| fault.starts_with("label:")));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The source of axe-core.
pub(crate) fn axe() -> String {
    std::fs::read_to_string(AXE).unwrap_or_else(|_| panic!("axe-core is missing: run \"npm ci\" in tests/browser"))
}

/// Runs axe on the page that is shown, and gives its findings.
pub(crate) async fn run(tab: &Tab<'_>, axe: &str) -> Vec<String> {
    tab.eval(&format!("{axe}\n;0")).await;
    let found = tab.eval(RUN).await;
    found.as_array().unwrap().iter().map(|fault| fault.as_str().unwrap().to_owned()).collect()
}
