//! The folder of texts: what goes out comes back, and what was changed in it becomes drafts.

use std::collections::BTreeMap;
use std::path::Path;

use bluelamp::base::ledger::verify::verify;
use bluelamp::base::ledger::{Entry, Kind, NewEntry, store};
use bluelamp::desk::accounts::store::writer_at_console;
use bluelamp::features;
use bluelamp::features::archive::import::{Drafted, ImportError};
use bluelamp::features::archive::{export, import};
use bluelamp::features::drafts::{Draft, DraftContent, store as drafts};
use bluelamp::site::model::{CorrectionContent, PageContent};
use sqlx::Connection as _;

use super::people::Office;
use super::previews::draft;
use crate::support::TestSite;
use crate::support::cluster::Scratch;
use crate::support::ledger::{address, banner, state, version, withdrawal};

async fn export(site: &TestSite, folder: &Path) {
    export::directory(&mut site.connection().await, folder).await.unwrap();
}

async fn take(site: &TestSite, folder: &Path) -> usize {
    let mut connection = site.connection().await;
    let mut transaction = connection.begin().await.unwrap();
    let imported = import::by_command(&mut transaction, &features::for_site(), folder).await.unwrap();
    transaction.commit().await.unwrap();
    site.site.refresh().await.unwrap();
    imported.entries
}

