//! Writing a notice: the list, the editor, saving without losing anything, the preview, the checks, comparing.

use axum::body::Body;
use axum::http::{Request, header};
use bluelamp::base::ledger::model::{Kind, NewEntry};
use bluelamp::base::ledger::store as ledger;
use bluelamp::features::drafts;
use bluelamp::features::drafts::Draft;
use bluelamp::site::model::NoticeContent;
use bluelamp::site::subject::Subject;
use scraper::{Html, Selector};
use sqlx::Connection as _;

use super::desk_work::answer_the_law;
use super::people::{Office, Person};
use crate::support::Answer;
use crate::support::client::{held_fields, pairs};

const EDIT: &str = "/notices/webchat-disclaimer/edit";

fn subject(name: &str) -> Subject {
    format!("notice:{name}").parse().unwrap()
}

pub(super) async fn draft(office: &Office, name: &str) -> Option<Draft> {
    drafts::store::find(&mut office.public.connection().await, &subject(name)).await.unwrap()
}

async fn actions(office: &Office, name: &str) -> Vec<String> {
    let mut connection = office.public.connection().await;
    sqlx::query_scalar("select action from audit_entry where subject = $1 order by id")
        .bind(format!("notice:{name}"))
        .fetch_all(&mut connection)
        .await
        .unwrap()
}

/// The value of a field of the editor.
pub(super) fn field(answer: &Answer, action: &str, name: &str) -> String {
    let held = held_fields(&answer.body, action).unwrap();
    held.into_iter().find(|(known, _)| known == name).map(|(_, value)| value).unwrap_or_default()
}

