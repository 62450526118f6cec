//! The whole story: an editor with a passkey changes a notice, a publisher lets it out, the public reads it.

use super::desk;
use crate::driver::{Browser, Kind, sites, until};

const WORDS: &str = "Please keep your chat short.";

#[tokio::test]
async fn an_editor_writes_a_publisher_publishes_and_the_public_reads_it() {
    let sites = sites().await;
    let editors = Browser::start(Kind::Chromium, true).await;
    let editor = editors.tab().await;
    desk::join(&editor, "Eve Editor", &["editor"]).await;
    // Out, and in again by the passkey.
    editor.click("form[action='/sign-out'] button").await;
    desk::arrives(&editor, "/sign-in?done=signed-out").await;
    editor.click("[data-passkey=get]").await;
    desk::arrives(&editor, "/").await;
    desk::says(&editor, "header", "Eve Editor").await;

    desk::open(&editor, "/notices/webchat-disclaimer/edit").await;
    desk::append(&editor, "#markdown", &format!("\n\n{WORDS}")).await;
    desk::append(&editor, "#change_note", "We ask for short chats.").await;
    desk::says(&editor, "#status", "Saved at").await;
    desk::says(&editor, "#preview", WORDS).await;
    editor.click("#editor [name=then]").await;
    desk::arrives(&editor, "/drafts/notice:webchat-disclaimer/review").await;
    desk::says(&editor, ".changes ins", WORDS).await;
    editor.click("form[action$='/submit'] button").await;
    desk::says(&editor, "main .tag", "For review").await;

    let publishers = Browser::start(Kind::Chromium, true).await;
    let publisher = publishers.tab().await;
    desk::join(&publisher, "Pat Publisher", &["publisher"]).await;
    desk::open(&publisher, "/").await;
    publisher.click("main a[href='/drafts/notice:webchat-disclaimer/review']").await;
    desk::arrives(&publisher, "/drafts/notice:webchat-disclaimer/review").await;
    desk::says(&publisher, "main", WORDS).await;
    publisher.click("main a[href$='/publish']").await;
    desk::arrives(&publisher, "/drafts/notice:webchat-disclaimer/publish").await;
    assert_eq!(publisher.eval("document.querySelector('#reason')").await, serde_json::Value::Null, "two people saw it");
    publisher.click("main form .primary").await;
    publisher
        .becomes("location.pathname === '/notices/webchat-disclaimer' && document.readyState === 'complete'")
        .await;

    until("the public site to show it", async || {
        let page = sites.source("GET", "/website-privacy").await;
        if page.contains(WORDS) { Ok(()) } else { Err("the text before".to_owned()) }
    })
    .await;
    publisher.open(&format!("{}/website-privacy", sites.force)).await;
    desk::says(&publisher, "main", WORDS).await;
}
