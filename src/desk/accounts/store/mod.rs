//! The accounts in the database: all of their SQL is here and in the folder beside it.

mod doubt;
mod factors;
mod links;
mod old;
mod parked;
mod sessions;
mod tries;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::sealing::Keys;
use crate::desk::accounts::model::{Actor, Role, names, roles};
use crate::desk::accounts::permission::{Editing, Permission as _};
pub use crate::desk::accounts::store::doubt::{
    Doubt, doubt, doubt_from_now, doubt_of, doubted, note_readdressed, readdressed_by, vouch,
};
pub use crate::desk::accounts::store::factors::{
    PasskeyRow, add_passkey, passkey, passkeys, recovery_codes_left, remove_factors, remove_passkey, set_password,
    set_recovery_codes, set_totp, take_totp_step, use_ceremony, use_passkey, use_recovery_code,
};
pub use crate::desk::accounts::store::links::{Link, add_link, end_links, first_link, link, lock_links, use_link};
pub use crate::desk::accounts::store::old::{Old, delete_old};
pub use crate::desk::accounts::store::parked::{Parked, park, parked, remove_parked};
pub use crate::desk::accounts::store::sessions::{
    Listed, begin_session, confirm_session, end_session, end_session_of, end_sessions, session, session_state,
    sessions_of, set_session_state, touch_session, use_proof,
};
pub use crate::desk::accounts::store::tries::{
    add_unlock_link, claim, count_failure, forget_failures, is_locked, release, undo, unlock_link, wait,
};

/// The advisory lock of whoever makes or changes a name.
const NAMES_LOCK: i64 = 0x626c_7565_6e61_6d65;

/// An account. Cannot be printed: it holds hashes and sealed values.
#[derive(Clone)]
pub struct Account {
    /// Its id.
    pub id: Uuid,
    /// The person's name.
    pub name: String,
    /// Their address, sealed.
    pub email_sealed: Vec<u8>,
    /// Their roles.
    pub roles: Vec<Role>,
    /// Hash of their password (a PHC string), if they have one.
    pub password: Option<String>,
    /// The secret of their authenticator app, sealed.
    pub totp_sealed: Option<Vec<u8>>,
    /// The time at which it was suspended, if it is.
    pub suspended_at: Option<Timestamp>,
    /// The time at which it was made.
    pub created_at: Timestamp,
}

/// An account in the list of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Its id.
    pub id: Uuid,
    /// The person's name.
    pub name: String,
    /// Their roles.
    pub roles: Vec<Role>,
    /// Set if it is suspended.
    pub suspended: bool,
    /// Set if its sign-in was set up.
    pub ready: bool,
    /// The last use of any of its sessions.
    pub seen_at: Option<Timestamp>,
}

/// Under what a new account is found by its address (see [`crate::desk::accounts::model::email_address`]).
pub fn email_lookup(keys: &Keys, address: &str) -> [u8; 32] {
    keys.lookup("staff.email", address)
}

/// The look-up values of an address, one for each key of the node.
pub fn email_lookups(keys: &Keys, address: &str) -> Vec<Vec<u8>> {
    keys.lookups("staff.email", address).iter().map(|lookup| lookup.to_vec()).collect()
}

/// Makes an account.
pub async fn add(
    connection: &mut PgConnection,
    id: Uuid,
    name: &str,
    email_lookup: &[u8; 32],
    email_sealed: &[u8],
    roles: &[Role],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into staff (id, name, email_lookup, email_sealed, roles) values ($1, $2, $3, $4, $5)",
        id,
        name,
        &email_lookup[..],
        email_sealed,
        &names(roles),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Tells that there is an account.
pub async fn any(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select from staff) as "any!""#).fetch_one(connection).await
}

/// Everybody's name, those of suspended accounts too. Nobody else makes or changes one until the transaction ends.
pub async fn lock_names(connection: &mut PgConnection) -> Result<Vec<(Uuid, String)>, sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock($1)", NAMES_LOCK).execute(&mut *connection).await?;
    let rows = sqlx::query!("select id, name from staff").fetch_all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// The id of the account with an address.
