//! Webchat with live agents. Not open on this site yet: the page says so, and how else to reach the force.

pub mod paths;
pub mod public;

use crate::desk::feature::Feature;

/// The declaration of this feature.
pub const FEATURE: Feature =
    Feature { public_paths: paths::ALL, navigation: &[paths::WEBCHAT], ..Feature::named("webchat") };
