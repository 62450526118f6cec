//! Two people write in one draft.

use serde_json::json;

use super::desk;
use crate::accessible::{axe, run};
use crate::driver::{Browser, Kind};

#[tokio::test]
async fn a_later_save_shows_both_texts_and_loses_none() {
    let (ones, others) = (Browser::start(Kind::Chromium, true).await, Browser::start(Kind::Chromium, true).await);
    let (one, other) = (ones.tab().await, others.tab().await);
    desk::join(&one, "Una First", &["editor"]).await;
    desk::join(&other, "Sam Second", &["editor"]).await;
    desk::open(&one, "/notices/helplines/edit").await;
    desk::open(&other, "/notices/helplines/edit").await;
    desk::append(&one, "#markdown", "Words of the first.").await;
    desk::says(&one, "#status", "Saved at").await;
    // The autosave of the second one finds the newer text and stops.
    desk::append(&other, "#markdown", "Words of the second.").await;
    desk::says(&other, "#status", "Press Save to see both").await;
    other.click("#editor .primary").await;
    desk::says(&other, "#conflict", "Two texts").await;
    other.becomes("document.querySelector('#theirs').value.includes('Words of the first.')").await;
    other.becomes("document.querySelector('#markdown').value.includes('Words of the second.')").await;
    assert_eq!(json!(run(&other, &axe()).await), json!([]));
    // What was saved first stands until the second one chooses.
    desk::open(&one, "/notices/helplines/edit").await;
    one.becomes("document.querySelector('#markdown').value.includes('Words of the first.')").await;
    other.click("#editor [name=then][value='']").await;
    desk::arrives(&other, "/notices/helplines/edit?done=saved").await;
    other.becomes("document.querySelector('#markdown').value.includes('Words of the second.')").await;
}
