//! The setting of quick exit.

use std::time::Duration;

use crate::base::config::duration;

/// The setting of quick exit.
#[derive(Clone, Debug, clap::Args)]
pub struct QuickExitFlags {
    /// The time for which every page leads to the neutral site after a quick exit, from 10s to 1h.
    #[arg(long = "quick-exit-lock", env = "QUICK_EXIT_LOCK", value_name = "DURATION", default_value = "5m", value_parser = lock)]
    pub lock: Duration,
}

fn lock(text: &str) -> Result<Duration, &'static str> {
    let lock = duration(text)?;
    if lock < Duration::from_secs(10) || lock > Duration::from_hours(1) {
        return Err("it is shorter than 10 seconds or longer than an hour; try 5m");
    }
    Ok(lock)
}
