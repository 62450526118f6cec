//! The upkeep of a node: it prepares the database, reads what is new on every tick, and keeps what a start without the database
//! needs.

use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::base::database::{DatabaseError, Feed, MigrateError, NotWritable, Topic};
use crate::base::ledger;
use crate::desk::accounts::invite;
use crate::desk::accounts::invite::First;
use crate::features::archive::import;
use crate::features::archive::import::ImportError;
use crate::features::consent::Recorder;
use crate::server::stopping::until_stopped;
use crate::server::store::{SchemaError, Store};
use crate::server::upkeep::{Name, Upkeep, say_heads};
use crate::server::{first_link, keys, last_time};
use crate::site::snapshot::{Snapshot, SnapshotError};
use crate::site::{RefreshError, Site, snapshot};

/// The interval at which the site is read anew without being told: a chain that is not the one it read is found out within 5 seconds. As
/// often the node tells what it shows.
const EVERY: Duration = Duration::from_secs(3);
/// The wait before a database that could not be prepared is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// The time limit for loading the starter set.
const STARTER_LIMIT: Duration = Duration::from_secs(20);
/// The time limit for making a set-up link.
const INVITE_LIMIT: Duration = Duration::from_secs(5);
/// The interval at which the head of the ledger goes to the log.
const HEAD_EVERY: Duration = Duration::from_hours(24);
/// The interval at which the time is kept for a start without the database.
const TIME_EVERY: Duration = Duration::from_mins(1);

