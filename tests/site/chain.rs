//! The chain: what nobody may change, and what is found out if somebody does.

use bluelamp::base::ledger::verify::{Fault, Verdict, verify};
use bluelamp::base::ledger::{Hash, Kind, store};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::support::TestSite;
use crate::support::cluster::connect;
use crate::support::ledger::{state, version};

const TABLES: [&str; 7] = [
    "ledger_entry",
    "ledger_content",
    "ledger_particulars",
    "consent_record",
    "log_origin",
    "log_checkpoint",
    "log_cosignature",
];

async fn refused(connection: &mut PgConnection, statement: &str) {
    let Err(error) = sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(connection).await else {
        panic!("this is not refused: {statement}")
    };
    let code = error.as_database_error().unwrap().code().unwrap().into_owned();
    assert_eq!(code, "42501", "{statement}: {error}");
}

#[tokio::test]
async fn the_starter_chain_holds_and_a_kept_head_is_found_in_it() {
    let site = TestSite::start().await;
    let mut connection = site.connection().await;
    let Verdict::Holds { head, length } = verify(&mut connection, None).await.unwrap() else {
        panic!("it does not hold")
    };
    assert!(matches!(verify(&mut connection, Some(head)).await.unwrap(), Verdict::Holds { .. }));
    // An older head is in it as well.
    let older = store::entries_after(&mut connection, length - 3, 1).await.unwrap()[0].entry.hash;
    assert!(matches!(verify(&mut connection, Some(older)).await.unwrap(), Verdict::Holds { .. }));
    let other = verify(&mut connection, Some(Hash::of(b"another"))).await.unwrap();
    assert!(matches!(other, Verdict::Broken { fault: Fault::TailCut, .. }));
}

#[tokio::test]
async fn the_application_may_change_nothing_that_was_entered() {
    let site = TestSite::start().await;
    let mut app = connect(&site.urls.app).await;
    let login: String = sqlx::query_scalar("select current_user::text").fetch_one(&mut app).await.unwrap();
    assert_eq!(login, "bluelamp_app");
    for table in TABLES {
        let column = if table == "ledger_entry" {
            "kind"
        } else if table == "consent_record" {
            "choice"
        } else if table.starts_with("log_") {
            "origin"
        } else {
            "body"
        };
        for statement in [
            format!("update {table} set {column} = {column}"),
            format!("delete from {table}"),
            format!("truncate {table} cascade"),
            format!("alter table {table} disable trigger user"),
            format!("drop table {table} cascade"),
        ] {
            refused(&mut app, &statement).await;
        }
    }
    for statement in [
        "set session_replication_role = replica",
        "create or replace function refuse_change() returns trigger language plpgsql as 'begin return new; end'",
        "drop trigger ledger_entry_is_immutable on ledger_entry",
        "set role bluelamp_owner",
    ] {
        refused(&mut app, statement).await;
    }
    assert!(matches!(verify(&mut app, None).await.unwrap(), Verdict::Holds { .. }));
}

#[tokio::test]
async fn a_content_cannot_be_destroyed_without_an_entry_that_says_why() {
    let site = TestSite::start().await;
    let mut app = connect(&site.urls.app).await;
    for entry in [1, 9] {
        refused(&mut app, &format!("select redact_content({entry})")).await;
    }
    let gone: i64 =
        sqlx::query_scalar("select count(*) from ledger_content where body is null").fetch_one(&mut app).await.unwrap();
    assert_eq!(gone, 0);
    assert!(matches!(verify(&mut app, None).await.unwrap(), Verdict::Holds { .. }));
}

#[tokio::test]
async fn the_owner_is_refused_as_well_while_the_triggers_stand() {
    let site = TestSite::start().await;
    let mut owner = site.connection().await;
    for table in ["ledger_entry", "ledger_content", "ledger_particulars"] {
        let column = if table == "ledger_entry" { "kind" } else { "body" };
        refused(&mut owner, &format!("update {table} set {column} = {column}")).await;
        refused(&mut owner, &format!("delete from {table}")).await;
        refused(&mut owner, &format!("truncate {table} cascade")).await;
    }
}

