//! The texts the force answers for: notices with their versions, the pages they stand on, the facts they refer to, and the
//! published site that every node holds in memory.

pub mod public;

pub use crate::site::Site;
pub use crate::site::edition::Edition;
pub use crate::site::published::Published;
