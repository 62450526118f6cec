//! The SQL of consent records and counts.

use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;

use crate::features::consent::counts::Sums;
use crate::features::consent::model::{ConsentRecord, ReceiptKey, STATISTICS};

/// The key of receipts.
pub async fn receipt_key(connection: &mut PgConnection) -> Result<Option<ReceiptKey>, sqlx::Error> {
    let key = sqlx::query_scalar!("select key from consent_key").fetch_optional(connection).await?;
    Ok(key.and_then(|key| ReceiptKey::new(&key)))
}

/// Inserts a consent record, unless there is one for the receipt.
pub async fn insert_record(connection: &mut PgConnection, record: &ConsentRecord) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into consent_record (receipt, choice, categories, notice_version, chosen_at)
        values ($1, 'accept', $2, $3, $4)
        on conflict on constraint consent_record_pkey do nothing",
        record.receipt.as_str(),
        STATISTICS,
        record.notice_version,
        record.chosen_at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds sums to those in the database. Run it in a transaction, so that all of them count or none.
pub async fn add(connection: &mut PgConnection, sums: &Sums) -> Result<(), sqlx::Error> {
    for (day, counted) in sums.days() {
        let day = day.to_string();
        let (pages, shown): (Vec<String>, Vec<i64>) =
            counted.pages.iter().map(|(page, shown)| (page.clone(), to_bigint(*shown))).unzip();
        sqlx::query!(
            "insert into page_count (day, page, shown)
            select $1::text::date, page, shown from unnest($2::text[], $3::bigint[]) as counted (page, shown)
            on conflict on constraint page_count_pkey do update set shown = page_count.shown + excluded.shown",
            day,
            &pages,
            &shown,
        )
        .execute(&mut *connection)
        .await?;
        if counted.unrecorded > 0 {
            sqlx::query!(
                "insert into consent_count (day, accepts) values ($1::text::date, $2)
                on conflict on constraint consent_count_pkey do update set accepts = consent_count.accepts + excluded.accepts",
                day,
                to_bigint(counted.unrecorded),
            )
            .execute(&mut *connection)
            .await?;
        }
        if counted.visits > 0 {
            sqlx::query!(
                "insert into visit_count (day, visits) values ($1::text::date, $2)
                on conflict on constraint visit_count_pkey do update set visits = visit_count.visits + excluded.visits",
                day,
                to_bigint(counted.visits),
            )
            .execute(&mut *connection)
            .await?;
        }
    }
    Ok(())
}

fn to_bigint(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
