//! Limits for one household. The counts are in each node's memory, never logged, and forgotten within the hour.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::base::web::client::rate_limit_key;

/// The most households that are counted. No others are admitted for the rest of the hour.
const HOUSEHOLDS: usize = 100_000;
/// The length of the period that is counted, in seconds.
const PERIOD: i64 = 3600;

/// Counts by household, of which each is admitted so many times in an hour. Many people may share an address. Clones share the counts.
#[derive(Clone, Default)]
pub struct HouseholdLimit<const MOST: u32>(Arc<Mutex<Counted>>);

#[derive(Default)]
struct Counted {
    period: i64,
    households: HashMap<IpAddr, u32>,
}

impl<const MOST: u32> HouseholdLimit<MOST> {
    /// Counts a request from an address. False if the limit is exceeded.
    pub fn admits(&self, from: Option<IpAddr>, now: Timestamp) -> bool {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let period = now.as_second().div_euclid(PERIOD);
        if counted.period != period {
            *counted = Counted { period, households: HashMap::new() };
        }
        let home = rate_limit_key(from.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)));
        if counted.households.len() >= HOUSEHOLDS && !counted.households.contains_key(&home) {
            return false;
        }
        let count = counted.households.entry(home).or_default();
        *count = count.saturating_add(1);
        *count <= MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: u32 = 20;

    #[test]
    fn a_household_makes_so_many_an_hour_and_others_are_not_held_back() {
        let limit = HouseholdLimit::<MOST>::default();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let from = |text: &str| text.parse().ok();
        let admitted = (0..50_u32)
            .filter(|number| limit.admits(from(&format!("2001:db8:1:2::{number}")), at("2026-11-24T12:00:00Z")));
        assert_eq!(admitted.count(), 20, "a network of IPv6 is one household");
        assert!(limit.admits(from("2001:db8:1:3::1"), at("2026-11-24T12:00:00Z")));
        assert!(!limit.admits(from("2001:db8:1:2::1"), at("2026-11-24T12:59:59Z")));
        assert!(limit.admits(from("2001:db8:1:2::1"), at("2026-11-24T13:00:00Z")));
    }
}
