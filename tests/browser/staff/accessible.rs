//! axe-core finds nothing on any staff page, in light and in dark, and none scrolls sideways on the narrowest screen.

use serde_json::json;

use super::desk::{self, PASSWORD};
use super::routes::{PAGES, unvisited};
use crate::accessible::{axe, run};
use crate::driver::{Browser, Kind, Tab, sites};

/// Pages besides those of all such tests: two versions side by side, and a sheet with its text.
const MORE: [&str; 2] =
    ["/notices/webchat-disclaimer/compare?from=1&to=2", "/notices/webchat-disclaimer/sheet?on=2022-07-01"];

/// Forms that lack something, by the page that they stand on: they come back and say what.
const LACKING: [(&str, &str); 7] = [
    ("/accounts/new", "/accounts/new"),
    ("/notices/new", "/notices/new"),
    ("/pages/new", "/pages/new"),
    ("/previews/new", "/previews"),
    ("/notices/services/withdraw", "/notices/services/withdraw/ask"),
    ("/drafts/notice:contact/publish", "/drafts/notice:contact/publish"),
    ("/account/password", "/account/password"),
];

/// The notice that these people write, publish and withdraw.
const FORMS: &str = "paper-forms";
const REASON: &str = "Nobody else is in the office today.";

/// A script that names what sticks out at the side.
const WIDE: &str = "(() => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) { return []; }
    const wide = [...document.querySelectorAll('body *')].filter(element =>
        element.getBoundingClientRect().right > root.clientWidth + 1);
    return ['scrolls sideways', ...wide.slice(0, 3).map(element => element.outerHTML.slice(0, 160))];
})()";

/// Somebody who looks at pages one after the other.
struct Looker<'a> {
    tab: Tab<'a>,
    axe: String,
    paths: Vec<String>,
    faults: Vec<String>,
}