pub(super) fn text_of(answer: &Answer, selector: &str) -> Vec<String> {
    let page = Html::parse_document(&answer.body);
    page.select(&Selector::parse(selector).unwrap())
        .map(|element| element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

async fn form(person: &Person, fields: &[(&str, &str)]) -> Vec<(String, String)> {
    let opened = person.get(EDIT).await;
    let mut held = held_fields(&opened.body, EDIT).unwrap();
    for (name, value) in fields {
        held.retain(|(known, _)| known != name);
        held.push(((*name).to_owned(), (*value).to_owned()));
    }
    held
}

pub(super) async fn send(person: &Person, path: &str, fields: &[(String, String)]) -> Answer {
    person.post(path, &pairs(fields)).await
}

/// Publishes the draft of a notice as the workflow does, with its answers in the particulars.
async fn publish(office: &Office, name: &str) {
    let draft = draft(office, name).await.unwrap();
    let drafts::DraftContent::Notice(notice) = &draft.content else { panic!("a notice") };
    let site = office.desk.site();
    let html = bluelamp::text::markdown::render(&notice.markdown, name, &site.edition().facts).unwrap();
    let content = NoticeContent {
        address: notice.address.clone(),
        title: notice.title.clone(),
        language: notice.language.clone(),
        words: notice.words.clone(),
        kind: notice.kind,
        markdown: notice.markdown.clone(),
        html,
        change_note: notice.change_note.clone(),
        ask_again: notice.ask_again,
        review_by: notice.review_by,
        banner: notice.banner.clone(),
        about_harm: notice.about_harm,
    };
    let published = &site.edition().published;
    let last = published.notices.get(name).map_or(0, |notice| *notice.versions.keys().next_back().unwrap());
    let new = NewEntry {
        kind: Kind::Version,
        subject: format!("notice:{name}"),
        version: Some(last + 1),
        target: None,
        in_force_at: None,
        imported: false,
        content: serde_json::to_string(&content).unwrap(),
        particulars: serde_json::json!({ "writer": "Erin", "answers": notice.answers }).to_string(),
    };
    let mut connection = office.public.connection().await;
    let mut transaction = connection.begin().await.unwrap();
    ledger::append(&mut transaction, new).await.unwrap();
    drafts::store::remove(&mut transaction, &draft.subject, draft.revision).await.unwrap();
    transaction.commit().await.unwrap();
    site.refresh().await.unwrap();
}

#[tokio::test]
async fn the_list_says_where_each_notice_stands_and_what_waits() {
    let office = Office::open().await;
    let erin = office.editor().await;
    erin.fill(EDIT, EDIT, &[("title", "Webchat: please read")]).await;
    let list = erin.get("/notices").await;
    assert_eq!(list.status, 200);
    let words = list.words();
    assert!(words.contains("/webchat-disclaimer · Website privacy"), "{words}");
    assert!(words.contains("version 2, 1 June 2022"));
    assert!(words.contains("Draft Erin Editor, 24 November 2026 at 12:00"));
    assert!(!words.contains("Our new website"), "a banner has a list of its own");
    let banners = erin.get("/banners").await.words();
    assert!(
        banners.contains("Our new website") && banners.contains("Information, until 31 December 2031"),
        "{banners}"
    );
    assert_eq!(text_of(&erin.get("/notices?q=HELPLI").await, ".cards h2")[0], "Helplines");
    assert_eq!(text_of(&erin.get("/notices?only=drafts").await, ".cards h2").len(), 1);
    let in_text = erin.get("/notices?q=10am+to+3pm").await;
    assert_eq!(text_of(&in_text, ".cards h2"), ["Webchat disclaimer"]);
    assert!(in_text.words().contains("Found in the text"), "{}", in_text.words());
}

#[tokio::test]
async fn a_notice_past_its_review_date_is_marked() {
    let office = Office::open().await;
    office.public.clock.set("2027-06-02T00:00:00Z".parse().unwrap());
    let erin = office.editor().await;
    let overdue = erin.get("/notices?only=overdue").await;
    assert!(overdue.words().contains("Review by 1 June 2027 Overdue"), "{}", overdue.words());
    assert!(erin.get("/notices/privacy-notice").await.words().contains("1 June 2027 Overdue"));
}

#[tokio::test]
async fn opening_the_editor_changes_nothing_but_who_is_there() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let opened = erin.get(EDIT).await;
    assert_eq!(opened.status, 200);
    assert_eq!(text_of(&opened, "h1"), ["Edit “Webchat disclaimer”"]);
    assert!(field(&opened, EDIT, "markdown").contains("Malicious Communications Act 1988"));
    assert!(draft(&office, "webchat-disclaimer").await.is_none());
    assert!(actions(&office, "webchat-disclaimer").await.is_empty());
    assert!(percy.get(EDIT).await.words().contains("Also open: Erin Editor"));
    assert!(erin.post("/notices/webchat-disclaimer/presence", &[]).await.body.contains("Percy Publisher"));
}

#[tokio::test]
async fn the_first_save_starts_a_draft_and_each_one_is_in_the_audit_log() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let unchanged = erin.fill(EDIT, EDIT, &[]).await;
    assert_eq!(unchanged.header("location"), "/notices/webchat-disclaimer/edit?done=unchanged");
    assert!(draft(&office, "webchat-disclaimer").await.is_none());

    let saved =
        erin.fill(EDIT, EDIT, &[("change_note", "We made it shorter."), ("markdown", "Short.\r\n\r\nEnd.")]).await;
    assert_eq!(saved.status, 303, "{}", saved.words());
    assert_eq!(saved.header("location"), "/notices/webchat-disclaimer/edit?done=saved");
    let kept = draft(&office, "webchat-disclaimer").await.unwrap();
    assert_eq!((kept.revision, kept.saved_by.name.as_str()), (1, "Erin Editor"));
    let drafts::DraftContent::Notice(notice) = kept.content else { panic!("a notice") };
    assert_eq!(notice.markdown, "Short.\n\nEnd.");
    assert_eq!(notice.title, "Webchat disclaimer");

    let on = erin.fill(EDIT, EDIT, &[("title", "Webchat"), ("then", "review")]).await;
    assert_eq!(on.header("location"), "/drafts/notice:webchat-disclaimer/review");
    assert_eq!(actions(&office, "webchat-disclaimer").await, ["draft_started", "draft_saved"]);
    let overview = erin.get("/notices/webchat-disclaimer").await.words();
    assert!(overview.contains("Saved by Erin Editor on 24 November 2026 at 12:00"), "{overview}");
    assert!(overview.contains("2, since 1 June 2022"), "{overview}");
}

