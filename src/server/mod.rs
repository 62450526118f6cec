//! Start-up and end: the database is found and brought up, the published site is read or taken from its snapshot, requests to the
//! two listeners are answered, and on SIGTERM or SIGINT all of it ends in order.
//!
//! A database that is away stops nothing: the node serves what it last published and goes on trying.

mod first_link;
pub mod health;
mod last_time;
mod listen;
mod log;
mod metrics;
mod patience;
mod stopping;
pub mod store;
mod upkeep;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::{TcpListener, TcpSocket};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{interval, sleep, timeout};

use crate::base::clock::Clock;
use crate::base::config::Settings;
use crate::base::database::{Database, DatabaseError, Feed, MigrateError, NotWritable};
use crate::base::ledger;
use crate::base::sealing::Keys;
use crate::base::tlog;
use crate::desk::accounts::Desk;
use crate::desk::accounts::invite;
use crate::desk::accounts::invite::First;
use crate::features::archive::import;
use crate::features::archive::import::ImportError;
use crate::features::consent::Recorder;
use crate::front::request_log::RequestLog;
use crate::routes::{public, staff};
use crate::server::listen::Connections;
pub use crate::server::log::{close_log, say_where_panics_happen, start_log};
use crate::server::metrics::{Metrics, Served};
use crate::server::stopping::told;
use crate::server::store::{SchemaError, Store};
use crate::server::upkeep::{Name, Upkeep, say_heads};
use crate::site::RefreshError;
use crate::site::Site;
use crate::site::snapshot;
use crate::site::snapshot::{Snapshot, SnapshotError};

/// How long the first page waits for the database before the snapshot is served instead.
const FIRST_TRY: Duration = Duration::from_secs(3);
/// How often the site is read anew without being told: a chain that is not the one it read is found out within 5 seconds.
const EVERY: Duration = Duration::from_secs(3);
/// How soon a database that could not be prepared is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// How long loading the starter set may take.
const STARTER_LIMIT: Duration = Duration::from_secs(20);
/// How long making a set-up link may take.
const INVITE_LIMIT: Duration = Duration::from_secs(5);
/// How often the head of the ledger goes to the log.
const HEAD_EVERY: Duration = Duration::from_hours(24);
/// How often the time is kept for a start without the database.
const TIME_EVERY: Duration = Duration::from_mins(1);
/// How long the last writes may take.
const LAST_WRITES: Duration = Duration::from_secs(3);

/// Why the database does not serve the site yet.
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
    /// Whether trying again may help by itself.
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

/// Serves until the process is told to end.
///
/// # Errors
/// When the node cannot start; says what to do.
pub async fn serve(settings: Settings, sides: Sides) -> anyhow::Result<()> {
    say_where_panics_happen();
    let public_listener = if sides.public { Some(bind(settings.public_address, "PUBLIC_ADDRESS")?) } else { None };
    let staff_listener = if sides.staff { Some(bind(settings.staff_address, "STAFF_ADDRESS")?) } else { None };
    let listeners = u64::from(sides.public) + u64::from(sides.staff);
    let metrics_listener = settings.metrics_address.map(|address| bind(address, "METRICS_ADDRESS")).transpose()?;
    listen::raise_file_limit(u64::try_from(settings.max_connections_http).unwrap_or(u64::MAX), listeners);
    std::fs::create_dir_all(&settings.data_dir).with_context(|| {
        format!("cannot make the folder {}: set DATA_DIR to one that can be written to", settings.data_dir.display())
    })?;
    let keys = if sides.staff { Some(keys(&settings)?) } else { None };
    let store = Store::find(&settings).await?;
    let database = Database::new(&store.url, &store.database_settings(&settings))
        .context("DATABASE_URL cannot be read: write postgres://user:password@host/database")?;
    let site = Site::starting(settings.clone(), database.clone(), Clock::system());
    let recorder = Recorder::default();
    let desk = keys.map(|keys| Desk::new(site.clone(), keys));
    let upkeep = desk.clone().map(Upkeep::new).transpose()?;
    let (stop, stopped) = watch::channel(false);
    let (tried, first_try) = watch::channel(false);

    let node = Node {
        snapshot: settings.data_dir.join(snapshot::FILE),
        checkpoint: settings.data_dir.join(tlog::held::FILE),
        site: site.clone(),
        name: Name::new(if sides.public { settings.public_address } else { settings.staff_address }, sides.staff),
        upkeep,
        store: Arc::new(store),
        recorder: recorder.clone(),
        stopped: stopped.clone(),
        serves_staff: sides.staff,
    };
    let store = Arc::clone(&node.store);
    let following = tokio::spawn(node.follow(tried));
    wait_for_first_try(first_try, &following).await;
    if following.is_finished() {
        following.await??;
        anyhow::bail!("the node ended before it served");
    }

    let log = RequestLog::to(settings.log, io::stdout()).context("cannot start the request log")?;
    let mut serving = JoinSet::new();
    let mut served = Vec::new();
    if let Some(listener) = public_listener {
        let (log, connections) = (log.clone(), Arc::new(Connections::default()));
        let service = public::service_with(site.clone(), recorder, log.clone())?;
        tracing::info!(address = %listener.local_addr()?, url = %settings.public_url, "serving the public site");
        served.push(Served { name: "public", log, connections: Arc::clone(&connections) });
        let (settings, stopped) = (settings.clone(), stopped.clone());
        serving.spawn(async move {
            listen::serve(listener, |peer| service.at(peer), &settings, connections, stopped).await;
        });
    }
    if let (Some(listener), Some(desk)) = (staff_listener, desk) {
        let (log, connections) = (log.for_another_site(), Arc::new(Connections::default()));
        let service = staff::service_with(desk, log.clone())?;
        tracing::info!(address = %listener.local_addr()?, url = %settings.staff_url, "serving the staff site");
        served.push(Served { name: "staff", log, connections: Arc::clone(&connections) });
        let (settings, stopped) = (settings.clone(), stopped.clone());
        serving.spawn(async move {
            listen::serve(listener, |peer| service.at(peer), &settings, connections, stopped).await;
        });
    }
    if let Some(listener) = metrics_listener {
        let service = Metrics::new(site.clone(), served);
        tracing::info!(address = %listener.local_addr()?, "serving metrics");
        let settings = Settings { max_connections_http: metrics::MOST_CONNECTIONS, ..settings };
        serving.spawn(async move {
            listen::serve(listener, |_| service.clone(), &settings, Arc::default(), stopped).await;
        });
    }
    wait_for_signal().await?;
    tracing::info!("ending: requests in flight have 10 seconds");
    stop.send_replace(true);
    while let Some(served) = serving.join_next().await {
        served?;
    }
    // Ends by itself once the last counts are written.
    let ended = timeout(LAST_WRITES, following).await;
    database.close(LAST_WRITES).await;
    tokio::task::spawn_blocking(move || log.close()).await?;
    if let Some(store) = Arc::into_inner(store) {
        store.close().await;
    }
    ended.unwrap_or(Ok(Ok(())))?
}

