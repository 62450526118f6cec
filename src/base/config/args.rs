//! The flags of the command line, and the check that makes settings of them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::Extensions;

use crate::base::config::checks::{
    BadSetting, Network, STAFF_FIX, bad, database_url, duration, mail_from, network, public_url, quick_exit_url,
    site_url, smtp_url,
};
use crate::base::config::flags::defaults;
use crate::base::config::settings::{LogFormat, Settings};
use crate::base::tlog::witness::Witness;

/// The neutral site that quick exit leads to, unless the force chose another.
const NEUTRAL_SITE: &str = "https://www.bbc.co.uk/weather";
/// The address of the staff site, unless it was set. Not an IP address: a passkey cannot belong to one.
const STAFF_SITE: &str = "http://localhost:8001";

/// Settings that every command takes.
#[derive(Clone, clap::Args)]
pub struct StoreArgs {
    /// Postgres to use, as `postgres://user:password@host/database`. Without it the program runs a Postgres of its own under
    /// `DATA_DIR`.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: Option<String>,

    /// Login that owns the tables and runs migrations, where `DATABASE_URL` is one that may not.
    #[arg(long, env = "DATABASE_OWNER_URL", hide_env_values = true, value_name = "URL")]
    pub database_owner_url: Option<String>,

    /// Folder for the site's snapshot and for the Postgres of a first run.
    #[arg(long, env = "DATA_DIR", value_name = "FOLDER", default_value = "data")]
    pub data_dir: PathBuf,

    /// Folder of the Postgres programs, where they are not where distributions put them.
    #[arg(long, env = "BLUELAMP_POSTGRES_PROGRAMS", value_name = "FOLDER")]
    pub postgres_programs: Option<PathBuf>,

    /// File with the keys that open what the database keeps sealed, made by `bluelamp keys new`. By default `keys.toml` under
    /// `DATA_DIR`.
    #[arg(long, env = "KEYS_FILE", value_name = "FILE")]
    pub keys_file: Option<PathBuf>,

    /// File with the public half of the keys, for a node that serves the public site alone, made by `bluelamp keys public`. By default
    /// `public-keys.toml` under `DATA_DIR`.
    #[arg(long, env = "PUBLIC_KEYS_FILE", value_name = "FILE")]
    pub public_keys_file: Option<PathBuf>,

    /// The address staff type, as `https://desk.northshire.example`. A passkey belongs to its host.
    #[arg(long, env = "STAFF_URL", value_name = "URL", default_value = STAFF_SITE)]
    pub staff_url: String,

    /// The mail server, as `smtps://user:password@mail.northshire.example` or `smtp://…?tls=required`. Without it messages become
    /// `.eml` files under `DATA_DIR/mail`.
    #[arg(long, env = "SMTP_URL", hide_env_values = true, value_name = "URL")]
    pub smtp_url: Option<String>,

    /// The format of the logs.
    #[arg(long, env = "LOG", value_enum, default_value_t = LogFormat::Json)]
    pub log: LogFormat,

    /// The events that are logged, as in `info,sqlx=warn`. Requests are always logged.
    #[arg(long, env = "LOG_FILTER", value_name = "FILTER", default_value = "info,sqlx=warn")]
    pub log_filter: String,
}

/// Settings of a node that serves.
#[derive(Clone, clap::Args)]
pub struct Args {
    /// The place of the data.
    #[command(flatten)]
    pub store: StoreArgs,

    /// Address and port that the public site listens on.
    #[arg(long, env = "PUBLIC_ADDRESS", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8000")]
    pub public_address: SocketAddr,

    /// The address visitors type, as `https://www.northshire.example`. By default, http on `PUBLIC_ADDRESS`.
    #[arg(long, env = "PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,

    /// Address and port that the staff site listens on.
    #[arg(long, env = "STAFF_ADDRESS", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8001")]
    pub staff_address: SocketAddr,

