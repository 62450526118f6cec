//! The texts the force answers for: notices with their versions, the pages they stand on, the facts they refer to, and the
//! published site that every node holds in memory.

mod languages;
pub mod page;
pub mod past;
pub mod public;
