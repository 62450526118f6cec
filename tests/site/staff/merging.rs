//! Two people who write in one draft: what a merge is made of, what a person chooses, and who is told.

use super::desk_work::messages;
use super::editor::{draft, field, send, text_of};
use super::people::{Office, Person};
use crate::support::client::held_fields;

const EDIT: &str = "/notices/webchat-disclaimer/edit";
const BASE: &str = "First paragraph.\n\nSecond paragraph.\n\nThird paragraph.";

/// The form of a person who opened the editor, with what they type.
async fn typed(person: &Person, fields: &[(&str, &str)]) -> Vec<(String, String)> {
    with(held_fields(&person.get(EDIT).await.body, EDIT).unwrap(), fields)
}

fn with(mut held: Vec<(String, String)>, fields: &[(&str, &str)]) -> Vec<(String, String)> {
    for (name, value) in fields {
        held.retain(|(known, _)| known != name);
        held.push(((*name).to_owned(), (*value).to_owned()));
    }
    held
}

async fn text(office: &Office) -> String {
    let bluelamp::features::drafts::DraftContent::Notice(notice) =
        draft(office, "webchat-disclaimer").await.unwrap().content
    else {
        panic!("a notice")
    };
    format!("{}\n---\n{}\n---\n{}", notice.title, notice.markdown, notice.change_note)
}

#[tokio::test]
async fn changes_of_different_paragraphs_are_merged_by_a_press_and_the_other_person_is_told() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    erin.fill(EDIT, EDIT, &[("markdown", BASE), ("change_note", "")]).await;
    let his = typed(&percy, &[("markdown", &BASE.replace("First", "His")), ("change_note", "Shorter.")]).await;
    let hers = typed(&erin, &[("markdown", &BASE.replace("Third", "Her")), ("title", "Her title")]).await;
    assert_eq!(send(&erin, EDIT, &hers).await.status, 303);
    let refused = send(&percy, EDIT, &his).await;
    assert_eq!(refused.status, 409);
    assert_eq!(
        text_of(&refused, ".merge .meta"),
        [
            "They changed this. The merge has theirs.",
            "You changed this. The merge has yours.",
            "You changed this. The merge has yours.",
            "They changed this. The merge has theirs."
        ]
    );
    assert_eq!(text_of(&refused, ".merge dd")[6..9], ["First paragraph.", "First paragraph.", "His paragraph."]);
    let held = with(held_fields(&refused.body, EDIT).unwrap(), &[("then", "merge")]);
    let merged = send(&percy, EDIT, &held).await;
    assert_eq!(merged.header("location"), "/notices/webchat-disclaimer/edit?done=merged", "{}", merged.words());
    assert_eq!(
        text(&office).await,
        "Her title\n---\nHis paragraph.\n\nSecond paragraph.\n\nHer paragraph.\n---\nShorter."
    );
    let said = erin.get(EDIT).await.words();
    assert!(said.contains("Percy Publisher merged their changes with those of Erin Editor on"), "{said}");
    let told = messages(&office).await;
    assert!(
        told.iter()
            .any(|letter| letter.to == "erin.editor@northshire.example" && letter.subject.starts_with("Merged: "))
    );
}

#[tokio::test]
async fn a_person_chooses_where_both_changed_the_same_paragraph_and_nothing_is_saved_before() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    erin.fill(EDIT, EDIT, &[("markdown", BASE)]).await;
    let his = typed(&percy, &[("markdown", &BASE.replace("Second", "His"))]).await;
    erin.fill(EDIT, EDIT, &[("markdown", &BASE.replace("Second", "Her"))]).await;
    let refused = send(&percy, EDIT, &his).await;
    assert_eq!(text_of(&refused, ".merge .meta"), ["Both changed this."]);
    let held = with(held_fields(&refused.body, EDIT).unwrap(), &[("then", "merge")]);
    let open = send(&percy, EDIT, &held).await;
    assert_eq!(open.status, 422, "{}", open.words());
    assert!(open.words().contains("Choose what to keep"), "{}", open.words());
    assert!(field(&open, EDIT, "markdown").contains("His paragraph."), "what was typed stays");
    assert_eq!(draft(&office, "webchat-disclaimer").await.unwrap().revision, 2);

    // Erin saves once more meanwhile: the merge that was shown is not the one that would be saved.
    erin.fill(EDIT, EDIT, &[("title", "Her title")]).await;
    let key = text_of(&open, ".keep").len();
    assert_eq!(key, 1);
    let id = open.body.split("id=\"choose_").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    let chosen = with(held.clone(), &[(&format!("choose_{id}"), "both")]);
    let newer = send(&percy, EDIT, &chosen).await;
    assert_eq!(newer.status, 409);
    let again = with(held_fields(&newer.body, EDIT).unwrap(), &[("then", "merge"), (&format!("choose_{id}"), "both")]);
    assert_eq!(send(&percy, EDIT, &again).await.status, 303);
    let kept = text(&office).await;
    assert!(
        kept.starts_with("Her title\n---\nFirst paragraph.\n\nHer paragraph.\n\nHis paragraph.\n\nThird"),
        "{kept}"
    );
}

#[tokio::test]
async fn texts_of_100_kb_are_merged() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let paragraphs: Vec<String> =
        (0..2_000).map(|number| format!("Paragraph {number} of a very long text of the force.")).collect();
    let base = paragraphs.join("\n\n");
    erin.fill(EDIT, EDIT, &[("markdown", &base)]).await;
    let his = typed(&percy, &[("markdown", &base.replace("Paragraph 7 ", "His paragraph "))]).await;
    erin.fill(EDIT, EDIT, &[("markdown", &base.replace("Paragraph 1999 ", "Her paragraph "))]).await;
    let refused = send(&percy, EDIT, &his).await;
    let held = with(held_fields(&refused.body, EDIT).unwrap(), &[("then", "merge")]);
    let saved = send(&percy, EDIT, &held).await;
    assert_eq!(saved.status, 303, "{}", saved.words());
    let kept = text(&office).await;
    assert!(kept.contains("His paragraph of") && kept.contains("Her paragraph of"));
}
