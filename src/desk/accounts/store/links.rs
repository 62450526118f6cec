//! One-time links to set up a sign-in.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::ledger::Hash;

/// A link that may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The account that it sets up, with its name; none makes the first administrator.
    pub staff: Option<(Uuid, String)>,
}

/// Lets one transaction at a time deal with links, so that no two are valid for the same account.
pub async fn lock_links(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("lock table staff_link in share row exclusive mode").execute(connection).await?;
    Ok(())
}

/// Adds a link.
pub async fn add_link(
    connection: &mut PgConnection,
    hash: Hash,
    staff: Option<Uuid>,
    ends_at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into staff_link (hash, staff, ends_at) values ($1, $2, $3)",
        &hash.0[..],
        staff,
        ends_at.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends all links for an account, or all for a first administrator.
pub async fn end_links(connection: &mut PgConnection, staff: Option<Uuid>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update staff_link set ends_at = least(ends_at, $2) where staff is not distinct from $1",
        staff,
        now.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The link for the first administrator that may be used, with when it ends.
pub async fn first_link(
    connection: &mut PgConnection,
    now: Timestamp,
) -> Result<Option<(Hash, Timestamp)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select hash, ends_at as "ends_at: jiff_sqlx::Timestamp" from staff_link
        where staff is null and used_at is null and ends_at > $1 order by ends_at desc limit 1"#,
        now.to_sqlx() as _
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.and_then(|row| Some((row.hash.try_into().ok()?, row.ends_at.to_jiff()))))
}

/// The link with a hash, if it may be used: not used, not ended, its account not suspended; one for the first administrator as
/// long as there is no account.
pub async fn link(connection: &mut PgConnection, hash: Hash, now: Timestamp) -> Result<Option<Link>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select link.staff, staff.name as "name?" from staff_link link left join staff on staff.id = link.staff
        where link.hash = $1 and link.used_at is null and link.ends_at > $2 and staff.suspended_at is null
            and (link.staff is not null or not exists (select from staff))"#,
        &hash.0[..],
        now.to_sqlx() as _
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Link { staff: row.staff.zip(row.name) }))
}

/// Uses a link up. False when it may not be used any more: also in a race.
pub async fn use_link(connection: &mut PgConnection, hash: Hash, now: Timestamp) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update staff_link set used_at = $2 where hash = $1 and used_at is null and ends_at > $2",
        &hash.0[..],
        now.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}
