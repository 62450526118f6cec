//! Sentences about the form of a new link.

use crate::features::previews::model::MOST_DRAFTS;

pub(super) const NO_DRAFT: &str = "Tick at least one draft.";
pub(super) const DRAFT_GONE: &str =
    "One of the drafts was published or deleted in the meantime. Look at the list again.";
pub(super) const NO_LIFETIME: &str = "Choose how long the link works.";

/// Says that one link does not show so many drafts.
pub(super) fn too_many_drafts() -> String {
    format!("Tick at most {MOST_DRAFTS} drafts, or make two links.")
}

pub(super) const LINKS_ARE_AROUND: &str = "The links above and below this page are those of the draft.";
pub(super) const SHOWN_IN_SEARCHES: &str = "Promoted answers are shown in searches alone.";