#[tokio::test]
async fn a_save_from_an_older_state_shows_both_texts_and_loses_neither() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    erin.fill(EDIT, EDIT, &[("markdown", "Call us at any time.")]).await;
    let old = form(&percy, &[("markdown", "Call <us> at noon."), ("title", "Percy’s title")]).await;
    erin.fill(EDIT, EDIT, &[("markdown", "Call us at any time of the day.")]).await;

    let refused = send(&percy, EDIT, &old).await;
    assert_eq!(refused.status, 409);
    let words = refused.words();
    assert!(words.contains("Erin Editor saved another text"), "{words}");
    assert_eq!(field(&refused, EDIT, "markdown"), "Call <us> at noon.");
    assert_eq!(field(&refused, EDIT, "title"), "Percy’s title");
    assert_eq!(text_of(&refused, "#theirs"), ["Call us at any time of the day."]);
    assert!(!text_of(&refused, "ins").is_empty() && !text_of(&refused, "del").is_empty());
    let buttons = text_of(&refused, ".bar button");
    let over = buttons.iter().filter(|button| button.starts_with("Save mine over theirs")).count();
    assert_eq!((over, buttons.iter().any(|button| button.starts_with("Save and"))), (2, false), "{buttons:?}");
    let kept = draft(&office, "webchat-disclaimer").await.unwrap();
    assert_eq!((kept.revision, kept.saved_by.name.as_str()), (2, "Erin Editor"), "nothing was overwritten");

    let again = send(&percy, EDIT, &held_fields(&refused.body, EDIT).unwrap()).await;
    assert_eq!(again.status, 303, "{}", again.words());
    let kept = draft(&office, "webchat-disclaimer").await.unwrap();
    assert_eq!((kept.revision, kept.content.title()), (3, "Percy’s title"));
    assert_eq!(send(&percy, EDIT, &old).await.status, 303, "the same text twice is one text");
    assert_eq!(draft(&office, "webchat-disclaimer").await.unwrap().revision, 3);
}

#[tokio::test]
async fn two_first_saves_at_once_keep_one_draft_and_both_texts() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let hers = form(&erin, &[("markdown", "Hers.")]).await;
    let his = form(&percy, &[("markdown", "His.")]).await;
    let (one, other) = tokio::join!(send(&erin, EDIT, &hers), send(&percy, EDIT, &his));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    let refused = if one.status == 409 { one } else { other };
    assert!(refused.body.contains("Hers.") && refused.body.contains("His."));
}

#[tokio::test]
async fn a_draft_that_was_published_in_the_meantime_is_not_started_again_unseen() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let unsaved = form(&percy, &[("markdown", "Of the old version.")]).await;
    erin.fill(EDIT, EDIT, &[("markdown", "Published."), ("change_note", "New.")]).await;
    let saved = form(&percy, &[("markdown", "Of the draft.")]).await;
    publish(&office, "webchat-disclaimer").await;
    for late in [unsaved, saved] {
        let refused = send(&percy, EDIT, &late).await;
        assert_eq!(refused.status, 409);
        assert_eq!(text_of(&refused, "#theirs"), ["Published."]);
        assert_eq!(field(&refused, EDIT, "revision"), "0");
        assert!(draft(&office, "webchat-disclaimer").await.is_none());
        if field(&refused, EDIT, "markdown") == "Of the draft." {
            let kept = send(&percy, EDIT, &held_fields(&refused.body, EDIT).unwrap()).await;
            assert_eq!(kept.status, 303, "and it can be saved as a draft of what is in force now");
        }
    }
}

#[tokio::test]
async fn autosave_keeps_the_draft_quietly_and_says_what_is_wrong() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let path = "/notices/webchat-disclaimer/autosave";
    let first = form(&erin, &[("markdown", "One.")]).await;
    let kept = send(&erin, path, &first).await;
    assert_eq!(kept.status, 200);
    let json: serde_json::Value = serde_json::from_str(&kept.body).unwrap();
    assert_eq!((json["revision"].as_i64(), json["at"].as_str()), (Some(1), Some("12:00")));
    let second = form(&erin, &[("markdown", "Two.")]).await;
    assert_eq!(send(&erin, path, &second).await.status, 200);
    assert_eq!(actions(&office, "webchat-disclaimer").await, ["draft_started"]);
    assert_eq!(erin.fill(EDIT, EDIT, &[]).await.status, 303);
    assert_eq!(actions(&office, "webchat-disclaimer").await, ["draft_started", "draft_saved"], "Save says it aloud");

    let stale = send(&percy, path, &first).await;
    assert_eq!(stale.status, 409);
    assert!(stale.body.contains("Erin Editor saved another text."), "{}", stale.body);
    let long = form(&erin, &[("title", &"x".repeat(10_000))]).await;
    assert_eq!(send(&erin, path, &long).await.status, 422);
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .header("sec-fetch-mode", "cors")
        .body(Body::from("markdown=x"))
        .unwrap();
    assert_eq!(office.nobody().send(request).await.status, 401);
    let kept = draft(&office, "webchat-disclaimer").await.unwrap();
    assert_eq!(kept.revision, 2);
}