    /// Address and port on which a monitoring system reads metrics, at `/metrics`; off unless it is set. Whoever reaches it reads them.
    #[arg(long, env = "METRICS_ADDRESS", value_name = "ADDRESS:PORT")]
    pub metrics_address: Option<SocketAddr>,

    /// Whom messages to staff come from. By default `bluelamp@` and the host of `STAFF_URL`.
    #[arg(long, env = "MAIL_FROM", value_name = "ADDRESS")]
    pub mail_from: Option<String>,

    /// The neutral site that quick exit leaves to: https, and not our own.
    #[arg(long, env = "QUICK_EXIT_URL", value_name = "URL", default_value = NEUTRAL_SITE)]
    pub quick_exit_url: String,

    /// Addresses or networks of proxies in front, with commas between, as in `10.0.0.0/8,::1`. They may hold any number of
    /// connections, and are believed about whom they forward for (`X-Forwarded-For`).
    #[arg(long, env = "TRUSTED_PROXIES", value_name = "NETWORKS", value_delimiter = ',', value_parser = network,
        default_values = ["127.0.0.0/8", "::1"])]
    pub trusted_proxies: Vec<Network>,

    /// Most connections held at a time; more wait in the system's queue.
    #[arg(long, env = "MAX_CONNECTIONS_HTTP", value_name = "NUMBER", default_value_t = 4096)]
    pub max_connections_http: usize,

    /// Most connections held for one address, or one IPv6 network of 64 bits, that is no trusted proxy; more are closed.
    #[arg(long, env = "MAX_CONNECTIONS_PER_ADDRESS", value_name = "NUMBER", default_value_t = 256)]
    pub max_connections_per_address: usize,

    /// The longest that a connection may be silent, or take over the head of a request or over reading an answer.
    #[arg(long, env = "CONNECTION_TIMEOUT", value_name = "DURATION", default_value = "15s", value_parser = duration)]
    pub connection_timeout: Duration,

    /// The longest that a request may take from its head to its answer, the sending of a form included.
    #[arg(long, env = "REQUEST_TIMEOUT", value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub request_timeout: Duration,

    /// The age that an entry of the ledger must have before it is signed for the public log, up to 24h.
    #[arg(long, env = "CHECKPOINT_AFTER", value_name = "DURATION", default_value = "10m", value_parser = duration)]
    pub checkpoint_after: Duration,

    /// Witnesses that are asked to cosign the public log, with commas between: each one's verifier key, a blank, and the address
    /// that it is asked at.
    #[arg(long, env = "WITNESSES", value_name = "WITNESSES", value_delimiter = ',')]
    pub witnesses: Vec<Witness>,

    /// Load the starter set (a fictional force) into an empty database, also where `PUBLIC_URL` is no loopback address.
    #[arg(long, env = "STARTER")]
    pub starter: bool,
}

