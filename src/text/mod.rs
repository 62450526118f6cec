//! Pure functions on texts.

pub mod changes;
pub mod cut;
pub mod folding;
pub mod markdown;
pub mod merge;
pub mod telephone;
pub mod urgency;
