//! The reading of the ledger into a node's published site: on from what it knows, or all anew where the database turns out to hold
//! another chain.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::base::clock::Clock;
use crate::base::database::{Database, DatabaseError};
use crate::base::ledger::store::Kept;
use crate::base::ledger::{Head, ReadError, Reader};
use crate::site::published::{Published, Unreadable};

/// The interval at which a long reading says how far it is.
const SAY_EVERY: Duration = Duration::from_secs(5);

/// A reason why the site could not be read anew.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The ledger cannot be read on.
    #[error(transparent)]
    Ledger(#[from] ReadError),
    /// An entry cannot be used.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

impl From<DatabaseError> for RefreshError {
    fn from(error: DatabaseError) -> Self {
        Self::Ledger(error.into())
    }
}

/// A reading of the ledger, as far as it came.
#[derive(Debug)]
pub(super) struct Reading {
    reader: Reader,
    published: Arc<Published>,
}

impl Reading {
    /// On from a site.
    pub(super) fn on(known: &Arc<Published>) -> Self {
        Self { reader: Reader::after(known.place()), published: Arc::clone(known) }
    }

    /// From the first entry.
    pub(super) fn anew() -> Self {
        Self { reader: Reader::after(Head::START), published: Arc::default() }
    }

    /// The site that was read.
    pub(super) fn into_published(self) -> Arc<Published> {
        self.published
    }

    /// Reads to the end of the ledger, piece by piece.
    pub(super) async fn read(&mut self, database: &Database, clock: &Clock) -> Result<(), RefreshError> {
        let mut said = Instant::now();
        loop {
            match self.reader.next(database).await {
                Ok(entries) if entries.is_empty() => return Ok(()),
                Ok(entries) => self.add_entries(entries, clock.now()).await?,
                Err(ReadError::OtherChain(number)) => {
                    tracing::error!(
                        entry = number,
                        "the database no longer holds the ledger that this node has read: it was changed for another or for an \
                         older copy. Everything is read anew, and what was only in the other is not shown any more"
                    );
                    *self = Self::anew();
                }
                Err(error) => return Err(error.into()),
            }
            if said.elapsed() > SAY_EVERY {
                said = Instant::now();
                tracing::info!(entries = self.published.length, "reading the ledger");
            }
        }
    }

    /// Enters what was read, off the threads that answer requests.
    async fn add_entries(&mut self, entries: Vec<Kept>, now: Timestamp) -> Result<(), RefreshError> {
        // Taken out, so that nothing is copied that nobody else holds.
        let mut published = std::mem::take(&mut self.published);
        let entering = tokio::task::spawn_blocking(move || {
            let entered = Arc::make_mut(&mut published).extend(entries, now);
            (published, entered)
        });
        let Ok((published, entered)) = entering.await else {
            *self = Self::anew();
            return Err(DatabaseError::Away.into());
        };
        self.published = published;
        if entered.is_err() {
            self.reader = Reader::after(self.published.place());
        }
        Ok(entered?)
    }
}