#[tokio::test]
async fn a_draft_without_a_title_goes_by_the_one_in_force_or_by_its_address() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let cleared = form(&erin, &[("title", "")]).await;
    assert_eq!(send(&erin, "/notices/webchat-disclaimer/autosave", &cleared).await.status, 200);
    assert_eq!(text_of(&erin.get(EDIT).await, "h1"), ["Edit “Webchat disclaimer”"]);
    let overview = erin.get("/notices/webchat-disclaimer").await;
    assert_eq!(text_of(&overview, "h1"), ["Webchat disclaimer"]);
    assert!(overview.words().contains("It has no title yet."), "{}", overview.words());
    assert!(text_of(&erin.get("/previews/new").await, ".choice").concat().contains("Webchat disclaimer"));

    erin.fill("/notices/new", "/notices/new", &[("title", "Road works")]).await;
    let edit = "/notices/road-works/edit";
    let mut held = held_fields(&erin.get(edit).await.body, edit).unwrap();
    held.iter_mut().filter(|(name, _)| name == "title").for_each(|(_, value)| value.clear());
    assert_eq!(send(&erin, "/notices/road-works/autosave", &held).await.status, 200);
    assert_eq!(text_of(&erin.get(edit).await, "h1"), ["Edit “road-works”"]);
    for path in ["/", "/notices", "/previews/new", "/notices/road-works", "/drafts/notice:road-works/review"] {
        let words = erin.get(path).await.words();
        assert!(words.contains("road-works") && !words.contains("Untitled"), "{path}: {words}");
    }
}

#[tokio::test]
async fn the_preview_is_what_the_public_page_will_show_and_saves_nothing() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let path = "/notices/webchat-disclaimer/preview";
    let markdown = "Call {{ force_name }}.\n\n## When\n\n[Contact us](/contact)\n";
    let typed = form(&erin, &[("markdown", markdown), ("title", "New <title>")]).await;
    let page = send(&erin, path, &typed).await;
    assert_eq!(page.status, 200);
    let preview = text_of(&page, ".preview").join(" ");
    assert_eq!(preview, "New <title> Call Northshire Police. When Contact us");
    assert!(page.body.contains("<h4 id=\"webchat-disclaimer-when\">"), "by the public page's own code");
    assert!(
        page.body.contains("href=\"http://127.0.0.1:8000/contact\"") || page.body.contains("/contact\">Contact us")
    );
    assert_eq!(field(&page, EDIT, "markdown"), markdown);
    assert!(draft(&office, "webchat-disclaimer").await.is_none());

    let mut part = form(&erin, &[("markdown", "# Wrong\n\n[here](/nowhere)")]).await;
    part.push(("part".to_owned(), "yes".to_owned()));
    let part = send(&erin, path, &part).await;
    assert!(part.body.starts_with("<div id=\"beside\"") && !part.body.contains("<html"), "{}", part.body);
    let words = part.words();
    for said in
        ["Line 1: The notice's title is its only heading", "Line 3: The link “here”", "Line 3: The link to /nowhere"]
    {
        assert!(words.contains(said), "{said}: {words}");
    }
    assert!(words.contains("Say in a sentence what changed."));
}

#[tokio::test]
async fn what_cannot_be_kept_comes_back_whole_with_what_to_do() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let title = "long ".repeat(2_000);
    let answer = erin.fill(EDIT, EDIT, &[("title", &title), ("markdown", "My text."), ("review_by", "soon")]).await;
    assert_eq!(answer.status, 422);
    assert_eq!(field(&answer, EDIT, "title"), title);
    assert_eq!(field(&answer, EDIT, "markdown"), "My text.");
    assert_eq!(field(&answer, EDIT, "review_by"), "soon");
    assert_eq!(text_of(&answer, ".errors li").len(), 2);

    let long = "word ".repeat(50_000);
    let answer = erin.fill(EDIT, EDIT, &[("markdown", &long)]).await;
    assert_eq!(answer.status, 422);
    assert_eq!(field(&answer, EDIT, "markdown"), long);
    let answer = erin.fill(EDIT, EDIT, &[("markdown", &"x".repeat(2 * 1024 * 1024))]).await;
    assert_eq!(answer.status, 413);
    assert!(answer.words().contains("what you typed"), "{}", answer.words());
    let answer = erin.fill(EDIT, EDIT, &[("markdown", "a\0b")]).await;
    assert_eq!(answer.status, 400);
    for (name, value) in [("address", "Not An Address"), ("address", "notices"), ("language", "english!")] {
        let answer = erin.fill(EDIT, EDIT, &[(name, value), ("markdown", "Mine.")]).await;
        assert_eq!(answer.status, 422, "{name} = {value}");
        assert!(answer.body.contains("Mine."));
    }
    assert!(draft(&office, "webchat-disclaimer").await.is_none());
}

