//! The audit log: nobody changes it, what is changed behind its back is found out, and those who may read it leave a row.

use bluelamp::base::audit;
use bluelamp::base::audit::verify::{Fault, Verdict, verify};
use bluelamp::base::audit::{Action, Who, sealer};
use bluelamp::base::ledger::Hash;
use bluelamp::desk::accounts;
use bluelamp::features::{archive, drafts, publishing};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::people::Office;

impl Office {
    async fn record(&self, name: &'static str, action: Action, subject: &str) {
        let mut connection = self.public.connection().await;
        let who = Who { id: None, name };
        audit::record(&mut connection, who, action, subject, &json!({ "revision": 2 })).await.unwrap();
    }

    async fn record_at(&self, at: &str, subject: &str) {
        let mut connection = self.public.connection().await;
        sqlx::query(
            "insert into audit_entry (at, actor_name, action, subject, details)
            values ($1::text::timestamptz, 'nobody known', 'published', $2, '{}')",
        )
        .bind(at)
        .bind(subject)
        .execute(&mut connection)
        .await
        .unwrap();
    }

    async fn seal(&self) {
        sealer::seal_all(self.desk.database(), false).await.unwrap();
    }

    /// Names of actions in the log, oldest first.
    async fn actions(&self) -> Vec<String> {
        let mut connection = self.public.connection().await;
        sqlx::query_scalar("select action from audit_entry order by id").fetch_all(&mut connection).await.unwrap()
    }
}

#[tokio::test]
async fn rows_are_sealed_once_by_whoever_comes_and_the_rest_is_told() {
    let office = Office::open().await;
    for number in 0..20 {
        office.record("Erin", drafts::actions::DRAFT_SAVED, &format!("notice:n{number}")).await;
    }
    let mut connection = office.public.connection().await;
    let Verdict::Holds { length: 0, head: Hash::ZERO, tail: Some(tail) } = verify(&mut connection, None).await.unwrap()
    else {
        panic!("something was sealed")
    };
    assert_eq!((tail.rows, tail.since), (20, office.public.clock.now()));
    tokio::join!(office.seal(), office.seal(), office.seal());
    office.seal().await;
    let Verdict::Holds { length: 20, head, tail: None } = verify(&mut connection, None).await.unwrap() else {
        panic!("not all rows are sealed")
    };
    office.record("Percy", publishing::actions::PUBLISHED, "notice:n1").await;
    office.seal().await;
    assert!(matches!(verify(&mut connection, Some(head)).await.unwrap(), Verdict::Holds { length: 21, .. }));
}

#[tokio::test]
async fn a_row_that_is_committed_after_a_later_one_is_sealed_too() {
    let office = Office::open().await;
    let mut slow = office.public.connection().await;
    let mut transaction = slow.begin().await.unwrap();
    let who = Who { id: None, name: "Slow" };
    audit::record(&mut transaction, who, publishing::actions::PUBLISHED, "notice:a", &json!({})).await.unwrap();
    office.record("Quick", publishing::actions::PUBLISHED, "notice:b").await;
    office.seal().await;
    transaction.commit().await.unwrap();
    office.seal().await;
    let mut connection = office.public.connection().await;
    assert!(matches!(verify(&mut connection, None).await.unwrap(), Verdict::Holds { length: 2, tail: None, .. }));
}

#[tokio::test]
async fn neither_the_program_nor_the_owner_changes_a_row() {
    let office = Office::open().await;
    office.record("Erin", drafts::actions::DRAFT_SAVED, "notice:contact").await;
    office.seal().await;
    let app_url = office.public.urls.app.clone();
    for url in [&app_url, &office.public.urls.owner] {
        let mut connection = PgConnection::connect(url).await.unwrap();
        for statement in [
            "update audit_entry set actor_name = 'Somebody else'",
            "delete from audit_entry",
            "truncate audit_entry cascade",
            "update audit_seal set hash = previous_hash",
            "delete from audit_seal",
            "truncate audit_seal",
            "insert into audit_seal select position + 5, entry, previous_hash, hash from audit_seal",
        ] {
            let done = sqlx::raw_sql(statement).execute(&mut connection).await;
            assert!(done.is_err(), "{url}: {statement}");
        }
    }
    // The program's login has not even the grants.
    let mut app = PgConnection::connect(&app_url).await.unwrap();
    for (table, right) in
        [("audit_entry", "update"), ("audit_entry", "delete"), ("audit_seal", "update"), ("audit_seal", "delete")]
    {
        let has: bool = sqlx::query_scalar("select has_table_privilege($1, $2)")
            .bind(table)
            .bind(right)
            .fetch_one(&mut app)
            .await
            .unwrap();
        assert!(!has, "{right} on {table}");
    }
}

