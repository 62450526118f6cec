//! The means of the application's login against the guards of the database. Temporary tables come before all others where a function
//! does not say otherwise, so that none of them may stand in for a table of the schema.

use bluelamp::base::database::migrate;
use bluelamp::base::database::roles::Names;
use sqlx::{AssertSqlSafe, PgConnection};

use crate::support::TestSite;
use crate::support::cluster::{Scratch, Urls, connect, migrated};
use crate::support::process::Process;

async fn refused(connection: &mut PgConnection, sql: &str, code: &str) {
    let error = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await.unwrap_err();
    let said = error.as_database_error().and_then(sqlx::error::DatabaseError::code).map(std::borrow::Cow::into_owned);
    assert_eq!(said.as_deref(), Some(code), "{sql}: {error}");
}

async fn run(connection: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await.unwrap();
}

#[tokio::test]
async fn a_temporary_table_does_not_stand_in_for_a_redaction() {
    let site = TestSite::start().await;
    let mut app = connect(&site.urls.app).await;
    run(
        &mut app,
        "create temporary table ledger_entry (kind text, target bigint);
        insert into ledger_entry values ('redaction', 1);
        grant select on ledger_entry to public",
    )
    .await;
    refused(&mut app, "select redact_content(1)", "42501").await;
    let kept: bool = sqlx::query_scalar("select body is not null from ledger_content where entry = 1")
        .fetch_one(&mut site.connection().await)
        .await
        .unwrap();
    assert!(kept, "a text was destroyed and no redaction is in the chain");
}

#[tokio::test]
async fn a_temporary_table_does_not_stand_in_for_the_head_of_a_chain() {
    let site = TestSite::start().await;
    let mut app = connect(&site.urls.app).await;
    run(
        &mut app,
        "create temporary table ledger_entry (like public.ledger_entry);
        insert into ledger_entry select * from public.ledger_entry where number = 1;
        update ledger_entry set number = 998;
        create temporary table audit_seal (like public.audit_seal);
        insert into audit_seal values (998, 1, decode(repeat('00', 32), 'hex'), decode(repeat('01', 32), 'hex'));
        insert into audit_entry (actor_name, action, subject, details) values ('', 'test', '', '')",
    )
    .await;
    refused(
        &mut app,
        "insert into public.ledger_entry select 999, format, kind, subject, 999, target, recorded_at, in_force_at, imported,
            content_commitment, particulars_commitment, hash, decode(repeat('ab', 32), 'hex')
        from public.ledger_entry where number = 1",
        "23514",
    )
    .await;
    refused(
        &mut app,
        "insert into public.audit_seal
        select 999, max(id), decode(repeat('01', 32), 'hex'), decode(repeat('02', 32), 'hex') from audit_entry",
        "23514",
    )
    .await;
}

/// Functions of the schema without a search path that is fixed and ends with temporary tables.
const WITHOUT_SEARCH_PATH: &str = "select proname::text from pg_proc
    where pronamespace = quote_ident(current_schema())::regnamespace and not coalesce(
        'search_path=pg_catalog, ' || quote_ident(current_schema()) || ', pg_temp' = any (proconfig), false)";

/// Functions that name a table, a view or a sequence of the schema without the schema. What is in quotes is no name.
const UNQUALIFIED: &str = "select distinct proname || ' names ' || relname || ' without its schema' from pg_proc, pg_class
    where pronamespace = quote_ident(current_schema())::regnamespace and relnamespace = pronamespace and relkind in ('r', 'p', 'v', 'm', 'S')
        and prosqlbody is null and regexp_replace(prosrc, '''[^'']*''', '', 'g') ~ ('(^|[^.[:word:]])' || relname || '\\M')";

async fn names(url: &str, sql: &'static str) -> Vec<String> {
    sqlx::query_scalar(sql).fetch_all(&mut connect(url).await).await.unwrap()
}

