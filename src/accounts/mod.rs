//! Staff: who may sign in, with what, and what their roles let them do. A handler gets at whoever is at the desk through [`By`],
//! which has checked their role, and in no other way.

pub mod addresses;
pub mod cleanup;
pub mod desk;
pub mod invite;
pub mod model;
pub mod parked;
pub mod passkey;
pub mod password;
pub mod permission;
pub mod recovery;
pub mod session;
pub mod shown;
pub mod staff;
pub mod store;
pub mod totp;
pub mod tries;
pub mod turns;

pub use desk::Desk;
pub use model::{Actor, Role};
pub use permission::{By, Looking};