/// A reason why the database does not serve the site yet.
#[derive(Debug, thiserror::Error)]
enum PrepareError {
    #[error(transparent)]
    Schema(#[from] SchemaError),
    #[error("the starter set was not loaded: {0}")]
    Starter(#[from] ImportError),
    #[error("the published site cannot be read: {0}")]
    Refresh(#[from] RefreshError),
}

impl From<DatabaseError> for PrepareError {
    fn from(error: DatabaseError) -> Self {
        Self::Schema(error.into())
    }
}

impl From<sqlx::Error> for PrepareError {
    fn from(error: sqlx::Error) -> Self {
        Self::from(DatabaseError::from(error))
    }
}

impl From<ledger::store::LedgerError> for PrepareError {
    fn from(error: ledger::store::LedgerError) -> Self {
        Self::Starter(error.into())
    }
}

impl PrepareError {
    /// Tells that the same attempt may succeed later.
    fn passes(&self) -> bool {
        matches!(
            self,
            Self::Schema(
                SchemaError::Database(DatabaseError::Away | DatabaseError::Busy | DatabaseError::TimedOut)
                    | SchemaError::Migrate(MigrateError::Connect(_) | MigrateError::Locked { .. })
            ) | Self::Refresh(RefreshError::Ledger(_))
        )
    }
}

/// A node: the site, and its work of keeping up to date with the database.
pub(super) struct Node {
    pub(super) snapshot: PathBuf,
    /// The file with the newest checkpoint of the public log.
    pub(super) checkpoint: PathBuf,
    pub(super) site: Site,
    pub(super) name: Name,
    pub(super) upkeep: Option<Upkeep>,
    pub(super) store: Arc<Store>,
    pub(super) recorder: Recorder,
    pub(super) stopped: watch::Receiver<bool>,
    pub(super) serves_staff: bool,
}

impl Node {
    /// Prepares the database as soon as it answers, then reads what is new on every tick. Ends with an error only where the
    /// first try shows a fault that does not pass and there is nothing to serve.
    pub(super) async fn follow(mut self, tried: watch::Sender<bool>) -> anyhow::Result<()> {
        let mut stopped = pin!(until_stopped(self.stopped.clone()));
        let loaded = self.load().await;
        let from_file = loaded.is_some();
        self.load_public_log().await;
        let writing = snapshot::writer::follow(self.snapshot.clone(), loaded.flatten(), self.site.clone());
        // Ended by being dropped.
        let mut keeping = JoinSet::new();
        keeping.spawn(writing);
        let mut said = String::new();
        while let Err(error) = self.prepare(from_file).await {
            if !error.passes() && !from_file && !*tried.borrow() {
                return Err(error.into());
            }
            // Until then nobody needs to ask it.
            self.site.database().mark_away(&error);
            let text = error.to_string();
            if text != said {
                tracing::warn!(error = text, "serving what was published last, and trying again");
                said = text;
            }
            tried.send_replace(true);
            tokio::select! {
                () = &mut stopped => return Ok(()),
                () = sleep(RETRY) => {}
            }
        }
        tried.send_replace(true);
        if self.serves_staff && self.site.database().refuses_writes().is_none() {
            self.invite_first().await;
        }
        keys::check(&self.site, self.serves_staff).await;
        let (database, clock) = (self.site.database().clone(), self.site.clock().clone());
        let mut ledger = database.wakes().subscribe(Topic::Ledger);
        let mail = database.wakes().subscribe(Topic::Mail);
        // Ends with this function.
        let _feed = Feed::start(database.clone(), clock, EVERY);
        let writing = tokio::spawn(self.recorder.clone().run(database, until_stopped(self.stopped.clone())));
        let upkeep = self.upkeep.take().map(|upkeep| upkeep.start(mail, &self.stopped));
        let mut head_due = interval(HEAD_EVERY);
        let mut time_due = interval(TIME_EVERY);
        let mut telling_due = interval(EVERY);
        telling_due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = &mut stopped => break,
                changed = ledger.changed() => {
                    changed.context("the change feed ended")?;
                    self.refresh(&mut said).await;
                }
                _ = telling_due.tick() => self.name.tell(&self.site).await,
                _ = head_due.tick() => say_heads(&self.site).await,
                _ = time_due.tick() => self.save_time().await,
            }
        }
        writing.await?;
        self.save_time().await;
        self.name.leave(&self.site).await;
        if let Some(upkeep) = upkeep {
            upkeep.join_all().await;
        }
        Ok(())
    }

    /// If there is no account yet, writes the first administrator's link where only the operator of the node can read it.
    async fn invite_first(&self) {
        let settings = self.site.settings();
        let (file, now) = (settings.data_dir.join(first_link::FILE), self.site.clock().now());
        let kept = first_link::read(&file);
        let first = self.site.database().write(INVITE_LIMIT, async |connection| {
            let first = invite::first(connection, kept.as_ref(), now).await?;
            if let First::New(secret) = &first {
                // Before the commit: a link that nobody can read would stand in the way of the next.
                first_link::write(&file, &invite::link_url(&settings.staff_url, secret))?;
            }
            Ok::<_, first_link::FirstLinkError>(first)
        });
        match first.await {
            Ok(First::New(_) | First::Kept) => first_link::say(&file),
            Ok(First::Elsewhere(ends_at)) => tracing::info!(
                until = %ends_at,
                "there is no staff account yet, and another node has the link for the first administrator, in its DATA_DIR. Where that is \
                 lost, make an account with `bluelamp staff add --role administrator`"
            ),
            Ok(First::Done) => first_link::remove(&file),
            Err(error) => tracing::warn!(%error, "no set-up link was made for the first administrator: start again"),
        }
    }

    /// Shows what the snapshot file holds. Gives the file, to be written on, or only that there was one.
    async fn load(&self) -> Option<Option<Snapshot>> {
        let (path, folder) = (self.snapshot.clone(), self.site.settings().data_dir.clone());
        let loading = move || snapshot::load(&path, last_time::load(&folder));
        match tokio::task::spawn_blocking(loading).await {
            Ok(Ok(loaded)) => {
                self.site.clock().stand_at(loaded.at);
                self.site.show(loaded.published).await;
                Some(loaded.snapshot)
            }
            Ok(Err(SnapshotError::Read(error))) if error.kind() == io::ErrorKind::NotFound => None,
            Ok(Err(error)) => {
                tracing::error!(%error, "the snapshot is left aside; a new one follows");
                None
            }
            Err(_) => None,
        }
    }

    async fn prepare(&self, from_file: bool) -> Result<(), PrepareError> {
        let database = self.site.database();
        // Not through the pool: it refuses while the change feed finds a schema too old to listen to.
        match self.store.prepare().await {
            // This release may still be able to read a database that it cannot write.
            Err(SchemaError::TooNew { oldest }) if from_file => {
                database.mark_not_writable(NotWritable::TooNew { oldest });
            }
            prepared => prepared?,
        }
        database.mark_back();
        let settings = self.site.settings();
        if database.refuses_writes().is_none() && (settings.starter || settings.is_loopback()) {
            database.write(STARTER_LIMIT, async |connection| load_starter(connection, &self.site).await).await?;
        }
        self.learn_time().await?;
        self.site.refresh().await?;
        self.refresh_public_log().await;
        Ok(())
    }

    /// Reads what is new. What stands in the way is said once, until it is something else.
    async fn refresh(&self, said: &mut String) {
        let text = self.site.refresh().await.err().map(|error| error.to_string()).unwrap_or_default();
        if !text.is_empty() && text != *said {
            tracing::error!(error = text, "the published site was not read anew; serving what was published last");
        }
        if text.is_empty() {
            self.refresh_public_log().await;
        }
        *said = text;
    }

    /// Learns the database's time before anything is shown by it.
    async fn learn_time(&self) -> Result<(), DatabaseError> {
        let now = self.site.database().read(async |connection| ledger::store::now(connection).await).await?;
        self.site.clock().learn(now);
        Ok(())
    }

    /// Keeps the time for a start without the database.
    async fn save_time(&self) {
        let (folder, clock) = (self.site.settings().data_dir.clone(), self.site.clock());
        if !clock.is_learned() {
            return;
        }
        let at = clock.now();
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || last_time::save(&folder, at)).await {
            tracing::warn!(%error, "the time cannot be kept: started while the database is away, this node shows what was in force earlier");
        }
    }