#[tokio::test]
async fn an_entry_that_does_not_follow_the_head_is_refused() {
    let site = TestSite::start().await;
    let mut app = connect(&site.urls.app).await;
    let copy = |number: &str, previous: &str, recorded: &str| {
        format!(
            "insert into ledger_entry select {number}, format, kind, subject, 1000, target, {recorded}, {recorded}, imported,
                content_commitment, particulars_commitment, {previous}, sha256('x')
            from ledger_entry where kind = 'version' order by number desc limit 1"
        )
    };
    let (next, head) =
        ("(select max(number) + 1 from ledger_entry)", "(select hash from ledger_entry order by number desc limit 1)");
    for statement in [
        copy("(select max(number) + 2 from ledger_entry)", head, "recorded_at"),
        copy("1", head, "recorded_at"),
        copy(next, "sha256('another')", "recorded_at"),
        copy(next, head, "recorded_at - interval '1 second'"),
    ] {
        let error = sqlx::raw_sql(AssertSqlSafe(statement.clone())).execute(&mut app).await.unwrap_err();
        let error = error.as_database_error().unwrap();
        assert_eq!(error.constraint(), Some("ledger_entry_follows_head"), "{statement}: {error}");
    }
}

#[tokio::test]
async fn what_is_changed_behind_the_triggers_is_named() {
    let site = TestSite::start().await;
    let mut connection = site.connection().await;
    let Verdict::Holds { length, head } = verify(&mut connection, None).await.unwrap() else { panic!() };
    // Moves a number out of the way in all three tables, so that rows can be renumbered.
    let renumber = |from: &str, to: &str| {
        format!(
            "update ledger_entry set number = {to} where {from}; update ledger_content set entry = {};
            update ledger_particulars set entry = {}",
            format!("{to} where {from}").replace("number", "entry"),
            format!("{to} where {from}").replace("number", "entry"),
        )
    };
    let remove = |which: &str| {
        let entry = which.replace("number", "entry");
        format!(
            "delete from ledger_content where {entry}; delete from ledger_particulars where {entry};
            delete from ledger_entry where {which}"
        )
    };
    let swap =
        format!("{}; {}; {}", renumber("number = 5", "-5"), renumber("number = 6", "5"), renumber("number = -5", "6"));
    let closed_up = format!(
        "{}; {}; {}",
        remove("number = 5"),
        renumber("number > 5", "-number"),
        renumber("number < 0", "-number - 1")
    );
    let cases = [
        (
            "update ledger_content set body = replace(body, 'e', 'a') where entry = 9".to_owned(),
            9,
            Fault::ContentEdited,
        ),
        ("update ledger_content set salt = sha256('x') where entry = 4".to_owned(), 4, Fault::ContentEdited),
        ("update ledger_content set body = null, salt = null where entry = 4".to_owned(), 4, Fault::ContentMissing),
        (
            "update ledger_entry set in_force_at = in_force_at + interval '1 day' where number = 7".to_owned(),
            7,
            Fault::Edited,
        ),
        ("update ledger_entry set subject = 'page:elsewhere' where number = 8".to_owned(), 8, Fault::Edited),
        ("update ledger_entry set content_commitment = sha256('x') where number = 7".to_owned(), 7, Fault::Edited),
        ("update ledger_entry set hash = sha256('x') where number = 7".to_owned(), 7, Fault::Edited),
        ("update ledger_entry set previous_hash = sha256('x') where number = 7".to_owned(), 7, Fault::Unlinked),
        ("update ledger_particulars set body = '{}' where entry = 6".to_owned(), 6, Fault::ParticularsEdited),
        ("delete from ledger_particulars where entry = 6".to_owned(), 6, Fault::ParticularsEdited),
        ("delete from ledger_content where entry = 5".to_owned(), 5, Fault::Missing),
        (format!("delete from ledger_content where entry = {length}"), length, Fault::ContentMissing),
        (remove("number = 1"), 1, Fault::Missing),
        (remove("number = 5"), 5, Fault::Missing),
        (closed_up, 5, Fault::Unlinked),
        (swap, 5, Fault::Unlinked),
        (remove(&format!("number > {}", length - 2)), length - 1, Fault::TailCut),
        (remove("number > 0"), 1, Fault::TailCut),
    ];
    // More than the owner can do: a superuser whose session fires no trigger and checks no reference.
    let mut superuser = connect(&site.urls.superuser).await;
    sqlx::raw_sql("set session_replication_role = replica").execute(&mut superuser).await.unwrap();
    for (statement, number, fault) in cases {
        let mut transaction = superuser.begin().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statement.clone())).execute(&mut *transaction).await.unwrap();
        let found = verify(&mut transaction, Some(head)).await.unwrap();
        assert_eq!(found, Verdict::Broken { number, fault }, "{statement}");
        transaction.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn a_chain_that_is_made_anew_as_a_whole_shows_only_against_a_kept_head() {
    let site = TestSite::start().await;
    let mut superuser = connect(&site.urls.superuser).await;
    let Verdict::Holds { head, .. } = verify(&mut superuser, None).await.unwrap() else { panic!() };
    sqlx::raw_sql("set session_replication_role = replica").execute(&mut superuser).await.unwrap();
    let mut previous = Hash::ZERO;
    for kept in store::entries_after(&mut superuser, 0, 1000).await.unwrap() {
        let (mut entry, mut sealed) = (kept.entry, kept.content.unwrap());
        if entry.number == 9 {
            sealed.body = sealed.body.replace('e', "a");
            entry.content_commitment = sealed.commitment();
        }
        entry.previous_hash = previous;
        entry.hash = entry.computed_hash();
        previous = entry.hash;
        sqlx::query("update ledger_entry set content_commitment = $2, previous_hash = $3, hash = $4 where number = $1")
            .bind(entry.number)
            .bind(&entry.content_commitment.0[..])
            .bind(&entry.previous_hash.0[..])
            .bind(&entry.hash.0[..])
            .execute(&mut superuser)
            .await
            .unwrap();
        sqlx::query("update ledger_content set body = $2 where entry = $1")
            .bind(entry.number)
            .bind(&sealed.body)
            .execute(&mut superuser)
            .await
            .unwrap();
    }
    assert!(matches!(verify(&mut superuser, None).await.unwrap(), Verdict::Holds { .. }));
    let found = verify(&mut superuser, Some(head)).await.unwrap();
    assert!(matches!(found, Verdict::Broken { fault: Fault::TailCut, .. }), "{found:?}");
}

