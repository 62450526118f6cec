//! Transactions: one that may write, unless a later release owns the schema, and one that sees a single moment.

use sqlx::{Connection as _, PgConnection, Postgres, Transaction};

use crate::base::database::error::{DatabaseError, NotWritable, is_lost};
use crate::base::database::schema;

/// A reason why a transaction was not committed.
pub(super) enum Failure<E> {
    /// The database takes no changes, or none from this release.
    NotWritable(NotWritable),
    /// `work` or the database said no, and the connection is sound.
    Refused(E),
    /// The connection broke.
    Lost { error: sqlx::Error, committing: bool },
}

/// Runs `work` in a transaction and commits it; an error of `work` rolls back.
pub(super) async fn transact<T, E: From<DatabaseError>>(
    connection: &mut PgConnection,
    work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, E>,
) -> Result<T, Failure<E>> {
    let failed = |error: sqlx::Error, committing: bool| {
        if is_lost(&error) { Failure::Lost { error, committing } } else { refused(error.into()) }
    };
    let mut transaction = match begin(connection).await {
        Ok(transaction) => transaction,
        Err(DatabaseError::Sql(error)) => return Err(failed(error, false)),
        Err(error) => return Err(refused(error)),
    };
    match work(&mut transaction).await {
        Ok(value) => {
            transaction.commit().await.map_err(|error| failed(error, true))?;
            Ok(value)
        }
        // `work` may hide a broken connection in an error of its own; the rollback shows it.
        Err(refusal) => match transaction.rollback().await {
            Ok(()) => Err(Failure::Refused(refusal)),
            Err(error) => Err(Failure::Lost { error, committing: false }),
        },
    }
}

fn refused<E: From<DatabaseError>>(error: DatabaseError) -> Failure<E> {
    match error {
        DatabaseError::NotWritable(refusal) => Failure::NotWritable(refusal),
        other => Failure::Refused(other.into()),
    }
}

/// Begins a transaction that may write, unless a later release owns the schema. What was read of `schema_release` stays locked
/// until the end, and a migration waits for that before it says which release is the oldest: none writes behind its back.
/// Errors: [`NotWritable::TooNew`], or the database's own.
pub async fn begin(connection: &mut PgConnection) -> Result<Transaction<'_, Postgres>, DatabaseError> {
    let mut transaction = connection.begin_with("begin read write").await?;
    match schema::too_new(&mut transaction).await? {
        None => Ok(transaction),
        Some(oldest) => {
            transaction.rollback().await?;
            Err(NotWritable::TooNew { oldest }.into())
        }
    }
}

/// Begins a transaction that sees the database as it is at one moment and changes nothing.
pub async fn begin_snapshot(connection: &mut PgConnection) -> Result<Transaction<'_, Postgres>, sqlx::Error> {
    connection.begin_with("begin isolation level repeatable read, read only").await
}
