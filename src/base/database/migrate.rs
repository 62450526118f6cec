//! Migrations: run at start under an advisory lock with a limit on waiting, safe with several nodes at once; and the
//! rule which releases may run on which schema.

use std::collections::HashSet;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::time::timeout;

use crate::base::database::roles;
use crate::base::database::roles::RolesError;
use crate::base::database::{guards, has_code};

/// Held by whoever migrates; the number is arbitrary and only has to stay.
const LOCK: i64 = 0x0062_6c75_656c_616d;
const LOCK_WAIT: Duration = Duration::from_secs(30);
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// `lock_not_available` (Postgres manual, Appendix A).
pub(super) const LOCK_NOT_AVAILABLE: &str = "55P03";
/// `undefined_table`: an empty database.
const UNDEFINED_TABLE: &str = "42P01";

/// How the program's release and the database's schema fit.
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

/// What a run did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// How many migrations ran now; none when another node was first.
    pub applied: usize,
}

/// Why migrating did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database cannot be reached.
    #[error(
        "cannot connect to migrate the database: {0}. Check DATABASE_OWNER_URL (or DATABASE_URL) and that Postgres runs"
    )]
    Connect(#[source] sqlx::Error),
    /// Somebody else holds the lock.
    #[error(
        "another process has been migrating this database for over {} s{holder}. Wait until it is done and start again; \
         if it hangs, end it, or its session with `select pg_terminate_backend(<pid>)`",
        LOCK_WAIT.as_secs()
    )]
    Locked {
        /// " (server process 123 of 10.0.0.2)" when it can be told.
        holder: String,
    },
    /// There is nobody to serve as.
    #[error(
        "there is no login \"{role}\" that the site could serve with, and nothing was migrated: make it with `bluelamp database init`, or \
         give the one that there is in DATABASE_URL"
    )]
    NoLogin {
        /// The login.
        role: String,
    },
    /// The database belongs to a later release.
    #[error("the database was migrated by a later release and needs at least {oldest}; this is {}: start that release", env!("CARGO_PKG_VERSION"))]
    TooNew {
        /// The oldest release that may run here.
        oldest: String,
    },
    /// A migration failed; it was rolled back.
    #[error("a migration failed and was rolled back: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The application's grants could not be given.
    #[error(transparent)]
    Roles(#[from] RolesError),
    /// The database said something else.
    #[error("the database refused while migrating: {0}")]
    Sql(#[from] sqlx::Error),
}

/// The migrations that this release brings.
#[must_use]
pub fn migrations() -> Migrator {
    let mut migrator = sqlx::migrate!();
    // sqlx's own lock waits without a limit; and what a later release ran is judged by `compatibility`.
    migrator.set_locking(false).set_ignore_missing(true);
    migrator
}

/// Runs all pending migrations as the login of `owner_url`, then gives `app_role` its grants if it is another login.
///
/// # Errors
/// [`MigrateError`]; waits for another process at most 30 seconds.
pub async fn migrate(owner_url: &str, app_role: Option<&str>) -> Result<Migrated, MigrateError> {
    migrate_with(&migrations(), owner_url, app_role, LOCK_WAIT).await
}

/// Records the guards as they stand now, for whoever changed them on purpose: `owner_url` is the owner's login.
///
/// # Errors
/// [`MigrateError`]
pub async fn record_guards(owner_url: &str) -> Result<(), MigrateError> {
    let options = crate::base::database::options(owner_url).map_err(MigrateError::Connect)?;
    let mut connection = timeout(CONNECT_LIMIT, PgConnection::connect_with(&options))
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
        .map_err(MigrateError::Connect)?;
    guards::record(&mut connection).await?;
    connection.close().await.ok();
    Ok(())
}

/// [`migrate`] with other migrations and another limit on waiting.
///
/// # Errors
/// [`MigrateError`].
pub async fn migrate_with(
    migrator: &Migrator,
    owner_url: &str,
    app_role: Option<&str>,
    lock_wait: Duration,
) -> Result<Migrated, MigrateError> {
    let options =
        crate::base::database::options(owner_url).map_err(MigrateError::Connect)?.application_name("bluelamp migrate");
    let mut connection = timeout(CONNECT_LIMIT, PgConnection::connect_with(&options))
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
        .map_err(MigrateError::Connect)?;
    // A migration takes as long as it takes; waiting for a lock does not.
    let limits = crate::base::database::session_settings(&[
        ("statement_timeout", "0".to_owned()),
        ("idle_in_transaction_session_timeout", "0".to_owned()),
        ("lock_timeout", lock_wait.as_millis().to_string()),
    ]);
    sqlx::raw_sql(AssertSqlSafe(limits)).execute(&mut connection).await?;
    if let Some(role) = app_role {
        check_login(&mut connection, role).await?;
    }
    lock(&mut connection).await?;
    // The session ends with the connection and takes the lock along, whatever happens in between.
    let outcome = run(migrator, &mut connection, app_role).await;
    connection.close().await.ok();
    outcome
}

async fn run(
    migrator: &Migrator,
    connection: &mut PgConnection,
    app_role: Option<&str>,
) -> Result<Migrated, MigrateError> {
    if let Compatibility::TooNew { oldest } = compatibility_with(migrator, connection).await? {
        return Err(MigrateError::TooNew { oldest });
    }
    let before = applied(connection).await?.len();
    migrator.run_direct(None, connection, false).await?;
    let after = applied(connection).await?.len();
    if let Some(role) = app_role
        && role != roles::current_role(connection).await?
    {
        roles::grant(connection, role).await?;
    }
    // What changed since without a migration is for `verify` to name, not for a record to hide.
    if after > before || guards::is_unrecorded(connection).await? {
        guards::record(connection).await?;
    }
    Ok(Migrated { applied: after.saturating_sub(before) })
}

/// Before anything changes: grants need somebody to go to.
async fn check_login(connection: &mut PgConnection, role: &str) -> Result<(), MigrateError> {
    let exists: bool = sqlx::query_scalar("select exists (select from pg_roles where rolname = $1)")
        .bind(role)
        .fetch_one(connection)
        .await?;
    if exists { Ok(()) } else { Err(MigrateError::NoLogin { role: role.to_owned() }) }
}

async fn lock(connection: &mut PgConnection) -> Result<(), MigrateError> {
    let Err(error) = sqlx::query("select pg_advisory_lock($1)").bind(LOCK).execute(&mut *connection).await else {
        return Ok(());
    };
    if !has_code(&error, LOCK_NOT_AVAILABLE) {
        return Err(error.into());
    }
    let holder: Option<(i32, Option<String>)> = sqlx::query_as(
        "select activity.pid, host(activity.client_addr) from pg_locks lock \
         join pg_stat_activity activity on activity.pid = lock.pid \
         where lock.locktype = 'advisory' and lock.granted and lock.objsubid = 1 \
           and lock.database = (select oid from pg_database where datname = current_database()) \
           and (lock.classid::bigint << 32) | lock.objid::bigint = $1",
    )
    .bind(LOCK)
    .fetch_optional(connection)
    .await
    .unwrap_or_default();
    let holder = holder.map_or_else(String::new, |(pid, address)| {
        let from = address.map_or_else(String::new, |address| format!(" of {address}"));
        format!(" (server process {pid}{from})")
    });
    Err(MigrateError::Locked { holder })
}

/// How this release fits the database's schema, by what each applied migration says of the oldest release.
///
/// # Errors
/// When the database does not answer.
pub async fn compatibility(connection: &mut PgConnection) -> Result<Compatibility, sqlx::Error> {
    compatibility_with(&migrations(), connection).await
}

async fn compatibility_with(migrator: &Migrator, connection: &mut PgConnection) -> Result<Compatibility, sqlx::Error> {
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
///
/// # Errors
/// When the database does not answer, or has no schema.
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
