//! Writes consent records and page counts in the background, and queues them while the database is away.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use tokio::sync::{Notify, OnceCell};
use tokio::time::{MissedTickBehavior, interval};

use crate::base::database::{Database, DatabaseError, NotWritable};
use crate::base::web::cookies;
use crate::base::web::household::HouseholdLimit;
use crate::features::consent::counts::Counts;
use crate::features::consent::model::{ConsentRecord, Receipt, ReceiptKey, VISIT_SECONDS};
use crate::features::consent::twice::{LastPresses, Press};
use crate::features::consent::{store, visitor};
use crate::site::Site;
use crate::site::edition::Edition;

/// The longest queue of records. At a million accepts a day it lasts for more than ten minutes without the database.
const WAITING: usize = 10_000;

/// The most records of one household in an hour.
const RECORDS: u32 = 20;

/// The most records written in one transaction.
const BATCH: usize = 200;

/// The longest time for a write.
const WRITE_LIMIT: Duration = Duration::from_secs(5);

/// The pause before records that could not be written are tried again.
const RETRY: Duration = Duration::from_secs(5);

/// The time between two writes of the counts.
const SUMS_EVERY: Duration = Duration::from_secs(60);

/// The queue of consent records for the database. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct ConsentQueue(Arc<Queue>);

#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<VecDeque<ConsentRecord>>,
    more: Notify,
}

/// The queue is full, because the database has been away for too long.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("consent records wait for the database, and no more fit; bring the database back")]
pub struct Full;

/// The consent records and page counts to be written. Clones share them.
#[derive(Clone, Default)]
pub struct Recorder {
    /// Records of accepts.
    pub consents: ConsentQueue,
    /// Counts of pages shown and visits begun.
    pub counts: Counts,
    /// The number of records of each household in the last hour.
    limit: HouseholdLimit<RECORDS>,
    /// The requests of the last second.
    presses: LastPresses,
    key: Arc<OnceCell<ReceiptKey>>,
}

/// The sender of an accept, for the limits.
#[derive(Clone, Copy)]
pub(super) struct Asker {
    /// The address of the sender.
    pub(super) from: Option<IpAddr>,
    /// Tells a double click from two decisions.
    pub(super) press: Option<Press>,
}

impl ConsentQueue {
    /// Adds a record.
    pub fn add(&self, record: ConsentRecord) -> Result<(), Full> {
        let mut waiting = self.waiting();
        if waiting.len() >= WAITING {
            return Err(Full);
        }
        waiting.push_back(record);
        drop(waiting);
        self.0.more.notify_one();
        Ok(())
    }

    /// The length of the queue.
    pub fn len(&self) -> usize {
        self.waiting().len()
    }

