//! Quick exit: one press leads to a neutral site, and for a few minutes every page of ours does too, so that the Back
//! button shows nothing. This works because the `HttpOnly` cookie of the exit makes browsers drop the pages they keep for
//! Back, and `no-store` pages are requested again.

pub mod model;
pub mod public;
pub mod settings;

use crate::base::config::Flags;
use crate::desk::feature::Feature;

use crate::features::quick_exit::settings::QuickExitFlags;

pub use crate::features::quick_exit::model::{comes_from_elsewhere, has_left, is_exempt};

/// The declaration of this feature.
pub const FEATURE: Feature = Feature { flags: Some(Flags::of::<QuickExitFlags>()), ..Feature::named("quick_exit") };
