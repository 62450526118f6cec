//! One door for texts: whichever way a text comes in, the same is asked of it and the same is said of it.

use bluelamp::features;
use bluelamp::features::archive::import;
use sqlx::Connection as _;

use super::people::{Office, Person};
use crate::support::client::{held_fields, pairs};
use crate::support::cluster::Scratch;
use crate::support::process::run;

const FILE: &str = "+++\nnotice = \"kiosk\"\nversion = 1\ntitle = \"Kiosk\"\nwords = \"stand\"\nchange_note = \"First.\"\n+++\n\nWords.\n";

/// A field of a text, a value that it may not have, and what every door says of it.
const REFUSED: [(&str, &str, &str); 14] = [
    ("title", "", "Write a title."),
    ("title", "\u{3164}", "U+3164"),
    ("title", "Ki\u{202E}osk", "U+202E"),
    ("words", "st\u{200B}and", "U+200B"),
    ("change_note", "", "Say in a sentence what changed."),
    ("change_note", "Fi\u{2066}rst.", "U+2066"),
    ("language", "not a language!", "Write the language as a tag"),
    ("markdown", "", "Write the text."),
    ("markdown", "Wo\u{202E}rds.", "U+202E"),
    ("markdown", "Words.\n\n<b>x</b>", "HTML such as <b>"),
    ("markdown", "[off](javascript:x)", "Line 1"),
    ("markdown", "{{ no_such_fact }}", "no_such_fact"),
    ("markdown", "| A | B |\n| --- | --- |\n| 1 | 2 | 3 |", "more cells than its table has columns"),
    ("markdown", "[Note]: 101", "would not be shown"),
];

/// Texts that no door refuses, with what every door says of a line.
const REMARKED: [(&str, &str); 4] = [
    ("Words.\n\n##Your rights", "no heading"),
    ("• one\n• two", "no item of a list"),
    ("We keep it ~~six~~ two years.", "strikes nothing out"),
    ("1. one\n  - within", "does not stand in the one above"),
];

/// A file of the folder with another value.
fn file(field: &str, value: &str) -> String {
    let quoted = format!("{field} = {}\n", toml::Value::String(value.to_owned()));
    match field {
        "markdown" => FILE.replace("Words.", value),
        "language" => FILE.replace("version = 1\n", &format!("version = 1\n{quoted}")),
        _ => {
            let old = FILE.lines().find(|line| line.starts_with(field)).unwrap();
            FILE.replace(&format!("{old}\n"), &quoted)
        }
    }
}

/// The words of the editor beside a text.
async fn beside(erin: &Person, fields: &[(&str, &str)]) -> String {
    let edit = "/notices/copyright/edit";
    let mut held = held_fields(&erin.get(edit).await.body, edit).unwrap();
    held.push(("part".to_owned(), "yes".to_owned()));
    for (name, value) in [&[("change_note", "First.")], fields].concat() {
        held.retain(|(known, _)| known != name);
        held.push((name.to_owned(), value.to_owned()));
    }
    let part = erin.post("/notices/copyright/preview", &pairs(&held)).await;
    assert_eq!(part.status, 200);
    part.words()
}

async fn import(office: &Office, text: &str, drafts: bool) -> Result<Vec<String>, String> {
    let scratch = Scratch::new();
    std::fs::create_dir_all(scratch.0.join("notices/kiosk")).unwrap();
    std::fs::write(scratch.0.join("notices/kiosk/1.md"), text).unwrap();
    let mut connection = office.public.connection().await;
    // Never committed: each text comes to the same site.
    let mut transaction = connection.begin().await.unwrap();
    let (declared, keys) = (features::for_site(), office.desk.keys());
    let remarks = if drafts {
        let actor = bluelamp::desk::accounts::store::writer_at_console(
            &mut transaction,
            keys,
            "erin.editor@northshire.example",
        )
        .await
        .unwrap()
        .unwrap();
        import::as_drafts(&mut transaction, &declared, &scratch.0, &actor, office.desk.now())
            .await
            .map(|made| made.remarks)
    } else {
        import::by_command(&mut transaction, &declared, &scratch.0).await.map(|made| made.remarks)
    };
    transaction.rollback().await.unwrap();
    remarks.map_err(|error| error.to_string())
}

#[tokio::test]
async fn every_door_refuses_the_same_texts_and_says_the_same_of_them() {
    let office = Office::open().await;
    let erin = office.editor().await;
    for (field, value, said) in REFUSED {
        let shown = beside(&erin, &[(field, value)]).await;
        let before = shown.split("Worth a look").next().unwrap();
        assert!(before.contains(said) && !before.contains("Ready to be published"), "{field} {value:?}: {before}");
        let said = said.to_lowercase();
        let said = if said == "line 1" { "line 9" } else { &said };
        let refused = import(&office, &file(field, value), false).await.unwrap_err().to_lowercase();
        assert!(refused.starts_with("notices/kiosk/1.md: line ") && refused.contains(said), "{value:?}: {refused}");
        // A draft may hold what is wrong with its Markdown, and the editor goes on saying it.
        let drafted = match import(&office, &file(field, value), true).await {
            Err(refused) => refused,
            Ok(remarks) => {
                assert_eq!(field, "markdown");
                remarks.join("\n")
            }
        };
        let drafted = drafted.to_lowercase();
        assert!(drafted.starts_with("notices/kiosk/1.md: line ") && drafted.contains(said), "{value:?}: {drafted}");
    }
}

#[tokio::test]
async fn every_door_says_which_lines_may_not_be_shown_as_they_were_meant() {
    let office = Office::open().await;
    let erin = office.editor().await;
    for (markdown, said) in REMARKED {
        let shown = beside(&erin, &[("markdown", markdown)]).await;
        assert!(shown.contains("Ready to be published") && shown.contains(said), "{markdown:?}: {shown}");
        for drafts in [false, true] {
            let remarks = import(&office, &file("markdown", markdown), drafts).await.unwrap();
            assert!(!remarks.is_empty() && remarks.iter().all(|remark| remark.contains(said)), "{remarks:?}");
            assert!(remarks[0].starts_with("notices/kiosk/1.md: line "), "{remarks:?}");
        }
    }
    let scratch = Scratch::new();
    std::fs::create_dir_all(scratch.0.join("notices/kiosk")).unwrap();
    std::fs::write(scratch.0.join("notices/kiosk/1.md"), file("markdown", "##Your rights")).unwrap();
    let database = [("DATABASE_URL", office.public.urls.app.as_str()), ("LOG_FILTER", "off")];
    let imported = run(&["import", scratch.0.to_str().unwrap()], &database).await;
    let said = String::from_utf8([imported.stdout, imported.stderr].concat()).unwrap();
    assert!(said.contains("notices/kiosk/1.md: line 9: This is shown with its #"), "{said}");
}
