//! Migrations: run at start under an advisory lock with a limit on waiting, safe with several nodes at once; and the
//! rule which releases may run on which schema.

use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::time::timeout;

use crate::base::database::connect::{has_code, options, session_settings};
use crate::base::database::roles::RolesError;
use crate::base::database::schema::{Compatibility, LOCK_NOT_AVAILABLE, applied, compatibility_with, migrations};
use crate::base::database::{guards, roles};

/// Held by whoever migrates; the number is arbitrary and only has to stay.
const LOCK: i64 = 0x0062_6c75_656c_616d;
const LOCK_WAIT: Duration = Duration::from_secs(30);
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// The result of migrating.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The number of migrations applied now; 0 when another node was first.
    pub applied: usize,
}

/// A reason why migrating did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database cannot be reached.
    #[error(
        "cannot connect to migrate the database: {0}. Check DATABASE_OWNER_URL (or DATABASE_URL) and that Postgres runs"
    )]
    Connect(#[source] sqlx::Error),
    /// Another process holds the lock.
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

/// Runs all pending migrations as the login of `owner_url`, then gives `app_role` its grants if it is another login.
/// Errors: [`MigrateError`]; waits for another process at most 30 seconds.
pub async fn migrate(owner_url: &str, app_role: Option<&str>) -> Result<Migrated, MigrateError> {
    migrate_with(&migrations(), owner_url, app_role, LOCK_WAIT).await
}

/// Records the guards as they stand now, for whoever changed them on purpose: `owner_url` is the owner's login.
pub async fn record_guards(owner_url: &str) -> Result<(), MigrateError> {
    let options = options(owner_url).map_err(MigrateError::Connect)?;
    let mut connection = timeout(CONNECT_LIMIT, PgConnection::connect_with(&options))
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
        .map_err(MigrateError::Connect)?;
    guards::record(&mut connection).await?;
    connection.close().await.ok();
    Ok(())
}

/// [`migrate`] with other migrations and another limit on waiting.
pub async fn migrate_with(
    migrator: &Migrator,
    owner_url: &str,
    app_role: Option<&str>,
    lock_wait: Duration,
) -> Result<Migrated, MigrateError> {
    let options = options(owner_url).map_err(MigrateError::Connect)?.application_name("bluelamp migrate");
    let mut connection = timeout(CONNECT_LIMIT, PgConnection::connect_with(&options))
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
        .map_err(MigrateError::Connect)?;
    // A migration takes as long as it takes; waiting for a lock does not.
    let limits = session_settings(&[
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
    // A change without a migration must be reported by `verify`, so it is not recorded here.
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
