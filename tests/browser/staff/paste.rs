//! Pasting into the editor: from Word and from a web page it keeps headings, lists, links and bold as Markdown.

use serde_json::json;

use super::desk;
use crate::driver::{Browser, Kind, Tab, sites, until};

/// A text as Word puts it on the clipboard: lists that are none, markup in comments, styles of its own.
const WORD: &str = include_str!("word.html");

const FROM_WORD: &str = "\
## Lost property

Bring what you found to [a front desk](https://www.eastshire.example/desks). It is **free**. Call [101](tel:101)

## What to do

1. Look at home.
2. Ask us:
   - at **any** desk
   - by phone
3. Wait.

Or later:

10. Write:
    - a letter

### What it costs

- Nothing.";

const WEB: &str = r#"<h1>Lost property</h1>
<script>document.documentElement.dataset.ran = "yes"</script>
<p>Bring it to <a href="https://www.eastshire.example/desks">a front desk</a>, or <a href="/contact">write</a>.
It is <b>free</b> and <strong>quick</strong>. <a href="javascript:document.documentElement.dataset.ran='yes'">Press here</a></p>
<h2>What to do</h2>
<ol><li>Look at <em>home</em>.</li><li>Ask us:<ul><li>at <b>any</b> desk</li><li>by phone:<ol><li>call 101</li></ol></li></ul></li><li>Wait.</li></ol>
<h3>What it costs</h3>
<ul><li>Nothing, see <a href="https://www.eastshire.example/costs">the costs</a>.</li><li>2 * 3 * 4 is [24].</li></ul>"#;

/// `{site}` is where the page was copied from: a browser makes its links whole.
const FROM_WEB: &str = r"## Lost property

Bring it to [a front desk](https://www.eastshire.example/desks), or [write]({site}contact). It is **free** and **quick**. Press here

## What to do

1. Look at *home*.
2. Ask us:
   - at **any** desk
   - by phone:
     1. call 101
3. Wait.

### What it costs

- Nothing, see [the costs](https://www.eastshire.example/costs).
- 2 \* 3 \* 4 is \[24\].";

/// The HTML of other programs, and what it means.
const OTHERS: [(&str, &str, &str); 17] = [
    (
        "a list right in a list, as older editors nest them",
        "<ol><li>One</li><ol><li>Inner</li></ol><li>Two</li></ol><ul><li>Three</li><ul><li>Deep</li></ul></ul>",
        "1. One\n   1. Inner\n2. Two\n\n- Three\n  - Deep",
    ),
    (
        "a list that starts elsewhere and is long",
        "<ol start=9><li>Nine</li><li>Ten<ul><li>Inner</li></ul></li></ol>",
        "9. Nine\n10. Ten\n    - Inner",
    ),
    (
        "an editor that wraps all it copies in a bold that is none",
        "<b style='font-weight:normal' id=wrap><h2>Title</h2><p><span style='font-weight:700'>Bold</span> words</p></b>",
        "## Title\n\n**Bold** words",
    ),
    (
        "an email of lines",
        "<div>Dear all,<br><br><b>The desk is shut.<br><br>It opens</b> again<br>on Monday.</div>",
        "Dear all,\n\n**The desk is shut.**\n\n**It opens** again  \non Monday.",
    ),
    (
        "what would run",
        "<p>Words<script>document.documentElement.dataset.ran = 'yes'</script>
        <img src=x onerror=\"document.documentElement.dataset.ran = 'yes'\">
        <a href=' JaVaScRiPt:alert(1)'>one</a> <a href='data:text/html,x'>two</a> <a href='//evil.test/'>three</a></p>",
        "Words one two three",
    ),
    (
        "a list in a list that does not start at one",
        "<ul><li>One<ol start=5><li>Five</li><li>Six</li></ol></li><li>Two</li></ul>",
        "- One\n\n  5. Five\n  6. Six\n- Two",
    ),
    (
        "a list in a list of Word's that does not start at one",
        "<p style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>· </span>One</p>
        <p style='mso-list:l1 level2 lfo2'><span style='mso-list:Ignore'>5. </span>Five</p>
        <p style='mso-list:l1 level2 lfo2'><span style='mso-list:Ignore'>6. </span>Six</p>
        <p style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>· </span>Two</p>",
        "- One\n\n  5. Five\n  6. Six\n- Two",
    ),
    (
        "a list of Word's that starts deep",
        "<p class=MsoListParagraph style='mso-list:l0 level3 lfo1'><span style='mso-list:Ignore'>§ </span>Deep</p>",
        "- Deep",
    ),
    (
        "a list of Word's whose marks are part of its words",
        "<p class=MsoListParagraph>4.&nbsp; Costs [24] * 2</p><p class=MsoListParagraph>5.&nbsp; <b>Wait</b></p>
        <p>Then:</p><p class=MsoListParagraph>·&nbsp; Go</p>",
        r"4. Costs \[24\] \* 2
5. **Wait**

Then:

- Go",
    ),
    (
        "a list of Word's with numbers of several parts and with letters",
        "<p style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>2. </span>Two</p>
        <p style='mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>2.1. </span>One of two</p>
        <p style='mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>2.2. </span>Two of two</p>
        <p style='mso-list:l0 level3 lfo1'><span style='mso-list:Ignore'>a) </span>A</p>
        <p style='mso-list:l0 level3 lfo1'><span style='mso-list:Ignore'>b) </span>B</p>",
        "2. Two\n   1. One of two\n   2. Two of two\n      1. A\n      2. B",
    ),
    (
        "Word with changes that were tracked",
        "<p class=MsoNormal>We keep the recording for <span class=msoDel><del>ninety</del></span><span class=msoIns><ins>thirty</ins></span>
        days. <s>We sell it.</s></p>",
        "We keep the recording for thirty days.",
    ),
    (
        "Word with a comment",
        "<p class=MsoNormal>We share it with <a style='mso-comment-reference:PC_1'>partners</a><span class=MsoCommentReference>\
        <a class=msocomanchor href='#_msocom_1'>[PC1]</a><span style='mso-special-character:comment'>&nbsp;</span></span>.</p>\
        <div style='mso-element:comment-list'><div style='mso-element:comment'><div id=_com_1 class=msocomtxt><p class=MsoCommentText>\
        <a href='#_msoanchor_1' class=msocomoff>[PC1]</a>Do not name the informant</p></div></div></div>",
        "We share it with partners.",
    ),
    (
        "Word with a footnote",
        "<p>We ask first<a style='mso-footnote-id:ftn1' href='#_ftn1'><span class=MsoFootnoteReference>[1]</span></a>.</p>
        <div style='mso-element:footnote-list'><div style='mso-element:footnote' id=ftn1><p class=MsoFootnoteText>\
        <a href='#_ftnref1'><span class=MsoFootnoteReference>[1]</span></a> Unless the law says otherwise.</p></div></div>",
        "We ask first.\n\nUnless the law says otherwise.",
    ),
    (
        "Google Docs with a comment and a suggestion",
        "<p><span>Call us</span><sup><a href='#cmnt1' id='cmnt_ref1'>[a]</a></sup><span style='text-decoration:line-through'> at night</span>
        <span>by day.</span></p><div><p><a href='#cmnt_ref1' id='cmnt1'>[a]</a><span>Is that so?</span></p><p><span>No.</span></p></div>",
        "Call us by day.",
    ),
    (
        "text that is struck out or hidden in every way",
        "<style>.old { text-decoration: line-through } .aside { display: none }</style><p>Kept<strike>1</strike><span class=old>2</span>\
        <span class=aside>3</span><span style='display:none'>4</span><span style='mso-hide:all'>5</span><span style='visibility:hidden'>6</span>\
        <span style='font-size:0pt'>7</span><span hidden>8</span><span style='text-decoration-line: underline line-through'>9</span>.</p>\
        <table><tr><th>A</th><th>B</th></tr><tr style='display:none'><td>x</td><td>y</td></tr><tr><td>C</td><td><del>D</del>E</td></tr></table>",
        "Kept.\n\n| A | B |\n| --- | --- |\n| C | E |",
    ),
    (
        "an email whose frame has no size",
        "<div style='font-size:0'> <span style='font-size:16px'>Words</span> <span style='visibility:visible;color:red'>none</span></div>",
        "Words",
    ),
    (
        "a footnote of a web page, and an exponent that is none of them",
        "<p>Fast<sup><a href='#note-2'>2</a></sup> and 10<sup>2</sup> m, <u>underlined</u>, <ins>new</ins>.</p>",
        "Fast and 10² m, underlined, new.",
    ),
];

#[tokio::test]
async fn in_chromium_what_is_pasted_keeps_its_form() {
    what_is_pasted_keeps_its_form(Kind::Chromium, "leaving-quickly").await;
}

#[tokio::test]
async fn in_firefox_what_is_pasted_keeps_its_form() {
    what_is_pasted_keeps_its_form(Kind::Firefox, "new-website").await;
}

async fn what_is_pasted_keeps_its_form(kind: Kind, notice: &str) {
    let browser = Browser::start(kind, true).await;
    let editor = browser.tab().await;
    desk::join_with_password(&editor, &format!("Pia {kind:?}"), &["editor"]).await;
    desk::open(&editor, &format!("/notices/{notice}/edit")).await;
    editor
        .eval("(addEventListener('paste', event => { document.body.dataset.taken = event.defaultPrevented; }), 0)")
        .await;
    let other = browser.tab().await;
    other.open(&sites().await.neutral).await;

    copy_page(&other, WEB).await;
    paste(&editor, "ctrl+v", "a web page", &FROM_WEB.replace("{site}", &sites().await.neutral)).await;
    copy(&other, &[("text/html", WORD), ("text/plain", "Lost property")]).await;
    paste(&editor, "ctrl+v", "Word", FROM_WORD).await;
    assert_eq!(editor.eval("document.body.dataset.taken").await, "true");
    paste(&editor, "ctrl+shift+v", "Word, without its form,", "Lost property").await;
    for (whence, html, markdown) in OTHERS {
        copy(&other, &[("text/html", html), ("text/plain", "the same without its form")]).await;
        paste(&editor, "ctrl+v", whence, markdown).await;
    }
    let plain = "# 2 * 3 <b>[4]</b>\n- as it is\n\n\tand *this*  too ";
    copy(&other, &[("text/plain", plain)]).await;
    paste(&editor, "ctrl+v", "plain text", plain).await;
    assert_eq!(editor.eval("document.body.dataset.taken").await, "false", "plain text is the browser's own matter");
    assert_eq!(editor.eval("document.documentElement.dataset.ran ?? 'nothing'").await, "nothing");
}

/// Shows a page, chooses all of it and copies it with the keys for that.
async fn copy_page(tab: &Tab<'_>, html: &str) {
    tab.to_front().await;
    tab.eval(&format!("(document.body.innerHTML = {}, 0)", json!(html))).await;
    press_copy(tab).await;
}

/// Copies as another program would that says the same in these types.
async fn copy(tab: &Tab<'_>, types: &[(&str, &str)]) {
    tab.to_front().await;
    tab.eval(&format!(
        "(document.body.textContent = 'words to copy', addEventListener('copy', event => {{
            event.preventDefault();
            for (const [type, said] of {}) {{ event.clipboardData.setData(type, said); }}
        }}, {{ once: true }}), 0)",
        json!(types)
    ))
    .await;
    press_copy(tab).await;
}

