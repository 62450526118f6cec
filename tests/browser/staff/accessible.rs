//! axe-core finds nothing on any kind of staff page, in light and in dark, and none scrolls sideways on the narrowest screen.

use serde_json::json;

use super::desk;
use crate::accessible::{axe, run};
use crate::driver::{Browser, Kind, sites};

/// Every kind of page, as somebody sees it who may see all of them.
const PAGES: [&str; 27] = [
    "/",
    "/notices",
    "/notices/new",
    "/notices/contact",
    "/notices/contact/edit",
    "/notices/website-privacy/edit",
    "/notices/contact/compare?to=draft",
    "/notices/webchat-disclaimer/compare?from=1&to=2",
    "/drafts/notice:contact/review",
    "/drafts/notice:contact/publish",
    "/notices/contact/withdraw",
    "/notices/contact/sheet",
    "/notices/webchat-disclaimer/sheet?on=2022-07-01",
    "/banners",
    "/banners/new",
    "/pages",
    "/pages/new",
    "/pages/website-privacy",
    "/facts",
    "/navigation",
    "/previews",
    "/previews/new",
    "/redactions",
    "/accounts",
    "/account",
    "/audit",
    "/no-such-page",
];

/// What sticks out at the side.
const WIDE: &str = "(() => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) { return []; }
    const wide = [...document.querySelectorAll('body *')].filter(element =>
        element.getBoundingClientRect().right > root.clientWidth + 1);
    return ['scrolls sideways', ...wide.slice(0, 3).map(element => element.outerHTML.slice(0, 160))];
})()";

#[tokio::test]
async fn axe_finds_nothing_and_every_page_fits() {
    let sites = sites().await;
    let browser = Browser::start(Kind::Chromium, true).await;
    let tab = browser.tab().await;
    let welcome = sites.invite("new.comer@northshire.test", "New Comer", &["editor"]);
    let mut pages = vec![welcome, format!("{}/sign-in", sites.desk)];
    let mut faults = look(&browser, &pages).await;
    let roles = ["editor", "publisher", "administrator", "auditor", "data_protection_officer"];
    desk::join(&tab, "Ada Every", &roles).await;
    desk::open(&tab, "/notices/contact/edit").await;
    desk::append(&tab, "#markdown", "We answer letters too.").await;
    tab.click("#editor .primary").await;
    desk::arrives(&tab, "/notices/contact/edit?done=saved").await;
    desk::open(&tab, "/accounts").await;
    let one = tab.eval("document.querySelector(\"main a[href^='/accounts/']:not([href$='/new'])\").href").await;
    pages = PAGES.map(|path| format!("{}{path}", sites.desk)).to_vec();
    pages.extend([one.as_str().unwrap().to_owned(), format!("{}/accounts/new", sites.desk)]);
    faults.extend(look(&browser, &pages).await);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

async fn look(browser: &Browser, pages: &[String]) -> Vec<String> {
    let axe = axe();
    let tab = browser.tab().await;
    let mut faults = Vec::new();
    for page in pages {
        tab.open(page).await;
        for scheme in ["light", "dark"] {
            let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
            tab.ask("Emulation.setEmulatedMedia", json!({ "features": features })).await;
            tab.becomes(&format!("matchMedia('(prefers-color-scheme: {scheme})').matches")).await;
            let found = run(&tab, &axe).await;
            faults.extend(found.into_iter().map(|fault| format!("{page} in {scheme}: {fault}")));
        }
        tab.resize(320, 568).await;
        let wide = tab.eval(WIDE).await;
        if wide != json!([]) {
            faults.push(format!("{page} at 320 pixels: {wide}"));
        }
        tab.ask("Emulation.clearDeviceMetricsOverride", json!({})).await;
    }
    tab.close().await;
    faults
}
