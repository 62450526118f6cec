//! Failed tries.

use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::ledger::Hash;
use crate::desk::accounts::tries::{FORGOTTEN_AFTER, LOCKED_AT, Tried};

/// The time that a try has to wait. Writes nothing, so that a try that is refused leaves nothing and costs little.
pub async fn wait(
    connection: &mut PgConnection,
    tried: &[Tried],
    now: Timestamp,
) -> Result<Option<SignedDuration>, sqlx::Error> {
    let mut longest = None;
    for tried in tried {
        let row = sqlx::query!(
            r#"select failures, last_at as "last_at: jiff_sqlx::Timestamp" from sign_in_failure where tried = $1"#,
            &tried.key[..]
        )
        .fetch_optional(&mut *connection)
        .await?;
        longest = longest.max(row.and_then(|row| tried.wait(row.failures, row.last_at.to_jiff(), now)));
    }
    Ok(longest)
}

/// Counts a try against each of several things that are tried, before it is known whether it fails, so that many at once count
/// as well. Where one of them has to wait because another try was faster, the wait comes back and the transaction must be rolled back.
pub async fn claim(
    connection: &mut PgConnection,
    tried: &[Tried],
    now: Timestamp,
) -> Result<Option<SignedDuration>, sqlx::Error> {
    let forgotten_since = now.checked_sub(FORGOTTEN_AFTER).unwrap_or(now);
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
        let wait = tried.wait(row.failures, row.last_at.to_jiff(), now);
        if wait.is_some() {
            return Ok(wait);
        }
        sqlx::query!(
            "update sign_in_failure set last_at = $2, failures = 1 + case when last_at > $3 then failures else 0 end
            where tried = $1",
            &tried.key[..],
            now.to_sqlx() as _,
            forgotten_since.to_sqlx() as _
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(None)
}

/// Takes back what was counted, after a try that was right: what was tried for one account is forgotten, what came from one
/// address loses this try alone.
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

/// Takes back a try that was counted and then not worked on.
pub async fn undo(connection: &mut PgConnection, tried: &[Tried]) -> Result<(), sqlx::Error> {
    for tried in tried {
        sqlx::query!(
            "update sign_in_failure set failures = greatest(failures - 1, 0) where tried = $1",
            &tried.key[..]
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Counts a wrong password or code against an account. Says how many there were since its last sign-in with both.
pub async fn count_failure(connection: &mut PgConnection, staff: Uuid) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into password_failure (staff, failures) values ($1, 1)
        on conflict (staff) do update set failures = least(password_failure.failures, 1000000) + 1 returning failures",
        staff
    )
    .fetch_one(connection)
    .await
}

/// Tells that an account's password needs an unlock link. The row stays locked to the end of a transaction.
pub async fn is_locked(connection: &mut PgConnection, staff: Uuid) -> Result<bool, sqlx::Error> {
    let failures = sqlx::query_scalar!("select failures from password_failure where staff = $1 for update", staff)
        .fetch_optional(connection)
        .await?;
    Ok(failures.is_some_and(|failures| failures >= LOCKED_AT))
}

/// Forgets an account's wrong passwords and codes, and ends its unlock link. False when there was nothing to forget.
pub async fn forget_failures(connection: &mut PgConnection, staff: Uuid) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!("delete from password_failure where staff = $1", staff).execute(connection).await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps a new unlock link for an account. False while an earlier one holds.
pub async fn add_unlock_link(
    connection: &mut PgConnection,
    staff: Uuid,
    hash: Hash,
    ends_at: Timestamp,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update password_failure set unlock_hash = $2, unlock_ends_at = $3
        where staff = $1 and (unlock_ends_at is null or unlock_ends_at <= $4)",
        staff,
        &hash.0[..],
        ends_at.to_sqlx() as _,
        now.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The account that an unlock link is for, as long as it holds and the account is not suspended.
pub async fn unlock_link(
    connection: &mut PgConnection,
    hash: Hash,
    now: Timestamp,
) -> Result<Option<(Uuid, String)>, sqlx::Error> {
    let row = sqlx::query!(
        "select staff.id, staff.name from password_failure failure join staff on staff.id = failure.staff
        where failure.unlock_hash = $1 and failure.unlock_ends_at > $2 and staff.suspended_at is null",
        &hash.0[..],
        now.to_sqlx() as _
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.id, row.name)))
}