#[tokio::test]
async fn every_function_says_where_its_tables_are() {
    let scratch = Scratch::new();
    let cluster = migrated(&scratch).await;
    // A force's own database may keep the tables in another schema.
    let mut superuser = connect(&cluster.superuser_url()).await;
    run(&mut superuser, "create database house owner bluelamp_owner").await;
    run(&mut superuser, "alter database house set search_path = \"the House\"").await;
    let house = cluster.owner_url().replacen("/bluelamp?", "/house?", 1);
    run(&mut connect(&house).await, "create schema \"the House\"").await;
    migrate(&house, Some(&Names::default().app)).await.unwrap();
    for url in [&cluster.owner_url(), &house] {
        assert_eq!(names(url, WITHOUT_SEARCH_PATH).await, [""; 0]);
        assert_eq!(names(url, UNQUALIFIED).await, [""; 0]);
        let functions: i64 = sqlx::query_scalar(
            "select count(*) from pg_proc where pronamespace = quote_ident(current_schema())::regnamespace",
        )
        .fetch_one(&mut connect(url).await)
        .await
        .unwrap();
        assert!(functions >= 8, "the functions are looked for in the wrong schema");
    }
    cluster.stop().await;
}

#[tokio::test]
async fn migrating_takes_temporary_tables_and_new_tables_from_everybody() {
    let scratch = Scratch::new();
    let cluster = migrated(&scratch).await;
    let mut superuser = connect(&cluster.superuser_url()).await;
    run(&mut superuser, "create database plain owner bluelamp_owner").await;
    let here = |url: String| url.replacen("/bluelamp?", "/plain?", 1);
    let (owner, app) = (here(cluster.owner_url()), here(cluster.app_url()));
    run(&mut connect(&app).await, "create temporary table mine (a int)").await;
    migrate(&owner, Some(&Names::default().app)).await.unwrap();
    let mut app = connect(&app).await;
    refused(&mut app, "create temporary table mine (a int)", "42501").await;
    refused(&mut app, "create table mine (a int)", "42501").await;
    cluster.stop().await;
}

#[tokio::test]
async fn a_node_says_at_its_start_what_its_login_may_do_that_it_need_not() {
    let (urls, scratch) = (Urls::of_a_new_database(true).await, Scratch::new());
    // A database whose administrator did not let the owner take anything away.
    let said = Process::serve(&urls.app, &scratch.0.join("app"), &[]).await.end().await;
    assert!(said.contains("may make temporary tables"), "{said}");
    assert!(!said.contains("owns the tables"), "{said}");
    let said = Process::serve(&urls.owner, &scratch.0.join("owner"), &[]).await.end().await;
    assert!(said.contains("owns the tables"), "{said}");

    let mut superuser = connect(&urls.superuser).await;
    let revoke =
        "do $$ begin execute format('revoke temporary on database %I from public', current_database()); end $$";
    run(&mut superuser, revoke).await;
    let said = Process::serve(&urls.app, &scratch.0.join("revoked"), &[]).await.end().await;
    assert!(!said.contains("temporary tables"), "{said}");
}

#[tokio::test]
async fn every_table_says_what_the_application_may_do_with_it() {
    let site = TestSite::start().await;
    let silent = "select relname::text from pg_class
        where relnamespace = quote_ident(current_schema())::regnamespace and relkind in ('r', 'p', 'v', 'm')
            and relname <> '_sqlx_migrations' and coalesce(obj_description(oid, 'pg_class'), '') not like 'app: %'";
    assert_eq!(names(&site.urls.owner, silent).await, [""; 0], "say it in the migration that makes the table");
}

#[tokio::test]
async fn a_table_that_says_nothing_is_closed_to_the_application() {
    let scratch = Scratch::new();
    let cluster = migrated(&scratch).await;
    run(
        &mut connect(&cluster.owner_url()).await,
        "create table silent (a int); create table told (a int); comment on table told is 'app: select';
        grant all on silent, told to bluelamp_app",
    )
    .await;
    migrate(&cluster.owner_url(), Some(&Names::default().app)).await.unwrap();
    let mut app = connect(&cluster.app_url()).await;
    run(&mut app, "select from told").await;
    for closed in ["select from silent", "insert into silent values (1)", "insert into told values (1)"] {
        refused(&mut app, closed, "42501").await;
    }
    cluster.stop().await;
}
