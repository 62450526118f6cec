//! What the law asks of a privacy notice: the answers stand beside their passages, are part of what two people see, and are signed by a
//! data protection officer.

use axum::http::StatusCode;

use super::desk_work::{draft, last_entry, particulars, press, publish, write};
use super::people::Office;
use crate::support::client::held_fields;

const OF: &str = "notice:privacy-notice";
const REVIEW: &str = "/drafts/notice:privacy-notice/review";
const EDIT: &str = "/notices/privacy-notice/edit";

/// The value of a field of a form.
fn held(page: &str, form: &str, field: &str) -> String {
    let fields = held_fields(page, form).unwrap();
    fields.into_iter().find(|(name, _)| name == field).unwrap().1
}

#[tokio::test]
async fn the_starter_texts_carry_their_answers_so_a_changed_sentence_elsewhere_asks_nothing() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    for name in ["privacy-notice", "website-privacy", "privacy-statement"] {
        let edit = format!("/notices/{name}/edit");
        let opened = erin.get(&edit).await;
        assert!(opened.words().contains("All answered for the text as it is."), "{name}: {}", opened.words());
        let text = held(&opened.body, &edit, "markdown");
        write(
            &erin,
            name,
            &[("markdown", &format!("A new first sentence.\n\n{text}")), ("change_note", "A sentence.")],
        )
        .await;
        let done = publish(&percy, &format!("notice:{name}"), &[]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{name}: {}", done.words());
    }
}

#[tokio::test]
async fn who_approved_other_answers_has_to_look_again() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    write(&erin, "privacy-notice", &[("title", "Privacy notices"), ("change_note", "A new title.")]).await;
    press(&erin, OF, "submit", &[]).await;
    assert_eq!(press(&percy, OF, "approve", &[]).await.status, StatusCode::SEE_OTHER);
    assert!(percy.get(REVIEW).await.words().contains("Approved, ready to publish"));
    let waived = erin.get(EDIT).await.body;
    let value = waived.split("name=\"law_abroad\" value=\"waived:").nth(1).unwrap().split('"').next().unwrap();
    let waived = format!("waived:{value}");
    write(&erin, "privacy-notice", &[("law_abroad", &waived), ("reason_abroad", "Nothing goes abroad.")]).await;
    let review = percy.get(REVIEW).await.words();
    assert!(!review.contains("Approved, ready to publish"), "{review}");
    assert!(review.contains("It need not, because: Nothing goes abroad."), "{review}");
}

#[tokio::test]
async fn a_data_protection_officer_signs_the_answers_and_only_a_changed_passage_is_signed_again() {
    let office = Office::open().await;
    let (erin, percy, dorian) = (office.editor().await, office.publisher().await, office.protector().await);
    write(&erin, "privacy-notice", &[("title", "Privacy notices"), ("change_note", "A new title.")]).await;
    press(&erin, OF, "submit", &[]).await;
    let sign = format!("/drafts/{OF}/sign");
    for (person, may) in [(&erin, false), (&percy, false), (&dorian, true)] {
        let review = person.get(REVIEW).await;
        assert_eq!(review.body.contains(&sign), may, "{}", person.name);
        assert_eq!(review.words().matches("Not signed").count(), 13, "{}", person.name);
    }
    assert!(
        percy
            .get(&format!("/drafts/{OF}/publish"))
            .await
            .words()
            .contains("13 answers to what the law asks are not signed")
    );
    let other = dorian.post(&sign, &[("revision", "1"), ("answers", "00")]).await;
    assert_eq!(other.status, StatusCode::CONFLICT, "what was not on the screen is not signed");
    assert_eq!(press(&dorian, OF, "sign", &[]).await.status, StatusCode::SEE_OTHER);
    let review = percy.get(REVIEW).await.words();
    assert!(review.matches("Dorian Protector on 24 November 2026").count() == 13, "{review}");
    assert_eq!(publish(&percy, OF, &[]).await.status, StatusCode::SEE_OTHER);
    let kept = particulars(&office, last_entry(&office, OF).await).await;
    assert_eq!(kept["signatures"].as_object().unwrap().len(), 13, "{kept}");
    let sheet = office.auditor().await.get("/notices/privacy-notice/sheet?on=2026-11-24").await;
    assert_eq!(sheet.words().matches("Dorian Protector on 24 November 2026").count(), 13, "{}", sheet.words());
    assert!(sheet.words().contains("How long we keep it"), "the passage stands beside its answer");

    let text = held(&erin.get(EDIT).await.body, EDIT, "markdown");
    let changed = text.replace("## How long we keep it\n", "## How long we keep it\n\nSix years.\n");
    write(&erin, "privacy-notice", &[("markdown", &changed), ("change_note", "Six years.")]).await;
    let words = percy.get(REVIEW).await.words();
    assert!(words.contains("Not answered since the passage changed."), "{words}");
    let met = erin.get(EDIT).await.body;
    let value = met.split("name=\"law_keeping\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    write(&erin, "privacy-notice", &[("law_keeping", &value)]).await;
    let words = percy.get(REVIEW).await.words();
    assert_eq!(words.matches("Not signed").count(), 1, "{words}");
    assert_eq!(draft(&office, OF).await.unwrap().state.words(), "Draft");
}
