//! The chain: what cannot be changed, what is found out, embargo, redaction, import and export.

use bluelamp::ledger::verify::{Fault, Verdict, verify};
use bluelamp::ledger::{Hash, Kind, NewEntry, store};
use bluelamp::notices::workflow::redaction;
use bluelamp::notices::{export, import};
use sqlx::{AssertSqlSafe, Connection as _};

use crate::support::TestSite;

#[tokio::test]
async fn the_starter_chain_holds_and_a_kept_head_is_found_in_it() {
    let site = TestSite::start().await;
    let mut connection = site.connection().await;
    let Verdict::Holds { head, .. } = verify(&mut connection, None).await.unwrap() else { panic!("it does not hold") };
    assert!(matches!(verify(&mut connection, Some(head)).await.unwrap(), Verdict::Holds { .. }));
    let cut = verify(&mut connection, Some(Hash::of(b"another"))).await.unwrap();
    assert!(matches!(cut, Verdict::Broken { fault: Fault::TailCut, .. }));
}

#[tokio::test]
async fn no_statement_changes_a_row_of_the_ledger() {
    let site = TestSite::start().await;
    let mut connection = site.connection().await;
    for statement in [
        "update ledger_entry set subject = 'facts'",
        "delete from ledger_entry",
        "truncate ledger_entry cascade",
        "update ledger_content set body = 'x'",
        "delete from ledger_particulars",
    ] {
        assert!(sqlx::raw_sql(statement).execute(&mut connection).await.is_err(), "{statement}");
    }
}

#[tokio::test]
async fn what_an_owner_changes_behind_the_triggers_is_named() {
    let site = TestSite::start().await;
    for (statement, number, fault) in [
        ("update ledger_content set body = replace(body, 'e', 'a') where entry = 9", 9, Fault::ContentEdited),
        ("update ledger_entry set in_force_at = in_force_at + interval '1 day' where number = 7", 7, Fault::Edited),
        ("delete from ledger_content where entry = 5", 5, Fault::Missing),
    ] {
        let mut connection = site.connection().await;
        let mut transaction = connection.begin().await.unwrap();
        for table in ["ledger_entry", "ledger_content"] {
            let sql = format!("alter table {table} disable trigger user");
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *transaction).await.unwrap();
        }
        sqlx::raw_sql(statement).execute(&mut *transaction).await.unwrap();
        let found = verify(&mut transaction, None).await.unwrap();
        assert_eq!(found, Verdict::Broken { number, fault }, "{statement}");
        transaction.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn a_version_under_embargo_shows_nowhere_until_its_time() {
    let site = TestSite::start().await;
    let mut connection = site.connection().await;
    let mut transaction = connection.begin().await.unwrap();
    let kept = store::entries_after(&mut transaction, 0, 1000).await.unwrap();
    let old = kept.iter().find(|kept| kept.entry.subject == "notice:helplines").unwrap();
    let content = old.content.as_ref().unwrap().body.replace("Samaritans", "Zebrafinch");
    let new = NewEntry {
        kind: Kind::Version,
        subject: "notice:helplines".to_owned(),
        version: Some(2),
        target: None,
        in_force_at: Some("2026-12-01T09:00:00Z".parse().unwrap()),
        imported: false,
        content,
        particulars: "{}".to_owned(),
    };
    store::append(&mut transaction, new).await.unwrap();
    transaction.commit().await.unwrap();
    site.site.refresh().await.unwrap();
    for path in
        ["/helplines", "/contact", "/search?q=zebrafinch", "/notices", "/notices/helplines", "/notices/changes.atom"]
    {
        assert!(!site.get(path).await.body.contains("Zebrafinch"), "{path}");
    }
    for end in ["", "/json", "/changes"] {
        assert_eq!(site.get(&format!("/notices/helplines/versions/2{end}")).await.status, 404, "{end}");
    }
    site.clock.set("2026-12-01T09:00:00Z".parse().unwrap());
    assert!(site.get("/helplines").await.body.contains("Zebrafinch"));
}

#[tokio::test]
async fn a_redacted_text_is_gone_everywhere_and_the_chain_still_holds() {
    let site = TestSite::start().await;
    let mut connection = site.connection().await;
    let number = store::find(&mut connection, Kind::Version, "notice:webchat-disclaimer", 1).await.unwrap().unwrap();
    let mut transaction = connection.begin().await.unwrap();
    redaction::from_console(&mut transaction, &[number], "a name published by mistake").await.unwrap();
    transaction.commit().await.unwrap();
    site.site.refresh().await.unwrap();
    for end in ["", "/json", "/changes"] {
        let answer = site.get(&format!("/notices/webchat-disclaimer/versions/1{end}")).await;
        assert_eq!(answer.status, 410, "{end}");
        assert!(answer.words().contains("a name published by mistake"), "{end}: {}", answer.words());
    }
    assert!(site.get("/webchat-disclaimer?as_of=2021-12-01").await.words().contains("This text was removed"));
    assert!(matches!(verify(&mut connection, None).await.unwrap(), Verdict::Holds { .. }));
}

#[tokio::test]
async fn an_export_imported_into_an_empty_ledger_is_the_same_chain() {
    let site = TestSite::start().await;
    let mut connection = site.connection().await;
    let folder = std::env::temp_dir().join(format!("bl-{}", uuid::Uuid::now_v7().simple()));
    export::directory(&mut connection, &folder, site.clock.now()).await.unwrap();
    let before = verify(&mut connection, None).await.unwrap();
    let again = TestSite::start().await;
    let mut connection = again.connection().await;
    let mut transaction = connection.begin().await.unwrap();
    let empty = "alter table ledger_entry disable trigger user; alter table ledger_content disable trigger user;
        alter table ledger_particulars disable trigger user; delete from ledger_content; delete from ledger_particulars;
        delete from ledger_entry; alter table ledger_entry enable trigger user";
    sqlx::raw_sql(empty).execute(&mut *transaction).await.unwrap();
    import::directory(&mut transaction, &folder, again.clock.now()).await.unwrap();
    assert_eq!(verify(&mut transaction, None).await.unwrap(), before);
    let unchanged = import::directory(&mut transaction, &folder, again.clock.now()).await.unwrap();
    assert_eq!(unchanged.entries, 0);
    std::fs::remove_dir_all(folder).unwrap();
}