    /// Keeps the newest checkpoint in its file as well, so that it can be served, and what was signed is remembered, without the
    /// database.
    async fn refresh_public_log(&self) {
        let before = self.site.public_log().held();
        if let Err(DatabaseError::Sql(error)) = self.site.refresh_public_log().await {
            tracing::warn!(%error, "the public log was not read anew");
        }
        let held = self.site.public_log().held();
        if held.checkpoint != before.checkpoint || held.logs != before.logs {
            let path = self.checkpoint.clone();
            if let Ok(Err(error)) = tokio::task::spawn_blocking(move || held.save(&path)).await {
                tracing::warn!(%error, "the newest checkpoint cannot be kept in a file");
            }
        }
    }

    /// Shows the checkpoint that the file holds.
    async fn load_public_log(&self) {
        let (path, log) = (self.checkpoint.clone(), self.site.public_log().clone());
        let published = Arc::clone(&self.site.edition().published);
        let load = move || log.load(&path, |number| published.entry_hash(number));
        if let Ok(Err(error)) = tokio::task::spawn_blocking(load).await {
            tracing::warn!(%error, "the file with the newest checkpoint is left aside");
        }
    }
}

/// Loads the starter set into a ledger that is empty; several nodes may try at once.
async fn load_starter(connection: &mut sqlx::PgConnection, site: &Site) -> Result<(), PrepareError> {
    if ledger::store::head(connection).await?.is_some() {
        return Ok(());
    }
    ledger::store::lock(connection).await?;
    if ledger::store::head(connection).await?.is_none() {
        let imported = import::starter(connection, &site.edition().declared).await?;
        tracing::info!(entries = imported.entries, "the starter set was loaded");
    }
    Ok(())
}
