//! Old rows go in upkeep, and a heap of them slows nobody down.

use axum::http::StatusCode;
use bluelamp::desk::accounts::tries::Tried;
use bluelamp::desk::accounts::{Role, cleanup, store};
use jiff::SignedDuration;
use sqlx::Connection as _;

use super::people::Office;
use super::settled::PASSWORD;

const HEAP: i64 = 20_000;

/// Old rows of every kind, as a flood leaves them.
async fn heap(office: &Office) {
    let mut connection = office.public.connection().await;
    for sql in [
        "insert into sign_in_failure select sha256(n::text::bytea), 1, '2026-11-20 12:00Z' from generate_series(1, $1) n",
        "insert into passkey_ceremony (hash, purpose, state, began_at)
            select sha256(n::text::bytea), 'sign_in', '', '2026-11-20 12:00Z' from generate_series(1, $1) n",
    ] {
        sqlx::query(sql).bind(HEAP).execute(&mut connection).await.unwrap();
    }
    sqlx::raw_sql("analyze sign_in_failure, passkey_ceremony").execute(&mut connection).await.unwrap();
}

async fn count(office: &Office, table: &str) -> i64 {
    let sql = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
    sqlx::query_scalar(sql).fetch_one(&mut office.public.connection().await).await.unwrap()
}

#[tokio::test]
async fn a_sign_in_reads_a_few_rows_however_many_old_ones_there_are_and_deletes_none() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    heap(&office).await;
    let before = count(&office, "sign_in_failure").await;
    assert_eq!(office.browser().type_password(&erin.email, PASSWORD).await.status, StatusCode::SEE_OTHER);
    assert!(count(&office, "sign_in_failure").await >= before, "nobody's request deletes");
    // The same on a connection whose work can be looked at.
    let mut connection = office.public.connection().await;
    let mut transaction = connection.begin().await.unwrap();
    let now = office.desk.now();
    let tried =
        [Tried::address(office.desk.keys(), None, now), Tried::account(office.desk.keys(), "new@northshire.example")];
    assert_eq!(store::wait(&mut transaction, &tried, now).await.unwrap(), None);
    assert_eq!(store::claim(&mut transaction, &tried, now).await.unwrap(), None);
    store::release(&mut transaction, &tried).await.unwrap();
    let read: i64 = sqlx::query_scalar(
        "select (seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint from pg_stat_xact_user_tables where relname = 'sign_in_failure'",
    )
    .fetch_one(&mut *transaction)
    .await
    .unwrap();
    assert!(read < 50, "read {read} rows");
}

#[tokio::test]
async fn upkeep_deletes_what_is_old_and_leaves_the_rest() {
    let office = Office::open().await;
    let mut erin = office.settled("Erin Editor", &[Role::Editor]).await;
    office.invite("New Person", "new.person@northshire.example", &[Role::Editor]).await;
    office.browser().type_password("nobody@northshire.example", "harbour violet casting umbrellas").await;
    let kept = (count(&office, "sign_in_failure").await, count(&office, "staff_session").await);
    heap(&office).await;
    cleanup::delete_old(&office.desk).await.unwrap();
    assert_eq!((count(&office, "sign_in_failure").await, count(&office, "staff_session").await), kept);
    assert_eq!(count(&office, "passkey_ceremony").await, 0);
    assert_eq!(count(&office, "staff_link").await, 2);
    assert!(erin.browser.is_in().await);
    // A month and some days later nothing of it is left.
    office.pass(SignedDuration::from_hours(24 * 34));
    cleanup::delete_old(&office.desk).await.unwrap();
    for table in ["sign_in_failure", "passkey_ceremony", "parked_form", "staff_session", "staff_link"] {
        assert_eq!(count(&office, table).await, 0, "{table}");
    }
    // Their accounts are.
    assert_eq!(count(&office, "staff").await, 2);
}

#[tokio::test]
async fn upkeep_finds_old_rows_without_reading_the_others() {
    let office = Office::open().await;
    heap(&office).await;
    let mut connection = office.public.connection().await;
    for (table, time) in [
        ("sign_in_failure", "last_at"),
        ("passkey_ceremony", "began_at"),
        ("parked_form", "parked_at"),
        ("staff_session", "seen_at"),
        ("staff_link", "ends_at"),
    ] {
        let indexed: i64 =
            sqlx::query_scalar("select count(*) from pg_indexes where tablename = $1 and indexdef like $2")
                .bind(table)
                .bind(format!("%({time})"))
                .fetch_one(&mut connection)
                .await
                .unwrap();
        assert_eq!(indexed, 1, "{table} has no index on {time}");
    }
}
