//! The privileges that the serving login has and does not need; a node warns of them at its start.

use sqlx::PgConnection;

/// Something that the login which serves may do and should not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    /// It owns the tables.
    OwnsTables,
    /// It may make temporary tables.
    MakesTemporaryTables,
    /// It may make tables and functions in the schema.
    MakesTables,
}

impl Excess {
    /// A sentence that says what the login could do, and how to change that.
    pub fn advice(self) -> &'static str {
        match self {
            Self::OwnsTables => {
                "the login of DATABASE_URL owns the tables, so that the program which serves could change what it has published: \
                 give it a login of its own, and the owner's in DATABASE_OWNER_URL to `bluelamp migrate`"
            }
            Self::MakesTemporaryTables => {
                "the login of DATABASE_URL may make temporary tables, which it does not need: as the owner of the database, run \
                 `revoke temporary on database … from public`"
            }
            Self::MakesTables => {
                "the login of DATABASE_URL may make tables in the schema, which it does not need: as the owner of the schema, run \
                 `revoke create on schema … from public`"
            }
        }
    }
}

/// Finds what the login of this connection may do beyond its grants.
pub async fn find_excess(connection: &mut PgConnection) -> Result<Vec<Excess>, sqlx::Error> {
    let (owns, temporary, creates): (bool, bool, bool) = sqlx::query_as(
        "select coalesce((select pg_has_role(relowner, 'usage') from pg_class where oid = to_regclass('ledger_entry')), false), \
           has_database_privilege(current_database(), 'temporary'), \
           coalesce(has_schema_privilege(current_schema(), 'create'), false)",
    )
    .fetch_one(connection)
    .await?;
    if owns {
        return Ok(vec![Excess::OwnsTables]);
    }
    let found = [(temporary, Excess::MakesTemporaryTables), (creates, Excess::MakesTables)];
    Ok(found.into_iter().filter_map(|(may, what)| may.then_some(what)).collect())
}
