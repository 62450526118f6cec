//! A connection that does not wait for ever on somebody who reads nothing, or so slowly that it comes to the same: hyper limits how
//! long a head may take, and not how long an answer may lie unread.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// The bytes of an answer that must be taken in a second, once it has waited for its reader. The slowest mobile networks are faster.
const LEAST_RATE: f64 = 2048.0;

/// A stream whose writes fail when nothing was taken for some time, or an answer was taken too slowly.
pub(super) struct Patient<T> {
    stream: T,
    limit: Duration,
    /// Runs while the other side takes nothing.
    waiting: Option<Pin<Box<Sleep>>>,
    /// The answer that has had to wait for its reader.
    late: Option<Late>,
}

/// An answer that is taken more slowly than it could be sent.
struct Late {
    since: Instant,
    taken: usize,
}

impl Late {
    /// The instant at which the rest of the answer is given up. Twice the limit is for a network that stops for a while.
    fn ends(&self, limit: Duration) -> Instant {
        #[expect(clippy::cast_precision_loss, reason = "an answer's length is far below what a float counts exactly")]
        let earned = Duration::from_secs_f64(self.taken as f64 / LEAST_RATE);
        self.since + limit * 2 + earned
    }
}

impl<T> Patient<T> {
    pub(super) fn new(stream: T, limit: Duration) -> Self {
        Self { stream, limit, waiting: None, late: None }
    }

    fn judge<R>(&mut self, context: &mut Context<'_>, outcome: Poll<io::Result<R>>) -> Poll<io::Result<R>> {
        if outcome.is_ready() {
            self.waiting = None;
            return outcome;
        }
        let late = self.late.get_or_insert_with(|| Late { since: Instant::now(), taken: 0 });
        let ends = late.ends(self.limit).min(Instant::now() + self.limit);
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep_until(ends)));
        waiting.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Counts what was taken; an error once an answer has taken too long.
    fn judge_write(&mut self, context: &mut Context<'_>, outcome: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let (Poll::Ready(Ok(count)), Some(late)) = (&outcome, &mut self.late) {
            late.taken += count;
            if late.ends(self.limit) <= Instant::now() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
        }
        self.judge(context, outcome)
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Patient<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Patient<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.judge_write(context, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.judge_write(context, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_flush(context);
        if outcome.is_ready() {
            // The answer is with the system now, all of it.
            self.late = None;
        }
        self.judge(context, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_shutdown(context);
        self.judge(context, outcome)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn whoever_reads_nothing_is_given_up() {
        let (near, _far) = tokio::io::duplex(16);
        let mut patient = Patient::new(near, Duration::from_millis(20));
        let error = patient.write_all(&[0; 64]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn whoever_reads_a_byte_now_and_then_is_given_up() {
        let (near, mut far) = tokio::io::duplex(16);
        let mut patient = Patient::new(near, Duration::from_millis(200));
        let reading = tokio::spawn(async move {
            let mut byte = [0; 1];
            while far.read_exact(&mut byte).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let written = tokio::time::timeout(Duration::from_secs(30), patient.write_all(&[0; 8 * 1024])).await;
        assert_eq!(written.unwrap().unwrap_err().kind(), io::ErrorKind::TimedOut);
        reading.abort();
    }

    #[tokio::test]
    async fn whoever_reads_is_waited_for() {
        let (near, mut far) = tokio::io::duplex(16);
        let mut patient = Patient::new(near, Duration::from_secs(30));
        let reading = tokio::spawn(async move {
            let mut bytes = [0; 64];
            far.read_exact(&mut bytes).await.map(|_| ())
        });
        patient.write_all(&[0; 64]).await.unwrap();
        reading.await.unwrap().unwrap();
    }
}