pub async fn id_by_address(
    connection: &mut PgConnection,
    keys: &Keys,
    address: &str,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select id from staff where email_lookup = any($1)", &email_lookups(keys, address))
        .fetch_optional(connection)
        .await
}

/// The person for whom a command on a node makes drafts: somebody who may write and is not suspended.
pub async fn writer_at_console(
    connection: &mut PgConnection,
    keys: &Keys,
    address: &str,
) -> Result<Option<Actor>, sqlx::Error> {
    let row = sqlx::query!(
        "select id, name, roles from staff where email_lookup = any($1) and suspended_at is null",
        &email_lookups(keys, address)
    )
    .fetch_optional(connection)
    .await?;
    let actor = row.map(|row| Actor {
        id: row.id,
        name: row.name,
        roles: roles(&row.roles),
        session: Uuid::nil(),
        waiting: 0,
        confirmed: None,
    });
    Ok(actor.filter(|actor| actor.is_any(Editing::ROLES)))
}

/// An account by its id.
pub async fn account(connection: &mut PgConnection, id: Uuid) -> Result<Option<Account>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select id, name, email_sealed, roles, password, totp_sealed,
            suspended_at as "suspended_at: jiff_sqlx::Timestamp", created_at as "created_at: jiff_sqlx::Timestamp"
        from staff where id = $1"#,
        id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Account {
        id: row.id,
        name: row.name,
        email_sealed: row.email_sealed,
        roles: roles(&row.roles),
        password: row.password,
        totp_sealed: row.totp_sealed,
        suspended_at: row.suspended_at.map(jiff_sqlx::Timestamp::to_jiff),
        created_at: row.created_at.to_jiff(),
    }))
}

/// All accounts by name.
pub async fn all(connection: &mut PgConnection) -> Result<Vec<Summary>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id, name, roles, suspended_at is not null as "suspended!",
            (password is not null and totp_sealed is not null)
                or exists (select from staff_passkey where staff_passkey.staff = staff.id) as "ready!",
            (select max(seen_at) from staff_session where staff_session.staff = staff.id and stage = 'full')
                as "seen_at: jiff_sqlx::Timestamp"
        from staff order by lower(name), id"#,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Summary {
            id: row.id,
            name: row.name,
            roles: roles(&row.roles),
            suspended: row.suspended,
            ready: row.ready,
            seen_at: row.seen_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
        .collect())
}

/// Locks and lists the administrators who are not suspended. Their rows stay locked to the end of the transaction, so that two of
/// them cannot take the role from each other at the same time.
pub async fn lock_administrators(connection: &mut PgConnection) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select id from staff where 'administrator' = any(roles) and suspended_at is null order by id for update"
    )
    .fetch_all(connection)
    .await
}

/// Writes a person's name and roles.
pub async fn change(connection: &mut PgConnection, id: Uuid, name: &str, roles: &[Role]) -> Result<(), sqlx::Error> {
    sqlx::query!("update staff set name = $2, roles = $3 where id = $1", id, name, &names(roles))
        .execute(connection)
        .await?;
    Ok(())
}

/// Writes a person's name.
pub async fn rename(connection: &mut PgConnection, id: Uuid, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("update staff set name = $2 where id = $1", id, name).execute(connection).await?;
    Ok(())
}

/// Writes a person's address.
pub async fn readdress(
    connection: &mut PgConnection,
    id: Uuid,
    email_lookup: &[u8; 32],
    email_sealed: &[u8],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update staff set email_lookup = $2, email_sealed = $3 where id = $1",
        id,
        &email_lookup[..],
        email_sealed
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Suspends an account, or restores it. False when it was so already.
pub async fn suspend(connection: &mut PgConnection, id: Uuid, at: Option<Timestamp>) -> Result<bool, sqlx::Error> {
    let at = at.map(jiff::Timestamp::to_sqlx);
    let done = sqlx::query!(
        "update staff set suspended_at = $2 where id = $1 and (suspended_at is null) <> ($2::timestamptz is null)",
        id,
        at as _
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}
