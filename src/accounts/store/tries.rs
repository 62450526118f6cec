//! Failed tries.

use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;

use crate::accounts::tries::Tried;

/// Counts a try against each of several things that are tried, before it is known whether it fails, so that many at once count
/// as well. Where one of them has to wait, nothing is counted and the wait comes back.
///
/// # Errors
/// When the database cannot be reached.
pub async fn claim(
    connection: &mut PgConnection,
    tried: &[Tried],
    forgotten_since: Timestamp,
    now: Timestamp,
) -> Result<Option<SignedDuration>, sqlx::Error> {
    sqlx::query!(
        "delete from sign_in_failure where tried in
            (select tried from sign_in_failure where last_at < $1 for update skip locked)",
        forgotten_since.to_sqlx() as _
    )
    .execute(&mut *connection)
    .await?;
    let mut longest: Option<SignedDuration> = None;
    for tried in tried {
        sqlx::query!(
            "insert into sign_in_failure (tried, failures, last_at) values ($1, 0, $2) on conflict do nothing",
            &tried.key[..],
            now.to_sqlx() as _
        )
        .execute(&mut *connection)
        .await?;
        let row = sqlx::query!(
            r#"select failures, last_at as "last_at: jiff_sqlx::Timestamp" from sign_in_failure
            where tried = $1 for update"#,
            &tried.key[..]
        )
        .fetch_one(&mut *connection)
        .await?;
        longest = longest.max(tried.wait(row.failures, row.last_at.to_jiff(), now));
    }
    if longest.is_none() {
        for tried in tried {
            sqlx::query!(
                "update sign_in_failure set failures = failures + 1, last_at = $2 where tried = $1",
                &tried.key[..],
                now.to_sqlx() as _
            )
            .execute(&mut *connection)
            .await?;
        }
    }
    Ok(longest)
}

/// Takes back what was counted, after a try that was right: what was tried for one account is forgotten, what came from one
/// address loses this try alone.
///
/// # Errors
/// When the database cannot be reached.
pub async fn release(connection: &mut PgConnection, tried: &[Tried]) -> Result<(), sqlx::Error> {
    for tried in tried {
        sqlx::query!(
            "update sign_in_failure set failures = case when $2 then 0 else greatest(failures - 1, 0) end where tried = $1",
            &tried.key[..],
            tried.forgets
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
