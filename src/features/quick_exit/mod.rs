//! Leaving in a hurry: one press leads to a neutral site, and for a few minutes every page of ours does too, so that the Back
//! button shows nothing. What that rests on: the `HttpOnly` cookie that the exit sets makes browsers drop pages they keep for
//! Back, and pages that are `no-store` are asked for again.

pub mod model;
pub mod public;
pub mod settings;

use crate::base::config::Flags;
use crate::desk::feature::Feature;

use crate::features::quick_exit::settings::QuickExitFlags;

pub use crate::features::quick_exit::model::{comes_from_elsewhere, has_left, is_exempt};

/// The declaration of this feature.
pub const FEATURE: Feature = Feature { flags: Some(Flags::of::<QuickExitFlags>()), ..Feature::named("quick_exit") };