impl Args {
    /// The settings, checked.
    pub fn check(self) -> Result<Settings, BadSetting> {
        let public_url = public_url(self.public_url.as_deref(), self.public_address)?;
        let staff_url = site_url("STAFF_URL", STAFF_FIX, &self.store.staff_url)?;
        if staff_url.origin() == public_url.origin() {
            return Err(bad("STAFF_URL", "is the address of the public site", STAFF_FIX));
        }
        if self.staff_address == self.public_address && self.staff_address.port() != 0 {
            return Err(bad(
                "STAFF_ADDRESS",
                "is PUBLIC_ADDRESS",
                "Give the staff site an address or port of its own.",
            ));
        }
        if self
            .metrics_address
            .is_some_and(|address| address.port() != 0 && [self.public_address, self.staff_address].contains(&address))
        {
            return Err(bad(
                "METRICS_ADDRESS",
                "is the address of a site",
                "Give metrics an address or port of their own, as in 127.0.0.1:9100.",
            ));
        }
        let smtp_url = smtp_url(self.store.smtp_url.clone())?;
        let mail_from = mail_from(self.mail_from, &staff_url)?;
        let quick_exit_url = quick_exit_url(&self.quick_exit_url, &public_url)?;
        for (setting, time) in
            [("CONNECTION_TIMEOUT", self.connection_timeout), ("REQUEST_TIMEOUT", self.request_timeout)]
        {
            if time < Duration::from_secs(1) || time > Duration::from_mins(5) {
                return Err(bad(setting, "is shorter than a second or longer than 5 minutes", "Try 10s."));
            }
        }
        for (setting, number) in [
            ("MAX_CONNECTIONS_HTTP", self.max_connections_http),
            ("MAX_CONNECTIONS_PER_ADDRESS", self.max_connections_per_address),
        ] {
            if !(1..=1_000_000).contains(&number) {
                return Err(bad(setting, "is not between 1 and 1,000,000", "Try 4096."));
            }
        }
        if self.checkpoint_after > Duration::from_hours(24) {
            return Err(bad("CHECKPOINT_AFTER", "is longer than a day", "Try 10m."));
        }
        let store = self.store;
        database_url("DATABASE_URL", store.database_url.as_deref())?;
        database_url("DATABASE_OWNER_URL", store.database_owner_url.as_deref())?;
        if store.database_owner_url.is_some() && store.database_url.is_none() {
            return Err(bad(
                "DATABASE_OWNER_URL",
                "is given without DATABASE_URL",
                "Give both, or neither to use a Postgres of our own.",
            ));
        }
        if store.log_filter.parse::<tracing_subscriber::EnvFilter>().is_err() {
            return Err(bad("LOG_FILTER", "cannot be read", "Write levels with commas between, as in info,sqlx=warn."));
        }
        Ok(Settings {
            database_url: store.database_url,
            database_owner_url: store.database_owner_url,
            data_dir: store.data_dir.clone(),
            postgres_programs: store.postgres_programs,
            log: store.log,
            log_filter: store.log_filter,
            public_address: self.public_address,
            public_url,
            staff_address: self.staff_address,
            staff_url,
            metrics_address: self.metrics_address,
            keys_file: store.keys_file.unwrap_or_else(|| store.data_dir.join(crate::base::sealing::FILE)),
            public_keys_file: store
                .public_keys_file
                .unwrap_or_else(|| store.data_dir.join(crate::base::sealing::PUBLIC_FILE)),
            smtp_url,
            mail_from,
            quick_exit_url,
            trusted_proxies: self.trusted_proxies,
            max_connections_http: self.max_connections_http,
            max_connections_per_address: self.max_connections_per_address,
            connection_timeout: self.connection_timeout,
            request_timeout: self.request_timeout,
            checkpoint_after: self.checkpoint_after,
            witnesses: self.witnesses,
            starter: self.starter,
            declared: Extensions::default(),
        })
    }
}

impl StoreArgs {
    /// Settings of a command that serves nobody: what it does not take has its default.
    pub fn check(self) -> Result<Settings, BadSetting> {
        Args { store: self, ..defaults() }.check()
    }

    /// Settings of `migrate`, which needs one of `DATABASE_URL` and `DATABASE_OWNER_URL`.
    pub fn check_to_migrate(mut self) -> Result<Settings, BadSetting> {
        if self.database_url.is_some() {
            return self.check();
        }
        let owner = self.database_owner_url.take();
        database_url("DATABASE_OWNER_URL", owner.as_deref())?;
        Ok(Settings { database_owner_url: owner, ..self.check()? })
    }
}

impl Settings {
    /// Settings for tests: loopback, a port of the system's choice, nothing in the environment counts.
    ///
    /// # Panics
    /// Never: the defaults hold, and a test here says so.
    #[expect(clippy::expect_used, reason = "the defaults are constants that a test checks")]
    pub fn for_tests() -> Self {
        let mut settings = defaults::<Args>().check().expect("the defaults hold");
        settings.public_address.set_port(0);
        settings.staff_address.set_port(0);
        settings
    }
}
