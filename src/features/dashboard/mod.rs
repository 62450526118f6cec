//! The first page of the staff site: what waits for whoever looks, what changed and what will, what is overdue, and whether all nodes
//! show the same.

pub mod calendar;
pub mod first_hour;
pub mod model;
pub mod nodes;
pub mod staff;

use crate::desk::declared::Section;
use crate::desk::feature::Feature;
use crate::desk::paths;

/// The declaration of this feature.
pub const FEATURE: Feature =
    Feature { sections: &[Section { label: "Today", path: paths::HOME, roles: &[] }], ..Feature::named("dashboard") };
