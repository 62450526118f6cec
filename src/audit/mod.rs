//! Who did what, for those who may ask: rows written in the transaction of the deed, never changed, and chained a moment later.

pub mod model;
pub mod store;

pub use model::{Action, Who};
pub use store::record;
