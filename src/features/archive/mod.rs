//! Import and export: what a force takes with it, and where its first texts come from.

pub mod export;
pub mod files;
pub mod import;
