//! Checked settings, as the rest of the program reads them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::Extensions;
use clap::ValueEnum;
use url::Url;

use crate::base::config::checks::Network;
use crate::base::config::flags::defaults;
use crate::base::tlog::witness::Witness;

/// Checked settings. They hold passwords, so they cannot be printed.
#[derive(Clone)]
pub struct Settings {
    /// Postgres; none for one of our own.
    pub database_url: Option<String>,
    /// The owner's login.
    pub database_owner_url: Option<String>,
    /// Folder for what is kept beside the database.
    pub data_dir: PathBuf,
    /// Folder of the Postgres programs, if it was named.
    pub postgres_programs: Option<PathBuf>,
    /// The form in which logs are written.
    pub log: LogFormat,
    /// The events that are logged.
    pub log_filter: String,
    /// Address of the public listener.
    pub public_address: SocketAddr,
    /// The address visitors type: http or https, a host, no path.
    pub public_url: Url,
    /// Address of the staff listener.
    pub staff_address: SocketAddr,
    /// The address staff type: http or https, a host, no path.
    pub staff_url: Url,
    /// Address of the listener for metrics; none where there is none.
    pub metrics_address: Option<SocketAddr>,
    /// File with this node's keys.
    pub keys_file: PathBuf,
    /// File with the public half of the keys.
    pub public_keys_file: PathBuf,
    /// The mail server; none writes files instead.
    pub smtp_url: Option<String>,
    /// The sender of messages to staff.
    pub mail_from: String,
    /// The neutral site.
    pub quick_exit_url: Url,
    /// Proxies that may hold any number of connections and are believed about whom they forward for.
    pub trusted_proxies: Vec<Network>,
    /// Most connections at a time.
    pub max_connections_http: usize,
    /// Most connections of one address.
    pub max_connections_per_address: usize,
    /// The time after which a silent connection is closed.
    pub connection_timeout: Duration,
    /// The longest time for a request.
    pub request_timeout: Duration,
    /// The age at which an entry is signed for the public log.
    pub checkpoint_after: Duration,
    /// The witnesses that are asked to cosign the public log.
    pub witnesses: Vec<Witness>,
    /// True where the starter set was asked for.
    pub starter: bool,
    /// The values of flags that features declare.
    pub declared: Extensions,
}

/// The form in which logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line, with the field names of OpenTelemetry.
    Json,
    /// One line for people.
    Pretty,
}

impl Settings {
    /// The values of flags that a feature declares; the defaults where none were read.
    pub fn of<T: clap::Args + Clone + Send + Sync + 'static>(&self) -> T {
        self.declared.get::<T>().cloned().unwrap_or_else(defaults)
    }

    /// Tells that the site's address is this machine itself.
    pub fn is_loopback(&self) -> bool {
        match self.public_url.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => false,
        }
    }

    /// The site's address as browsers send it in `Origin` (RFC 6454 section 6.2): no path, no default port.
    pub fn public_origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// Tells that visitors come over TLS.
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}