#[tokio::test]
async fn what_an_owner_changes_behind_the_triggers_is_named() {
    let office = Office::open().await;
    for number in 1..=6 {
        office.record("Erin", drafts::actions::DRAFT_SAVED, &format!("notice:n{number}")).await;
    }
    office.seal().await;
    let mut connection = office.public.connection().await;
    let Verdict::Holds { head, .. } = verify(&mut connection, None).await.unwrap() else { panic!("it does not hold") };
    let broken = |position, row, fault| Verdict::Broken { position, row, fault };
    for (statement, found) in [
        ("update audit_entry set actor_name = 'Percy' where id = 3", broken(3, Some(3), Fault::Edited)),
        ("update audit_entry set at = at - interval '1 day' where id = 1", broken(1, Some(1), Fault::Edited)),
        ("delete from audit_entry where id = 4", broken(4, Some(4), Fault::RowMissing)),
        ("delete from audit_seal where position = 2", broken(2, None, Fault::SealMissing)),
        ("update audit_seal set entry = 11 - entry where entry in (5, 6)", broken(5, Some(6), Fault::Edited)),
        (
            "update audit_seal set position = -position where position in (2, 3);
            update audit_seal set position = 5 + position where position < 0",
            broken(2, Some(3), Fault::Unlinked),
        ),
        (
            "delete from audit_seal where position = 6; delete from audit_entry where id = 6",
            broken(6, None, Fault::TailCut),
        ),
        ("delete from audit_seal where position > 4", broken(5, None, Fault::TailCut)),
    ] {
        let mut transaction = connection.begin().await.unwrap();
        for change in [
            "alter table audit_entry disable trigger user",
            "alter table audit_seal disable trigger user",
            "alter table audit_seal drop constraint audit_seal_entry_fkey",
            "alter table audit_seal drop constraint audit_seal_entry_key",
            statement,
        ] {
            sqlx::raw_sql(AssertSqlSafe(change.to_owned())).execute(&mut *transaction).await.unwrap();
        }
        assert_eq!(verify(&mut transaction, Some(head)).await.unwrap(), found, "{statement}");
        transaction.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn seals_that_were_cut_off_without_a_kept_head_show_as_rows_that_wait() {
    let office = Office::open().await;
    for number in 1..=4 {
        office.record("Erin", drafts::actions::DRAFT_SAVED, &format!("notice:n{number}")).await;
    }
    office.seal().await;
    let mut connection = office.public.connection().await;
    sqlx::raw_sql(
        "alter table audit_seal disable trigger user; delete from audit_seal where position > 2;
        alter table audit_seal enable trigger user",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    let Verdict::Holds { length: 2, tail: Some(tail), .. } = verify(&mut connection, None).await.unwrap() else {
        panic!("the cut does not show")
    };
    assert_eq!((tail.rows, tail.first), (2, 3));
}

#[tokio::test]
async fn who_reads_the_log_has_a_role_for_it_and_leaves_a_row() {
    let office = Office::open().await;
    office.record("Erin Editor", drafts::actions::DRAFT_SAVED, "notice:contact").await;
    let erin = office.editor().await;
    assert_eq!(erin.get("/audit").await.status, 403);
    assert_eq!(erin.get("/audit.csv").await.status, 403);
    assert_eq!(office.nobody().get("/audit").await.status, 303);
    assert_eq!(office.actions().await, ["draft_saved"]);
    let audrey = office.auditor().await;
    let page = audrey.get("/audit").await;
    assert_eq!(page.status, 200);
    assert!(page.words().contains("Erin Editor saved a draft: “Contact us”"), "{}", page.words());
    assert!(page.words().contains("24 November 2026 at 12:00:00"), "{}", page.words());
    assert_eq!(page.attributes(".log li > p a", "href"), ["/notices/contact"]);
    assert_eq!(page.words_of(".log details dl"), "row 1 about notice:contact Everything about it revision 2");
    assert_eq!(office.actions().await, ["draft_saved", "audit_read"]);
    let again = audrey.get("/audit").await;
    assert!(again.words().contains("Audrey Auditor read the audit log: audit"), "{}", again.words());
}

#[tokio::test]
async fn filters_narrow_and_days_are_londons() {
    let office = Office::open().await;
    let percy = office.publisher().await;
    office.record_at("2026-06-30T22:59:59Z", "notice:june").await;
    office.record_at("2026-06-30T23:00:00Z", "notice:july").await;
    office.record_at("2026-07-01T23:00:00Z", "notice:second").await;
    office.record("command line", archive::actions::IMPORTED, "folder").await;
    let audrey = office.auditor().await;
    let shown = async |query: &str| {
        let page = audrey.get(&format!("/audit?{query}")).await;
        assert_eq!(page.status, 200, "{query}");
        let words = page.words();
        let subjects = ["notice:june", "notice:july", "notice:second", "folder"];
        subjects.into_iter().filter(|subject| words.contains(&format!(": {subject} "))).collect::<Vec<_>>()
    };
    assert_eq!(shown("from=2026-07-01&to=2026-07-01").await, ["notice:july"]);
    assert_eq!(shown("to=2026-06-30").await, ["notice:june"]);
    assert_eq!(shown("subject=notice%3Asecond").await, ["notice:second"]);
    assert_eq!(shown("subject=ju").await, ["notice:june", "notice:july"]);
    assert_eq!(shown("who=console").await, ["folder"]);
    assert_eq!(shown("action=imported").await, ["folder"]);
    assert_eq!(shown(&format!("who={}", percy.id)).await, Vec::<&str>::new());
}

#[tokio::test]
async fn filters_that_make_no_sense_come_back_as_they_were_typed() {
    let office = Office::open().await;
    let audrey = office.auditor().await;
    for (query, why) in [
        ("from=yesterday", "Write the day as 2026-11-24."),
        ("from=2026-11-24&to=2026-11-23", "The last day is before the first."),
        ("who=%3Cb%3E", "Choose somebody from the list."),
        ("action=danced", "Choose what was done from the list."),
    ] {
        let page = audrey.get(&format!("/audit?subject=notice%3Ax&{query}")).await;
        assert_eq!(page.status, 422, "{query}");
        assert!(page.words().contains(why), "{query}");
        assert!(page.body.contains(r#"value="notice:x""#), "{query}");
    }
    assert_eq!(office.actions().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_long_log_comes_in_pages_that_miss_nothing() {
    let office = Office::open().await;
    for number in 0..120 {
        office.record("Erin", drafts::actions::DRAFT_SAVED, &format!("notice:n{number}")).await;
    }
    let audrey = office.auditor().await;
    let (mut seen, mut next) = (Vec::new(), Some("/audit?action=draft_saved".to_owned()));
    while let Some(path) = next {
        let page = audrey.get(&path).await;
        let html = scraper::Html::parse_document(&page.body);
        let rows = scraper::Selector::parse(".log li > p a").unwrap();
        let texts: Vec<String> = html.select(&rows).map(|link| link.text().collect()).collect();
        assert!(texts.len() <= 50);
        seen.extend(texts);
        let links = scraper::Selector::parse("a.button").unwrap();
        next = html
            .select(&links)
            .find(|link| link.text().collect::<String>() == "Older rows")
            .map(|link| link.value().attr("href").unwrap().to_owned());
    }
    let expected: Vec<String> = (0..120).rev().map(|number| format!("notice:n{number}")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn the_file_is_safe_to_open_in_a_spreadsheet_and_taking_it_is_recorded() {
    let office = Office::open().await;
    office.record("=HYPERLINK(\"http://evil.test\")", accounts::actions::SIGN_IN_FAILED, "+44 \"quoted\", Zoë").await;
    let audrey = office.auditor().await;
    let file = audrey.get("/audit.csv?action=sign_in_failed").await;
    assert_eq!(file.status, 200);
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"audit-2026-11-24.csv\"");
    let lines: Vec<&str> = file.body.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("\u{feff}Number,"));
    assert!(lines[1].contains("\"'=HYPERLINK(\"\"http://evil.test\"\")\""), "{}", lines[1]);
    assert!(lines[1].contains("\"'+44 \"\"quoted\"\", Zoë\""), "{}", lines[1]);
    assert!(lines[1].contains("2026-11-24T12:00:00.000000Z"), "{}", lines[1]);
    assert_eq!(office.actions().await, ["sign_in_failed", "audit_exported"]);
}
