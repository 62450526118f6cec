//! Site search: a plain scan of what is in force.

pub mod public;
