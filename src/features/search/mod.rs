//! Finding a page. What is in force now is held in an index in memory (tantivy), which every node makes of its own edition; what is scheduled
//! is not in it. Hits and excerpts are looked up in the edition in force, so that nothing is shown that was removed. Words of crisis put 999
//! and the right helpline before anything else; the answers that staff promote come next.

mod analysis;
mod answers;
mod excerpt;
mod help;
mod index;
mod places;
pub mod public;
mod query;
mod shard;

use crate::desk::feature::Feature;
pub use crate::features::search::index::SearchIndex;
use crate::site::paths;

/// The declaration of this feature.
pub const FEATURE: Feature = Feature { navigation: &[paths::SEARCH], ..Feature::named("search") };
