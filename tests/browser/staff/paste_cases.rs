//! The Markdown of a paste, and the sentence that says what was left out: whole tables, read by the editor's own scripts.

use std::collections::BTreeMap;

use bluelamp::text::markdown::{plain_text, render};
use serde_json::{Value, json};

use super::desk;
use crate::driver::{Browser, Kind, Tab};

/// HTML as programs put it on the clipboard, the Markdown of it, and what is said.
const CASES: [(&str, &str, &str, &str); 27] = [
    (
        "changes that were tracked",
        "<p class=MsoNormal>We keep the recording for <span class=msoDel><del>ninety</del></span><span class=msoIns><ins>thirty</ins></span> \
        days. <s>We sell it.</s></p>",
        "We keep the recording for thirty days.",
        "Pasted. Left out: 2 removed passages.",
    ),
    (
        "a comment, a picture and what is for screen readers alone",
        "<p>We share it<span class=MsoCommentReference><a class=msocomanchor href='#_msocom_1'>[PC1]</a></span>. <img src=x>\
        <span style='position:absolute;clip:rect(0px,0px,0px,0px)'>(opens in a new tab)</span><img width=1 height=1 src=y></p>\
        <div style='mso-element:comment-list'><div style='mso-element:comment'><div class=msocomtxt><p class=MsoCommentText>\
        <a href='#_msoanchor_1' class=msocomoff>[PC1]</a>Do not name the informant</p></div></div></div>",
        "We share it.",
        "Pasted. Left out: 1 comment, 1 hidden passage and 1 picture.",
    ),
    (
        "paragraphs and lists in cells",
        "<table><tr><th>Right</th><th>How</th></tr><tr><td>Access</td><td><p class=MsoNormal>Write to us.</p><p class=MsoNormal>Or call 101.</p>\
        </td></tr><tr><td>Erase</td><td><ul><li>Form</li><li>Letter</li></ul></td></tr></table>",
        "| Right | How |\n| --- | --- |\n| Access | Write to us. Or call 101. |\n| Erase | Form; Letter |",
        "Pasted. Nothing was left out.",
    ),
    (
        "cells that were merged, a title over all of them, and a caption",
        "<table><caption>How long</caption><tr><th colspan=2>Records</th></tr><tr><th>Kind</th><th>Kept</th></tr>\
        <tr><td rowspan=2>Custody</td><td>6 years</td></tr><tr><td>7 years | more</td></tr></table>",
        "How long\n\nRecords\n\n| Kind | Kept |\n| --- | --- |\n| Custody | 6 years |\n| Custody | 7 years \\| more |",
        "Pasted. Nothing was left out. A table had merged cells: see that each row still says what it did.",
    ),
    (
        "a table in an item of a list",
        "<ul><li>See<table><tr><td>one</td><td>two</td></tr></table></li></ul>",
        "- See one two",
        "Pasted. Nothing was left out.",
    ),
    (
        "bold that ends in a sign",
        "<p><b>Important:</b>call 101. The <b>“controller”</b>decides. It costs<b>£20</b>each.</p>",
        "**Important**:call 101. The **“controller**”decides. It costs£**20**each.",
        "Pasted. Nothing was left out.",
    ),
    (
        "bold and italic words that touch, and a link in bold",
        "<p><i>a</i><b>b</b> <b>If in danger call <a href='tel:999'>999</a> now.</b> <b><a href='/x'>this</a></b></p>",
        "a**b If in danger call [999](tel:999) now. [this](/x)**",
        "Pasted. Nothing was left out.",
    ),
    (
        "a link that goes through somebody who checks it",
        "<p>Ask <a href=\"https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fregulator.example%2F&amp;data=05%7C01%7Cpat%40\
        northshire.example\">the regulator</a>.</p>",
        "Ask [the regulator](https://regulator.example/).",
        "Pasted. Nothing was left out. Tracking was taken out of 1 link.",
    ),
    (
        "other redirectors, one within another, and an address that is written out",
        "<p><a href='https://www.google.com/url?q=https%3A%2F%2Furldefense.proofpoint.com%2Fv2%2Furl%3Fu%3Dhttps-3A__a.example_x-5Fy%26d%3D1'>1</a> \
        <a href='https://urldefense.com/v3/__https://b.example/x?y=1__;!!abc$'>2</a> \
        <a href='https://links-1.govdelivery.com/CL0/https:%2F%2Fwww.c.example%2Fx/1/0100/sig=1'>3</a> \
        <a href='https://d.example/?utm_source=letter&amp;page=2'>4</a> https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fe.example%2F</p>",
        "[1](https://a.example/x_y) [2](https://b.example/x?y=1) [3](https://www.c.example/x) [4](https://d.example/?page=2) https://e.example/",
        "Pasted. Nothing was left out. Tracking was taken out of 5 links.",
    ),
    (
        "links that not everybody can follow, or nobody",
        "<p><a href='https://northshire.sharepoint.com/x'>one</a> <a href='http://intranet/x'>two</a> <a href='file:///c:/x'>three</a> \
        <a href='https://docs.google.com/forms/d/1'>four</a> <a href='https://bit.ly/x'>five</a> <a href='mailto:a@x.example?subject=Data request'>six</a></p>",
        "[one](https://northshire.sharepoint.com/x) [two](http://intranet/x) three [four](https://docs.google.com/forms/d/1) \
        [five](https://bit.ly/x) [six](mailto:a@x.example?subject=Data%20request)",
        "Pasted. Left out: 1 link that visitors cannot follow. A link does not say where it leads: replace it by the address itself. \
        Visitors may be unable to open links to northshire.sharepoint.com, intranet.",
    ),
    (
        "Word on the web",
        "<p role=\"heading\" aria-level=\"2\">Your rights</p><div class=\"ListContainerWrapper\"><ul><li data-aria-level=\"1\" data-listid=\"1\"><p>One</p></li></ul></div>\
        <div class=\"ListContainerWrapper\"><ul><li data-aria-level=\"2\" data-listid=\"1\"><p>Within</p></li></ul></div>\
        <div class=\"ListContainerWrapper\"><ul><li data-aria-level=\"1\" data-listid=\"1\"><p>Two</p></li></ul></div>",
        "## Your rights\n\n- One\n  - Within\n- Two",
        "Pasted. Nothing was left out.",
    ),
    (
        "a numbered list of Word on the web that goes on",
        "<div class=ListContainerWrapper><ol start=1><li data-aria-level=1 data-leveltext='%1.'><p>Ask</p></li></ol></div>\
        <div class=ListContainerWrapper><ol start=1><li data-aria-level=2 data-leveltext='%1.%2'><p>by phone</p></li></ol></div>\
        <div class=ListContainerWrapper><ol start=2><li data-aria-level=1 data-leveltext='%1.'><p>Wait, as 1.1 says</p></li></ol></div>",
        "1. Ask\n   - 1.1 by phone\n2. Wait, as 1.1 says",
        "Pasted. Nothing was left out.",
    ),
    (
        "lists beside one another, and numbers that leap",
        "<ol><li>a</li><li>b</li></ol><ol><li>c</li></ol><p>Then</p><ol><li>d</li><li value=7>e</li></ol>",
        "1. a\n2. b\n\n1) c\n\nThen\n\n1. d\n7) e",
        "Pasted. Nothing was left out.",
    ),
    (
        "letters that the text refers to",
        "<ol type=a><li>We ask.</li><li>We tell, as in (a).</li></ol>",
        "- a. We ask.\n- b. We tell, as in (a).",
        "Pasted. Nothing was left out.",
    ),
    (
        "letters that nothing refers to",
        "<ol style='list-style-type:lower-roman'><li>We ask.</li><li>We tell.</li></ol>",
        "1. We ask.\n2. We tell.",
        "Pasted. Nothing was left out. Numbers such as 2.1 or (a) became 1, 2, 3: look at what refers to them.",
    ),
    (
        "headings and paragraphs with numbers of Word",
        "<h2 style='mso-list:l0 level2'><span style='mso-list:Ignore'>2.3<span>&nbsp;</span></span>How long</h2>\
        <p style='mso-list:l0 level3 lfo1'><span style='mso-list:Ignore'>2.3.1&nbsp;</span>Six years.</p>\
        <p style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>Step 1:&nbsp;</span>Write.</p><p>As 2.3.1 says.</p>",
        "## 2.3 How long\n\n- 2.3.1 Six years.\n- Step 1: Write.\n\nAs 2.3.1 says.",
        "Pasted. Nothing was left out.",
    ),
    (
        "bullets that are letters",
        "<p>We ask:<br>• one<br>• two</p><p>• three</p>",
        "We ask:\n\n- one\n- two\n- three",
        "Pasted. Nothing was left out.",
    ),
    (
        "raised and lowered letters",
        "<p>10<sup>2</sup> m, CO<sub>2</sub>, the 1<sup>st</sup>, <span style='vertical-align:super'>3</span></p>",
        "10² m, CO₂, the 1st, ³",
        "Pasted. Nothing was left out.",
    ),
    (
        "raised letters that have no sign",
        "<p>x<sup>y+k</sup></p>",
        "xy+k",
        "Pasted. Nothing was left out. Raised or lowered letters stand in the line now.",
    ),
    (
        "what shows a reference",
        "<p>Write &amp;copy; for the sign.</p>",
        "Write \\&copy; for the sign.",
        "Pasted. Nothing was left out.",
    ),
    (
        "a fence in code, and code in a line",
        "<pre>a\n```\nb<br>c</pre><p>Type <code>a`b {x}</code> or <kbd>F1</kbd>, not <code>{{ y }}</code>.</p>",
        "````\na\n```\nb\nc\n````\n\nType ``a`b {x}`` or `F1`, not \\{\\{ y }}.",
        "Pasted. Nothing was left out.",
    ),
    (
        "lines that would be something else",
        "<p>#</p><p>-</p><p>1.</p><p>---|---</p><p>== </p><p>~~~</p><p>Look!<a href='/x'>Here</a></p><h2>C#</h2>",
        "\\#\n\n\\-\n\n1\\.\n\n\\---|---\n\n\\==\n\n\\~\\~~\n\nLook\\![Here](/x)\n\n## C\\#",
        "Pasted. Nothing was left out.",
    ),
    ("what nobody sees", "<p>A\u{200B}B\u{202E}C\u{F0B7} D\u{2028}E</p>", "ABC D E", "Pasted. Nothing was left out."),
    (
        "buttons and fields",
        "<p>Search <input value=x> <button>Go</button><input type=hidden></p>",
        "Search",
        "Pasted. Left out: 2 buttons or fields.",
    ),
    ("a quotation", "<p>They say <q>no</q>.</p>", "They say “no”.", "Pasted. Nothing was left out."),
    (
        "a footnote",
        "<p>We ask first<a href='#_ftn1'><span class=MsoFootnoteReference>[1]</span></a>.</p><p class=MsoFootnoteText>Unless the law says otherwise.</p>",
        "We ask first.\n\nUnless the law says otherwise.",
        "Pasted. Left out: 1 footnote mark.",
    ),
    (
        "nothing but a comment",
        "<div class=msocomtxt>Do not name the informant</div>",
        "",
        "Not pasted: all of it was struck out, a comment or hidden.",
    ),
];

