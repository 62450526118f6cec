//! The texts the force answers for: notices with their versions, the pages they stand on, the facts they refer to, and the
//! published site that every node holds in memory.

pub(crate) mod asked;
mod languages;
pub(crate) mod old;
pub(crate) mod organisation;
pub mod page;
pub(crate) mod paper;
pub mod past;
pub mod public;

use crate::base::tlog::actions;
use crate::desk::feature::Feature;
use crate::site::declared::OwnPage;
use crate::site::paths;

/// The declaration of this feature.
pub const FEATURE: Feature = Feature {
    with_texts: &["home"],
    navigation: &[paths::NOTICES, paths::PROOF],
    own_pages: &[
        OwnPage {
            path: paths::NOTICES,
            title: "All notices and their history",
            about: "Every text that we publish, with every version of it and what changed.",
            words: "old versions, previous version, changes, archive, history",
        },
        OwnPage {
            path: paths::PROOF,
            title: "How to check what we published",
            about: "How anybody can check that no text was changed afterwards.",
            words: "proof, ledger, hash, checkpoint, verify, tamper",
        },
    ],
    actions: actions::ALL,
    ..Feature::named("notices")
};
