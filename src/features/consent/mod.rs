//! The cookie choice: one cookie of our own says what a visitor chose and under which version of the cookie notice. An accept
//! also leaves a receipt and a record of it (UK GDPR article 7(1)); a reject leaves nothing but the choice. Visits are counted
//! only after an accept, pages only as sums.

pub mod counts;
pub mod model;
pub mod paths;
pub mod public;
pub mod recorder;
pub mod store;
mod twice;
pub mod visitor;

use crate::desk::feature::Feature;

pub use crate::features::consent::counts::Counts;
pub use crate::features::consent::model::{Choice, Decision, Receipt};
pub use crate::features::consent::recorder::{ConsentQueue, Recorder};
pub use crate::features::consent::visitor::{Visitor, asks};

/// The declaration of this feature.
pub const FEATURE: Feature =
    Feature { public_paths: paths::ALL, with_texts: &["cookies"], ..Feature::named("consent") };