#[tokio::test]
async fn a_paste_of_any_size_and_shape_is_kept_or_answered_with_a_sentence() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let two_megabytes = form(&erin, &[("markdown", &"word ".repeat(400_000))]).await;
    for path in ["edit", "autosave", "preview"] {
        let answer = send(&erin, &format!("/notices/webchat-disclaimer/{path}"), &two_megabytes).await;
        assert_eq!(answer.status, 413, "{path}");
    }
    for piece in [
        "\u{2022} a\n",
        "- a\n - b\n",
        "| a | b |\n",
        "~~a~~ ",
        "[a](",
        "[a]: b\n",
        "1. a\n3. b\n",
        "> - ",
        "**",
        "##a\n",
        "    a\n\n",
        "[^1]",
        "https://bit.ly/x ",
        "[a](https://t.co/x)\n",
        "{{ a }}|",
        "```a b\n",
        "\\",
        "&copy;",
        "a)\n",
        "\t",
    ] {
        let text = piece.repeat(190_000 / piece.len());
        let mut typed = form(&erin, &[("markdown", &text)]).await;
        typed.push(("part".to_owned(), "yes".to_owned()));
        let answer = send(&erin, "/notices/webchat-disclaimer/preview", &typed).await;
        assert_eq!(answer.status, 200, "{piece:?}");
        assert!(answer.words().contains("Checks"), "{piece:?}");
    }
}

#[tokio::test]
async fn naughty_text_is_kept_to_the_letter_and_never_becomes_markup() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let naughty = [
        "</textarea><script>alert(1)</script>",
        "\n\nstarts with empty lines",
        "\u{feff}\u{200b}\u{202e}Ṱ̺̺̕o ",
        "{{ constructor }} {{ 7*7 }} ${7*7}",
        "' or 1=1; drop table draft; --",
        "田中さん 👩‍👩‍👧 \u{e000}0\u{e001}",
    ];
    for text in naughty {
        let saved = erin.fill(EDIT, EDIT, &[("markdown", text), ("title", text), ("change_note", text)]).await;
        assert_eq!(saved.status, 303, "{text:?}: {}", saved.words());
        let opened = erin.get(EDIT).await;
        assert_eq!(field(&opened, EDIT, "markdown"), text);
        assert!(!opened.body.contains("<script>alert"), "{text}");
        for path in ["/notices", "/notices/webchat-disclaimer", "/notices/webchat-disclaimer/compare?to=draft"] {
            let page = erin.get(path).await;
            assert_eq!(page.status, 200, "{path}");
            assert!(!page.body.contains("<script>alert"), "{path}: {text}");
        }
    }
}

#[tokio::test]
async fn any_two_states_are_compared_with_marks_and_words() {
    let office = Office::open().await;
    let (erin, audrey) = (office.editor().await, office.auditor().await);
    let versions = audrey.get("/notices/webchat-disclaimer/compare?from=1&to=2").await;
    assert_eq!(versions.status, 200);
    let (gone, new) = (text_of(&versions, "del").join(" "), text_of(&versions, "ins").join(" "));
    assert!(gone.contains("1998") && new.contains("1988"), "{gone} / {new}");

    erin.fill(EDIT, EDIT, &[("title", "Webchat"), ("address", "webchat-terms"), ("review_by", "2028-01-31")]).await;
    let draft = audrey.get("/notices/webchat-disclaimer/compare?to=draft").await;
    assert_eq!(text_of(&draft, "h1"), ["From version 2 to the draft"]);
    let words = draft.words();
    assert!(words.contains("Was: Webchat disclaimer Now: Webchat"), "{words}");
    assert!(words.contains("Was: /webchat-disclaimer Now: /webchat-terms"));
    assert!(words.contains("31 January 2028"));
    erin.fill(EDIT, EDIT, &[("markdown", "# broken")]).await;
    assert!(
        audrey
            .get("/notices/webchat-disclaimer/compare?from=2&to=draft")
            .await
            .words()
            .contains("as they were written")
    );
    for missing in ["from=0&to=1", "from=1&to=9", "from=x&to=2"] {
        assert_eq!(
            audrey.get(&format!("/notices/webchat-disclaimer/compare?{missing}")).await.status,
            404,
            "{missing}"
        );
    }
}

