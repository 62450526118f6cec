//! Who did what, for those who may ask: rows written in the transaction of the deed, never changed, and chained a moment later.

mod csv;
pub mod model;
pub mod sealer;
mod sheet;
pub mod staff;
pub mod store;
pub mod verify;

pub use model::{Action, Who};
pub use store::{count, record};
