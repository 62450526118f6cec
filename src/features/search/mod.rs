//! Finding a page. What is in force now is held in an index in memory (tantivy), which every node makes of its own edition; what is scheduled
//! is not in it. Hits and excerpts are looked up in the edition in force, so that nothing is shown that was removed. Words of crisis put 999
//! and the right helpline before anything else; the answers that staff promote come next. Single
//! words that find nothing are counted, so that editors learn what people call things.

mod analysis;
mod answers;
mod excerpt;
mod help;
mod index;
mod missed;
mod places;
pub mod public;
mod query;
mod recorder;
mod shard;
pub mod staff;
mod store;

use std::time::Duration;

use crate::desk::feature::{Feature, Job};
pub use crate::features::search::index::SearchIndex;
pub use crate::features::search::missed::MissedWords;
use crate::site::paths;

/// The declaration of this feature.
pub const FEATURE: Feature = Feature {
    navigation: &[paths::SEARCH],
    jobs: &[Job {
        name: "old words that were searched for in vain",
        every: Duration::from_hours(1),
        run: |desk| Box::pin(recorder::delete_old(desk)),
    }],
    ..Feature::named("search")
};
