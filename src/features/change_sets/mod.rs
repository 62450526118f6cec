//! Change sets: drafts of notices, pages, the menu, facts and promoted answers, and withdrawals, that belong together. They are reviewed
//! at once, published or scheduled in one transaction at one instant, or not at all.

pub mod actions;
pub mod compose;
pub mod decide;
pub mod model;
pub mod paths;
pub mod publish;
pub mod put_back;
pub mod staff;
pub mod store;
mod tasks;
pub(crate) mod words;

use crate::desk::accounts::permission::{Permission as _, Reading};
use crate::desk::declared::Section;
use crate::desk::feature::Feature;

/// The declaration of this feature.
pub const FEATURE: Feature = Feature {
    staff_paths: paths::ALL,
    sections: &[Section { label: "Change sets", path: paths::SETS, roles: Reading::ROLES }],
    actions: actions::ALL,
    tasks: Some(|connection, viewer| Box::pin(tasks::find(connection, viewer))),
    ..Feature::named("change_sets")
};