    /// Tells that the queue is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the queue, oldest records first. Records that could not be written stay in it.
    pub async fn write(&self, database: &Database) -> Result<(), DatabaseError> {
        loop {
            let batch: Vec<ConsentRecord> = self.waiting().iter().take(BATCH).cloned().collect();
            if batch.is_empty() {
                return Ok(());
            }
            database
                .write(WRITE_LIMIT, async |connection| {
                    for record in &batch {
                        store::insert_record(&mut *connection, record).await?;
                    }
                    Ok::<(), DatabaseError>(())
                })
                .await?;
            // Other tasks only add to the other end.
            self.waiting().drain(..batch.len());
        }
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<ConsentRecord>> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder {
    /// Takes an accept into the records and gives its receipt. One that a browser has already stays, if it is ours, and the second press
    /// of a double click gets that of the first. None where no record
    /// is made: the household made too many, the database was away for so long that no more can wait, or a later release owns it. The
    /// accept is counted then.
    pub(super) async fn accept(
        &self,
        site: &Site,
        asker: Asker,
        notice_version: i32,
        before: Option<Receipt>,
    ) -> Option<Receipt> {
        let now = site.clock().now();
        let is_shut_out = matches!(site.database().refuses_writes(), Some(NotWritable::TooNew { .. }));
        let recorded = match self.key(site.database()).await {
            Some(key) => match before.filter(|receipt| receipt.is_ours(key, notice_version)) {
                // Its record was made with it.
                Some(receipt) => return Some(receipt),
                None => match asker.press.and_then(|press| self.presses.receipt(press, now)) {
                    Some(receipt) if receipt.is_ours(key, notice_version) => return Some(receipt),
                    _ if !is_shut_out && self.limit.admits(asker.from, now) => self.record(key, notice_version, now),
                    _ => None,
                },
            },
            None => None,
        };
        if let (Some(press), Some(receipt)) = (asker.press, &recorded) {
            self.presses.keep(press, receipt.clone(), now);
        }
        if recorded.is_none() {
            self.counts.accepted_without_record(now);
        }
        recorded
    }

    fn record(&self, key: ReceiptKey, notice_version: i32, now: Timestamp) -> Option<Receipt> {
        let receipt = Receipt::new(key, notice_version)?;
        let record = ConsentRecord { receipt: receipt.clone(), notice_version, chosen_at: now };
        self.consents.add(record).ok()?;
        Some(receipt)
    }

    /// The key of receipts; none if the database has been away since this node started.
    pub async fn key(&self, database: &Database) -> Option<ReceiptKey> {
        let read = self.key.get_or_try_init(async || {
            database.read(async |connection| store::receipt_key(connection).await).await?.ok_or(DatabaseError::Away)
        });
        read.await.ok().copied()
    }

    /// Counts a page that is about to be shown, and a visit where one begins. Gives the `Set-Cookie` value that goes with it:
    /// only for visitors who accepted. Addresses that the site does not have are not counted.
    pub fn count(&self, site: &Site, edition: &Edition, headers: &HeaderMap, address: &str) -> Option<HeaderValue> {
        if !edition.views.contains_key(address) {
            return None;
        }
        let now = site.clock().now();
        self.counts.page_shown(address, now);
        let names = site.cookies();
        let accepted = visitor::choice(headers, site, edition).is_some_and(|choice| choice.accepts());
        if !accepted || cookies::cookie(headers, names.visit).is_some() {
            return None;
        }
        self.counts.visit_began(now);
        names.set(names.visit, "1", VISIT_SECONDS)
    }

    /// Writes records as they come and counts every minute, until `stop`, and once more at the end.
    pub async fn run(self, database: Database, stop: impl Future<Output = ()>) {
        let mut retry = interval(RETRY);
        let mut sums = interval(SUMS_EVERY);
        retry.set_missed_tick_behavior(MissedTickBehavior::Delay);
        sums.set_missed_tick_behavior(MissedTickBehavior::Delay);
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                () = self.consents.0.more.notified() => self.write_consents(&database).await,
                _ = retry.tick() => self.write_consents(&database).await,
                _ = sums.tick() => self.write_sums(&database).await,
            }
        }
        self.write_consents(&database).await;
        self.write_sums(&database).await;
        let lost = self.consents.len();
        if lost > 0 {
            tracing::error!(lost, "consent records could not be written before the end");
        }
    }

    async fn write_consents(&self, database: &Database) {
        self.key(database).await;
        if self.consents.is_empty() {
            return;
        }
        if let Err(error) = self.consents.write(database).await {
            let waiting = self.consents.len();
            tracing::warn!(%error, waiting, "consent records wait for the database");
        }
    }

    async fn write_sums(&self, database: &Database) {
        let sums = self.counts.take();
        if sums.is_empty() {
            return;
        }
        let written = database.write(WRITE_LIMIT, async |connection| Ok(store::add(connection, &sums).await?)).await;
        match written {
            Ok(()) => {}
            // The counts may have been written, and one too low is better than one too high.
            Err(DatabaseError::TimedOut) => tracing::warn!("whether page counts were written is not known"),
            Err(error) => {
                tracing::warn!(%error, "page counts wait for the database");
                self.counts.give_back(sums);
            }
        }
    }
}
