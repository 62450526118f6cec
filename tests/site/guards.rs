//! `verify` looks at what guards the tables as well, and at rows that came in behind it.

use std::process::Output;

use sqlx::AssertSqlSafe;

use crate::support::TestSite;
use crate::support::cluster::{Scratch, Urls, connect, migrated};
use crate::support::process::run;

async fn verify(urls: &Urls) -> (Option<i32>, String) {
    let Output { status, stdout, .. } =
        run(&["verify"], &[("DATABASE_URL", urls.app.as_str()), ("LOG_FILTER", "off")]).await;
    (status.code(), String::from_utf8(stdout).unwrap())
}

async fn as_superuser(urls: &Urls, statement: &str) {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut connect(&urls.superuser).await).await.unwrap();
}

#[tokio::test]
async fn every_guard_that_was_changed_is_named() {
    // A cluster of its own: its logins are changed too, which all databases of a cluster share.
    let scratch = Scratch::new();
    let cluster = migrated(&scratch).await;
    let urls = Urls::of(&cluster);
    let (code, said) = verify(&urls).await;
    assert!(code == Some(0) && said.contains("The guards hold"), "{said}");
    let cases = [
        (
            "alter table ledger_entry disable trigger ledger_entry_is_immutable",
            "trigger public.ledger_entry: ledger_entry_is_immutable was changed",
        ),
        ("alter table ledger_entry enable trigger ledger_entry_is_immutable", ""),
        ("alter table ledger_content disable trigger all", "ledger_content_entry_fkey was changed"),
        ("alter table ledger_content enable trigger all", ""),
        ("grant update on ledger_entry to bluelamp_app", "table public.ledger_entry was changed"),
        ("revoke update on ledger_entry from bluelamp_app", ""),
        ("grant update (kind) on ledger_entry to bluelamp_app", "table public.ledger_entry was changed"),
        ("revoke update (kind) on ledger_entry from bluelamp_app", ""),
        ("alter role bluelamp_app createrole", "login bluelamp_app was changed"),
        ("alter role bluelamp_app nocreaterole", ""),
        ("create rule hide as on insert to audit_entry do instead nothing", "rule public.audit_entry: hide was added"),
        ("drop rule hide on audit_entry", ""),
        ("create table aside (x int)", "table public.aside was added"),
        ("drop table aside", ""),
        (
            "alter function redact_content(bigint) security invoker",
            "function public.redact_content(bigint) was changed",
        ),
        ("alter function redact_content(bigint) security definer", ""),
        ("alter function refuse_change() owner to postgres", "function public.refuse_change() was changed"),
        ("alter function refuse_change() owner to bluelamp_owner", ""),
        (
            "create or replace function bluelamp_now() returns timestamptz language sql volatile parallel safe as 'select now()'",
            "function public.bluelamp_now() was changed",
        ),
        (
            "create or replace view public_entry as select entry.*, content.salt, content.body
                from ledger_entry entry join ledger_content content on content.entry = entry.number",
            "table public.public_entry was changed",
        ),
        (
            "drop trigger audit_entry_is_immutable on audit_entry",
            "trigger public.audit_entry: audit_entry_is_immutable is gone",
        ),
    ];
    for (statement, named) in cases {
        as_superuser(&urls, statement).await;
        let (code, said) = verify(&urls).await;
        if named.is_empty() {
            assert_eq!(code, Some(0), "{statement}: {said}");
        } else {
            assert!(code == Some(1) && said.contains(named), "{statement}: {said}");
            assert!(said.contains("The chain holds"), "the rest is said as well: {said}");
        }
    }
    // Migrating again hides nothing, and whoever changed it on purpose can say so.
    let owner =
        [("DATABASE_URL", urls.app.as_str()), ("DATABASE_OWNER_URL", urls.owner.as_str()), ("LOG_FILTER", "off")];
    assert!(run(&["migrate"], &owner).await.status.success());
    let (code, said) = verify(&urls).await;
    assert!(code == Some(1) && said.contains("bluelamp_now()"), "{said}");
    assert!(run(&["migrate", "--record-guards"], &owner).await.status.success());
    assert_eq!(verify(&urls).await.0, Some(0));
}

#[tokio::test]
async fn the_application_cannot_change_the_record_of_the_guards() {
    let site = TestSite::start().await;
    let mut app = connect(&site.urls.app).await;
    for statement in [
        "update schema_guard set description = ''",
        "delete from schema_guard",
        "insert into schema_guard values ('', 1, 1, '', '', '')",
    ] {
        let refused = sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut app).await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "42501", "{statement}");
    }
}

#[tokio::test]
async fn guards_of_another_release_are_not_judged() {
    let site = TestSite::start().await;
    for statement in [
        "update schema_guard set postgres = 1",
        "update schema_guard set release = '0.0.1'",
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (99991231000000, 'x', true, '', 0)",
    ] {
        as_superuser(&site.urls, statement).await;
        as_superuser(&site.urls, "alter table ledger_entry disable trigger ledger_entry_is_immutable").await;
        let (code, said) = verify(&site.urls).await;
        assert!(code == Some(0) && said.contains("Guards not judged"), "{statement}: {said}");
    }
}

#[tokio::test]
async fn rows_without_an_owner_and_rows_with_a_chosen_number_are_named() {
    for (statement, named) in [
        (
            "insert into ledger_content (entry, salt, body) values (999999, sha256('x'), 'x')",
            "1 rows of ledger_content have no ledger_entry",
        ),
        (
            "insert into ledger_particulars (entry, salt, body) values (-1, sha256('x'), 'x')",
            "1 rows of ledger_particulars have no ledger_entry",
        ),
        (
            "insert into audit_entry (id, actor_name, action, subject, details) overriding system value values (0, 'x', 'signed_in', 'x', '{}')",
            "(row 0)",
        ),
    ] {
        let site = TestSite::start().await;
        as_superuser(&site.urls, &format!("set session_replication_role = replica; {statement}")).await;
        let (code, said) = verify(&site.urls).await;
        assert!(code == Some(1) && said.contains(named), "{statement}: {said}");
    }
}

#[tokio::test]
async fn rows_that_stay_unsealed_are_a_fault_where_a_node_ran_that_seals() {
    let site = TestSite::start().await;
    as_superuser(
        &site.urls,
        "insert into audit_entry (at, actor_name, action, subject, details)
            values (bluelamp_now() - interval '5 minutes', 'x', 'signed_in', 'x', '{}')",
    )
    .await;
    let (code, said) = verify(&site.urls).await;
    assert!(code == Some(0) && said.contains("1 rows are not sealed yet"), "{said}");
    let node = |minutes: i32, seals: bool| {
        format!(
            "delete from node_head; insert into node_head (node, name, length, seen_at, seals)
            values (gen_random_uuid(), 'a', 1, bluelamp_now() - interval '{minutes} minutes', {seals})"
        )
    };
    for (minutes, seals, expected) in [(5, true, 0), (1, false, 0), (1, true, 1)] {
        as_superuser(&site.urls, &node(minutes, seals)).await;
        let (code, said) = verify(&site.urls).await;
        assert_eq!(code, Some(expected), "{minutes} {seals}: {said}");
    }
}
