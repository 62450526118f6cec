//! The connection goes in mid-edit.

use serde_json::{Value, json};

use super::desk;
use crate::driver::{Browser, Kind, Tab};

#[tokio::test]
async fn what_is_typed_offline_is_saved_when_the_connection_is_back() {
    let browser = Browser::start(Kind::Chromium, true).await;
    let tab = browser.tab().await;
    desk::join(&tab, "Olly Offline", &["editor"]).await;
    desk::open(&tab, "/notices/services/edit").await;
    connect(&tab, false).await;
    desk::append(&tab, "#markdown", "Typed in a tunnel.").await;
    desk::says(&tab, "#status", "You are offline").await;
    tab.becomes("document.querySelector('#markdown').value.includes('Typed in a tunnel.')").await;
    connect(&tab, true).await;
    desk::says(&tab, "#status", "Saved at").await;
    desk::open(&tab, "/notices/services/edit").await;
    tab.becomes("document.querySelector('#markdown').value.includes('Typed in a tunnel.')").await;
}

async fn connect(tab: &Tab<'_>, on: bool) {
    let network = json!({ "offline": !on, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    tab.ask("Network.enable", json!({})).await;
    let answer: Value = tab.ask("Network.emulateNetworkConditions", network).await;
    assert_eq!(answer, json!({}));
    tab.becomes(&format!("navigator.onLine === {on}")).await;
}
