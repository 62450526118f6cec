//! The pages for auditors: the audit log, and the sheet that says which text was in force at an instant.

pub mod actions;
pub(crate) mod csv;
pub mod log;
pub(crate) mod sheet;

use crate::desk::accounts::permission::{Auditing, Permission as _};
use crate::desk::declared::Section;
use crate::desk::feature::Feature;
use crate::desk::paths;

/// The declaration of this feature.
pub const FEATURE: Feature = Feature {
    sections: &[Section { label: "Audit", path: paths::AUDIT, roles: Auditing::ROLES }],
    actions: actions::ALL,
    ..Feature::named("auditor")
};
