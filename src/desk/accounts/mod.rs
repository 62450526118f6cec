//! Staff: who may sign in, with what, and what their roles let them do. A handler gets at whoever is at the desk through [`By`],
//! which has checked their role, and in no other way.

pub mod actions;
pub mod addresses;
pub mod cleanup;
pub mod doubt;
pub mod invite;
pub mod letters;
pub mod model;
pub mod parked;
pub mod password;
pub mod permission;
pub mod recovery;
pub mod session_model;
pub mod shown_once;
pub mod store;
pub mod totp;
pub mod tries;
pub mod turns;

pub use crate::desk::Desk;
pub use crate::desk::accounts::model::{Actor, Role};
pub use crate::desk::permission::{By, Looking};