#[tokio::test]
async fn only_writers_write_and_readers_read() {
    let office = Office::open().await;
    let audrey = office.auditor().await;
    for path in ["/notices", "/banners", "/notices/webchat-disclaimer", "/notices/webchat-disclaimer/compare"] {
        assert_eq!(audrey.get(path).await.status, 200, "{path}");
    }
    assert!(!audrey.get("/notices/webchat-disclaimer").await.body.contains(EDIT));
    for path in [EDIT, "/notices/new", "/banners/new"] {
        assert_eq!(audrey.get(path).await.status, 403, "{path}");
    }
    for action in ["edit", "autosave", "preview", "presence"] {
        let path = format!("/notices/webchat-disclaimer/{action}");
        assert_eq!(audrey.post(&path, &[("markdown", "x")]).await.status, 403, "{path}");
    }
    assert_eq!(audrey.get("/notices/no-such-notice").await.status, 404);
    assert_eq!(office.editor().await.get("/notices/no-such-notice/edit").await.status, 404);
}

#[tokio::test]
async fn a_new_notice_gets_its_address_from_its_title() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let made = erin.fill("/notices/new", "/notices/new", &[("title", "Road works: what’s on")]).await;
    assert_eq!(made.header("location"), "/notices/road-works-whats-on/edit");
    assert_eq!(erin.get("/notices/road-works-whats-on/edit").await.status, 200);
    assert!(erin.get("/notices").await.words().contains("never published"));
    let again = erin.post("/notices/new", &[("title", "Road works: what’s on")]).await;
    assert_eq!(again.header("location"), "/notices/road-works-whats-on/edit", "a double press starts one draft");
    for (title, address) in
        [("Again", "road-works-whats-on"), ("Taken", "webchat-disclaimer"), ("Bad", "a/b"), ("", ""), ("Own", "search")]
    {
        let refused = erin.fill("/notices/new", "/notices/new", &[("title", title), ("address", address)]).await;
        assert_eq!(refused.status, 422, "{title}");
        assert_eq!(field(&refused, "/notices/new", "address"), address);
    }
}

#[tokio::test]
async fn the_laws_list_is_answered_once_and_then_only_for_what_changed() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let edit = "/notices/privacy-notice/edit";
    let opened = erin.get(edit).await;
    assert_eq!(text_of(&opened, ".question").len(), 13);
    assert!(opened.words().contains("All answered for the text as it is."), "the starter set has its answers");
    answer_the_law(&erin, "privacy-notice").await;
    assert!(erin.get(edit).await.words().contains("All answered for the text as it is."));
    publish(&office, "privacy-notice").await;

    let opened = erin.get(edit).await;
    assert!(opened.words().contains("All answered"), "carried over from the published version");
    let changed =
        field(&opened, edit, "markdown").replace("## How long we keep it\n", "## How long we keep it\n\nSix years.\n");
    erin.fill(edit, edit, &[("markdown", &changed), ("change_note", "Six years.")]).await;
    let opened = erin.get(edit).await;
    let words = opened.words();
    assert!(words.contains("1 to answer.") && words.contains("The answer was “the text says it”."), "{words}");
    assert!(words.contains("Answer for the law's list: how long it is kept."), "{words}");
    assert_eq!(field(&opened, edit, "law_keeping"), "", "what changed is not ticked any more");
    assert!(field(&opened, edit, "law_rights").starts_with("met:"));
    assert_eq!(text_of(&erin.get(EDIT).await, ".question").len(), 0, "other notices are not asked");
}

#[tokio::test]
async fn a_notice_of_a_hundred_kilobytes_is_edited_whole() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let paragraph = "We keep your information safe and tell you how to use your rights. [Contact us](/contact).\n\n";
    let long = format!("## Part\n\n{}", paragraph.repeat(1_100));
    assert!(long.len() > 100_000);
    assert_eq!(erin.fill(EDIT, EDIT, &[("markdown", &long)]).await.status, 303);
    let opened = erin.get(EDIT).await;
    assert_eq!(field(&opened, EDIT, "markdown"), long);
}
