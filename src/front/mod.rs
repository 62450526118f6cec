//! The front door: what every public request meets before and after its route.
//!
//! In order: kept pages are answered from memory without meeting the router (see `fast`); a visitor who has just left in a
//! hurry is sent to the neutral site; what cannot be read is refused; the router answers, guarded by limits; an error is
//! dressed in the site's shell; and whatever comes back gets its headers and its line in the log.

mod common;
mod dress;
mod fast;
mod hosts;
mod prepared_headers;
mod public;
mod public_front;
pub mod request_id;
pub mod request_log;
pub mod staff;

pub use crate::front::public::{Answer, PublicService};
