//! The migrations that a release brings, and the releases that may run on a schema.

use std::collections::HashSet;

use sqlx::PgConnection;
use sqlx::migrate::Migrator;

use crate::base::database::connect::has_code;

/// `lock_not_available` (Postgres manual, Appendix A).
pub(super) const LOCK_NOT_AVAILABLE: &str = "55P03";

/// `undefined_table`: an empty database.
const UNDEFINED_TABLE: &str = "42P01";

/// The fit between the program's release and the database's schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compatibility {
    /// The schema of this very release.
    Current,
    /// Migrations of this release are still to run.
    Behind,
    /// A later release migrated the schema, and this one still runs on it.
    NewerButReadable,
    /// This release must not write here.
    TooNew {
        /// The oldest release that may.
        oldest: String,
    },
}

/// The migrations that this release brings.
pub fn migrations() -> Migrator {
    let mut migrator = sqlx::migrate!();
    // sqlx's own lock waits without a limit; and what a later release ran is judged by `compatibility`.
    migrator.set_locking(false).set_ignore_missing(true);
    migrator
}

/// Tells how this release fits the database's schema, by what each applied migration says of the oldest release.
pub async fn compatibility(connection: &mut PgConnection) -> Result<Compatibility, sqlx::Error> {
    compatibility_with(&migrations(), connection).await
}

pub(super) async fn compatibility_with(
    migrator: &Migrator,
    connection: &mut PgConnection,
) -> Result<Compatibility, sqlx::Error> {
    let applied = applied(connection).await?;
    if applied.is_empty() {
        return Ok(Compatibility::Behind);
    }
    let oldest: Vec<String> = absent_is_empty(
        sqlx::query_scalar("select oldest_release from schema_release").fetch_all(&mut *connection).await,
    )?;
    Ok(judge(migrator, &applied, &oldest, env!("CARGO_PKG_VERSION")))
}

/// The oldest release that may write here, where that is later than this one.
pub(super) async fn too_new(connection: &mut PgConnection) -> Result<Option<String>, sqlx::Error> {
    let oldest: Vec<String> =
        sqlx::query_scalar("select distinct oldest_release from schema_release").fetch_all(connection).await?;
    Ok(bar(&oldest, env!("CARGO_PKG_VERSION")))
}

/// The latest of some oldest releases, where it is later than our own.
fn bar(oldest: &[String], own: &str) -> Option<String> {
    let own = release(own);
    // A release that cannot be read counts as later than ours: not writing is the safe side.
    let bar = oldest.iter().max_by_key(|named| release(named).unwrap_or([u64::MAX; 3]))?;
    release(bar).is_none_or(|bar| own.is_none_or(|own| own < bar)).then(|| bar.clone())
}

fn judge(migrator: &Migrator, applied: &HashSet<i64>, oldest: &[String], own: &str) -> Compatibility {
    if let Some(oldest) = bar(oldest, own) {
        return Compatibility::TooNew { oldest };
    }
    if applied.iter().any(|version| !migrator.version_exists(*version)) {
        return Compatibility::NewerButReadable;
    }
    if migrator.iter().any(|migration| !applied.contains(&migration.version)) {
        return Compatibility::Behind;
    }
    Compatibility::Current
}

pub(super) async fn applied(connection: &mut PgConnection) -> Result<HashSet<i64>, sqlx::Error> {
    let rows: Result<Vec<i64>, _> =
        sqlx::query_scalar("select version from _sqlx_migrations where success").fetch_all(connection).await;
    Ok(absent_is_empty(rows)?.into_iter().collect())
}

fn absent_is_empty<T>(rows: Result<Vec<T>, sqlx::Error>) -> Result<Vec<T>, sqlx::Error> {
    match rows {
        Err(error) if has_code(&error, UNDEFINED_TABLE) => Ok(Vec::new()),
        other => other,
    }
}

/// "1.2.3" as numbers; what follows a hyphen or plus is left out.
fn release(named: &str) -> Option<[u64; 3]> {
    let plain = named.split(['-', '+']).next()?;
    let mut parts = plain.split('.').map(str::parse::<u64>);
    let read = [parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?];
    parts.next().is_none().then_some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> HashSet<i64> {
        migrations().iter().map(|migration| migration.version).collect()
    }

    #[test]
    fn a_database_of_this_release_is_current() {
        assert_eq!(judge(&migrations(), &known(), &["0.1.0".to_owned()], "0.1.0"), Compatibility::Current);
    }

    #[test]
    fn a_database_without_the_last_migration_is_behind() {
        let mut applied = known();
        let last = *applied.iter().max().unwrap();
        applied.remove(&last);
        assert_eq!(judge(&migrations(), &applied, &["0.1.0".to_owned()], "0.1.0"), Compatibility::Behind);
    }

    #[test]
    fn an_unknown_migration_that_still_suits_this_release_is_readable() {
        let mut applied = known();
        applied.insert(99_991_231_000_000);
        assert_eq!(judge(&migrations(), &applied, &["0.1.0".to_owned()], "0.2.0"), Compatibility::NewerButReadable);
    }

    #[test]
    fn a_later_oldest_release_shuts_this_one_out_by_number_and_not_by_spelling() {
        let named = ["0.2.0".to_owned(), "0.10.0".to_owned()];
        assert_eq!(
            judge(&migrations(), &known(), &named, "0.9.0"),
            Compatibility::TooNew { oldest: "0.10.0".to_owned() }
        );
        assert_eq!(judge(&migrations(), &known(), &named, "0.10.0"), Compatibility::Current);
    }

    #[test]
    fn a_release_that_cannot_be_read_shuts_this_one_out() {
        let named = ["soon".to_owned()];
        assert_eq!(
            judge(&migrations(), &known(), &named, "0.1.0"),
            Compatibility::TooNew { oldest: "soon".to_owned() }
        );
    }
}
