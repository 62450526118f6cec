//! The signal to end.

use tokio::sync::watch;

/// Waits until the process is to end.
pub(super) async fn until_stopped(mut stopped: watch::Receiver<bool>) {
    // The sender lives as long as the process serves; without it the end has come as well.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}
