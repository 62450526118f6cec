//! Drafts: the one editable state of a notice, a page, the facts, the navigation or the promoted answers, until it is
//! published. A save that started from an older state is refused; nothing here is public.

pub mod checks;
#[cfg(test)]
pub(crate) mod growth;

pub mod actions;
pub mod answers;
pub mod arranged;
pub mod begin;
pub mod differences;
pub mod model;
pub mod saving;
pub mod signatures;
pub mod store;
pub mod titles;
pub mod words;

use crate::desk::feature::Feature;

pub use crate::features::drafts::model::{Draft, DraftContent, NoticeDraft, State, Written};

/// The declaration of this feature.
pub const FEATURE: Feature = Feature { actions: actions::ALL, ..Feature::named("drafts") };
