//! Who did what, for those who may ask: rows written in the transaction of the deed, never changed, and chained a moment later.

pub mod model;
pub mod sealer;
pub mod store;
pub mod verify;

pub(crate) use crate::base::audit::model::actions;
pub use crate::base::audit::model::{Action, Who};
pub use crate::base::audit::store::{count, record};