fn put(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// Every file of a folder but the archive, by its path.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for item in std::fs::read_dir(next).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().unwrap() != "ledger.jsonl" {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                found.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// A page that moved, a banner, a correction, a withdrawal, a version that was cancelled and one whose text was removed.
async fn lived_in() -> TestSite {
    let site = TestSite::start().await;
    let page = site.site.edition().published.page_at("website-privacy", site.clock.now()).unwrap();
    let moved = PageContent { address: address("your-privacy"), ..page.as_ref().clone() };
    site.enter(state(Kind::Page, "page:website-privacy", 2, &moved)).await;

    let mut strip =
        banner("roadworks", "<p>Harbour Street is closed.</p>\n", Some("2026-12-31T00:00:00Z".parse().unwrap()));
    "Harbour Street is closed.\n".clone_into(&mut strip.markdown);
    site.enter(version(1, &strip)).await;

    let cookies = entry(&site, "notice:cookies", 1).await;
    let correction = CorrectionContent { text: "The cookie lives for a year.".to_owned() };
    site.enter(NewEntry {
        version: None,
        target: Some(cookies.number),
        ..state(Kind::Correction, "notice:cookies", 1, &correction)
    })
    .await;

    let (_, mut contact) = site.content("contact").await;
    "Never seen".clone_into(&mut contact.title);
    let later = NewEntry { in_force_at: Some("2026-12-01T09:00:00Z".parse().unwrap()), ..version(2, &contact) };
    let later = site.enter(later).await;
    site.cancel(&later).await;
    "Reach us".clone_into(&mut contact.title);
    site.enter(version(3, &contact)).await;

    site.enter(withdrawal("notice:helplines")).await;
    let removed = entry(&site, "notice:webchat-disclaimer", 1).await;
    site.redact(&[removed.number], "a name published by mistake").await;
    site
}

/// The HTML of every version that has a text, by notice and number.
async fn served(site: &TestSite) -> BTreeMap<(String, i32), String> {
    let edition = site.site.edition();
    let mut served = BTreeMap::new();
    for notice in edition.published.notices.values() {
        for version in notice.public(site.clock.now()) {
            if let Some(text) = site.site.text(version).await.unwrap() {
                served.insert((notice.name.clone(), version.number), text.html.clone());
            }
        }
    }
    assert!(served.len() > 20, "{}", served.len());
    served
}

async fn entry(site: &TestSite, subject: &str, number: i32) -> Entry {
    let mut connection = site.connection().await;
    let found = store::find(&mut connection, Kind::Version, subject, number).await.unwrap().unwrap();
    store::entries_after(&mut connection, found - 1, 1).await.unwrap().pop().unwrap().entry
}

/// Checks that the public reads all of that.
async fn assert_all_there(site: &TestSite) {
    assert_eq!(site.get("/your-privacy").await.status, 200);
    assert_eq!(site.get("/website-privacy").await.header("location"), "/your-privacy");
    assert!(site.get("/").await.words().contains("Harbour Street is closed."));
    assert!(site.get("/notices/cookies/versions/1").await.words().contains("The cookie lives for a year."));
    assert!(site.get("/contact").await.words().contains("Reach us"));
    assert!(!site.get("/notices/contact").await.words().contains("Never seen"));
    assert_eq!(site.get("/notices/contact/versions/3").await.status, 200);
    let gone = site.get("/helplines").await;
    assert!(gone.words().contains("It is over."), "{}", gone.words());
    assert_eq!(site.get("/notices/webchat-disclaimer/versions/2").await.status, 200);
}

#[tokio::test]
async fn everything_comes_back_from_an_archive_hash_for_hash() {
    let (site, scratch) = (lived_in().await, Scratch::new());
    assert_all_there(&site).await;
    export(&site, &scratch.0).await;
    let again = TestSite::empty().await;
    take(&again, &scratch.0).await;
    let before = verify(&mut site.connection().await, None).await.unwrap();
    assert_eq!(verify(&mut again.connection().await, None).await.unwrap(), before);
    assert_all_there(&again).await;
    let other = Scratch::new();
    export(&again, &other.0).await;
    assert_eq!(files(&scratch.0), files(&other.0));
    assert_eq!(read(&scratch.0, "ledger.jsonl"), read(&other.0, "ledger.jsonl"));
    let mut connection = again.connection().await;
    let who: String = sqlx::query_scalar("select actor_name from audit_entry where action = 'imported'")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(who, "command line");
}

#[tokio::test]
async fn the_files_for_people_alone_bring_back_all_that_they_hold_and_go_out_as_they_came() {
    let (site, scratch) = (lived_in().await, Scratch::new());
    export(&site, &scratch.0).await;
    assert!(!files(&scratch.0).values().any(|text| text.contains("name published")));
    std::fs::remove_file(scratch.0.join("ledger.jsonl")).unwrap();
    let again = TestSite::empty().await;
    take(&again, &scratch.0).await;
    assert_all_there(&again).await;
    let (went, came) = (served(&site).await, served(&again).await);
    let other: Vec<_> = went.keys().chain(came.keys()).filter(|key| went.get(key) != came.get(key)).collect();
    assert!(other.is_empty(), "other bytes are served of {other:?}");
    let other = Scratch::new();
    export(&again, &other.0).await;
    let (went, came) = (files(&scratch.0), files(&other.0));
    // What was cancelled or removed is not taken in, so it does not go out again.
    let kept = |name: &String| !["notices/contact/2.md", "notices/webchat-disclaimer/1.md"].contains(&name.as_str());
    assert_eq!(went.iter().filter(|(name, _)| kept(name)).collect::<Vec<_>>(), came.iter().collect::<Vec<_>>(),);
    assert!(went["notices/contact/2.md"].contains("absent = \"cancelled\""));
    assert!(went["notices/webchat-disclaimer/1.md"].contains("absent = \"removed\""));
    assert_eq!(take(&again, &scratch.0).await, 0, "a second time makes nothing");
    assert_eq!(take(&site, &scratch.0).await, 0, "where it came from it makes nothing");
}

async fn as_drafts(office: &Office, folder: &Path, email: &str) -> Result<Drafted, ImportError> {
    let mut connection = office.public.connection().await;
    let mut transaction = connection.begin().await.unwrap();
    let actor = writer_at_console(&mut transaction, office.desk.keys(), email).await.unwrap().unwrap();
    let drafted = import::as_drafts(&mut transaction, &features::for_site(), folder, &actor, office.desk.now()).await?;
    transaction.commit().await.unwrap();
    Ok(drafted)
}

const ERIN: &str = "erin.editor@northshire.example";

async fn drafted(office: &Office, subject: &str) -> Draft {
    drafts::find(&mut office.public.connection().await, &subject.parse().unwrap()).await.unwrap().unwrap()
}

fn names(drafted: &Drafted) -> Vec<String> {
    drafted.made.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn what_was_changed_in_the_folder_becomes_drafts_and_nothing_is_published() {
    let (office, scratch) = (Office::open().await, Scratch::new());
    let erin = office.editor().await;
    export(&office.public, &scratch.0).await;
    let length = office.public.site.edition().published.length;
    let untouched = as_drafts(&office, &scratch.0, ERIN).await.unwrap();
    assert_eq!((names(&untouched), untouched.hours_left_out), (vec![], false));

    // What the editor refuses becomes no draft either.
    let kiosk = "+++\nnotice = \"kiosk\"\nversion = 1\naddress = \"contact\"\ntitle = \"\"\nchange_note = \"N.\"\n+++\n\nWords.\n";
    put(&scratch.0, "notices/kiosk/1.md", kiosk);
    let refused = as_drafts(&office, &scratch.0, ERIN).await.unwrap_err().to_string();
    assert!(refused.starts_with("notices/kiosk/1.md: line 5: Write a title."), "{refused}");
    assert!(refused.contains("line 4: The address /contact belongs to"), "{refused}");
    std::fs::remove_file(scratch.0.join("notices/kiosk/1.md")).unwrap();

    let contact = read(&scratch.0, "notices/contact/1.md");
    put(&scratch.0, "notices/contact/1.md", &format!("{contact}\nThere is a kiosk.\n"));
    let next = read(&scratch.0, "notices/cookies/1.md").replace("version = 1", "version = 2");
    put(&scratch.0, "notices/cookies/2.md", &format!("{next}\nOne more.\n"));
    let new = contact.replace("notice = \"contact\"", "notice = \"lost-property\"");
    put(&scratch.0, "notices/lost-property/1.md", &new);
    let facts = read(&scratch.0, "facts.toml").replace("contact@northshire", "help@northshire");
    put(&scratch.0, "facts.toml", &facts);
    let pages = read(&scratch.0, "pages.toml")
        .replace("title = \"Contact us\"", "title = \"Reach us\"")
        .replace("label = \"Services\"", "label = \"What we do\"");
    put(&scratch.0, "pages.toml", &pages);
    put(&scratch.0, "promoted.toml", &read(&scratch.0, "promoted.toml").replace("159", "101"));
    put(&scratch.0, "hours.toml", &read(&scratch.0, "hours.toml").replace("10:00", "11:00"));
    let made = as_drafts(&office, &scratch.0, ERIN).await.unwrap();
    let expected =
        ["facts", "page:contact", "navigation", "promoted", "notice:contact", "notice:cookies", "notice:lost-property"];
    assert_eq!(names(&made), expected);
    assert!(made.in_the_way.is_empty());

    office.public.site.refresh().await.unwrap();
    assert_eq!(office.public.site.edition().published.length, length);
    let contact = drafted(&office, "notice:contact").await;
    assert_eq!(contact.saved_by.id, erin.id);
    assert_eq!(contact.base, Some(entry(&office.public, "notice:contact", 1).await.number));
    let DraftContent::Notice(notice) = contact.content else { panic!() };
    assert!(notice.markdown.contains("There is a kiosk."));
    let DraftContent::Facts(facts) = drafted(&office, "facts").await.content else { panic!() };
    assert_eq!(facts["contact_email"], "help@northshire.example");
    assert_eq!(drafted(&office, "notice:lost-property").await.base, None);
    let words = erin.get("/notices/contact").await.words();
    assert!(words.contains("Draft"), "{words}");

    let log: Vec<(String, String, String)> = sqlx::query_as(
        "select actor_name, action, details from audit_entry where action in ('imported', 'draft_started') order by id",
    )
    .fetch_all(&mut office.public.connection().await)
    .await
    .unwrap();
    let (last, started) = log.split_last().unwrap();
    assert_eq!((last.0.as_str(), last.1.as_str()), ("command line", "imported"));
    assert!(last.2.contains("Erin Editor") && last.2.contains("notice:lost-property"), "{}", last.2);
    assert_eq!(started.iter().filter(|row| row.1 == "draft_started" && row.0 == "Erin Editor").count(), 7);
    // A second time there is nothing to do.
    let again = as_drafts(&office, &scratch.0, ERIN).await.unwrap();
    assert_eq!((names(&again), again.in_the_way), (vec![], vec![]));
}

#[tokio::test]
async fn a_draft_that_somebody_works_on_stays_and_is_named() {
    let (office, scratch) = (Office::open().await, Scratch::new());
    office.editor().await;
    let percy = office.publisher().await;
    export(&office.public, &scratch.0).await;
    draft(&office, &percy, "contact", "Contact us", "Percy's own words.\n").await;
    let contact = read(&scratch.0, "notices/contact/1.md");
    put(&scratch.0, "notices/contact/1.md", &format!("{contact}\nThere is a kiosk.\n"));
    let made = as_drafts(&office, &scratch.0, ERIN).await.unwrap();
    assert!(made.made.is_empty());
    assert_eq!(made.in_the_way.iter().map(ToString::to_string).collect::<Vec<_>>(), ["notice:contact"]);
    let DraftContent::Notice(notice) = drafted(&office, "notice:contact").await.content else { panic!() };
    assert_eq!(notice.markdown, "Percy's own words.\n");
}

#[tokio::test]
async fn a_folder_older_than_the_ledger_is_refused_whole() {
    let (office, scratch) = (Office::open().await, Scratch::new());
    office.editor().await;
    export(&office.public, &scratch.0).await;
    let (_, mut contact) = office.public.content("contact").await;
    "Reach us".clone_into(&mut contact.title);
    office.public.enter(version(2, &contact)).await;
    // An old file that nobody touched is no change…
    assert_eq!(names(&as_drafts(&office, &scratch.0, ERIN).await.unwrap()), [""; 0]);
    // …and one that was touched would undo what was published since.
    let old = read(&scratch.0, "notices/contact/1.md");
    put(&scratch.0, "notices/contact/1.md", &format!("{old}\nThere is a kiosk.\n"));
    put(&scratch.0, "facts.toml", &read(&scratch.0, "facts.toml").replace("contact@northshire", "help@northshire"));
    let refused = as_drafts(&office, &scratch.0, ERIN).await.unwrap_err().to_string();
    assert!(refused.contains("notices/contact/1.md") && refused.contains("version 2"), "{refused}");
    let mut connection = office.public.connection().await;
    assert!(drafts::all(&mut connection).await.unwrap().is_empty(), "a folder becomes drafts whole or not at all");
}

#[tokio::test]
async fn drafts_are_made_only_for_somebody_who_may_write() {
    let office = Office::open().await;
    office.editor().await;
    office.auditor().await;
    let mut connection = office.public.connection().await;
    let keys = office.desk.keys();
    for (email, may) in
        [(ERIN, true), ("audrey.auditor@northshire.example", false), ("nobody@northshire.example", false), ("", false)]
    {
        assert_eq!(writer_at_console(&mut connection, keys, email).await.unwrap().is_some(), may, "{email}");
    }
    sqlx::query("update staff set suspended_at = bluelamp_now()").execute(&mut connection).await.unwrap();
    assert!(writer_at_console(&mut connection, keys, ERIN).await.unwrap().is_none());
}