async fn press_copy(tab: &Tab<'_>) {
    tab.eval(
        "(delete document.documentElement.dataset.copied,
        addEventListener('copy', () => { document.documentElement.dataset.copied = 'yes'; }, { once: true }), 0)",
    )
    .await;
    tab.listens().await;
    tab.becomes("document.hasFocus()").await;
    insist(tab, "all to be chosen", "ctrl+a", "getSelection().toString() !== ''", "true").await;
    insist(tab, "a copy", "ctrl+c", "document.documentElement.dataset.copied === 'yes'", "true").await;
}

/// Pastes over the whole text; it then is what it should be, and undoing brings the text before back.
async fn paste(tab: &Tab<'_>, keys: &str, whence: &str, expected: &str) {
    tab.to_front().await;
    tab.click("#markdown").await;
    tab.becomes("document.hasFocus() && document.activeElement.id === 'markdown'").await;
    let before = tab.eval("document.activeElement.value").await;
    let [before, after] =
        [json!(before), json!(expected)].map(|text| format!("document.activeElement.value === {text}"));
    let chosen =
        "(text => text.selectionStart === 0 && text.selectionEnd === text.value.length)(document.activeElement)";
    insist(tab, "all to be chosen", "ctrl+a", chosen, "true").await;
    insist(tab, &format!("what {whence} says"), keys, &after, &before).await;
    insist(tab, &format!("what {whence} says to be undone"), "ctrl+z", &before, &after).await;
}

/// Presses keys and waits for what comes of them. On a busy machine Firefox loses keys: while all is as before they are pressed
/// again.
async fn insist(tab: &Tab<'_>, what: &str, keys: &str, done: &str, as_before: &str) {
    tab.browser.press(&[keys]);
    let mut looked = 0;
    until(&format!("{what}: {done}"), async || {
        if tab.try_eval(done).await? == true {
            return Ok(());
        }
        looked += 1;
        if looked % 100 == 0 && tab.try_eval(as_before).await? == true {
            tab.browser.press(&[keys]);
        }
        Err(tab.try_eval("document.activeElement.value ?? getSelection().toString()").await?.to_string())
    })
    .await;
}
