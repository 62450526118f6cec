//! What staff say to each other about a text: comments that quote a passage, the reviews that they ask for, and why a draft was sent
//! back. It stays with the text through saves and releases, is never public, and is no part of the ledger.

pub mod actions;
pub mod model;
pub mod staff;
pub mod store;
pub mod thread;
pub(crate) mod words;

use std::time::Duration;

use crate::desk::feature::{Feature, Job};

/// The declaration of this feature.
pub const FEATURE: Feature = Feature {
    actions: actions::ALL,
    jobs: &[Job {
        name: "old comments",
        every: Duration::from_hours(1),
        run: |desk| Box::pin(store::delete_old(desk)),
    }],
    ..Feature::named("discussion")
};
