//! The roles in the database: an owner that migrates, and the application's login that has grants only.
//!
//! Roles belong to the whole cluster, so no migration makes them: `bluelamp database init` does, or an administrator.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::time::timeout;

use crate::base::database::connect::has_code;

const CONNECT_LIMIT: Duration = Duration::from_secs(10);
const LOCK: i64 = 0x0062_6c75_6572_6f6c;
/// `duplicate_database` (Postgres manual, Appendix A).
const DUPLICATE_DATABASE: &str = "42P04";

/// The records of sqlx about migrations, which no migration can comment on before sqlx makes them.
const MIGRATIONS: &str = "_sqlx_migrations";
/// The privileges that a table's comment may give. TRUNCATE, REFERENCES and TRIGGER are never among them.
const PRIVILEGES: [&str; 4] = ["select", "insert", "update", "delete"];

/// Names of the two logins and the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// Owns the tables and migrates.
    pub owner: String,
    /// The login for serving.
    pub app: String,
    /// The database.
    pub database: String,
}

impl Default for Names {
    fn default() -> Self {
        Self { owner: "bluelamp_owner".to_owned(), app: "bluelamp_app".to_owned(), database: "bluelamp".to_owned() }
    }
}

/// The choice whether new logins get passwords.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passwords {
    /// A random one for each login that is made now.
    Fresh,
    /// None, because something else controls access.
    None,
}

/// The result of `init`, for an administrator to write down.
#[derive(Clone, PartialEq, Eq)]
pub struct Initialised {
    /// For `DATABASE_OWNER_URL`. Holds the password only if the login was made now.
    pub owner_url: String,
    /// For `DATABASE_URL`. Holds the password only if the login was made now.
    pub app_url: String,
    /// Set if the owner's login was made now.
    pub owner_is_new: bool,
    /// Set if the application's login was made now.
    pub app_is_new: bool,
}

