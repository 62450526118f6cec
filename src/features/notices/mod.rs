//! The texts the force answers for: notices with their versions, the pages they stand on, the facts they refer to, and the
//! published site that every node holds in memory.

pub(crate) mod asked;
mod languages;
pub(crate) mod old;
pub(crate) mod organisation;
pub mod page;
pub(crate) mod paper;
pub mod past;
pub mod public;

use crate::base::tlog::actions;
use crate::desk::feature::Feature;
use crate::site::paths;

/// The declaration of this feature.
pub const FEATURE: Feature = Feature {
    with_texts: &["home"],
    navigation: &[paths::NOTICES, paths::PROOF],
    actions: actions::ALL,
    ..Feature::named("notices")
};
