//! The accept loop. Nothing waits for ever: a head that drips, a connection that is silent, an answer that nobody reads and the
//! end of the process all have a limit, and so has the number of connections.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use futures_util::FutureExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::HttpService;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;

use crate::base::config::{Network, Settings};
use crate::base::metrics::{Counter, Gauge};
use crate::base::web::client::rate_limit_key;
use crate::server::patience::Patient;
use crate::server::stopping::until_stopped;

/// The most connections that may wait in the system's queue, as far as it lets them (`net.core.somaxconn`).
pub(super) const BACKLOG: u32 = 4096;
/// Open files besides connections: the database, the logs, the snapshot and what a library needs.
const OTHER_FILES: u64 = 128;

/// The longest that requests in flight may take once the process is to end.
const LAST_REQUESTS: Duration = Duration::from_secs(10);
/// Bytes of a request's head; past it the answer is 431.
const LONGEST_HEAD: usize = 32 * 1024;
/// Fields of a request's head.
const MOST_FIELDS: usize = 64;
/// Shortest and longest wait when the system gives no more connections (too many open files).
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

/// The time, and the number of bytes, for which a client is listened to that was answered already.
const LINGER: Duration = Duration::from_secs(2);
const MOST_LINGERED: usize = 2 * 1024 * 1024;

/// Raises the limit on open files as far as the system lets this process, and warns where the listeners' connections do not fit.
pub(super) fn raise_file_limit(most_connections: u64, listeners: u64) {
    let limit = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    let files = if raised.is_ok() { limit.maximum } else { limit.current };
    let needed = most_connections.saturating_mul(listeners).saturating_add(OTHER_FILES);
    if let Some(files) = files.filter(|files| *files < needed) {
        tracing::warn!(
            files,
            needed,
            "MAX_CONNECTIONS_HTTP does not fit the limit on open files: raise it (LimitNOFILE= of systemd, ulimit -n), or set \
             MAX_CONNECTIONS_HTTP lower"
        );
    }
}

/// The service that answers the requests of a listener.
pub(super) trait Answers:
    HttpService<Incoming, ResBody = Body, Error = Infallible, Future: Send + Unpin> + Clone + Send + Unpin + 'static
{
}

impl<S> Answers for S where
    S: HttpService<Incoming, ResBody = Body, Error = Infallible, Future: Send + Unpin> + Clone + Send + Unpin + 'static
{
}

/// The connections of a listener, counted.
#[derive(Debug, Default)]
pub(super) struct Connections {
    /// The number of connections open now.
    pub(super) held: Gauge,
    /// The number of connections refused since the start, because their household had as many as it may.
    pub(super) refused: Counter,
}

type Connection<S> = http1::Connection<TokioIo<Patient<TcpStream>>, S>;

/// Serves until `stop` says true, then lets requests in flight end. `service` answers a connection, told its other end.
pub(super) async fn serve<S: Answers>(
    listener: TcpListener,
    service: impl Fn(IpAddr) -> S,
    settings: &Settings,
    connections: Arc<Connections>,
    stop: watch::Receiver<bool>,
) {
    let most = u32::try_from(settings.max_connections_http).unwrap_or(u32::MAX);
    let places = Arc::new(Semaphore::new(settings.max_connections_http));
    let guests = Guests::new(settings);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(settings.connection_timeout)
        .max_buf_size(LONGEST_HEAD)
        .max_headers(MOST_FIELDS);
    let mut ending = pin!(until_stopped(stop.clone()));
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut ending => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, address, place)) = accepted else { break };
        let Some(guest) = guests.admit(address.ip()) else {
            connections.refused.add();
            continue;
        };
        let held = connections.held.hold();
        // Without it the last packet of an answer may wait for an acknowledgement.
        let _ = stream.set_nodelay(true);
        let stream = TokioIo::new(Patient::new(stream, settings.connection_timeout));
        let connection = http.serve_connection(stream, service(address.ip()));
        let ending = until_stopped(stop.clone());
        tokio::spawn(async move {
            let _here = (place, guest, held);
            attend(connection, ending).await;
        });
    }
    drop(listener);
    if timeout(LAST_REQUESTS, places.acquire_many(most)).await.is_err() {
        tracing::warn!("some requests were still running at the end and were cut off");
    }
}

