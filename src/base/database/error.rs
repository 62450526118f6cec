//! The errors of the database, as a store and a person meet them.

/// An error between a store and its database.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Known to be away, or found to be. Nothing was written.
    #[error("the database is away, and nothing was written; try again when it is back")]
    Away,
    /// Every connection, or a lock, was held by others for as long as a request may wait. Nothing was written.
    #[error("the database has too much to do, and nothing was written; try again")]
    Busy,
    /// The database answers, and nothing was written.
    #[error(transparent)]
    NotWritable(#[from] NotWritable),
    /// No answer within the limit, or the connection broke at the commit: a write may have been kept or not.
    #[error("the database did not answer in time; whether a write was kept is not known")]
    TimedOut,
    /// The database answered with an error.
    #[error(transparent)]
    Sql(sqlx::Error),
}

/// A reason why nothing can be written although the database answers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotWritable {
    /// A later release owns the schema; nothing will be written by this release.
    #[error(
        "a later release migrated this database, and this one writes nothing: at least release {oldest} must run on it"
    )]
    TooNew {
        /// The oldest release that may write.
        oldest: String,
    },
    /// Its disk is full, or it is a replica.
    #[error("the database takes no changes: {cause}")]
    Refuses {
        /// The database's own words.
        cause: String,
    },
}

impl From<sqlx::Error> for DatabaseError {
    /// Tells what passes, and what no form can help, from a fault of ours (Postgres manual, Appendix A).
    fn from(error: sqlx::Error) -> Self {
        let Some(said) = error.as_database_error() else { return Self::Sql(error) };
        match said.code().as_deref() {
            // serialization_failure, deadlock_detected, lock_not_available, query_canceled, too_many_connections
            Some("40001" | "40P01" | "55P03" | "57014" | "53300") => Self::Busy,
            // read_only_sql_transaction, disk_full, out_of_memory, io_error
            Some("25006" | "53100" | "53200" | "58030") => {
                NotWritable::Refuses { cause: said.message().to_owned() }.into()
            }
            _ => Self::Sql(error),
        }
    }
}

/// Tells that the connection is beyond use. Class 57P is "the server is going away" (Postgres manual, Appendix A).
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(said) => said.code().is_some_and(|code| code.starts_with("57P")),
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}
