//! Doubts whether an account belongs to a person of its own.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

/// The doubt about an account, and the person who vouched for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Since when.
    pub since: Timestamp,
    /// The person who saw its link.
    pub by: Option<(Uuid, String)>,
    /// The time at which somebody vouched for it.
    pub vouched_at: Option<Timestamp>,
    /// The person who vouched; none is the command line.
    pub vouched_by: Option<String>,
}

/// Accounts that are doubted: nobody has vouched for them, or their set-up was after `counted_since`.
pub async fn doubted(connection: &mut PgConnection, counted_since: Timestamp) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select id from staff where doubted_since is not null and (vouched_at is null or doubted_since > $1)",
        counted_since.to_sqlx() as _
    )
    .fetch_all(connection)
    .await
}

/// The doubt about one account, if there ever was one.
pub async fn doubt_of(connection: &mut PgConnection, staff: Uuid) -> Result<Option<Doubt>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select staff.doubted_since as "doubted_since: jiff_sqlx::Timestamp", staff.doubted_by,
            doubting.name as "doubting_name?", staff.vouched_at as "vouched_at: jiff_sqlx::Timestamp",
            vouching.name as "vouching_name?"
        from staff left join staff doubting on doubting.id = staff.doubted_by
            left join staff vouching on vouching.id = staff.vouched_by
        where staff.id = $1"#,
        staff
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.and_then(|row| {
        Some(Doubt {
            since: row.doubted_since?.to_jiff(),
            by: row.doubted_by.zip(row.doubting_name),
            vouched_at: row.vouched_at.map(jiff_sqlx::Timestamp::to_jiff),
            vouched_by: row.vouching_name,
        })
    }))
}

/// The person who changed an account's address since it was made or vouched for.
pub async fn readdressed_by(connection: &mut PgConnection, staff: Uuid) -> Result<Option<Uuid>, sqlx::Error> {
    let by = sqlx::query_scalar!("select readdressed_by from staff where id = $1", staff).fetch_optional(connection);
    Ok(by.await?.flatten())
}

/// Notes who gave an account another address.
pub async fn note_readdressed(connection: &mut PgConnection, staff: Uuid, by: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("update staff set readdressed_by = $2 where id = $1", staff, by).execute(connection).await?;
    Ok(())
}

/// Doubts an account whose link `by` can see. Where `by` is doubted, it is on whoever saw their link: they may be the same.
pub async fn doubt(connection: &mut PgConnection, staff: Uuid, by: Uuid, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update staff set doubted_since = $3, vouched_at = null, vouched_by = null, doubted_by = coalesce(
            (select maker.doubted_by from staff maker where maker.id = $2 and maker.doubted_since is not null
                and maker.vouched_at is null), $2)
        where id = $1",
        staff,
        by,
        now.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Counts the doubt about an account from now on, where there is one: its link was used.
pub async fn doubt_from_now(connection: &mut PgConnection, staff: Uuid, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update staff set doubted_since = $2 where id = $1 and doubted_since is not null and vouched_at is null",
        staff,
        now.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Vouches for an account that is set up; `by` is none on the command line. Not for one's own, and not where one saw its link. Says
/// whether it was done.
pub async fn vouch(
    connection: &mut PgConnection,
    staff: Uuid,
    by: Option<Uuid>,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update staff set vouched_at = $3, vouched_by = $2, readdressed_by = null
        where id = $1 and doubted_since is not null and vouched_at is null and ($2::uuid is null or ($2 <> id
                and $2 is distinct from doubted_by))
            and (password is not null and totp_sealed is not null
                or exists (select from staff_passkey where staff_passkey.staff = staff.id))",
        staff,
        by,
        now.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}
