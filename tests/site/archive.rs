//! Import and export: what goes out comes back, what changed becomes a marked version, and what is wrong is named.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use bluelamp::base::ledger::store;
use bluelamp::base::ledger::verify::{Verdict, verify};
use bluelamp::features;
use bluelamp::features::archive::{export, import};
use bluelamp::features::publishing::redaction;
use sqlx::Connection as _;

use crate::support::TestSite;
use crate::support::cluster::{Scratch, connect, until};
use crate::support::ledger::{text, version};
use crate::support::process::run;

/// Imports a folder, whole or not at all.
async fn take(site: &TestSite, folder: &Path) -> Result<import::Imported, import::ImportError> {
    let mut connection = site.connection().await;
    let mut transaction = connection.begin().await.unwrap();
    let imported = import::directory(&mut transaction, &features::for_site(), folder).await?;
    transaction.commit().await.unwrap();
    site.site.refresh().await.unwrap();
    Ok(imported)
}

async fn export(site: &TestSite, folder: &Path) {
    export::directory(&mut site.connection().await, folder).await.unwrap();
}

fn put(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

#[tokio::test]
async fn an_export_is_taken_back_by_an_empty_ledger_hash_for_hash() {
    let (site, again, scratch) = (TestSite::start().await, TestSite::empty().await, Scratch::new());
    export(&site, &scratch.0).await;
    let taken = take(&again, &scratch.0).await.unwrap();
    let before = verify(&mut site.connection().await, None).await.unwrap();
    assert_eq!(verify(&mut again.connection().await, None).await.unwrap(), before);
    assert_eq!(i64::try_from(taken.entries).unwrap(), site.site.edition().published.length);
    assert_eq!(take(&again, &scratch.0).await.unwrap().entries, 0, "what is there already makes no entry");
    // And once more, byte for byte.
    let other = Scratch::new();
    export(&again, &other.0).await;
    for name in ["ledger.jsonl", "facts.toml", "pages.toml", "promoted.toml", "hours.toml", "notices/contact/1.md"] {
        assert_eq!(read(&scratch.0, name), read(&other.0, name), "{name}");
    }
    for path in ["/", "/website-privacy", "/notices/webchat-disclaimer/versions/1", "/webchat"] {
        assert_eq!(site.get(path).await.words(), again.get(path).await.words(), "{path}");
    }
}

#[tokio::test]
async fn a_changed_folder_makes_versions_that_say_they_were_imported() {
    let (site, scratch) = (TestSite::start().await, Scratch::new());
    export(&site, &scratch.0).await;
    let text = read(&scratch.0, "notices/contact/1.md");
    let (front, body) = text.split_once("\n+++\n").unwrap();
    let front: Vec<&str> = front
        .lines()
        .filter(|line| {
            !line.starts_with("version") && !line.starts_with("in_force") && !line.starts_with("change_note")
        })
        .collect();
    let next =
        format!("{}\nversion = 2\nchange_note = \"Adds a kiosk.\"\n+++\n{body}\nThere is a kiosk.\n", front.join("\n"));
    put(&scratch.0, "notices/contact/2.md", &next);
    let facts = read(&scratch.0, "facts.toml").replace("Northshire Police", "Southshire Police");
    put(&scratch.0, "facts.toml", &facts);
    let taken = take(&site, &scratch.0).await.unwrap();
    assert_eq!(taken.entries, 2, "the facts and the text");
    assert!(site.get("/contact").await.body.contains("There is a kiosk."));
    let page = site.get("/notices/contact/versions/2").await;
    assert!(page.words_of("main").contains("imported"), "{}", page.words());
    let json: serde_json::Value =
        serde_json::from_str(&site.get("/notices/contact/versions/2/json").await.body).unwrap();
    assert_eq!(json["imported"], true);
    assert!(site.get("/notices/contact/versions/2/changes").await.body.contains("<ins>"));
    assert_eq!(take(&site, &scratch.0).await.unwrap().entries, 0);
}

/// Enters so many versions of a text in one transaction, and gives the number of the first.
async fn enter_many(site: &TestSite, many: i32) -> i64 {
    let mut connection = connect(&site.urls.app).await;
    let mut transaction = connection.begin().await.unwrap();
    let mut first = 0;
    for number in 1..=many {
        let entry =
            store::append(&mut transaction, version(number, &text("wren", "<p>Zebrafinch.</p>"))).await.unwrap();
        if number == 1 {
            first = entry.number;
        }
    }
    transaction.commit().await.unwrap();
    first
}

/// Carries out some work that reads the ledger, and redacts entries of it when it has read some and not all.
async fn redact_meanwhile<T>(site: &TestSite, entries: &[i64], work: impl Future<Output = T>) -> T {
    let mut owner = site.connection().await;
    let mut transaction = owner.begin().await.unwrap();
    // Entries can be read and their particulars cannot: the reader waits here.
    sqlx::raw_sql("lock table ledger_particulars in access exclusive mode").execute(&mut *transaction).await.unwrap();
    let redacting = async {
        until("the reader waits", async || {
            let waits: bool = sqlx::query_scalar(
                "select exists (select from pg_locks where not granted and relation = 'ledger_particulars'::regclass)",
            )
            .fetch_one(&mut *transaction)
            .await
            .unwrap();
            waits
        })
        .await;
        redaction::from_console(&mut transaction, entries, "a name").await.unwrap();
        transaction.commit().await.unwrap();
    };
    tokio::join!(work, redacting).0
}

#[tokio::test]
async fn a_redaction_during_an_export_leaves_an_archive_of_one_moment_that_an_empty_ledger_takes() {
    let (site, again, scratch) = (TestSite::start().await, TestSite::empty().await, Scratch::new());
    let first = enter_many(&site, 1100).await;
    redact_meanwhile(&site, &[first, first + 1050], export(&site, &scratch.0)).await;
    take(&again, &scratch.0).await.unwrap();
    let archive = read(&scratch.0, "ledger.jsonl");
    assert!(!archive.contains("\"kind\":\"redaction\""), "it is of the moment before");
    // And an export after it has the redactions and not the texts.
    export(&site, &scratch.0).await;
    let archive = read(&scratch.0, "ledger.jsonl");
    let texts = archive.lines().filter(|line| line.contains("Zebrafinch")).count();
    assert_eq!((texts, archive.lines().filter(|line| line.contains("\"kind\":\"redaction\"")).count()), (1098, 2));
}

#[tokio::test]
async fn a_redaction_while_the_chain_is_checked_is_no_tampering() {
    let site = TestSite::start().await;
    let first = enter_many(&site, 1100).await;
    let mut connection = connect(&site.urls.app).await;
    let found = redact_meanwhile(&site, &[first, first + 1050], verify(&mut connection, None)).await.unwrap();
    assert!(matches!(found, Verdict::Holds { .. }), "{found:?}");
    let found = verify(&mut connection, None).await.unwrap();
    assert!(matches!(found, Verdict::Holds { .. }), "{found:?}");
}

#[tokio::test]
async fn an_export_is_for_its_owner_alone_also_where_the_folder_was_there() {
    let (site, scratch) = (TestSite::start().await, Scratch::new());
    let folder = scratch.0.join("texts");
    put(&folder, "ledger.jsonl", "old");
    put(&folder, "notices/contact/1.md", "old");
    std::fs::set_permissions(folder.join("ledger.jsonl"), Permissions::from_mode(0o666)).unwrap();
    std::fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
    export(&site, &folder).await;
    let mode = |name: &str| std::fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o7777;
    for name in ["", "notices", "notices/contact", "notices/helplines"] {
        assert_eq!(mode(name), 0o700, "{name}");
    }
    for name in [
        "ledger.jsonl",
        "facts.toml",
        "pages.toml",
        "promoted.toml",
        "hours.toml",
        "notices/contact/1.md",
        "notices/helplines/1.md",
    ] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    std::fs::set_permissions(&folder, Permissions::from_mode(0o1777)).unwrap();
    let refused = export::directory(&mut site.connection().await, &folder).await.unwrap_err().to_string();
    assert!(refused.contains("shared with others"), "{refused}");
}

const GOOD: &str = "+++\nnotice = \"kiosk\"\nversion = 1\ntitle = \"Kiosk\"\nchange_note = \"First.\"\n+++\n\nWords.\n";

#[tokio::test]
async fn a_file_that_cannot_be_used_is_named_with_its_line_and_nothing_is_imported() {
    let site = TestSite::start().await;
    let length = site.site.edition().published.length;
    let name = "notices/kiosk/1.md";
    let cases: Vec<(&str, String, &[&str])> = vec![
        (name, GOOD.replace("title = \"Kiosk\"", "title = Kiosk"), &["line 4,"]),
        (name, GOOD.replace("title", "titel"), &["titel"]),
        (name, GOOD.replace("title = \"Kiosk\"\n", ""), &["title"]),
        (name, GOOD.replace("version = 1", "version = 0"), &["version"]),
        (name, GOOD.replace("version = 1", "version = 3"), &["the next version of this notice is 1"]),
        (name, GOOD.replace("\"kiosk\"", "\"quick-exit\""), &["address"]),
        (name, GOOD.replace("version = 1", "version = 1\nin_force = 2021-12-01T10:00:00"), &["offset"]),
        (name, GOOD.replace("+++\n\n", ""), &["+++"]),
        (name, GOOD.replace("Words.", "Words.\n\n<script>x</script>"), &["line 10:"]),
        (name, GOOD.replace("Words.", "[off](javascript:alert(1))"), &["line 8:"]),
        (name, GOOD.replace("Words.", "Words.\n{{ no_such_fact }}"), &["line 9:", "no_such_fact"]),
        ("notices/contact/1.md", GOOD.replace("\"kiosk\"", "\"contact\""), &["next number"]),
        ("facts.toml", "force_name = \n".to_owned(), &["line 1,"]),
        ("pages.toml", "[[page]]\naddress = \"Not One\"\n".to_owned(), &["line"]),
        (
            "pages.toml",
            "[[page]]\naddress = \"kiosk\"\ntitle = \"K\"\ndescription = \"K\"\nnotices = [\"nowhere\"]\n".to_owned(),
            &["nowhere"],
        ),
        ("pages.toml", "[[footer]]\nlabel = \"Off\"\nhref = \"javascript:alert(1)\"\n".to_owned(), &["Off"]),
        ("pages.toml", "[[footer]]\nlabel = \"Off\"\nhref = \"//evil.test/\"\n".to_owned(), &["Off"]),
    ];
    for (name, text, said) in cases {
        let scratch = Scratch::new();
        put(&scratch.0, name, &text);
        // A sound file beside it does not go in either.
        put(&scratch.0, "notices/aside/1.md", &GOOD.replace("\"kiosk\"", "\"aside\""));
        let error = take(&site, &scratch.0).await.unwrap_err().to_string();
        assert!(error.starts_with(name), "{error}");
        for words in said {
            assert!(error.contains(words), "{error} lacks {words}");
        }
    }
    site.site.refresh().await.unwrap();
    assert_eq!(site.site.edition().published.length, length);
}

#[tokio::test]
async fn files_are_taken_under_any_spelling_of_their_ending_and_the_names_of_others_are_said() {
    let (site, scratch) = (TestSite::start().await, Scratch::new());
    let text = |notice: &str| GOOD.replace("\"kiosk\"", &format!("\"{notice}\""));
    put(&scratch.0, "notices/one/1.md", &format!("\u{FEFF}{}", text("one")));
    put(&scratch.0, "notices/two/1.MD", &text("two").replace("+++\n", "+++  \n"));
    put(&scratch.0, "notices/three/1.markdown", &text("three").replace('\n', "\r\n"));
    put(&scratch.0, "Notices/four/1.Md", &text("four"));
    for name in ["notices/one/1.txt", "notices/one/1.md~", "README.md", "Facts.toml", "drawings/plan.md"] {
        put(&scratch.0, name, "not a text");
    }
    std::fs::write(scratch.0.join("notices/one/._1.md"), [0, 5, 22, 7, 0, 2, 0, 0, 255, 254]).unwrap();
    put(&scratch.0, "notices/one/.1.md.swp", "not a text");
    put(&scratch.0, ".git/notices/1.md", "not a text");
    let imported = take(&site, &scratch.0).await.unwrap();
    assert_eq!(imported.entries, 4);
    let left_out = ["Facts.toml", "README.md", "drawings/", "notices/one/1.md~", "notices/one/1.txt"];
    assert_eq!(imported.left_out, left_out);
    for notice in ["one", "two", "three", "four"] {
        assert!(site.get(&format!("/{notice}")).await.words_of("main").contains("Words."), "{notice}");
    }
}

#[tokio::test]
async fn a_file_is_refused_for_whatever_the_editor_would_refuse() {
    let site = TestSite::start().await;
    let length = site.site.edition().published.length;
    let name = "notices/kiosk/1.md";
    let banner = |more: &str| {
        let text = GOOD.replace("change_note", "kind = \"banner\"\nchange_note");
        text.replace("\n+++\n\n", &format!("\n[banner]\nlevel = \"emergency\"\n{more}+++\n\n"))
    };
    let cases: Vec<(String, &[&str])> = vec![
        (GOOD.replace("\"Kiosk\"", "\"\""), &["line 4: Write a title."]),
        (GOOD.replace("\"Kiosk\"", &format!("\"{}\"", "x".repeat(5000))), &["line 4: Make the title shorter"]),
        (GOOD.replace("Kiosk", "Ki\\u0000osk"), &["line 4:", "U+0000"]),
        (GOOD.replace("Kiosk", "Ki\u{202e}osk"), &["line 4:", "U+202E"]),
        (GOOD.replace("Kiosk", "Ki\u{200b}osk"), &["line 4:", "U+200B"]),
        (GOOD.replace("First.", ""), &["line 5: Say in a sentence what changed."]),
        (GOOD.replace("First.", &"x".repeat(1001)), &["line 5: Make the change note shorter"]),
        (GOOD.replace("First.", "Fi\u{2066}rst."), &["line 5:", "U+2066"]),
        (GOOD.replace("Words.", ""), &["Write the text."]),
        (GOOD.replace("Words.", "Wo\u{202e}rds."), &["line 8:", "U+202E"]),
        (GOOD.replace("title", "language = \"not a language!\"\ntitle"), &["line 4: Write the language as a tag"]),
        (GOOD.replace("title", "in_force = 0000-01-01\ntitle"), &["line 4:", "1900 to 2099"]),
        (GOOD.replace("title", "in_force = 1066-10-14T09:00:00Z\ntitle"), &["line 4:", "1900 to 2099"]),
        (GOOD.replace("title", "in_force = 2206-12-01\ntitle"), &["line 4:", "1900 to 2099"]),
        (GOOD.replace("title", "review_by = 2206-12-01\ntitle"), &["line 4:", "1900 to 2099"]),
        (
            GOOD.replace("title", "address = \"contact\"\ntitle"),
            &["line 4:", "/contact belongs to the notice “contact”"],
        ),
        (GOOD.replace("title", "address = \"services\"\ntitle"), &["line 4:", "/services"]),
        (GOOD.replace("title", "address = \"webchat\"\ntitle"), &["line 4:", "/webchat"]),
        (GOOD.replace("title", "address = \"Kiosk\"\ntitle"), &["line 4"]),
        (banner("pages = [\"all\"]\n"), &["line 7: Say when the banner ends."]),
        (banner("pages = [\"all\"]\nends = 2020-01-01\n"), &["line 10: The end of the banner has gone by."]),
        (banner("pages = []\nends = 2026-12-01\n"), &["line 9: Choose the pages"]),
        (banner("pages = [\"nowhere\"]\nends = 2026-12-01\n"), &["line 9:", "nowhere"]),
        (GOOD.replace("change_note", "kind = \"banner\"\nchange_note"), &["line 5: Say how urgent"]),
        (
            GOOD.replace("\"Kiosk\"", "\"\"").replace("First.", "").replace("title", "language = \"!\"\ntitle"),
            &["line 5: Write a title.", "line 6: Say in a sentence", "line 4: Write the language"],
        ),
    ];
    for (text, said) in cases {
        assert_ne!(text, GOOD);
        let scratch = Scratch::new();
        put(&scratch.0, name, &text);
        put(&scratch.0, "notices/aside/1.md", &GOOD.replace("\"kiosk\"", "\"aside\""));
        let error = take(&site, &scratch.0).await.unwrap_err().to_string();
        assert!(error.starts_with(name), "{error}");
        for words in said {
            assert!(error.contains(words), "{error} lacks {words}");
        }
    }
    // Two files of one folder that ask for one address, and other files than texts.
    let page = |title: &str, address: &str| {
        format!(
            "[[page]]\naddress = \"{address}\"\ntitle = \"{title}\"\ndescription = \"K\"\nnotices = [\"contact\"]\n"
        )
    };
    for (name, text, said) in [
        ("notices/booth/1.md", GOOD.replace("\"kiosk\"", "\"booth\"\naddress = \"kiosk\""), "/kiosk belongs to"),
        ("pages.toml", page("", "kiosks"), "title"),
        ("pages.toml", page("Kiosks", "webchat"), "/webchat"),
        ("pages.toml", page("Kiosks", "helplines"), "/helplines belongs to the notice “helplines”"),
        ("facts.toml", "force_name = \"Nor\u{202e}thshire\"\n".to_owned(), "U+202E"),
        ("promoted.toml", "[[answer]]\nwords = \"a\"\nsentence = \"\"\n".to_owned(), "Answer 1, sentence: "),
        (
            "promoted.toml",
            "[[answer]]\nwords = \"a\"\nsentence = \"A\"\n[[answer]]\nwords = \"b, A\"\nsentence = \"B\"\n".to_owned(),
            "Answer 2, words: answer 1 has “A” already.",
        ),
        (
            "notices/kiosk/withdrawals.toml",
            "[[withdrawal]]\nin_force = 0001-01-01\nnote = \"Gone.\"\ngo_to = \"\"\n".to_owned(),
            "1900",
        ),
    ] {
        let scratch = Scratch::new();
        put(&scratch.0, "notices/kiosk/1.md", GOOD);
        put(&scratch.0, name, &text);
        let error = take(&site, &scratch.0).await.unwrap_err().to_string();
        assert!(error.contains(said), "{error} lacks {said}");
    }
    site.site.refresh().await.unwrap();
    assert_eq!(site.site.edition().published.length, length);
    assert!(site.get("/notices/contact").await.words_of("h1").contains("Contact us"));
    let scratch = Scratch::new();
    put(&scratch.0, name, &banner("pages = [\"contact\"]\nends = 2026-12-01\n"));
    assert_eq!(take(&site, &scratch.0).await.unwrap().entries, 1, "and what the editor takes is taken");
}

#[tokio::test]
async fn words_that_people_use_come_with_a_file_and_go_with_an_export() {
    let (site, scratch, other) = (TestSite::start().await, Scratch::new(), Scratch::new());
    put(&scratch.0, "notices/kiosk/1.md", &GOOD.replace("change_note", "words = \"booth, stall\"\nchange_note"));
    put(&scratch.0, "notices/aside/1.md", &GOOD.replace("\"kiosk\"", "\"aside\""));
    assert_eq!(take(&site, &scratch.0).await.unwrap().entries, 2);
    assert_eq!(site.get("/search?q=booths").await.attributes("ol.entries h2 a", "href"), ["/kiosk"]);
    export(&site, &other.0).await;
    assert!(read(&other.0, "notices/kiosk/1.md").contains("\nwords = \"booth, stall\"\n"));
    assert!(!read(&other.0, "notices/aside/1.md").contains("words ="));
    assert_eq!(take(&site, &other.0).await.unwrap().entries, 0, "it comes back as it went");
    for (words, said) in [("x".repeat(501), "fewer words"), ("boo\u{202e}th".to_owned(), "U+202E")] {
        put(
            &scratch.0,
            "notices/kiosk/1.md",
            &GOOD.replace("change_note", &format!("words = \"{words}\"\nchange_note")),
        );
        let again = read(&scratch.0, "notices/kiosk/1.md").replace("version = 1", "version = 2");
        put(&scratch.0, "notices/kiosk/2.md", &again);
        std::fs::remove_file(scratch.0.join("notices/kiosk/1.md")).unwrap();
        let refused = take(&site, &scratch.0).await.unwrap_err().to_string();
        assert!(refused.contains("line 5") && refused.contains(said), "{refused}");
    }
}

#[tokio::test]
async fn a_published_version_is_never_changed_by_a_file() {
    let (site, scratch) = (TestSite::start().await, Scratch::new());
    export(&site, &scratch.0).await;
    let name = "notices/contact/1.md";
    let text = read(&scratch.0, name);
    let note = text.lines().find(|line| line.starts_with("change_note")).unwrap();
    let time = text.lines().find(|line| line.starts_with("in_force")).unwrap();
    for changed in [
        format!("{text}More.\n"),
        text.replace(note, "change_note = \"Another.\""),
        text.replace(time, "in_force = 2020-01-01"),
        text.replace("ask_again = false", "ask_again = true"),
    ] {
        assert_ne!(changed, text);
        put(&scratch.0, name, &changed);
        let error = take(&site, &scratch.0).await.unwrap_err().to_string();
        assert!(error.starts_with(name) && error.contains("next number"), "{error}");
    }
}

#[tokio::test]
async fn an_archive_that_was_changed_is_refused_with_its_line() {
    let (site, again, scratch) = (TestSite::start().await, TestSite::empty().await, Scratch::new());
    export(&site, &scratch.0).await;
    let archive = read(&scratch.0, "ledger.jsonl");
    let lines: Vec<&str> = archive.lines().collect();
    let without = |gone: usize| [&lines[..gone], &lines[gone + 1..]].concat().join("\n");
    let with = |changed: usize, line: &str| [&lines[..changed], &[line], &lines[changed + 1..]].concat().join("\n");
    let mut hole: serde_json::Value = serde_json::from_str(lines[6]).unwrap();
    hole["content"] = serde_json::Value::Null;
    for (text, line) in [
        (without(4), "line 5:"),
        (with(6, &lines[6].replace("\\\"title\\\"", "\\\"Title\\\"")), "line 7:"),
        (with(2, &lines[2].replace("\"imported\":true", "\"imported\":false")), "line 3:"),
        (with(3, "{}"), "line 4:"),
        (with(6, &hole.to_string()), "line 7:"),
    ] {
        assert_ne!(text, archive);
        put(&scratch.0, "ledger.jsonl", &text);
        let error = take(&again, &scratch.0).await.unwrap_err().to_string();
        assert!(error.starts_with("ledger.jsonl") && error.contains(line), "{error}");
    }
}

#[tokio::test]
async fn the_command_line_says_what_is_wrong_and_how_the_chain_stands() {
    let (site, scratch) = (TestSite::start().await, Scratch::new());
    let database = [("DATABASE_URL", site.urls.app.as_str()), ("LOG_FILTER", "off")];
    let folder = scratch.0.join("texts");
    let folder = folder.to_str().unwrap();
    let exported = run(&["export", folder], &database).await;
    assert!(exported.status.success(), "{exported:?}");
    put(&scratch.0, "texts/notices/kiosk/1.md", &GOOD.replace("title = \"Kiosk\"", "title = Kiosk"));
    let refused = run(&["import", folder], &database).await;
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("notices/kiosk/1.md") && said.contains("line 4,"), "{said}");
    put(&scratch.0, "texts/notices/kiosk/1.md", GOOD);
    put(&scratch.0, "texts/hours.toml", "[[line]]\nname = \"all\"\n");
    let refused = run(&["import", folder], &database).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("hours.toml"));
    std::fs::remove_file(scratch.0.join("texts/hours.toml")).unwrap();
    put(&scratch.0, "texts/notices/kiosk/2.txt", GOOD);
    let imported = run(&["import", folder], &database).await;
    assert!(imported.status.success());
    let said = String::from_utf8([imported.stdout, imported.stderr].concat()).unwrap();
    assert!(said.contains("Left out: notices/kiosk/2.txt. A text is read from"), "{said}");

    let holds = run(&["verify"], &database).await;
    assert!(holds.status.success());
    let said = String::from_utf8(holds.stdout).unwrap();
    let first = said.lines().next().unwrap();
    let head = first.trim_end_matches('.').rsplit(' ').next().unwrap().to_owned();
    assert!(run(&["verify", "--head", &head], &database).await.status.success());
    let another = run(&["verify", "--head", &"0a".repeat(32)], &database).await;
    assert_eq!(another.status.code(), Some(1));
    let number = site.site.edition().published.length;
    let redacted = run(&["redact", &number.to_string(), "--ground", "a name"], &database).await;
    assert!(redacted.status.success(), "{redacted:?}");
    assert!(run(&["verify", "--head", &head], &database).await.status.success());
    assert_eq!(run(&["verify", "--head", "xyz"], &database).await.status.code(), Some(2));
    let nowhere = [("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none"), ("LOG_FILTER", "off")];
    assert_eq!(run(&["verify"], &nowhere).await.status.code(), Some(2));
}
