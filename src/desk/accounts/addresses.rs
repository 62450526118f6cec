//! The recipients of e-mail: staff with their addresses decrypted. Only a node that holds the keys can do this.

use std::fmt;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::error::AppError;
use crate::base::sealing::Keys;
use crate::desk::accounts::model::{Role, email_place};
use crate::desk::accounts::store::Account;

/// A member of staff who can be written to.
#[derive(Clone, PartialEq, Eq)]
pub struct Addressee {
    /// Id of the account.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
}

/// Without name and address, so that a log line cannot hold them by mistake.
impl fmt::Debug for Addressee {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Addressee").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Everybody with a role who is not suspended, by name.
pub async fn with_role(connection: &mut PgConnection, keys: &Keys, role: Role) -> Result<Vec<Addressee>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, name, email_sealed from staff where suspended_at is null and $1 = any (roles) order by name, id",
        role.name()
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().filter_map(|row| open(keys, row.id, row.name, &row.email_sealed)).collect())
}

/// One account, unless it is suspended.
pub async fn of(connection: &mut PgConnection, keys: &Keys, id: Uuid) -> Result<Option<Addressee>, sqlx::Error> {
    let row = sqlx::query!("select name, email_sealed from staff where id = $1 and suspended_at is null", id)
        .fetch_optional(connection)
        .await?;
    Ok(row.and_then(|row| open(keys, id, row.name, &row.email_sealed)))
}

/// One account, suspended or not.
pub async fn of_any(connection: &mut PgConnection, keys: &Keys, id: Uuid) -> Result<Option<Addressee>, sqlx::Error> {
    let row = sqlx::query!("select name, email_sealed from staff where id = $1", id).fetch_optional(connection).await?;
    Ok(row.and_then(|row| open(keys, id, row.name, &row.email_sealed)))
}

/// The address of an account.
pub fn email_of(keys: &Keys, account: &Account) -> Result<String, AppError> {
    Ok(keys.open_text(&email_place(account.id), &account.email_sealed).map_err(anyhow::Error::from)?)
}

/// An address that this node's keys do not open leaves one person unwritten to, not everybody.
fn open(keys: &Keys, id: Uuid, name: String, sealed: &[u8]) -> Option<Addressee> {
    match keys.open_text(&email_place(id), sealed) {
        Ok(email) => Some(Addressee { id, name, email }),
        Err(error) => {
            tracing::error!(staff = %id, %error, "nobody can write to this account: restore the keys that sealed its address");
            None
        }
    }
}
