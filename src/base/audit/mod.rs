//! The audit log: a row for each action, written in the transaction of the change itself, never changed, and chained a moment later.

pub mod model;
pub mod sealer;
pub mod store;
pub mod verify;

pub(crate) use crate::base::audit::model::actions;
pub use crate::base::audit::model::{Action, Who};
pub use crate::base::audit::store::{count, record};
