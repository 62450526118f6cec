//! Recognises the second request of a double click. A browser without scripts sends both, and the second one without the cookie that the first
//! answer sets, so that it would make a second record of one decision. Remembered for a second in each node's memory, and never logged.

use std::collections::VecDeque;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, header};
use jiff::Timestamp;

use crate::features::consent::model::Receipt;

/// The longest time between the two requests, in milliseconds.
const DOUBLE_CLICK: i64 = 1_000;
/// The most requests that are remembered.
const PRESSES: usize = 10_000;

/// The traits by which one browser's request is told from another's: its address, its user agent and the page of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Press(u64);

/// The receipts given in the last second; clones share them.
#[derive(Clone, Default)]
pub(super) struct LastPresses(Arc<Mutex<VecDeque<(Timestamp, Press, Receipt)>>>);

impl Press {
    /// The traits of a request; none if the browser sends too little to be told from others.
    pub(super) fn of(from: Option<IpAddr>, headers: &HeaderMap, return_to: Option<&str>) -> Option<Self> {
        let agent = headers.get(header::USER_AGENT)?;
        let mut hasher = DefaultHasher::new();
        (from?, agent, headers.get(header::ACCEPT_LANGUAGE), return_to).hash(&mut hasher);
        Some(Self(hasher.finish()))
    }
}

impl LastPresses {
    /// The receipt that the first request of a double click got.
    pub(super) fn receipt(&self, press: Press, now: Timestamp) -> Option<Receipt> {
        let presses = self.presses();
        let last =
            presses.iter().rev().take_while(|(at, ..)| now.as_millisecond() - at.as_millisecond() <= DOUBLE_CLICK);
        last.into_iter().find(|(_, other, _)| *other == press).map(|(.., receipt)| receipt.clone())
    }

    /// Remembers the receipt that a request got.
    pub(super) fn keep(&self, press: Press, receipt: Receipt, now: Timestamp) {
        let mut presses = self.presses();
        presses.retain(|(at, ..)| now.as_millisecond() - at.as_millisecond() <= DOUBLE_CLICK);
        if presses.len() >= PRESSES {
            presses.pop_front();
        }
        presses.push_back((now, press, receipt));
    }

    fn presses(&self) -> MutexGuard<'_, VecDeque<(Timestamp, Press, Receipt)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
