//! Telling the force about something. Until there are forms, how to call.

pub mod paths;
pub mod public;

use crate::desk::feature::Feature;

/// The declaration of this feature.
pub const FEATURE: Feature = Feature {
    public_paths: paths::ALL,
    with_texts: &["report"],
    navigation: &[paths::REPORT],
    ..Feature::named("report")
};
