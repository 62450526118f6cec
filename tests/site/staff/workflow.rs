//! Review: who sees what, who may press what, and what a press does when it comes too late.

use bluelamp::desk::accounts::Role;

use super::dashboard::waits;
use super::desk_work::{actions, draft, letters, messages, press, publish, write};
use super::people::Office;

const OF: &str = "notice:helplines";

#[tokio::test]
async fn a_review_shows_the_text_as_it_will_be_served_and_what_changes() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let changed = [
        ("title", "Helplines you can call"),
        ("markdown", "Call **0800 000 000** or write to {{ contact_email }}."),
        ("change_note", "A new number."),
    ];
    write(&erin, "helplines", &changed).await;
    let review = erin.get("/drafts/notice:helplines/review").await;
    assert_eq!(review.status, 200, "{}", review.words());
    assert!(review.body.contains("<strong>0800 000 000</strong>"), "rendered by the code of the public page");
    assert!(review.body.contains("contact@northshire.example"), "with the facts in force");
    let words = review.words();
    for said in ["A new number.", "Helplines you can call", "Erin Editor wrote this text", "What changes"] {
        assert!(words.contains(said), "{said}: {words}");
    }
    assert!(review.body.contains("<del>"));
}

#[tokio::test]
async fn an_auditor_reads_a_review_and_has_no_button() {
    let office = Office::open().await;
    let (erin, audrey) = (office.editor().await, office.auditor().await);
    write(&erin, "helplines", &[("markdown", "New."), ("change_note", "N.")]).await;
    let review = audrey.get("/drafts/notice:helplines/review").await;
    assert_eq!(review.status, 200);
    for action in ["submit", "approve", "send-back", "discard"] {
        let path = format!("/drafts/{OF}/{action}");
        assert!(!review.body.contains(&path), "{action}");
        assert_eq!(audrey.post(&path, &[("revision", "1")]).await.status, 403, "{action}");
    }
    assert_eq!(audrey.get("/drafts/notice:helplines/publish").await.status, 403);
    assert_eq!(erin.get("/drafts/notice:helplines/publish").await.status, 403, "an editor does not publish");
    assert_eq!(office.nobody().get("/drafts/notice:helplines/review").await.status, 303);
}

#[tokio::test]
async fn who_asks_for_a_review_writes_to_all_others_who_may_give_one() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let percy = office.publisher().await;
    office.administrator().await;
    write(&erin, "helplines", &[("markdown", "New."), ("change_note", "N.")]).await;
    let asked = press(&erin, OF, "submit", &[]).await;
    assert_eq!(asked.header("location"), "/drafts/notice:helplines/review?done=submitted");
    assert_eq!(letters(&office).await, 1, "to Percy, not to Erin and not to an administrator");
    assert!(percy.get("/drafts/notice:helplines/review").await.words().contains("For review"));
    let revision = draft(&office, OF).await.unwrap().revision.to_string();
    let again = erin.post("/drafts/notice:helplines/submit", &[("revision", &revision)]).await;
    assert_eq!(again.status, 409);
    assert_eq!(letters(&office).await, 1, "asked twice is asked once");
}

#[tokio::test]
async fn a_draft_goes_back_with_a_comment_and_never_without() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    write(&erin, "helplines", &[("markdown", "New."), ("change_note", "N.")]).await;
    press(&erin, OF, "submit", &[]).await;
    let empty = press(&percy, OF, "send-back", &[("comment", "  ")]).await;
    assert_eq!(empty.status, 422);
    assert!(empty.words().contains("Say what should change"));
    let long = "x".repeat(2001);
    let kept = press(&percy, OF, "send-back", &[("comment", &long)]).await;
    assert_eq!(kept.status, 422);
    assert!(kept.body.contains(&long), "what was typed is still there");
    let back = press(&percy, OF, "send-back", &[("comment", "Name the <charity>.")]).await;
    assert_eq!(back.status, 303, "{}", back.words());
    let review = erin.get("/drafts/notice:helplines/review").await;
    assert!(review.words().contains("Sent back: Name the <charity>."), "{}", review.words());
    let sent = messages(&office).await;
    assert_eq!(sent.len(), 2, "one for the review, one back to Erin: {sent:?}");
    let said = sent.iter().map(|letter| letter.text.as_str()).collect::<String>();
    assert!(said.contains("Percy Publisher read your draft and sent it back.") && said.contains("Name the <charity>."));
    let at = actions(&office, OF).await;
    assert_eq!(at.last().unwrap(), "draft_sent_back");
    // Saving takes it up again.
    write(&erin, "helplines", &[("markdown", "Newer.")]).await;
    assert_eq!(draft(&office, OF).await.unwrap().state.words(), "Draft");
}