/// Which of the two sites a node serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sides {
    /// The public site.
    pub public: bool,
    /// The staff site.
    pub staff: bool,
}

fn bind(address: SocketAddr, setting: &'static str) -> anyhow::Result<TcpListener> {
    let listening = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(listen::BACKLOG)
    };
    listening().with_context(|| {
        format!("cannot listen on {address}: another program may hold it. Set {setting} to a free address and port")
    })
}

/// The node's keys. A first run makes them, outside the folder of its Postgres, and says to move them.
///
/// # Errors
/// When they cannot be read or made.
pub fn keys(settings: &Settings) -> anyhow::Result<Keys> {
    let path = &settings.keys_file;
    let first_run = settings.database_url.is_none() && !path.exists();
    if !first_run {
        return Ok(Keys::read(path)?);
    }
    let keys = Keys::generate()?;
    keys.write_new(path)?;
    tracing::warn!(
        file = %path.display(),
        "made keys that open what the database keeps sealed: keep a copy elsewhere, and set KEYS_FILE to a place apart from the data"
    );
    Ok(keys)
}

/// What keeps the site up to date with its database.
struct Node {
    snapshot: PathBuf,
    /// The file with the newest checkpoint of the public log.
    checkpoint: PathBuf,
    site: Site,
    name: Name,
    upkeep: Option<Upkeep>,
    store: Arc<Store>,
    recorder: Recorder,
    stopped: watch::Receiver<bool>,
    serves_staff: bool,
}

impl Node {
    /// Prepares the database as soon as it answers, then reads what is new on every tick. Ends with an error only where the
    /// first try shows a fault that does not pass and there is nothing to serve.
    async fn follow(mut self, tried: watch::Sender<bool>) -> anyhow::Result<()> {
        let mut stopped = pin!(told(self.stopped.clone()));
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
        let (database, clock) = (self.site.database().clone(), self.site.clock().clone());
        let feed = Feed::start(database.clone(), clock, EVERY);
        let mut ticks = feed.ticks();
        let writing = tokio::spawn(self.recorder.clone().run(database, told(self.stopped.clone())));
        let upkeep = self.upkeep.take().map(|upkeep| upkeep.start(feed.ticks(), &self.stopped));
        let mut head_due = interval(HEAD_EVERY);
        let mut time_due = interval(TIME_EVERY);
        loop {
            tokio::select! {
                () = &mut stopped => break,
                changed = ticks.changed() => {
                    changed.context("the change feed ended")?;
                    self.refresh(&mut said).await;
                    self.name.tell(&self.site).await;
                }
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

    /// Where there is no account yet, lays the first administrator's link ready where only whoever runs the node reads it.
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
            // What this release cannot write it may still be able to read.
            Err(SchemaError::TooNew { oldest }) if from_file => {
                database.mark_not_writable(NotWritable::TooNew { oldest });
            }
            prepared => prepared?,
        }
        database.mark_back();
        let settings = self.site.settings();
        if database.refuses_writes().is_none() && (settings.starter || settings.is_loopback()) {
            database.write(STARTER_LIMIT, load_starter).await?;
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
async fn load_starter(connection: &mut sqlx::PgConnection) -> Result<(), PrepareError> {
    if ledger::store::head(connection).await?.is_some() {
        return Ok(());
    }
    ledger::store::lock(connection).await?;
    if ledger::store::head(connection).await?.is_none() {
        let imported = import::starter(connection).await?;
        tracing::info!(entries = imported.entries, "the starter set was loaded");
    }
    Ok(())
}

async fn wait_for_first_try(mut tried: watch::Receiver<bool>, following: &JoinHandle<anyhow::Result<()>>) {
    // An error here means that following has ended, which the caller looks at.
    let _ = timeout(FIRST_TRY, tried.wait_for(|tried| *tried)).await;
    if tried.has_changed().is_err() {
        while !following.is_finished() {
            tokio::task::yield_now().await;
        }
    }
}

async fn wait_for_signal() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
