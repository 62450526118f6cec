//! The reasons why an account was not changed, and the lock that every change of one takes.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::database::DatabaseError;
use crate::base::error::AppError;
use crate::desk::accounts::invite::InviteError;
use crate::desk::accounts::model::Actor;
use crate::desk::accounts::store;
use crate::desk::accounts::store::Account;
use crate::features::sign_in::words;

/// A reason why nothing was changed.
pub(super) enum Refused {
    Gone,
    Taken,
    LooksAlike(String),
    OwnRole,
    Doubted,
    LastAdministrator,
    Other(AppError),
}

impl From<DatabaseError> for Refused {
    fn from(error: DatabaseError) -> Self {
        Self::Other(error.into())
    }
}

impl From<sqlx::Error> for Refused {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(said) if said.constraint() == Some("staff_email_lookup_key") => Self::Taken,
            _ => Self::Other(error.into()),
        }
    }
}

impl From<InviteError> for Refused {
    fn from(error: InviteError) -> Self {
        Self::Other(AppError::Internal(error.into()))
    }
}

impl Refused {
    pub(super) fn into_error(self) -> AppError {
        match self {
            Self::Gone => AppError::NotFound,
            Self::OwnRole => AppError::Unprocessable(words::OWN_ROLE),
            Self::Doubted => AppError::Unprocessable(words::DOUBTED),
            Self::LooksAlike(_) => AppError::Unprocessable("The name looks like that of another account."),
            Self::Taken => AppError::Unprocessable(words::TAKEN),
            Self::LastAdministrator => AppError::Unprocessable(
                "This is the last administrator, or your own account. Another administrator has to do this.",
            ),
            Self::Other(error) => error,
        }
    }
}

/// Locks an account and all administrators, so that the last administrator cannot be suspended or lose the role.
pub(super) async fn lock(
    connection: &mut PgConnection,
    actor: &Actor,
    id: Uuid,
    takes_administrator: bool,
) -> Result<Account, Refused> {
    let administrators = store::lock_administrators(connection).await?;
    let account = store::account(connection, id).await?.ok_or(Refused::Gone)?;
    // The actor may have lost the role a moment ago, through the very person whom this changes.
    let leaves_one = administrators.contains(&actor.id()) && actor.id() != id;
    if takes_administrator && !leaves_one { Err(Refused::LastAdministrator) } else { Ok(account) }
}
