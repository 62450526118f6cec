//! Preview links: a secret address under which somebody without an account reads drafts that a member of staff chose for them. It
//! ends by itself or when it is revoked, and shows those drafts and nothing else.

pub mod actions;
pub mod model;
pub mod public;
pub mod staff;
pub mod store;
pub(crate) mod words;

use crate::desk::accounts::permission::{Permission as _, Reading};
use crate::desk::declared::Section;
use crate::desk::feature::Feature;
use crate::desk::paths;

/// The declaration of this feature.
pub const FEATURE: Feature = Feature {
    sections: &[Section { label: "Preview links", path: paths::PREVIEWS, roles: Reading::ROLES }],
    actions: actions::ALL,
    ..Feature::named("previews")
};
