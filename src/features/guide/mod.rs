//! The guide for staff, read on the staff site itself: `docs/staff-guide.md` as the release has it.

pub mod staff;

use crate::desk::feature::Feature;

/// The declaration of this feature.
pub const FEATURE: Feature = Feature::named("guide");
