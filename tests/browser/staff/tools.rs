//! The tools of the editor: what is put into a text by choosing it, saving by keys, and a preview that stays while something is wrong.

use super::desk;
use crate::driver::{Browser, Kind};

const PICK: &str = "(kind, label) => {
    const pick = document.querySelector(`[data-pick=${kind}]`);
    pick.selectedIndex = [...pick.options].findIndex(option => option.text.startsWith(label));
    pick.dispatchEvent(new Event('change', { bubbles: true }));
    return 0;
}";

#[tokio::test]
async fn links_facts_and_tables_are_chosen_and_the_preview_stays_while_something_is_wrong() {
    let browser = Browser::start(Kind::Chromium, true).await;
    let editor = browser.tab().await;
    desk::join_with_password(&editor, "Tess Tools", &["editor"]).await;
    desk::open(&editor, "/notices/fraud-and-scams/edit").await;
    let text = "document.getElementById('markdown')";
    editor.eval(&format!("({text}.value = 'Write to us.', {text}.setSelectionRange(9, 11), 0)")).await;
    editor.eval(&format!("({PICK})('link', 'Contact us')")).await;
    editor.becomes(&format!("{text}.value === 'Write to [us](/contact).'")).await;
    editor.eval(&format!("({text}.setSelectionRange(0, 0), ({PICK})('fact', 'Name of the force'))")).await;
    editor.becomes(&format!("{text}.value === '{{{{ force_name }}}}Write to [us](/contact).'")).await;
    editor.eval(&format!("({text}.setSelectionRange(99, 99), ({PICK})('link', '101'))")).await;
    editor.becomes(&format!("{text}.value.endsWith('(/contact).[101](tel:101)')")).await;
    editor.click("[data-tool=table]").await;
    editor
        .becomes(&format!(
            "{text}.value.endsWith('(tel:101)\\n\\n| Heading | Heading |\\n| --- | --- |\\n| words | words |\\n')"
        ))
        .await;
    editor.eval(&format!("({text}.setSelectionRange(999, 999), 0)")).await;
    editor.click("[data-tool=contact]").await;
    editor
        .becomes(&format!("{text}.value.includes('- Telephone: [101](tel:101)\\n- Email: [{{{{ contact_email }}}}]')"))
        .await;
    desk::says(&editor, "#beside .preview", "Northshire Police").await;
    editor.becomes("document.querySelectorAll('#beside .preview td').length === 2").await;

    desk::append(&editor, "#markdown", "<b>Old</b> words that stay").await;
    desk::says(&editor, "#beside", "HTML such as <b>").await;
    desk::says(&editor, "#beside .preview", "words that stay").await;
    desk::says(&editor, "#beside", "is not shown, or not as it will be").await;

    desk::append(&editor, "#markdown", " More").await;
    browser.press(&["ctrl+s"]);
    desk::says(&editor, "#status", "Saved at").await;
    assert_eq!(editor.eval("getComputedStyle(document.getElementById('markdown')).fontSize").await, "16px");
}
