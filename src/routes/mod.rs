//! Every URL, a line each.

pub mod public;
pub mod staff;
