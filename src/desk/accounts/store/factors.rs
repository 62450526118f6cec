//! The factors of a sign-in: password, app, passkeys and recovery codes.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::ledger::Hash;

/// A passkey as it is kept.
#[derive(Clone)]
pub struct PasskeyRow {
    /// The authenticator's name for it.
    pub credential: Vec<u8>,
    /// The person's name for it.
    pub name: String,
    /// The public key with its counter (JSON).
    pub passkey: String,
    /// The time at which it was added.
    pub created_at: Timestamp,
    /// The time of its last use.
    pub used_at: Option<Timestamp>,
}

/// Writes a password's hash.
pub async fn set_password(connection: &mut PgConnection, staff: Uuid, hash: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("update staff set password = $2 where id = $1", staff, hash).execute(connection).await?;
    Ok(())
}

/// Writes the secret of an authenticator app, and the step whose code proved it.
pub async fn set_totp(connection: &mut PgConnection, staff: Uuid, sealed: &[u8], step: i64) -> Result<(), sqlx::Error> {
    sqlx::query!("update staff set totp_sealed = $2, totp_step = $3 where id = $1", staff, sealed, step)
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes the code of a time step. False when that step, or a later one, was taken before: also in a race, since the row decides.
pub async fn take_totp_step(connection: &mut PgConnection, staff: Uuid, step: i64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!("update staff set totp_step = $2 where id = $1 and totp_step < $2", staff, step)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Replaces somebody's recovery codes.
pub async fn set_recovery_codes(
    connection: &mut PgConnection,
    staff: Uuid,
    hashes: &[Hash],
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from staff_recovery_code where staff = $1", staff).execute(&mut *connection).await?;
    let hashes: Vec<Vec<u8>> = hashes.iter().map(|hash| hash.0.to_vec()).collect();
    sqlx::query!(
        "insert into staff_recovery_code (hash, staff) select hash, $1 from unnest($2::bytea[]) as codes (hash)",
        staff,
        &hashes
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Uses a recovery code up. False when it is none of theirs or was used: also in a race.
pub async fn use_recovery_code(
    connection: &mut PgConnection,
    staff: Uuid,
    hash: Hash,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update staff_recovery_code set used_at = $3 where hash = $2 and staff = $1 and used_at is null",
        staff,
        &hash.0[..],
        now.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Counts the recovery codes that an account has left.
pub async fn recovery_codes_left(connection: &mut PgConnection, staff: Uuid) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "left!" from staff_recovery_code where staff = $1 and used_at is null"#,
        staff
    )
    .fetch_one(connection)
    .await
}

/// Removes everything that somebody signs in with.
pub async fn remove_factors(connection: &mut PgConnection, staff: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("update staff set password = null, totp_sealed = null, totp_step = 0 where id = $1", staff)
        .execute(&mut *connection)
        .await?;
    sqlx::query!("delete from staff_passkey where staff = $1", staff).execute(&mut *connection).await?;
    sqlx::query!("delete from password_failure where staff = $1", staff).execute(&mut *connection).await?;
    sqlx::query!("delete from staff_recovery_code where staff = $1", staff).execute(connection).await?;
    Ok(())
}

/// The passkeys of an account, oldest first.
pub async fn passkeys(connection: &mut PgConnection, staff: Uuid) -> Result<Vec<PasskeyRow>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select credential, name, passkey, created_at as "created_at: jiff_sqlx::Timestamp",
            used_at as "used_at: jiff_sqlx::Timestamp"
        from staff_passkey where staff = $1 order by created_at, credential"#,
        staff,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| PasskeyRow {
            credential: row.credential,
            name: row.name,
            passkey: row.passkey,
            created_at: row.created_at.to_jiff(),
            used_at: row.used_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
        .collect())
}

/// A passkey of somebody whose account is not suspended (JSON). Its row stays locked to the end of the transaction, so that its
/// counter is compared with one answer at a time.
pub async fn passkey(
    connection: &mut PgConnection,
    staff: Uuid,
    credential: &[u8],
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select passkey.passkey from staff_passkey passkey join staff on staff.id = passkey.staff
        where passkey.credential = $2 and passkey.staff = $1 and staff.suspended_at is null for update of passkey",
        staff,
        credential
    )
    .fetch_optional(connection)
    .await
}

/// Adds a passkey. False when an account has it already.
pub async fn add_passkey(
    connection: &mut PgConnection,
    staff: Uuid,
    credential: &[u8],
    name: &str,
    passkey: &str,
) -> Result<bool, sqlx::Error> {
    let added = sqlx::query!(
        "insert into staff_passkey (credential, staff, name, passkey) values ($1, $2, $3, $4)
        on conflict on constraint staff_passkey_pkey do nothing",
        credential,
        staff,
        name,
        passkey
    )
    .execute(connection)
    .await?;
    Ok(added.rows_affected() == 1)
}

/// Notes that a passkey was used, with its new counter.
pub async fn use_passkey(
    connection: &mut PgConnection,
    credential: &[u8],
    passkey: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update staff_passkey set passkey = $2, used_at = $3 where credential = $1",
        credential,
        passkey,
        now.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes a passkey of somebody, unless they could not sign in any more without it. False when it was not removed.
pub async fn remove_passkey(
    connection: &mut PgConnection,
    staff: Uuid,
    credential: &[u8],
) -> Result<bool, sqlx::Error> {
    // Two removals at once wait for one another here, or each could leave the other's passkey as the last.
    let has_password = sqlx::query_scalar!(
        r#"select password is not null and totp_sealed is not null as "both!" from staff where id = $1 for update"#,
        staff
    )
    .fetch_optional(&mut *connection)
    .await?
    .unwrap_or(false);
    let done = sqlx::query!(
        "delete from staff_passkey where staff = $1 and credential = $2
            and ($3 or (select count(*) from staff_passkey where staff = $1) > 1)",
        staff,
        credential,
        has_password
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that a passkey's ceremony was used. False when it was used before: also in a race.
pub async fn use_ceremony(
    connection: &mut PgConnection,
    id: Uuid,
    purpose: &str,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let noted = sqlx::query!(
        "insert into passkey_ceremony (hash, purpose, state, began_at) values ($1, $2, '', $3) on conflict do nothing",
        &id.as_bytes()[..],
        purpose,
        now.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    Ok(noted.rows_affected() == 1)
}
