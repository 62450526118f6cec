//! Preview links: a secret address under which somebody without an account reads drafts that a member of staff chose for them. It
//! ends by itself or when it is revoked, and shows those drafts and nothing else.

pub mod model;
pub mod public;
pub mod staff;
pub mod store;
