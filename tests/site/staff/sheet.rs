//! The auditor's sheet: what a notice said on a day, and how to prove it.

use bluelamp::base::ledger::{Kind, store};
use bluelamp::desk::accounts::Role;
use bluelamp::features::publishing::redaction;
use sqlx::Connection as _;

use super::desk_work::released;
use super::people::Office;

async fn entry(office: &Office, version: i32) -> (store::Kept, bluelamp::base::ledger::Sealed) {
    let mut connection = office.public.connection().await;
    let number = store::find(&mut connection, Kind::Version, "notice:webchat-disclaimer", version).await.unwrap();
    let (kept, particulars) = store::entry(&mut connection, number.unwrap()).await.unwrap().unwrap();
    (kept, particulars.unwrap())
}

#[tokio::test]
async fn a_sheet_opens_what_the_public_page_only_commits_to() {
    let office = Office::open().await;
    let (kept, particulars) = entry(&office, 1).await;
    let audrey = office.auditor().await;
    let page = audrey.get("/notices/webchat-disclaimer/sheet?on=2021-12-01").await;
    assert_eq!(page.status, 200);
    let words = page.words();
    let entry = &kept.entry;
    let content = kept.content.as_ref().unwrap();
    for shown in [
        entry.hash.to_string(),
        entry.previous_hash.to_string(),
        entry.content_commitment.to_string(),
        entry.particulars_commitment.to_string(),
        content.salt.to_string(),
        particulars.salt.to_string(),
        particulars.body.clone(),
        format!("Entry {} of {}", entry.number, office.desk.site().edition().published.length),
        office.desk.site().edition().published.head.unwrap().to_string(),
        "as it was in force on 1 December 2021 at 23:59:59, London time".to_owned(),
        "Imported by bluelamp import".to_owned(),
        "Written, approved and published by Not known to this site".to_owned(),
        "Imported with its dates".to_owned(),
        "the hash and both commitments of this entry hold".to_owned(),
    ] {
        assert!(words.contains(&shown), "{shown} is not in {words}");
    }
    let text: serde_json::Value = serde_json::from_str(&content.body).unwrap();
    assert!(page.body.contains(text["html"].as_str().unwrap()), "the text is not as it was served");
    let mut connection = office.public.connection().await;
    let (action, subject, details): (String, String, String) =
        sqlx::query_as("select action, subject, details from audit_entry").fetch_one(&mut connection).await.unwrap();
    assert_eq!((action.as_str(), subject.as_str()), ("sheet_read", "notice:webchat-disclaimer"));
    assert!(details.contains(&format!("\"entry\":{}", entry.number)), "{details}");
}

