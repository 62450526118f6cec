//! Sessions.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::ledger::Hash;
use crate::desk::accounts::model::{Actor, Confirmed, Stage, roles};
use crate::desk::accounts::session_model::Session;

/// A session in the list of somebody's sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Public id.
    pub id: Uuid,
    /// The browser, as it called itself.
    pub device: String,
    /// The time at which it began.
    pub created_at: Timestamp,
    /// The time of its last use.
    pub seen_at: Timestamp,
}

/// The session with a hash, of an account that is not suspended.
pub async fn session(connection: &mut PgConnection, hash: Hash) -> Result<Option<Session>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select session.id, session.stage, session.created_at as "created_at: jiff_sqlx::Timestamp",
            session.seen_at as "seen_at: jiff_sqlx::Timestamp", session.ended_at as "ended_at: jiff_sqlx::Timestamp",
            session.confirmed_at as "confirmed_at: jiff_sqlx::Timestamp", session.confirmed_by_passkey,
            session.confirmed_for, exists (select from staff_passkey where staff_passkey.staff = staff.id) as "has_passkey!",
            staff.id as staff, staff.name, staff.roles
        from staff_session session join staff on staff.id = session.staff
        where session.hash = $1 and staff.suspended_at is null"#,
        &hash.0[..],
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Session {
        hash,
        actor: Actor {
            id: row.staff,
            name: row.name,
            roles: roles(&row.roles),
            session: row.id,
            waiting: 0,
            // The owner of a passkey confirms with it, because a password alone is the weaker proof.
            confirmed: row.confirmed_at.filter(|_| row.confirmed_by_passkey || !row.has_passkey).map(|at| Confirmed {
                at: at.to_jiff(),
                by_passkey: row.confirmed_by_passkey,
                form: row.confirmed_for,
            }),
        },
        stage: if row.stage == Stage::Full.name() { Stage::Full } else { Stage::Second },
        created_at: row.created_at.to_jiff(),
        seen_at: row.seen_at.to_jiff(),
        ended_at: row.ended_at.map(jiff_sqlx::Timestamp::to_jiff),
    }))
}

/// Notes that a session was used.
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

/// Begins a session for an account. A full one counts as confirmed by password.
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
        "insert into staff_session (hash, id, staff, stage, device, created_at, seen_at, confirmed_at)
        values ($1, $2, $3, $4, $5, $6, $6, case when $4 = 'full' then $6::timestamptz end)",
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

/// Notes that whoever sits at a session showed again that it is them, for a kept form or for any, and gives the session a new hash.
pub async fn confirm_session(
    connection: &mut PgConnection,
    id: Uuid,
    new: Hash,
    confirmed: Confirmed,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update staff_session set hash = $2, confirmed_at = $4, confirmed_by_passkey = $3, confirmed_for = $5 where id = $1",
        id,
        &new.0[..],
        confirmed.by_passkey,
        confirmed.at.to_sqlx() as _,
        confirmed.form
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Uses up the proof that was given for a kept form.
pub async fn use_proof(connection: &mut PgConnection, id: Uuid, form: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("update staff_session set confirmed_for = null where id = $1 and confirmed_for = $2", id, form)
        .execute(connection)
        .await?;
    Ok(())
}

/// Ends one session; it may have ended before.
pub async fn end_session(connection: &mut PgConnection, id: Uuid, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update staff_session set ended_at = $2, state = null where id = $1 and ended_at is null",
        id,
        now.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends one session of an account. False when it is not theirs or has ended.
pub async fn end_session_of(
    connection: &mut PgConnection,
    staff: Uuid,
    id: Uuid,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update staff_session set ended_at = $3, state = null where id = $1 and staff = $2 and ended_at is null",
        id,
        staff,
        now.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends all sessions of an account, or all but one. Says how many.
pub async fn end_sessions(
    connection: &mut PgConnection,
    staff: Uuid,
    but: Option<Uuid>,
    now: Timestamp,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "update staff_session set ended_at = $3, state = null
        where staff = $1 and id is distinct from $2 and ended_at is null",
        staff,
        but,
        now.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// The sessions of an account that were not ended and were used since a time, latest first.
pub async fn sessions_of(
    connection: &mut PgConnection,
    staff: Uuid,
    seen_since: Timestamp,
    began_since: Timestamp,
) -> Result<Vec<Listed>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id, device, created_at as "created_at: jiff_sqlx::Timestamp",
            seen_at as "seen_at: jiff_sqlx::Timestamp"
        from staff_session
        where staff = $1 and stage = 'full' and ended_at is null and seen_at > $2 and created_at > $3
        order by seen_at desc, id desc"#,
        staff,
        seen_since.to_sqlx() as _,
        began_since.to_sqlx() as _,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Listed {
            id: row.id,
            device: row.device,
            created_at: row.created_at.to_jiff(),
            seen_at: row.seen_at.to_jiff(),
        })
        .collect())
}

/// The sealed secret that waits in a session (see [`crate::desk::accounts::shown_once`]).
pub async fn session_state(connection: &mut PgConnection, id: Uuid) -> Result<Option<String>, sqlx::Error> {
    let state = sqlx::query_scalar!("select state from staff_session where id = $1", id).fetch_optional(connection);
    Ok(state.await?.flatten())
}

/// Writes what a session holds to be shown.
pub async fn set_session_state(
    connection: &mut PgConnection,
    id: Uuid,
    state: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update staff_session set state = $2 where id = $1", id, state).execute(connection).await?;
    Ok(())
}
