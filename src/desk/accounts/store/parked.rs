//! Forms that arrived too late.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

/// A form that waits for its sender.
#[derive(Clone)]
pub struct Parked {
    /// The path that it was sent to.
    pub path: String,
    /// Its body, sealed.
    pub sealed: Vec<u8>,
    /// The time at which it arrived.
    pub parked_at: Timestamp,
}

/// Keeps a form; of one person no more than `most`, the latest.
pub async fn park(
    connection: &mut PgConnection,
    id: Uuid,
    staff: Uuid,
    parked: &Parked,
    most: i64,
) -> Result<(), sqlx::Error> {
    // Two at once of one person wait for one another, or both would count too few.
    sqlx::query!("select id from staff where id = $1 for update", staff).fetch_optional(&mut *connection).await?;
    sqlx::query!(
        "insert into parked_form (id, staff, path, sealed, parked_at) values ($1, $2, $3, $4, $5)",
        id,
        staff,
        parked.path,
        parked.sealed,
        parked.parked_at.to_sqlx() as _
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "delete from parked_form where staff = $1 and id not in
            (select id from parked_form where staff = $1 order by parked_at desc, id desc limit $2)",
        staff,
        most
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A form of somebody that arrived since a time.
pub async fn parked(
    connection: &mut PgConnection,
    id: Uuid,
    staff: Uuid,
    since: Timestamp,
) -> Result<Option<Parked>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select path, sealed, parked_at as "parked_at: jiff_sqlx::Timestamp"
        from parked_form where id = $1 and staff = $2 and parked_at >= $3"#,
        id,
        staff,
        since.to_sqlx() as _
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Parked { path: row.path, sealed: row.sealed, parked_at: row.parked_at.to_jiff() }))
}

/// Removes a form of somebody.
pub async fn remove_parked(connection: &mut PgConnection, id: Uuid, staff: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from parked_form where id = $1 and staff = $2", id, staff).execute(connection).await?;
    Ok(())
}
