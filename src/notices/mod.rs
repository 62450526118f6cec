//! The texts the force answers for: notices with their versions, the pages they stand on, the facts they refer to, and the
//! published site that every node holds in memory.

pub mod arrange;
pub mod called;
pub mod changes;
pub mod checks;
pub mod drafts;
pub mod edition;
pub mod export;
pub mod files;
pub mod import;
pub mod markdown;
pub mod model;
pub mod previews;
pub mod public;
pub mod published;
mod reading;
pub mod reviews;
pub mod site;
pub mod snapshot;
pub mod staff;
pub mod store;
pub mod workflow;

pub use edition::Edition;
pub use published::Published;
pub use site::Site;
