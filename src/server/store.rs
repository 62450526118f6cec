//! The program's way to its database: one that was given, or one of its own; and its check that the schema is one
//! it may write to.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions as _, PgConnection};
use tokio::time::timeout;

use crate::base::config::{Settings, is_this_machine};
use crate::base::database;
use crate::base::database::excess::{Excess, find_excess};
use crate::base::database::roles;
use crate::base::database::roles::Names;
use crate::base::database::{
    Cluster, ClusterOptions, Compatibility, DatabaseError, DatabaseSettings, MigrateError, Programs,
};

/// The time limit for looking at the schema.
const LOOK_LIMIT: Duration = Duration::from_secs(3);

/// The database's addresses, and the cluster behind them where it is the program's own.
pub struct Store {
    /// The address with the login for reading and writing.
    pub url: String,
    /// The address with the login for migrations.
    pub owner_url: String,
    cluster: Option<Cluster>,
}

/// A reason why the schema cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The database does not answer, or answers with an error.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Migrations do not run.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The schema is to be migrated, by a login that this process was not given.
    #[error(
        "the schema of the database is older than this release, and DATABASE_URL's login may not change it: run `bluelamp migrate` \
         of this release with DATABASE_OWNER_URL first"
    )]
    Behind,
    /// A pooler shares out the server's sessions.
    #[error(
        "a pooler in front of the database gives each transaction another session, and Bluelamp needs sessions that last (it listens \
         for changes, holds locks and prepares statements in them): set pool_mode = session for this database, or give the address of \
         Postgres itself"
    )]
    Pooled,
    /// A later release owns the schema.
    #[error("a later release migrated this database: at least release {oldest} must run on it. Install that release")]
    TooNew {
        /// The oldest release that may run.
        oldest: String,
    },
}

impl Store {
    /// Finds the database; starts or joins the program's own cluster where none is given.
    pub async fn find(settings: &Settings) -> anyhow::Result<Self> {
        if let Some(url) = &settings.database_url {
            let owner_url = settings.database_owner_url.as_ref().unwrap_or(url).clone();
            warn_of_open_ways([url, &owner_url]);
            return Ok(Self { url: url.clone(), owner_url, cluster: None });
        }
        if let Some(owner_url) = &settings.database_owner_url {
            // Only to migrate: the login that serves is the one that `bluelamp database init` makes.
            warn_of_open_ways([owner_url]);
            let url = roles::with_login(owner_url, &Names::default().app)?;
            return Ok(Self { url, owner_url: owner_url.clone(), cluster: None });
        }
        let programs = Programs::find(settings.postgres_programs.as_deref())?;
        let cluster = Cluster::start(&programs, &settings.data_dir, ClusterOptions::default()).await?;
        Ok(Self { url: cluster.app_url(), owner_url: cluster.owner_url(), cluster: Some(cluster) })
    }

    /// The settings with which the pool reaches it.
    pub fn database_settings(&self, settings: &Settings) -> DatabaseSettings {
        DatabaseSettings {
            url: Some(self.url.clone()),
            owner_url: Some(self.owner_url.clone()),
            data_dir: settings.data_dir.clone(),
            ..DatabaseSettings::default()
        }
    }

    /// Migrates; gives the application's login its grants where that is another than the owner's.
    pub async fn migrate(&self) -> Result<usize, SchemaError> {
        check_pooler(&self.owner_url).await?;
        let login = |url| database::options(url).map(|options| options.get_username().to_owned());
        let app = login(&self.url).ok().filter(|app| login(&self.owner_url).ok().as_ref() != Some(app));
        Ok(database::migrate(&self.owner_url, app.as_deref()).await?.applied)
    }

    /// Tells that there is only one login, and that it cannot migrate.
    async fn lacks_owner(&self) -> Result<bool, SchemaError> {
        if self.owner_url != self.url {
            return Ok(false);
        }
        let excess = self.excess().await?;
        Ok(!excess.contains(&Excess::OwnsTables) && !excess.contains(&Excess::MakesTables))
    }

