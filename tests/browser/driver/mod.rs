//! The tools that drive the tests: the sites, a browser, its mouse and keys.

mod browser;
mod chromium;
mod firefox;
mod program;
mod sites;
mod wire;

use std::time::{Duration, Instant};

pub(crate) use browser::{Browser, Kind, RIGHT_SHIFT, Tab};
pub(crate) use program::folder;
pub(crate) use sites::{Sites, sites};

/// The longest that anything is waited for.
const LIMIT: Duration = Duration::from_secs(60);

/// Waits for something; ends the test when it does not come about, and says what there was last instead.
pub(crate) async fn until<T>(what: &str, mut found: impl AsyncFnMut() -> Result<T, String>) -> T {
    let start = Instant::now();
    loop {
        let instead = match found().await {
            Ok(found) => return found,
            Err(instead) => instead,
        };
        assert!(start.elapsed() < LIMIT, "not within {} seconds: {what}; instead: {instead}", LIMIT.as_secs());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
