//! Start-up and end: the database is found and brought up, the published site is read or taken from its snapshot, requests to the
//! two listeners are answered, and on SIGTERM or SIGINT all of it ends in order.
//!
//! A database that is away stops nothing: the node serves what it last published and goes on trying.

mod first_link;
pub mod health;
pub mod keys;
mod last_time;
mod listen;
mod log;
mod metrics;
mod node;
mod patience;
mod stopping;
pub mod store;
mod upkeep;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::{TcpListener, TcpSocket};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::base::clock::Clock;
use crate::base::config::Settings;
use crate::base::database::Database;
use crate::base::tlog;
use crate::desk::accounts::Desk;
use crate::features;
use crate::features::consent::Recorder;
use crate::features::search::{MissedWords, SearchIndex};
use crate::features::webchat::departures::Departures;
use crate::front::request_log::RequestLog;
use crate::routes::{public, staff};
use crate::server::listen::Connections;
pub use crate::server::log::{close_log, say_where_panics_happen, start_log};
use crate::server::metrics::{Metrics, Served};
use crate::server::node::Node;
use crate::server::stopping::until_stopped;
use crate::server::store::Store;
use crate::server::upkeep::{Name, Upkeep};
use crate::site::{Site, snapshot};

/// The longest that the first page waits for the database before the snapshot is served instead.
const FIRST_TRY: Duration = Duration::from_secs(3);
/// The time limit for the last writes.
const LAST_WRITES: Duration = Duration::from_secs(3);

/// Serves until the process is told to end.
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
    let keys = if sides.staff { Some(keys::read(&settings)?) } else { None };
    let store = Store::find(&settings).await?;
    let database = Database::new(&store.url, &store.database_settings(&settings))
        .context("DATABASE_URL cannot be read: write postgres://user:password@host/database")?;
    let site = Site::starting(settings.clone(), database.clone(), Clock::system(), features::for_site());
    let recorder = Recorder::default();
    if !sides.staff {
        keys::use_public(&site)?;
    }
    let desk = keys.map(|keys| Desk::new(site.clone(), keys, features::for_desk()));
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
        let (indexing, stopping) = (site.beside::<SearchIndex>().follow(site.clone()), until_stopped(stopped.clone()));
        serving.spawn(async move {
            tokio::select! {
                () = stopping => {}
                () = indexing => {}
            }
        });
        serving.spawn(site.beside::<Departures>().run(database.clone(), until_stopped(stopped.clone())));
        serving.spawn(site.beside::<MissedWords>().run(database.clone(), until_stopped(stopped.clone())));
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

/// The sites that a node serves.
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