#[tokio::test]
async fn whoever_wrote_a_text_cannot_approve_it_and_nobody_approves_it_twice() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    write(&erin, "helplines", &[("markdown", "New."), ("change_note", "N.")]).await;
    let now = draft(&office, OF).await.unwrap();
    let (revision, fingerprint) = (now.revision.to_string(), now.fingerprint.to_string());
    let own =
        erin.post("/drafts/notice:helplines/approve", &[("revision", &revision), ("fingerprint", &fingerprint)]).await;
    assert_eq!(own.status, 409);
    assert!(own.words().contains("another person has to see it"));
    assert_eq!(press(&percy, OF, "approve", &[]).await.status, 303);
    let twice =
        percy.post("/drafts/notice:helplines/approve", &[("revision", &revision), ("fingerprint", &fingerprint)]).await;
    assert_eq!(twice.status, 409);
    let approvals = actions(&office, OF).await.iter().filter(|action| *action == "draft_approved").count();
    assert_eq!(approvals, 1);
}

#[tokio::test]
async fn an_approved_text_waits_for_its_author_and_for_publishers_and_a_letter_says_so() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let carl = office.staff("Carl Colleague", &[Role::Editor]).await;
    write(&erin, "helplines", &[("markdown", "New."), ("change_note", "A new text.")]).await;
    press(&erin, OF, "submit", &[]).await;
    messages(&office).await;
    assert_eq!(press(&carl, OF, "approve", &[]).await.status, 303);
    let sent = messages(&office).await;
    let [letter] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(letter.to, "erin.editor@northshire.example", "not to whoever approved it");
    assert!(letter.subject.starts_with("Approved: ") && letter.text.contains("/drafts/notice:helplines/review"));
    assert!(
        letter.subject.ends_with("– Northshire Police") && letter.from_name.as_deref() == Some("Northshire Police")
    );
    for said in ["Carl Colleague approved your draft.", "What changed: A new text."] {
        assert!(letter.text.contains(said), "{said}: {}", letter.text);
    }
    assert!(!letter.text.contains("New."), "no text: {}", letter.text);
    let review = erin.get("/drafts/notice:helplines/review").await;
    assert!(review.words().contains("Approved, ready to publish"), "{}", review.words());
    assert!(waits(&erin).await.ends_with("Seen by Erin Editor and Carl Colleague. A publisher can publish it."));
    assert!(waits(&percy).await.starts_with("Approved, ready to publish"), "{}", waits(&percy).await);
    assert_eq!(waits(&carl).await, "There is nothing for you to do.", "he has done his part");
    // Another word makes it another text.
    write(&erin, "helplines", &[("markdown", "Newer.")]).await;
    assert!(waits(&carl).await.starts_with("For review"));
    assert!(!erin.get("/").await.words().contains("ready to publish"));
}

#[tokio::test]
async fn a_text_that_was_changed_after_its_approval_can_be_asked_about_again() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    write(&erin, "helplines", &[("markdown", "New."), ("change_note", "A new text.")]).await;
    press(&erin, OF, "submit", &[]).await;
    assert!(!erin.get("/drafts/notice:helplines/review").await.words().contains("Ask for a review"));
    press(&percy, OF, "approve", &[]).await;
    write(&erin, "helplines", &[("markdown", "Newer.")]).await;
    let review = erin.get("/drafts/notice:helplines/review").await.words();
    assert!(review.contains("Percy Publisher approved an earlier text. It was changed since: ask for a review again."));
    assert!(!percy.get("/drafts/notice:helplines/review").await.words().contains("Ask for a review again"));
    messages(&office).await;
    assert_eq!(press(&erin, OF, "submit", &[]).await.status, 303);
    let sent = messages(&office).await;
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert!(sent[0].subject.starts_with("For review: "));
    let revision = draft(&office, OF).await.unwrap().revision.to_string();
    let again = erin.post("/drafts/notice:helplines/submit", &[("revision", &revision)]).await;
    assert_eq!(again.status, 409, "once for each text");
}

#[tokio::test]
async fn nobody_sends_back_their_own_text() {
    let office = Office::open().await;
    let percy = office.publisher().await;
    write(&percy, "helplines", &[("markdown", "New."), ("change_note", "A new text.")]).await;
    press(&percy, OF, "submit", &[]).await;
    let review = percy.get("/drafts/notice:helplines/review").await;
    assert!(!review.body.contains("/send-back"));
    let revision = draft(&office, OF).await.unwrap().revision.to_string();
    let own = percy.post(&format!("/drafts/{OF}/send-back"), &[("revision", &revision), ("comment", "No.")]).await;
    assert_eq!(own.status, 409);
    assert!(own.words().contains("You wrote this text yourself."), "{}", own.words());
}

