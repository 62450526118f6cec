//! What the tests are driven with: three sites, a browser, its mouse and keys.

mod browser;
mod chromium;
mod firefox;
mod program;
mod sites;
mod wire;

use std::time::{Duration, Instant};

pub(crate) use browser::{Browser, Kind, Tab};
pub(crate) use program::folder;
pub(crate) use sites::{Sites, sites};

/// The longest that anything is waited for.
const LIMIT: Duration = Duration::from_secs(30);

/// Waits for a condition; ends the test when it does not come about.
pub(crate) async fn until<T>(what: &str, mut found: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = found().await {
            return found;
        }
        assert!(start.elapsed() < LIMIT, "not within {} seconds: {what}", LIMIT.as_secs());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