/// Answers what comes over a connection until one side ends it.
async fn attend<S: Answers>(mut connection: Connection<S>, ending: impl Future<Output = ()>) {
    let mut ending = pin!(ending.fuse());
    // Errors of a connection are the client's; they are not logged.
    let _ended = poll_fn(|context| {
        if ending.as_mut().poll(context).is_ready() {
            Pin::new(&mut connection).graceful_shutdown();
        }
        connection.poll_without_shutdown(context)
    })
    .await;
    let mut stream = connection.into_parts().io.into_inner();
    // A client that is still sending would lose the refusal to a reset (RFC 9112 section 9.6), so its bytes are read
    // for a moment.
    let _given_up = timeout(LINGER, async {
        stream.shutdown().await?;
        let mut left = [0; 4096];
        let mut taken = 0;
        while taken < MOST_LINGERED {
            match stream.read(&mut left).await? {
                0 => break,
                count => taken += count,
            }
        }
        io::Result::Ok(())
    })
    .await;
}

/// The next connection, once there is a place for it. Until then connections wait in the system's queue.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    let (shortest, longest) = BACK_OFF;
    let mut wait = shortest;
    loop {
        match listener.accept().await {
            Ok((stream, address)) => return Some((stream, address, place)),
            Err(error) if is_the_others(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted just now; check the limit on open files");
                tokio::time::sleep(wait).await;
                wait = longest.min(wait * 2);
            }
        }
    }
}

/// Tells that an error of accepting concerns one connection and not the listener.
fn is_the_others(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}

type Held = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// The number of connections that each household holds.
struct Guests {
    held: Held,
    proxies: Arc<[Network]>,
    most: usize,
}

/// A household's connection, or a proxy's, which is not counted; freed on drop.
struct Guest {
    counted: Option<(Held, IpAddr)>,
}

impl Guests {
    fn new(settings: &Settings) -> Self {
        Self {
            held: Arc::default(),
            proxies: settings.trusted_proxies.clone().into(),
            most: settings.max_connections_per_address,
        }
    }

    /// Takes a slot; none if the address has as many as it may.
    fn admit(&self, address: IpAddr) -> Option<Guest> {
        if self.proxies.iter().any(|proxy| proxy.contains(address)) {
            return Some(Guest { counted: None });
        }
        let address = rate_limit_key(address.to_canonical());
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(address).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Guest { counted: Some((Arc::clone(&self.held), address)) })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let Some((held, address)) = &self.counted else { return };
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(address) {
            *count -= 1;
            if *count == 0 {
                held.remove(address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_household_holds_so_many_connections_and_a_proxy_any_number() {
        let mut settings = Settings::for_tests();
        settings.max_connections_per_address = 2;
        let guests = Guests::new(&settings);
        let visitor: IpAddr = "203.0.113.9".parse().unwrap();
        let first = guests.admit(visitor).unwrap();
        let _second = guests.admit(visitor).unwrap();
        assert!(guests.admit(visitor).is_none());
        assert!(guests.admit("203.0.113.10".parse().unwrap()).is_some());
        drop(first);
        assert!(guests.admit(visitor).is_some());
        // An IPv6 household has many addresses, and an IPv4 address may be written as one of IPv6.
        let household =
            ["2001:db8:1:2::1", "2001:db8:1:2:3:4:5:6"].map(|address| guests.admit(address.parse().unwrap()));
        assert!(household.iter().all(Option::is_some));
        assert!(guests.admit("2001:db8:1:2::7".parse().unwrap()).is_none());
        assert!(guests.admit("2001:db8:1:3::1".parse().unwrap()).is_some());
        let _third = guests.admit("::ffff:203.0.113.11".parse().unwrap()).unwrap();
        let _fourth = guests.admit("203.0.113.11".parse().unwrap()).unwrap();
        assert!(guests.admit("::ffff:203.0.113.11".parse().unwrap()).is_none());
        let proxy: IpAddr = "127.0.0.1".parse().unwrap();
        let many: Vec<_> = (0..10).map(|_| guests.admit(proxy)).collect();
        assert!(many.iter().all(Option::is_some));
    }
}
