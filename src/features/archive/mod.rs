//! Import and export: what a force takes with it, and where its first texts come from.

pub mod actions;
pub mod export;
pub mod files;
pub mod front_matter;
pub mod import;

use crate::desk::feature::Feature;

/// The declaration of this feature.
pub const FEATURE: Feature = Feature { actions: actions::ALL, ..Feature::named("archive") };
