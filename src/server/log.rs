//! The log of events: what the program has to say of itself, and nothing that a visitor typed or asked for.

use std::io::{self, IsTerminal as _, Write};
use std::sync::OnceLock;
use std::time::Duration;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::base::config::{LogFormat, Settings};
use crate::base::lines::Lines;

/// A library that names the addresses visitors ask for in events of its own, which no filter may let into the log.
const TELLS_OF_VISITORS: &str = "tower_http";

/// The log of this process, once it was started.
static EVENTS: OnceLock<Lines> = OnceLock::new();

/// Hands each event to the queue of the log.
#[derive(Clone, Copy)]
struct Events(&'static Lines);

impl MakeWriter<'_> for Events {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}

impl Write for Events {
    /// Takes a whole event, as the formatter writes it.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.0.add(|lines, ()| lines.extend_from_slice(event));
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts the log of events, on standard error; requests have a log of their own on standard output. Whoever logs never waits for
/// standard error.
pub fn start_log(settings: &Settings) -> anyhow::Result<()> {
    let wanted = EnvFilter::try_new(&settings.log_filter)?;
    let lines = Lines::to("event-log", Duration::ZERO, io::stderr())?;
    let events = Events(EVENTS.get_or_init(|| lines));
    // Both filters hold for the whole log: a filter of one layer lost events of threads that logged at once.
    let discreet = filter_fn(|event| !event.target().starts_with(TELLS_OF_VISITORS));
    let log = tracing_subscriber::fmt().with_env_filter(wanted).with_writer(events);
    let started = match settings.log {
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).finish().with(discreet).try_init(),
        LogFormat::Pretty => {
            log.with_target(false).with_ansi(io::stderr().is_terminal()).finish().with(discreet).try_init()
        }
    };
    started.map_err(|error| anyhow::anyhow!("the log cannot be started: {error}"))
}

/// The number of lines of the log dropped since the start.
pub(super) fn lost_lines() -> u64 {
    EVENTS.get().map_or(0, Lines::lost)
}

/// Writes what is left of the log, at the end of the process.
pub fn close_log() {
    if let Some(events) = EVENTS.get() {
        events.close();
    }
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
