//! Limits for a household, in each node's memory.

use crate::base::web::household::HouseholdLimit;

/// The counts of one node.
#[derive(Default)]
pub(super) struct Limits {
    /// Chats begun in an hour.
    pub(super) starts: HouseholdLimit<20>,
    /// Codes tried in an hour. They are too long to be guessed; this only bounds what trying costs.
    pub(super) codes: HouseholdLimit<60>,
}
