//! Pure functions on texts.

pub mod changes;
pub mod markdown;
