//! The structure around the texts: the force's facts, the pages with their order and address, the links around every page, and
//! the answers that the search puts first. Staff change them as drafts, which are read and published like those of notices.

pub mod facts;
pub mod model;
pub mod promoted;
pub mod shared;
pub mod staff;
pub mod store;

use crate::desk::accounts::permission::{Permission as _, Reading};
use crate::desk::declared::Section;
use crate::desk::feature::Feature;
use crate::desk::paths;

/// The declaration of this feature.
pub const FEATURE: Feature = Feature {
    sections: &[Section { label: "Pages and facts", path: paths::PAGES, roles: Reading::ROLES }],
    ..Feature::named("structure")
};