#[tokio::test]
async fn axe_finds_nothing_and_every_page_fits() {
    let sites = sites().await;
    let (adas, beas) = (Browser::start(Kind::Chromium, true).await, Browser::start(Kind::Chromium, true).await);
    let (mut ada, mut bea) = (Looker::at(&adas).await, Looker::at(&beas).await);
    let roles = [
        "editor",
        "publisher",
        "administrator",
        "auditor",
        "data_protection_officer",
        "webchat_agent",
        "webchat_supervisor",
    ];
    let welcome = sites.invite("new.comer@northshire.test", "New Comer", &["editor"]);
    ada.look_at(&[welcome.strip_prefix(&sites.desk).unwrap(), "/sign-in", "/sign-in/recover"]).await;
    desk::join(&ada.tab, "Ada Every", &roles).await;
    let codes = desk::join_with_password(&bea.tab, "Bea Every", &roles).await;

    desk::open(&ada.tab, "/notices/contact/edit").await;
    desk::append(&ada.tab, "#markdown", "We answer letters too.").await;
    ada.tab.click("#editor .primary").await;
    desk::arrives(&ada.tab, "/notices/contact/edit?done=saved").await;
    desk::send(&ada.tab, "/account", "/account/codes", &[]).await;
    change_the_facts(&ada.tab).await;
    let entries = write_paper_forms(&ada.tab).await;
    // First what has to be done soon after the sign-in.
    for (page, action) in LACKING {
        ada.look_at_what_lacks(page, action).await;
    }
    ada.look_at(&PAGES).await;
    ada.look_at(&MORE).await;
    ada.look_at(&entries).await;
    ada.visit("/no-such-page", 404).await;

    // What one has asked for, as that one and as the second person sees it.
    let entry = entries.iter().find_map(|path| path.strip_suffix("/redact")).unwrap();
    let ground = [("ground", "A name published by mistake, UK GDPR Article 17.")];
    let redact = format!("{entry}/redact");
    let proof = desk::send(&ada.tab, &redact, &redact, &ground).await;
    let redaction = ada.proves_it(&proof).await;
    let withdraw = format!("/notices/{FORMS}/withdraw");
    let asked = [("note", "Paper forms are no longer taken."), ("go_to", "/contact")];
    desk::send(&ada.tab, &withdraw, &format!("{withdraw}/ask"), &asked).await;
    let approve = format!("{entry}/approve");
    for person in [&mut ada, &mut bea] {
        person.look_at(&[&redaction, &withdraw, "/", "/redactions"]).await;
    }
    ada.visit(&approve, 409).await;
    bea.visit(&approve, 200).await;
    bea.look_at(&["/account", "/account/app", "/account/password", "/confirm?next=/account"]).await;

    desk::open(&ada.tab, "/notices/contact/edit").await;
    desk::append(&ada.tab, "#change_note", "We answer letters too.").await;
    ada.tab.click("#editor .primary").await;
    desk::arrives(&ada.tab, "/notices/contact/edit?done=saved").await;
    let parts = [("title", "Letters"), ("note", "We answer letters too."), ("draft", "notice:contact")];
    let set = desk::send(&ada.tab, "/change-sets/new", "/change-sets", &parts).await;
    let set = set.split('?').next().unwrap().to_owned();
    ada.look_at(&[&set, "/change-sets"]).await;
    desk::send(&ada.tab, &set, &format!("{set}/submit"), &[]).await;
    bea.look_at(&[&set, &format!("{set}/publish")]).await;

    desk::open(&ada.tab, "/accounts").await;
    let account =
        ada.tab.eval("[...document.links].find(link => link.textContent.includes('Bea Every')).pathname").await;
    let account = account.as_str().unwrap();
    ada.look_at(&[account]).await;
    is_signed_out_while_writing(&ada.tab, &mut bea, account, &codes[0]).await;

    let paths: Vec<String> = ada.paths.into_iter().chain(bea.paths).collect();
    let missed = unvisited(&paths);
    assert!(missed.is_empty(), "look at these pages here as well: {missed:?}");
    let faults = [ada.faults, bea.faults].concat();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Publishes a fact, so that texts are behind it, and drafts another.
async fn change_the_facts(tab: &Tab<'_>) {
    desk::send(tab, "/facts", "/facts", &[("fact:dpo_email", "dpo@northshire.test")]).await;
    publish(tab, "facts", &[("note", "Another address.")]).await;
    desk::send(tab, "/facts", "/facts", &[("fact:dpo_email", "protection@northshire.test")]).await;
}

/// Publishes two versions of a notice and has a third one waiting for its day. What can be done with their entries.
async fn write_paper_forms(tab: &Tab<'_>) -> Vec<String> {
    let subject = format!("notice:{FORMS}");
    let edit = format!("/notices/{FORMS}/edit");
    desk::send(tab, "/notices/new", "/notices/new", &[("title", "Paper forms"), ("address", FORMS)]).await;
    let later = [("when", "later"), ("date", "2040-01-02"), ("time", "09:00")];
    for (text, when) in
        [("At every desk.", &[("when", "now")][..]), ("At one desk.", &[("when", "now")]), ("None.", &later)]
    {
        desk::send(tab, &edit, &edit, &[("markdown", text), ("change_note", "Where paper forms are.")]).await;
        publish(tab, &subject, when).await;
    }
    let mut paths = Vec::new();
    desk::open(tab, &format!("/notices/{FORMS}")).await;
    let links =
        tab.eval("[...document.links].map(link => link.pathname).filter(path => path.startsWith('/entries/'))").await;
    for link in links.as_array().unwrap() {
        paths.push(link.as_str().unwrap().to_owned());
    }
    paths
}

async fn publish(tab: &Tab<'_>, subject: &str, fields: &[(&str, &str)]) {
    let path = format!("/drafts/{subject}/publish");
    desk::send(tab, &path, &path, &[fields, &[("reason", REASON)]].concat()).await;
}

/// Somebody's session is ended while they fill in a form. The form waits on the page until they have signed in again beside it.
async fn is_signed_out_while_writing(ada: &Tab<'_>, bea: &mut Looker<'_>, account: &str, code: &str) {
    desk::open(&bea.tab, "/previews/new").await;
    desk::append(&bea.tab, "#label", "for the press office of Eastshire").await;
    bea.tab.click("[name=draft]").await;
    desk::send(ada, account, &format!("{account}/sessions/end"), &[]).await;
    bea.tab.click("main form .primary").await;
    desk::says(&bea.tab, "h1", "Your text is still here").await;
    bea.look("a form that comes back").await;

    let mut beside = Looker::at(bea.tab.browser).await;
    beside.look_at(&[sites().await.unlock(account).await]).await;
    beside.tab.click("main form .primary").await;
    beside.shows("/sign-in").await;
    desk::append(&beside.tab, "#email", "bea.every@northshire.test").await;
    desk::append(&beside.tab, "#password", PASSWORD).await;
    beside.tab.click("form .primary:not([type=button])").await;
    beside.shows("/sign-in/code").await;
    beside.tab.click("main a[href*='with=recovery']").await;
    beside.tab.becomes("document.querySelector('#recovery') !== null").await;
    desk::append(&beside.tab, "#recovery", code).await;
    beside.tab.click("main .primary").await;
    beside.shows("/").await;
    bea.paths.append(&mut beside.paths);
    bea.faults.append(&mut beside.faults);

    bea.tab.to_front().await;
    bea.tab.click("main form .primary").await;
    desk::says(&bea.tab, "h2", "Copy the link now").await;
    bea.shows("/previews").await;
}

impl<'a> Looker<'a> {
    async fn at(browser: &'a Browser) -> Self {
        Self { tab: browser.tab().await, axe: axe(), paths: Vec::new(), faults: Vec::new() }
    }

    /// Shows with a passkey that it is them, for a form that waits for that, and sends the form. The page that it leads to.
    async fn proves_it(&mut self, proof: &str) -> String {
        assert!(proof.starts_with("/confirm?next=%2Fresume%2F"), "{proof}");
        desk::open(&self.tab, proof).await;
        self.tab.becomes("document.querySelector('[data-passkey=get]').offsetParent !== null").await;
        self.tab.eval("(document.querySelector('[data-passkey=get]').click(), 0)").await;
        self.shows("/resume/").await;
        self.tab.click("main form .primary").await;
        self.shows("/redactions/").await;
        self.paths.last().unwrap().clone()
    }

    /// Opens pages and looks at each.
    async fn look_at(&mut self, paths: &[impl AsRef<str>]) {
        for path in paths {
            self.visit(path.as_ref(), 200).await;
        }
    }

    async fn visit(&mut self, path: &str, status: u16) {
        desk::open(&self.tab, path).await;
        let answered = self.tab.eval("performance.getEntriesByType('navigation')[0].responseStatus").await;
        assert_eq!(answered, status, "{path}");
        self.paths.push(path.to_owned());
        self.look(path).await;
    }

    /// Sends a form as the page holds it, which lacks something, and looks at what comes back.
    async fn look_at_what_lacks(&mut self, page: &str, action: &str) {
        desk::open(&self.tab, page).await;
        let submit = format!("(document.querySelector(\"form[action='{action}']\").submit(), 0)");
        self.tab.eval(&submit).await;
        self.tab.becomes("document.readyState === 'complete' && document.querySelector('main .errors') !== null").await;
        self.look(&format!("{page}, sent as it is,")).await;
    }

    /// Waits until a page is shown, and looks at it.
    async fn shows(&mut self, start: &str) {
        let shown = format!("location.pathname.startsWith({}) && document.readyState === 'complete'", json!(start));
        self.tab.becomes(&shown).await;
        let path = self.tab.eval("location.pathname").await;
        self.paths.push(path.as_str().unwrap().to_owned());
        self.look(start).await;
    }

    /// Looks at what is shown.
    async fn look(&mut self, page: &str) {
        for scheme in ["light", "dark"] {
            let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
            self.tab.ask("Emulation.setEmulatedMedia", json!({ "features": features })).await;
            self.tab.becomes(&format!("matchMedia('(prefers-color-scheme: {scheme})').matches")).await;
            let found = run(&self.tab, &self.axe).await;
            self.faults.extend(found.into_iter().map(|fault| format!("{page} in {scheme}: {fault}")));
        }
        self.tab.resize(320, 568).await;
        let wide = self.tab.eval(WIDE).await;
        if wide != json!([]) {
            self.faults.push(format!("{page} at 320 pixels: {wide}"));
        }
        self.tab.ask("Emulation.clearDeviceMetricsOverride", json!({})).await;
    }
}