    /// Looks at the schema over a connection of its own and brings it to this release where it is behind.
    pub async fn prepare(&self) -> Result<(), SchemaError> {
        check_pooler(&self.url).await?;
        let look = async {
            let mut connection = self.options()?.connect().await?;
            database::compatibility(&mut connection).await
        };
        let compatibility = in_time(look).await?;
        self.bring_up(compatibility).await?;
        self.warn_of_excess().await;
        Ok(())
    }

    /// The permissions that the serving login has and does not need.
    async fn excess(&self) -> Result<Vec<Excess>, SchemaError> {
        in_time(async { find_excess(&mut self.options()?.connect().await?).await }).await
    }

    /// Warns of what the login which serves may do and need not.
    async fn warn_of_excess(&self) {
        match self.excess().await {
            Ok(found) => found.into_iter().for_each(|excess| tracing::warn!("{}", excess.advice())),
            Err(error) => tracing::warn!(%error, "what the login of DATABASE_URL may do was not looked at"),
        }
    }

    fn options(&self) -> Result<PgConnectOptions, sqlx::Error> {
        Ok(database::options(&self.url)?.application_name("bluelamp"))
    }

    async fn bring_up(&self, compatibility: Compatibility) -> Result<(), SchemaError> {
        match compatibility {
            Compatibility::Current | Compatibility::NewerButReadable => Ok(()),
            Compatibility::TooNew { oldest } => Err(SchemaError::TooNew { oldest }),
            Compatibility::Behind if self.lacks_owner().await? => Err(SchemaError::Behind),
            Compatibility::Behind => {
                let applied = self.migrate().await?;
                tracing::info!(applied, "the database was migrated");
                Ok(())
            }
        }
    }

    /// A connection for a command, to a schema that it may use. Only a cluster of our own is migrated on the way.
    pub async fn connect(&self) -> anyhow::Result<PgConnection> {
        let mut connection = self.options()?.connect().await.map_err(|error| {
            anyhow::anyhow!("cannot reach the database: {error}. Check DATABASE_URL and that Postgres runs")
        })?;
        check_pooler(&self.url).await?;
        let compatibility = database::compatibility(&mut connection).await?;
        if compatibility == Compatibility::Behind && self.cluster.is_none() {
            anyhow::bail!("the database has no schema of this release yet: run `bluelamp migrate` first");
        }
        self.bring_up(compatibility).await?;
        Ok(connection)
    }

    /// Stops the cluster if this process started it.
    pub async fn close(self) {
        if let Some(cluster) = self.cluster {
            cluster.stop().await;
        }
    }
}

/// The result of a look at the database within the time limit.
async fn in_time<T>(look: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, SchemaError> {
    match timeout(LOOK_LIMIT, look).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut)) => Err(DatabaseError::Away.into()),
        Ok(Err(error)) => Err(DatabaseError::Sql(error).into()),
        Err(_) => Err(DatabaseError::TimedOut.into()),
    }
}

/// Refuses a pooler whose sessions do not last.
async fn check_pooler(url: &str) -> Result<(), SchemaError> {
    let lasting = in_time(async { database::pooler::has_lasting_sessions(&database::options(url)?).await }).await?;
    if lasting { Ok(()) } else { Err(SchemaError::Pooled) }
}

/// Says where a connection to the database could be read or taken over on its way.
fn warn_of_open_ways<'a>(urls: impl IntoIterator<Item = &'a String>) {
    let is_open = |url: &&String| {
        database::options(url).is_ok_and(|options| {
            let is_local = options.get_socket().is_some() || is_this_machine(options.get_host());
            !is_local && !matches!(options.get_ssl_mode(), PgSslMode::VerifyFull)
        })
    };
    if urls.into_iter().any(|url| is_open(&url)) {
        tracing::warn!(
            "the connection to the database does not check whom it speaks to: add sslmode=verify-full to the address (and sslrootcert=FILE \
             where the server's certificate is of the force's own authority)"
        );
    }
}
