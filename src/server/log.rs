//! The log of events: what the program has to say of itself, and nothing that a visitor typed or asked for.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{LogFormat, Settings};

/// A library that names the addresses visitors ask for in events of its own, which no filter may let into the log.
const TELLS_OF_VISITORS: &str = "tower_http";

/// Starts the log of events, on standard error; requests have a log of their own on standard output.
///
/// # Errors
/// When the filter cannot be read, which checked settings rule out, or a log was started before.
pub fn start_log(settings: &Settings) -> anyhow::Result<()> {
    let wanted = EnvFilter::try_new(&settings.log_filter)?;
    // Both filters hold for the whole log: a filter of one layer lost events of threads that logged at once.
    let discreet = filter_fn(|event| !event.target().starts_with(TELLS_OF_VISITORS));
    let log = tracing_subscriber::fmt().with_env_filter(wanted).with_writer(io::stderr);
    let started = match settings.log {
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).finish().with(discreet).try_init(),
        LogFormat::Pretty => {
            log.with_target(false).with_ansi(io::stderr().is_terminal()).finish().with(discreet).try_init()
        }
    };
    started.map_err(|error| anyhow::anyhow!("the log cannot be started: {error}"))
}

/// A panic's message may repeat what a visitor typed, so from now on only its place is logged.
pub fn say_where_panics_happen() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(
            place = place.as_deref().unwrap_or("unknown"),
            "a fault in the program stopped one request or task"
        );
    }));
}
