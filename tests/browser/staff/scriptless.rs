//! With scripts off from end to end.

use super::desk::{self, PASSWORD};
use crate::driver::{Browser, Kind};

const WORDS: &str = "Written without scripts.";

#[tokio::test]
async fn a_text_is_written_previewed_and_sent_for_review() {
    let browser = Browser::start(Kind::Chromium, false).await;
    let tab = browser.tab().await;
    let recovery = desk::join_with_password(&tab, "Nora Noscript", &["editor"]).await;
    tab.click("form[action='/sign-out'] button").await;
    desk::arrives(&tab, "/sign-in?done=signed-out").await;
    desk::append(&tab, "#email", "nora.noscript@northshire.test").await;
    desk::append(&tab, "#password", PASSWORD).await;
    tab.click("form .primary:not([type=button])").await;
    // The app's code was taken at set-up, and none is taken twice.
    tab.becomes("location.pathname === '/sign-in/code' && document.readyState === 'complete'").await;
    tab.click("main a[href*='with=recovery']").await;
    tab.becomes("document.querySelector('#recovery') !== null").await;
    desk::append(&tab, "#recovery", &recovery[0]).await;
    tab.click("main .primary").await;
    desk::says(&tab, "header", "Nora Noscript").await;

    desk::open(&tab, "/notices/accessibility-statement/edit").await;
    desk::append(&tab, "#markdown", WORDS).await;
    desk::append(&tab, "#change_note", "We say how this was written.").await;
    tab.click("#preview_button").await;
    tab.becomes("location.pathname.endsWith('/preview') && document.readyState === 'complete'").await;
    desk::says(&tab, "#preview", WORDS).await;
    tab.click("#editor .primary").await;
    desk::arrives(&tab, "/notices/accessibility-statement/edit?done=saved").await;
    tab.becomes(&format!("document.querySelector('#markdown').value.includes('{WORDS}')")).await;
    tab.click("#editor [name=then]").await;
    desk::arrives(&tab, "/drafts/notice:accessibility-statement/review").await;
    tab.click("form[action$='/submit'] button").await;
    desk::says(&tab, "main .tag", "For review").await;
}
