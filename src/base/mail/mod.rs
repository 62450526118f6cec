//! Outgoing email. A message is put into the outbox in the transaction of the action it tells of, sealed as a whole, and sent by a
//! node that holds the key.

pub mod model;
pub mod sender;
pub mod store;

pub use crate::base::mail::model::Message;
pub use crate::base::mail::sender::Sender;
