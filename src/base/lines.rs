//! Lines on their way to a log. They gather in memory and a thread of their own writes them, so that a slow disk, or a pipe that nobody
//! drains, keeps nobody waiting. Where too many gather, later ones are let go and counted.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Lines are written when there are this many bytes of them, however long they may wait.
const FULL: usize = 64 * 1024;
/// The most that waits if nobody reads the lines. More is dropped.
const MOST: usize = 1024 * 1024;
/// The longest that the end waits for the last lines.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// A queue of lines; cheap to clone. `S` is what the writer of a line keeps from one to the next.
#[derive(Debug)]
pub struct Lines<S = ()>(Arc<Inner<S>>);

impl<S> Clone for Lines<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[derive(Debug)]
struct Inner<S> {
    name: &'static str,
    /// The longest that lines may wait for more.
    wait: Duration,
    pending: Mutex<Pending<S>>,
    changed: Condvar,
    lost: AtomicU64,
}

#[derive(Debug, Default)]
struct Pending<S> {
    lines: Vec<u8>,
    kept: S,
    /// The number of lines that were dropped and not reported yet.
    lost: u64,
    closing: bool,
    closed: bool,
}

impl<S: Default + Send + 'static> Lines<S> {
    /// A queue that is written to a sink, each line after `wait` at the latest.
    pub fn to(name: &'static str, wait: Duration, mut sink: impl Write + Send + 'static) -> std::io::Result<Self> {
        let (pending, changed, lost) = (Mutex::default(), Condvar::new(), AtomicU64::new(0));
        let inner = Arc::new(Inner { name, wait, pending, changed, lost });
        let writer = Arc::clone(&inner);
        std::thread::Builder::new()
            .name(name.to_owned())
            .stack_size(64 * 1024)
            .spawn(move || writer.write_on(&mut sink))?;
        Ok(Self(inner))
    }

    /// Adds a line, which `put` appends.
    pub fn add(&self, put: impl FnOnce(&mut Vec<u8>, &mut S)) {
        let inner = &self.0;
        let mut pending = inner.lock();
        if pending.lines.len() >= MOST {
            pending.lost += 1;
            inner.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let was_empty = pending.lines.is_empty();
        let was_full = pending.lines.len() >= FULL;
        let Pending { lines, kept, .. } = &mut *pending;
        put(lines, kept);
        let wakes = was_empty || (!was_full && pending.lines.len() >= FULL);
        drop(pending);
        if wakes {
            inner.changed.notify_all();
        }
    }

    /// The number of lines dropped since the start.
    pub fn lost(&self) -> u64 {
        self.0.lost.load(Ordering::Relaxed)
    }

    /// Writes what is left and ends the thread. A sink that takes nothing is given up after 2 seconds.
    pub fn close(&self) {
        self.0.lock().closing = true;
        self.0.changed.notify_all();
        let _closed = self.0.changed.wait_timeout_while(self.0.lock(), LAST_WAIT, |pending| !pending.closed);
    }
}

impl<S> Inner<S> {
    fn lock(&self) -> MutexGuard<'_, Pending<S>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_on(&self, sink: &mut impl Write) {
        let mut writing = Vec::with_capacity(FULL);
        loop {
            let pending = self.lock();
            let idle = |pending: &mut Pending<S>| pending.lines.is_empty() && !pending.closing;
            let pending = self.changed.wait_while(pending, idle).unwrap_or_else(PoisonError::into_inner);
            let filling = |pending: &mut Pending<S>| pending.lines.len() < FULL && !pending.closing;
            let (mut pending, _) =
                self.changed.wait_timeout_while(pending, self.wait, filling).unwrap_or_else(PoisonError::into_inner);
            std::mem::swap(&mut writing, &mut pending.lines);
            let lost = std::mem::take(&mut pending.lost);
            let closing = pending.closing;
            drop(pending);
            // A log that cannot be written must not stop the site.
            let _ = sink.write_all(&writing).and_then(|()| sink.flush());
            writing.clear();
            writing.shrink_to(FULL * 2);
            if lost > 0 {
                tracing::warn!(log = self.name, lost, "lines were let go: whoever reads the log takes them too slowly");
            }
            if closing {
                self.lock().closed = true;
                self.changed.notify_all();
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A pipe that nobody drains until it is told.
    struct Clogged(mpsc::Receiver<()>, mpsc::Sender<Vec<u8>>);

    impl Write for Clogged {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let _ = self.0.recv();
            let _ = self.1.send(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_log_that_nobody_drains_takes_so_much_and_counts_the_rest() {
        let (drain, drained) = mpsc::channel();
        let (taken, took) = mpsc::channel();
        let lines: Lines = Lines::to("test-log", Duration::ZERO, Clogged(drained, taken)).unwrap();
        let line = [b'a'; 1024];
        for _ in 0..4096 {
            lines.add(|out, ()| out.extend_from_slice(&line));
        }
        let lost = lines.lost();
        assert!(lost >= 2048, "{lost}");
        drop(drain);
        lines.close();
        let written: usize = took.iter().map(|bytes| bytes.len()).sum();
        assert_eq!(written / line.len() + usize::try_from(lost).unwrap(), 4096);
    }
}
