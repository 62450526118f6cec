//! Password hashing fills a core for a moment, so it runs off the threads that answer requests, few at a time.

use std::time::Duration;

use tokio::time::timeout;
use uuid::Uuid;

use crate::base::error::AppError;
use crate::desk::Desk;
use crate::desk::accounts::turns::Whose;

/// The longest that a sign-in waits for its turn to be worked on.
const TURN: Duration = Duration::from_secs(5);

/// Runs `work` for somebody who is signed in or holds a set-up link, when its turn comes.
/// Errors: `TooMany` when its turn does not come in time.
pub(super) async fn run<T: Send + 'static>(
    desk: &Desk,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AppError> {
    run_for(desk, Whose::Known(Uuid::nil()), work).await
}

/// Runs `work` off the threads that answer requests, when the turn of whoever it is for comes.
/// Errors: `TooMany` when its turn does not come in time.
pub(super) async fn run_for<T: Send + 'static>(
    desk: &Desk,
    whose: Whose,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AppError> {
    let turn = timeout(TURN, desk.hashing().take(whose)).await;
    let Ok(Some(turn)) = turn else { return Err(AppError::TooMany { retry_after: 5 }) };
    let done = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        work()
    });
    done.await.map_err(|error| AppError::Internal(error.into()))
}