#[tokio::test]
async fn a_redaction_that_left_its_text_is_named() {
    let site = TestSite::start().await;
    let (_, content) = site.content("helplines").await;
    let named = site.enter(version(2, &content)).await;
    let redaction = bluelamp::base::ledger::NewEntry {
        version: None,
        target: Some(named.number),
        ..state(Kind::Redaction, &named.subject, 1, &serde_json::json!({ "ground": "a name" }))
    };
    site.enter(redaction).await;
    let found = verify(&mut site.connection().await, None).await.unwrap();
    assert_eq!(found, Verdict::Broken { number: named.number, fault: Fault::ContentKept });
}

#[tokio::test]
async fn what_is_in_force_cannot_be_cancelled_any_more() {
    let site = TestSite::start().await;
    let (_, content) = site.content("helplines").await;
    let now = site.enter(version(2, &content)).await;
    let mut app = connect(&site.urls.app).await;
    let mut transaction = app.begin().await.unwrap();
    let cancellation = bluelamp::base::ledger::NewEntry {
        version: None,
        target: Some(now.number),
        ..state(Kind::Cancellation, &now.subject, 1, &())
    };
    let error = store::append(&mut transaction, cancellation).await.unwrap_err().to_string();
    assert!(error.contains("in force already"), "{error}");
}
