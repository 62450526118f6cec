//! Knows the second press of a double click. A browser without scripts sends both, and the second one without the cookie that the first
//! answer sets: without this it would make a second record of one decision. Kept in each node's memory for a second and in no log.

use std::collections::VecDeque;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, header};
use jiff::Timestamp;

use crate::features::consent::model::Receipt;

/// How long the second press may take to arrive, in milliseconds.
const DOUBLE_CLICK: i64 = 1_000;
/// Presses that are remembered at most.
const PRESSES: usize = 10_000;

/// What tells one press from another for that second: where the browser is, what it calls itself and where it pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Press(u64);

/// The receipts given in the last second; clones share them.
#[derive(Clone, Default)]
pub(super) struct LastPresses(Arc<Mutex<VecDeque<(Timestamp, Press, Receipt)>>>);

impl Press {
    /// The press of a form; none where the browser says too little to be told from others.
    pub(super) fn of(from: Option<IpAddr>, headers: &HeaderMap, return_to: Option<&str>) -> Option<Self> {
        let agent = headers.get(header::USER_AGENT)?;
        let mut hasher = DefaultHasher::new();
        (from?, agent, headers.get(header::ACCEPT_LANGUAGE), return_to).hash(&mut hasher);
        Some(Self(hasher.finish()))
    }
}

impl LastPresses {
    /// The receipt that the same press got a moment ago.
    pub(super) fn receipt(&self, press: Press, now: Timestamp) -> Option<Receipt> {
        let presses = self.presses();
        let last =
            presses.iter().rev().take_while(|(at, ..)| now.as_millisecond() - at.as_millisecond() <= DOUBLE_CLICK);
        last.into_iter().find(|(_, other, _)| *other == press).map(|(.., receipt)| receipt.clone())
    }

    /// Remembers the receipt of a press.
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
