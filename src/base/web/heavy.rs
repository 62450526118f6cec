//! Work that grows with its input: reading Markdown, checking and comparing texts, searching, packing long pages. It is done one piece
//! at a time on a node, and never on the threads that answer requests.

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::Semaphore;

use crate::base::error::AppError;

/// The most visitors that wait for their turn. More are asked to come back.
const MOST_WAITING: usize = 32;
/// After how many seconds.
const RETRY_AFTER: u32 = 5;

/// The turns of a node. Visitors have one queue together, so that staff wait for one visitor at most.
#[derive(Debug)]
pub struct HeavyWork {
    turn: Semaphore,
    visitors_turn: Semaphore,
    waiting: Semaphore,
}

impl Default for HeavyWork {
    fn default() -> Self {
        Self { turn: Semaphore::new(1), visitors_turn: Semaphore::new(1), waiting: Semaphore::new(MOST_WAITING) }
    }
}

impl HeavyWork {
    /// Does a piece of work that a member of staff asked for.
    pub async fn for_staff<T>(&self, work: impl FnOnce() -> T) -> T {
        // No semaphore here is ever closed.
        let _turn = self.turn.acquire().await;
        off_async_threads(work)
    }

    /// Packs an answer that is there already, whoever asked for it.
    pub async fn for_answer<T>(&self, work: impl FnOnce() -> T) -> T {
        let _first = self.visitors_turn.acquire().await;
        self.for_staff(work).await
    }

    /// Does a piece of work that a visitor asked for.
    pub async fn for_visitor<T>(&self, work: impl FnOnce() -> T) -> Result<T, AppError> {
        let _waiting = self.waiting.try_acquire().map_err(|_| AppError::TooMany { retry_after: RETRY_AFTER })?;
        Ok(self.for_answer(work).await)
    }
}

/// Does work at once, while other threads go on with the requests of this one. For work in a transaction, which must not wait for its
/// turn with locks held.
pub fn off_async_threads<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::time::Duration;

    use futures_util::FutureExt as _;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(30);

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn requests_are_answered_on_the_only_thread_while_work_is_done() {
        let heavy = Arc::new(HeavyWork::default());
        let (answered, wait) = mpsc::channel();
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let working = tokio::spawn({
            let heavy = Arc::clone(&heavy);
            async move {
                let work = move || begun.send(()).map(|()| wait.recv_timeout(LIMIT));
                heavy.for_staff(work).await
            }
        });
        tokio::spawn(async move {
            has_begun.await.unwrap();
            answered.send(()).unwrap();
        });
        assert_eq!(working.await.unwrap(), Ok(Ok(())));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn one_piece_of_work_is_done_at_a_time() {
        let heavy = Arc::new(HeavyWork::default());
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let asked = (0..20).map(|number| {
            let (heavy, now, most) = (Arc::clone(&heavy), Arc::clone(&now), Arc::clone(&most));
            tokio::spawn(async move {
                let work = || {
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::yield_now();
                    now.fetch_sub(1, Ordering::SeqCst);
                };
                if number % 2 == 0 { heavy.for_staff(work).await } else { heavy.for_visitor(work).await.unwrap() }
            })
        });
        for done in asked.collect::<Vec<_>>() {
            done.await.unwrap();
        }
        assert_eq!(most.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_visitor_too_many_is_asked_to_come_back_and_staff_are_not() {
        let heavy = HeavyWork::default();
        let turn = heavy.turn.acquire().await.unwrap();
        let mut waiting: Vec<_> = (0..MOST_WAITING).map(|_| Box::pin(heavy.for_visitor(|| ()))).collect();
        for asked in &mut waiting {
            assert!(asked.now_or_never().is_none());
        }
        assert!(matches!(heavy.for_visitor(|| ()).await, Err(AppError::TooMany { retry_after: RETRY_AFTER })));
        let staff = heavy.for_staff(|| ());
        drop(waiting);
        drop(turn);
        staff.await;
        assert!(heavy.for_visitor(|| ()).await.is_ok());
    }
}
