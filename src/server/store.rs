//! How the program reaches its database: one that was given, or one of its own; and how it makes sure that the schema is one
//! it may write to.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection};
use tokio::time::timeout;

use crate::config::Settings;
use crate::database::roles;
use crate::database::{
    self, Cluster, ClusterOptions, Compatibility, DatabaseError, DatabaseSettings, MigrateError, Programs,
};

/// How long looking at the schema may take.
const LOOK_LIMIT: Duration = Duration::from_secs(3);

/// The database's addresses, and the cluster behind them where it is the program's own.
pub struct Store {
    /// What the program reads and writes with.
    pub url: String,
    /// What migrations run with.
    pub owner_url: String,
    cluster: Option<Cluster>,
}

/// Why the schema cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The database does not answer, or answers with an error.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Migrations do not run.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// A later release owns the schema.
    #[error("a later release migrated this database: at least release {oldest} must run on it. Install that release")]
    TooNew {
        /// The oldest release that may run.
        oldest: String,
    },
}

impl Store {
    /// Finds the database; starts or joins the program's own cluster where none is given.
    ///
    /// # Errors
    /// When there are no Postgres programs or the cluster does not start; says what to do.
    pub async fn find(settings: &Settings) -> anyhow::Result<Self> {
        if let Some(url) = &settings.database_url {
            let owner_url = settings.database_owner_url.as_ref().unwrap_or(url).clone();
            return Ok(Self { url: url.clone(), owner_url, cluster: None });
        }
        let programs = Programs::find(settings.postgres_programs.as_deref())?;
        let cluster = Cluster::start(&programs, &settings.data_dir, ClusterOptions::default()).await?;
        Ok(Self { url: cluster.app_url(), owner_url: cluster.owner_url(), cluster: Some(cluster) })
    }

    /// How the pool reaches it.
    #[must_use]
    pub fn database_settings(&self, settings: &Settings) -> DatabaseSettings {
        DatabaseSettings {
            url: Some(self.url.clone()),
            owner_url: Some(self.owner_url.clone()),
            data_dir: settings.data_dir.clone(),
            ..DatabaseSettings::default()
        }
    }

    /// Migrates; gives the application's login its grants where that is another than the owner's.
    ///
    /// # Errors
    /// See [`MigrateError`].
    pub async fn migrate(&self) -> Result<usize, MigrateError> {
        let login = |url| PgConnectOptions::from_str(url).map(|options| options.get_username().to_owned());
        let app = login(&self.url).ok().filter(|app| login(&self.owner_url).ok().as_ref() != Some(app));
        Ok(database::migrate(&self.owner_url, app.as_deref()).await?.applied)
    }

    /// Looks at the schema over a connection of its own and brings it to this release where it is behind.
    ///
    /// # Errors
    /// When the database does not answer, a later release owns the schema, or it cannot be migrated.
    pub async fn prepare(&self) -> Result<(), SchemaError> {
        let look = async {
            let mut connection = self.options()?.connect().await?;
            database::compatibility(&mut connection).await
        };
        let compatibility = match timeout(LOOK_LIMIT, look).await {
            Ok(Ok(compatibility)) => compatibility,
            Ok(Err(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut)) => return Err(DatabaseError::Away.into()),
            Ok(Err(error)) => return Err(DatabaseError::from(error).into()),
            Err(_) => return Err(DatabaseError::TimedOut.into()),
        };
        self.bring_up(compatibility).await?;
        self.warn_of_excess().await;
        Ok(())
    }

    /// Says what the login which serves may do and should not.
    async fn warn_of_excess(&self) {
        let look = async { roles::excess(&mut self.options()?.connect().await?).await };
        match timeout(LOOK_LIMIT, look).await {
            Ok(Ok(found)) => found.into_iter().for_each(|excess| tracing::warn!("{}", excess.advice())),
            Ok(Err(error)) => tracing::warn!(%error, "what the login of DATABASE_URL may do was not looked at"),
            Err(_) => tracing::warn!("what the login of DATABASE_URL may do was not looked at: no answer in time"),
        }
    }

    fn options(&self) -> Result<PgConnectOptions, sqlx::Error> {
        Ok(PgConnectOptions::from_str(&self.url)?.application_name("bluelamp"))
    }

    async fn bring_up(&self, compatibility: Compatibility) -> Result<(), SchemaError> {
        match compatibility {
            Compatibility::Current | Compatibility::NewerButReadable => Ok(()),
            Compatibility::TooNew { oldest } => Err(SchemaError::TooNew { oldest }),
            Compatibility::Behind => {
                let applied = self.migrate().await?;
                tracing::info!(applied, "the database was migrated");
                Ok(())
            }
        }
    }

    /// A connection for a command, to a schema that it may use. Only a cluster of our own is migrated on the way.
    ///
    /// # Errors
    /// When the database does not answer or its schema is not this release's.
    pub async fn connect(&self) -> anyhow::Result<PgConnection> {
        let mut connection = self.options()?.connect().await.map_err(|error| {
            anyhow::anyhow!("cannot reach the database: {error}. Check DATABASE_URL and that Postgres runs")
        })?;
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
