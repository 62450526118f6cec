//! How accounts and sessions are kept.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::model::{Actor, Role, Stage};
use super::session::Session;
use crate::ledger::Hash;
use crate::sealing::Keys;

/// Where an account's address is sealed for.
#[must_use]
pub fn email_place(staff: Uuid) -> String {
    format!("staff.email:{staff}")
}

/// Under what an account is found by its address (see [`super::model::email_address`]).
#[must_use]
pub fn email_lookup(keys: &Keys, address: &str) -> [u8; 32] {
    keys.lookup("staff.email", address)
}

/// Roles as the database names them; a role that this release does not know gives nobody anything.
fn roles(names: &[String]) -> Vec<Role> {
    names.iter().filter_map(|name| name.parse().ok()).collect()
}

/// The session with a hash, of an account that is not suspended.
///
/// # Errors
/// When the database cannot be reached.
pub async fn session(connection: &mut PgConnection, hash: Hash) -> Result<Option<Session>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select session.id, session.stage, session.state, session.created_at as "created_at: jiff_sqlx::Timestamp",
            session.seen_at as "seen_at: jiff_sqlx::Timestamp", session.ended_at as "ended_at: jiff_sqlx::Timestamp",
            staff.id as staff, staff.name, staff.roles
        from staff_session session join staff on staff.id = session.staff
        where session.hash = $1 and staff.suspended_at is null"#,
        &hash.0[..],
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Session {
        hash,
        actor: Actor { id: row.staff, name: row.name, roles: roles(&row.roles), session: row.id },
        stage: match row.stage.as_str() {
            "full" => Stage::Full,
            "setup" => Stage::Setup,
            _ => Stage::Second,
        },
        state: row.state,
        created_at: row.created_at.to_jiff(),
        seen_at: row.seen_at.to_jiff(),
        ended_at: row.ended_at.map(jiff_sqlx::Timestamp::to_jiff),
    }))
}

/// Notes that a session was used.
///
/// # Errors
/// When the database cannot be reached.
pub async fn touch_session(connection: &mut PgConnection, hash: Hash, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update staff_session set seen_at = greatest(seen_at, $2) where hash = $1",
        &hash.0[..],
        now.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Begins a session for an account.
///
/// # Errors
/// When the database cannot be reached.
pub async fn begin_session(
    connection: &mut PgConnection,
    hash: Hash,
    staff: Uuid,
    stage: Stage,
    device: &str,
    now: Timestamp,
) -> Result<Uuid, sqlx::Error> {
    let id = Uuid::now_v7();
    sqlx::query!(
        "insert into staff_session (hash, id, staff, stage, device, created_at, seen_at) values ($1, $2, $3, $4, $5, $6, $6)",
        &hash.0[..],
        id,
        staff,
        stage.name(),
        device,
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(id)
}

/// Ends one session; it may have ended before.
///
/// # Errors
/// When the database cannot be reached.
pub async fn end_session(connection: &mut PgConnection, id: Uuid, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!("update staff_session set ended_at = $2 where id = $1 and ended_at is null", id, now.to_sqlx() as _)
        .execute(connection)
        .await?;
    Ok(())
}

/// Makes an account.
///
/// # Errors
/// When the database cannot be reached, or there is an account with that address (`staff_email_lookup_key`).
pub async fn add(
    connection: &mut PgConnection,
    id: Uuid,
    name: &str,
    email_lookup: &[u8; 32],
    email_sealed: &[u8],
    roles: &[Role],
) -> Result<(), sqlx::Error> {
    let roles: Vec<String> = roles.iter().map(|role| role.name().to_owned()).collect();
    sqlx::query!(
        "insert into staff (id, name, email_lookup, email_sealed, roles) values ($1, $2, $3, $4, $5)",
        id,
        name,
        &email_lookup[..],
        email_sealed,
        &roles,
    )
    .execute(connection)
    .await?;
    Ok(())
}