/// A reason why roles or grants could not be set.
#[derive(Debug, thiserror::Error)]
pub enum RolesError {
    /// The server cannot be reached with that login.
    #[error("cannot connect to set up roles: {0}. Give the address of a login that may create roles and databases")]
    Connect(#[source] sqlx::Error),
    /// A name that Postgres would cut or refuse.
    #[error("\"{0}\" cannot name a role or database: use 1 to 63 bytes, without NUL")]
    Name(String),
    /// Both logins would be one.
    #[error("the owner and the application need two different logins, not \"{0}\" for both")]
    SameLogin(String),
    /// No randomness for a password.
    #[error("the operating system gave no random bytes for a password: {0}")]
    Random(getrandom::Error),
    /// The server said no.
    #[error("the database refused to set up roles: {0}. The login must be allowed to create roles and databases")]
    Refused(#[from] sqlx::Error),
}

/// Makes the two logins and the database if they are missing, and takes from everybody else what they need not have.
/// May run again and again, and several at once.
/// Errors: [`RolesError`]; the login of `superuser_url` must be allowed to create roles and databases.
pub async fn init(superuser_url: &str, names: &Names, passwords: Passwords) -> Result<Initialised, RolesError> {
    if names.owner == names.app {
        return Err(RolesError::SameLogin(names.owner.clone()));
    }
    let (owner, app, database) = (ident(&names.owner)?, ident(&names.app)?, ident(&names.database)?);
    let options =
        PgConnectOptions::from_str(superuser_url).map_err(RolesError::Connect)?.application_name("bluelamp init");
    let mut connection = connect(&options).await?;
    sqlx::query("select set_config('lock_timeout', '30s', false)").execute(&mut connection).await?;
    sqlx::query("select pg_advisory_lock($1)").bind(LOCK).execute(&mut connection).await?;

    let owner_password = create_role(&mut connection, &names.owner, &owner, passwords).await?;
    let app_password = create_role(&mut connection, &names.app, &app, passwords).await?;
    let superuser: bool = sqlx::query_scalar("select rolsuper from pg_roles where rolname = current_user")
        .fetch_one(&mut connection)
        .await?;
    if !superuser {
        // To make a role the owner of a database, one must be a member of the role.
        run(&mut connection, format!("grant {owner} to current_user")).await?;
    }
    create_database(&mut connection, &names.database, &database, &owner).await?;
    run(&mut connection, format!("revoke all on database {database} from public")).await?;
    run(&mut connection, format!("grant connect on database {database} to {app}")).await?;

    // Before Postgres 15 everybody may create tables in `public`, and the database's owner does not own it.
    let mut inside = connect(&options.clone().database(&names.database)).await?;
    run(&mut inside, "revoke create on schema public from public".to_owned()).await?;
    run(&mut inside, format!("grant usage, create on schema public to {owner}")).await?;
    inside.close().await.ok();
    connection.close().await.ok();

    Ok(Initialised {
        owner_url: address(&options, &names.owner, owner_password.flat(), &names.database),
        app_url: address(&options, &names.app, app_password.flat(), &names.database),
        owner_is_new: owner_password.is_new(),
        app_is_new: app_password.is_new(),
    })
}

enum Login {
    Old,
    New(Option<String>),
}

impl Login {
    fn is_new(&self) -> bool {
        matches!(self, Self::New(_))
    }

    fn flat(&self) -> Option<&str> {
        match self {
            Self::New(Some(password)) => Some(password),
            Self::Old | Self::New(None) => None,
        }
    }
}

async fn create_role(
    connection: &mut PgConnection,
    name: &str,
    quoted: &str,
    passwords: Passwords,
) -> Result<Login, RolesError> {
    let exists: bool = sqlx::query_scalar("select exists (select from pg_roles where rolname = $1)")
        .bind(name)
        .fetch_one(&mut *connection)
        .await?;
    if exists {
        return Ok(Login::Old);
    }
    let password = match passwords {
        Passwords::None => None,
        Passwords::Fresh => Some(fresh_password()?),
    };
    // Hexadecimal digits only, so the quotes hold.
    let with = password.as_ref().map_or_else(String::new, |password| format!(" password '{password}'"));
    run(connection, format!("create role {quoted} login nosuperuser nocreatedb nocreaterole{with}")).await?;
    Ok(Login::New(password))
}

async fn create_database(
    connection: &mut PgConnection,
    name: &str,
    quoted: &str,
    owner: &str,
) -> Result<(), RolesError> {
    let exists: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(name)
        .fetch_one(&mut *connection)
        .await?;
    if exists {
        return Ok(());
    }
    let made = run(
        connection,
        format!(
            "create database {quoted} owner {owner} template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'"
        ),
    )
    .await;
    match made {
        Err(error) if !has_code(&error, DUPLICATE_DATABASE) => Err(error.into()),
        _ => Ok(()),
    }
}

/// Gives the application's login exactly its grants on what there is now; what it had beyond them goes. All at once.
/// Errors: [`RolesError`]; the role must exist, and `owner` must own the tables.
pub async fn grant(owner: &mut PgConnection, app_role: &str) -> Result<(), RolesError> {
    let app = ident(app_role)?;
    let mut transaction = owner.begin().await?;
    let schema: String =
        sqlx::query_scalar("select quote_ident(current_schema())").fetch_one(&mut *transaction).await?;
    let relations: Vec<(String, String, Option<String>)> = sqlx::query_as(
        "select relname::text, relkind::text, obj_description(oid, 'pg_class') from pg_class \
         where relnamespace = quote_ident(current_schema())::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S') \
           and pg_has_role(relowner, 'usage') order by relname",
    )
    .fetch_all(&mut *transaction)
    .await?;
    run(&mut transaction, format!("grant usage on schema {schema} to {app}")).await?;
    for (name, kind, comment) in relations {
        let what = if kind == "S" { "sequence" } else { "table" };
        let quoted = ident(&name)?;
        run(&mut transaction, format!("revoke all on {what} {schema}.{quoted} from {app}, public")).await?;
        let given = match (kind.as_str(), name.as_str()) {
            ("S", _) => Some("usage, select".to_owned()),
            (_, MIGRATIONS) => Some("select".to_owned()),
            _ => comment.as_deref().and_then(privileges),
        };
        if let Some(given) = given {
            run(&mut transaction, format!("grant {given} on {what} {schema}.{quoted} to {app}")).await?;
        } else {
            tracing::warn!(table = name, "no comment says what the application may do with this table: nothing");
        }
    }
    let routines: Vec<String> = sqlx::query_scalar(
        "select oid::regprocedure::text from pg_proc \
         where pronamespace = quote_ident(current_schema())::regnamespace and pg_has_role(proowner, 'usage') order by 1",
    )
    .fetch_all(&mut *transaction)
    .await?;
    for routine in routines {
        run(&mut transaction, format!("grant execute on routine {routine} to {app}")).await?;
    }
    revoke_from_everybody(&mut transaction, &app).await?;
    transaction.commit().await?;
    Ok(())
}

/// Takes from everybody what nobody needs: temporary tables, which a function could be made to read in the place of ours, and new
/// tables in our schema. Only what this login may take away; [`find_excess`](crate::base::database::excess::find_excess) says what is left.
async fn revoke_from_everybody(transaction: &mut PgConnection, app: &str) -> Result<(), RolesError> {
    let database: Option<String> = sqlx::query_scalar(
        "select quote_ident(datname) from pg_database where datname = current_database() and pg_has_role(datdba, 'usage')",
    )
    .fetch_optional(&mut *transaction)
    .await?;
    if let Some(database) = database {
        run(transaction, format!("revoke temporary on database {database} from public, {app}")).await?;
    }
    let schema: Option<String> = sqlx::query_scalar(
        "select quote_ident(nspname) from pg_namespace where nspname = current_schema() and pg_has_role(nspowner, 'usage')",
    )
    .fetch_optional(&mut *transaction)
    .await?;
    if let Some(schema) = schema {
        run(transaction, format!("revoke create on schema {schema} from public, {app}")).await?;
    }
    Ok(())
}

/// The privileges that the comment on a table gives the application, such as `app: select, insert`. None where it gives none, or
/// something else than reading and writing rows.
fn privileges(comment: &str) -> Option<String> {
    let given: Vec<&str> = comment.strip_prefix("app:")?.split(',').map(str::trim).collect();
    given.iter().all(|privilege| PRIVILEGES.contains(privilege)).then(|| given.join(", "))
}

/// The login of this connection.
pub(super) async fn current_role(connection: &mut PgConnection) -> Result<String, sqlx::Error> {
    sqlx::query_scalar("select current_user::text").fetch_one(connection).await
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, RolesError> {
    timeout(CONNECT_LIMIT, PgConnection::connect_with(options))
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
        .map_err(RolesError::Connect)
}

/// Statements about roles take no parameters; every name in them went through [`ident`].
async fn run(connection: &mut PgConnection, statement: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await.map(|_| ())
}

/// A name as a quoted identifier.
fn ident(name: &str) -> Result<String, RolesError> {
    if name.is_empty() || name.len() > 63 || name.contains('\0') {
        return Err(RolesError::Name(name.replace('\0', "\u{fffd}")));
    }
    Ok(format!("\"{}\"", name.replace('"', "\"\"")))
}

fn fresh_password() -> Result<String, RolesError> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(RolesError::Random)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

/// The address of the same database with another login and no password.
pub fn with_login(url: &str, role: &str) -> Result<String, sqlx::Error> {
    let options = PgConnectOptions::from_str(url)?;
    Ok(address(&options, role, None, options.get_database().unwrap_or_default()))
}

/// The address of the same server with another login.
fn address(options: &PgConnectOptions, role: &str, password: Option<&str>, database: &str) -> String {
    let Ok(mut url) = url::Url::parse("postgres://localhost") else { return String::new() };
    url.set_username(role).ok();
    url.set_password(password).ok();
    url.set_port(Some(options.get_port())).ok();
    url.set_path(database);
    if let Some(socket) = options.get_socket() {
        url.query_pairs_mut().append_pair("host", &socket.to_string_lossy());
    } else {
        url.set_host(Some(options.get_host())).ok();
    }
    let mode = match options.get_ssl_mode() {
        PgSslMode::Disable => Some("disable"),
        PgSslMode::Allow => Some("allow"),
        PgSslMode::Require => Some("require"),
        PgSslMode::VerifyCa => Some("verify-ca"),
        PgSslMode::VerifyFull => Some("verify-full"),
        PgSslMode::Prefer => None,
    };
    if let Some(mode) = mode {
        url.query_pairs_mut().append_pair("sslmode", mode);
    }
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_gives_rows_to_read_and_write_and_nothing_else() {
        assert_eq!(privileges("app: select, insert").as_deref(), Some("select, insert"));
        for closed in
            ["", "select", "app:", "app: all", "app: truncate", "app: select on staff to public; --", "app: select,"]
        {
            assert_eq!(privileges(closed), None, "{closed}");
        }
    }

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        assert_eq!(ident("a\"; drop table b").unwrap(), "\"a\"\"; drop table b\"");
        assert!(ident("").is_err());
        assert!(ident("a\0b").is_err());
        assert!(ident(&"x".repeat(64)).is_err());
    }

    #[test]
    fn an_address_keeps_the_server_and_changes_the_login() {
        let options: PgConnectOptions =
            "postgres://root:secret@db.example:6543/postgres?sslmode=require".parse().unwrap();
        assert_eq!(
            address(&options, "bluelamp_app", Some("ab12"), "bluelamp"),
            "postgres://bluelamp_app:ab12@db.example:6543/bluelamp?sslmode=require"
        );
    }
}