#[tokio::test]
async fn without_a_day_it_asks_for_one_and_a_day_to_come_is_refused() {
    let office = Office::open().await;
    let audrey = office.auditor().await;
    let asked = audrey.get("/notices/webchat-disclaimer/sheet").await;
    assert_eq!(asked.status, 200);
    assert!(asked.body.contains(r#"type="date""#) && asked.body.contains(r#"value="2026-11-24""#));
    let later = audrey.get("/notices/webchat-disclaimer/sheet?on=2026-11-25").await;
    assert_eq!(later.status, 422);
    assert!(later.words().contains("That day has not come yet") && later.body.contains(r#"value="2026-11-25""#));
    assert_eq!(audrey.get("/notices/no-such-notice/sheet?on=2021-12-01").await.status, 404);
    let mut connection = office.public.connection().await;
    let read: i64 = sqlx::query_scalar("select count(*) from audit_entry").fetch_one(&mut connection).await.unwrap();
    assert_eq!(read, 0);
}

#[tokio::test]
async fn a_day_on_which_the_text_changed_leads_to_each_version_of_that_day() {
    let office = Office::open().await;
    let (erin, percy, audrey) = (office.editor().await, office.publisher().await, office.auditor().await);
    let path = "/notices/webchat-disclaimer/sheet?on=";
    let others = async |on: &str| {
        let page = audrey.get(&format!("{path}{on}")).await;
        (page.words(), page.attributes("main .note a", "href"))
    };
    assert_eq!(others("2026-11-24").await.1, Vec::<String>::new());
    released(&erin, &percy, "webchat-disclaimer", "Call Zebrafinch.").await;
    let (words, led) = others("2026-11-24").await;
    assert!(words.contains("Call Zebrafinch.") && words.contains("version 2 from 00:00:00"), "{words}");
    let morning = audrey.get(&led[0]).await.words();
    assert!(!morning.contains("Call Zebrafinch.") && morning.contains("version 3 from 12:00:00"), "{morning}");
    assert_eq!(others("2026-11-23").await.1, Vec::<String>::new());
}

#[tokio::test]
async fn a_sheet_is_asked_for_a_day_and_a_time_in_london() {
    let office = Office::open().await;
    let audrey = office.auditor().await;
    let path = "/notices/webchat-disclaimer/sheet";
    assert_eq!(audrey.get(path).await.attributes("[type=time]", "name"), ["time"]);
    for (query, on) in [
        ("on=2021-12-01&time=", "1 December 2021 at 23:59:59"),
        ("on=2022-07-01&time=09:05", "1 July 2022 at 09:05:00"),
        ("on=2022-07-01&time=9:05", "1 July 2022 at 09:05:00"),
        ("on=2022-07-01T08:05:00Z", "1 July 2022 at 09:05:00"),
    ] {
        let sheet = audrey.get(&format!("{path}?{query}")).await;
        assert!(sheet.words().contains(&format!("in force on {on}")), "{query}: {}", sheet.words());
    }
    let wrong = audrey.get(&format!("{path}?on=2022-07-01&time=25:00")).await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.attributes("[name=time]", "value"), ["25:00"], "what was typed stays");
}

#[tokio::test]
async fn before_the_first_version_the_sheet_says_that_nothing_was_in_force() {
    let office = Office::open().await;
    let page = office.auditor().await.get("/notices/webchat-disclaimer/sheet?on=1999-01-01").await;
    assert_eq!(page.status, 200);
    assert!(page.words().contains("the notice had not been published yet"), "{}", page.words());
}

#[tokio::test]
async fn a_sheet_is_for_those_who_read_notices() {
    let office = Office::open().await;
    let path = "/notices/webchat-disclaimer/sheet?on=2021-12-01";
    for (role, status) in
        [(Role::Editor, 200), (Role::DataProtectionOfficer, 200), (Role::WebchatAgent, 403), (Role::CaseHandler, 403)]
    {
        assert_eq!(office.staff(role.words(), &[role]).await.get(path).await.status, status, "{role:?}");
    }
}

#[tokio::test]
async fn a_removed_text_stays_removed_on_the_sheet() {
    let office = Office::open().await;
    let (kept, _) = entry(&office, 1).await;
    let mut connection = office.public.connection().await;
    let mut transaction = connection.begin().await.unwrap();
    redaction::from_console(&mut transaction, &[kept.entry.number], "a name published by mistake.").await.unwrap();
    transaction.commit().await.unwrap();
    let page = office.auditor().await.get("/notices/webchat-disclaimer/sheet?on=2021-12-01").await;
    let words = page.words();
    assert!(words.contains("Ground: a name published by mistake."), "{words}");
    assert!(words.contains("Salt of the content destroyed with the text"), "{words}");
    assert!(words.contains("commitments of this entry hold"), "{words}");
    let salt = kept.content.unwrap().salt.to_string();
    assert!(!words.contains(&salt), "the salt would confirm a guess");
}

#[tokio::test]
async fn who_published_alone_and_who_approved_afterwards_is_on_the_sheet() {
    let office = Office::open().await;
    let (percy, erin) = (office.publisher().await, office.editor().await);
    let (kept, _) = entry(&office, 1).await;
    let mut connection = office.public.connection().await;
    sqlx::query(
        "insert into published_alone (entry, publisher, reason, approved_by, approved_at)
        values ($1, $2, 'Nobody else was on duty.', $3, bluelamp_now())",
    )
    .bind(kept.entry.number)
    .bind(percy.id)
    .bind(erin.id)
    .execute(&mut connection)
    .await
    .unwrap();
    let words = office.auditor().await.get("/notices/webchat-disclaimer/sheet?on=2021-12-01").await.words();
    let expected = "Yes, by Percy Publisher. Reason: Nobody else was on duty. Approved afterwards by Erin Editor on 24 November 2026.";
    assert!(words.contains(expected), "{words}");
}