async fn read(tab: &Tab<'_>, html: &str) -> (String, String) {
    let read = tab.eval(&format!("(({{ markdown, said }}) => [markdown, said])(readPaste({}))", json!(html))).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&read[0]), text(&read[1]))
}

#[tokio::test]
async fn a_paste_keeps_its_meaning_and_says_what_was_left_out() {
    let browser = Browser::start(Kind::Chromium, true).await;
    let editor = browser.tab().await;
    desk::join_with_password(&editor, "Paz Pastes", &["editor"]).await;
    desk::open(&editor, "/notices/copyright/edit").await;
    let mut wrong = Vec::new();
    for (what, html, markdown, said) in CASES {
        let (found, told) = read(&editor, html).await;
        if found != markdown || told != said {
            wrong.push(format!("{what}:\n{found}\n({told})"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    for (what, _, markdown, _) in CASES {
        let html = render(markdown, "n", &BTreeMap::new()).unwrap_or_else(|problems| panic!("{what}: {problems:?}"));
        let shown = plain_text(&html);
        assert!(!shown.contains("**") && !shown.contains('\\'), "{what}: {shown}");
        assert!(!what.contains("a reference") || shown.trim() == "Write &copy; for the sign.", "{shown}");
    }

    // Too much at once is said and does not stop the page.
    for html in ["<p>word</p>".repeat(600_000), format!("<p>{}</p>", "word ".repeat(60_000))] {
        let found = editor.eval(&format!("readPaste({}).said", json!(html))).await;
        assert!(found.as_str().unwrap().starts_with("Not pasted: that is too much at once"), "{found}");
    }
    let spans = "<tr><td rowspan=65534 colspan=1000>a</td><td rowspan=65534>b</td></tr>".repeat(300);
    let found = editor.eval(&format!("readPaste({}).said", json!(format!("<table>{spans}</table>")))).await;
    assert!(found.as_str().unwrap().contains("merged cells"), "{found}");
}

#[tokio::test]
async fn a_paste_is_undone_by_the_button_beside_what_it_left_out() {
    let browser = Browser::start(Kind::Chromium, true).await;
    let editor = browser.tab().await;
    desk::join_with_password(&editor, "Uma Undoes", &["editor"]).await;
    desk::open(&editor, "/notices/something-else/edit").await;
    let before = editor.eval("document.getElementById('markdown').value").await;
    let paste = "(text => {
        text.focus();
        text.setSelectionRange(0, 0);
        const data = new DataTransfer();
        data.setData('text/html', '<h2>New</h2><p>Old <del>gone</del> words</p>');
        text.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
        return 0;
    })(document.getElementById('markdown'))";
    editor.eval(paste).await;
    desk::says(&editor, "#pasted", "Pasted. Left out: 1 removed passage.").await;
    editor.becomes("document.getElementById('markdown').value.startsWith('## New\\n\\nOld words')").await;
    editor.click("#pasted button").await;
    editor.becomes(&format!("document.getElementById('markdown').value === {before}")).await;
    desk::says(&editor, "#pasted", "The paste was undone.").await;
    editor.eval(paste).await;
    desk::says(&editor, "#pasted", "Pasted. Left out").await;
    desk::append(&editor, "#markdown", "More").await;
    editor.becomes("document.querySelector('#pasted button').hidden").await;
}