#[tokio::test]
async fn a_button_for_an_older_text_does_nothing_and_says_who_changed_it() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    write(&erin, "helplines", &[("markdown", "New."), ("change_note", "N.")]).await;
    let old = draft(&office, OF).await.unwrap();
    write(&erin, "helplines", &[("markdown", "Newer.")]).await;
    let (revision, fingerprint) = (old.revision.to_string(), old.fingerprint.to_string());
    for button in ["submit", "approve", "discard", "publish"] {
        let answer = percy
            .post(
                &format!("/drafts/{OF}/{button}"),
                &[
                    ("revision", revision.as_str()),
                    ("fingerprint", fingerprint.as_str()),
                    ("reason", "I am alone tonight"),
                ],
            )
            .await;
        assert_eq!(answer.status, 409, "{button}");
        assert!(answer.words().contains("Erin Editor saved it on"), "{button}: {}", answer.words());
    }
    assert!(draft(&office, OF).await.is_some());
    let unsaid = percy.post(&format!("/drafts/{OF}/approve"), &[("revision", "2")]).await;
    assert_eq!(unsaid.status, 400, "an approval says which text it is for");
}

#[tokio::test]
async fn a_draft_is_thrown_away_once() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    write(&erin, "helplines", &[("markdown", "New."), ("change_note", "N.")]).await;
    let revision = draft(&office, OF).await.unwrap().revision.to_string();
    let gone = press(&erin, OF, "discard", &[]).await;
    assert_eq!(gone.header("location"), "/notices/helplines?done=discarded");
    let again = percy.post("/drafts/notice:helplines/discard", &[("revision", &revision)]).await;
    assert_eq!(again.status, 409);
    assert!(again.words().contains("Erin Editor deleted it"), "{}", again.words());
    let read = percy.get("/drafts/notice:helplines/review").await;
    assert_eq!(read.status, 409);
}

#[tokio::test]
async fn what_names_nothing_is_not_found() {
    let office = Office::open().await;
    let percy = office.publisher().await;
    for path in [
        "/drafts/hours:webchat/review",
        "/drafts/x/review",
        "/drafts/notice:A/publish",
        "/entries/0/cancel",
        "/entries/999999/restore",
        "/entries/-1/put-back",
        "/entries/9223372036854775807/correct",
        "/entries/-9223372036854775808/cancel",
        "/notices/nothing/withdraw",
        "/redactions/00000000-0000-0000-0000-000000000000",
    ] {
        assert_eq!(percy.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn what_cannot_be_shown_yet_is_neither_reviewed_nor_called_unchanged() {
    let office = Office::open().await;
    let percy = office.publisher().await;
    write(&percy, "helplines", &[("markdown", "See {{ nobody }}."), ("change_note", "A new line.")]).await;
    let review = percy.get("/drafts/notice:helplines/review").await;
    let words = review.words();
    assert!(words.contains("What changes is shown here once that is put right."), "{words}");
    for way in ["/drafts/notice:helplines/submit", "/drafts/notice:helplines/publish"] {
        assert!(!review.body.contains(way), "{way}");
    }
    write(&percy, "helplines", &[("markdown", "See us."), ("change_note", "A new line.")]).await;
    assert!(percy.get("/drafts/notice:helplines/review").await.body.contains("/drafts/notice:helplines/submit"));
}

#[tokio::test]
async fn a_notice_says_what_of_it_waits_for_another_person() {
    let office = Office::open().await;
    let percy = office.publisher().await;
    let overview = async || percy.get("/notices/helplines").await;
    assert!(!overview().await.words().contains("another person"), "{}", overview().await.words());
    write(&percy, "helplines", &[("markdown", "See us."), ("change_note", "A new line.")]).await;
    publish(&percy, "notice:helplines", &[("reason", "Nobody else is on duty tonight.")]).await;
    let alone = overview().await;
    assert!(alone.words().contains("Percy Publisher published this without a second check"), "{}", alone.words());
    let way = "/approve\">Read and approve it</a>";
    assert!(!alone.body.contains(way), "nobody approves what they published alone");
    assert!(office.editor().await.get("/notices/helplines").await.body.contains(way));
    let ask = "/notices/helplines/withdraw";
    let asked = percy.fill(ask, &format!("{ask}/ask"), &[("note", "They have moved."), ("go_to", "/contact")]).await;
    assert_eq!(asked.status, 303, "{}", asked.words());
    assert!(overview().await.words().contains("Percy Publisher asked to withdraw it."));
}

#[tokio::test]
async fn whoever_wrote_a_text_hears_that_it_is_live_or_when_it_will_be() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    for (fields, subject, said) in [
        (vec![], "Published: ", "Percy Publisher published your draft: it is live now."),
        (
            vec![("when", "later"), ("date", "2026-12-01"), ("time", "09:00")],
            "Scheduled: ",
            "Percy Publisher scheduled your draft: it goes live on 1 December 2026 at 09:00",
        ),
    ] {
        write(&erin, "helplines", &[("markdown", said), ("change_note", "N.")]).await;
        messages(&office).await;
        assert_eq!(publish(&percy, OF, &fields).await.status, 303);
        let sent = messages(&office).await;
        let [letter] = sent.as_slice() else { panic!("{sent:?}") };
        assert_eq!(letter.to, "erin.editor@northshire.example");
        assert!(letter.subject.starts_with(subject) && letter.text.contains(said), "{}", letter.text);
        assert!(letter.text.contains("/notices/helplines\n"), "{}", letter.text);
    }
}
