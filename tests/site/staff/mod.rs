//! The staff site through its whole stack, by named people with their roles.

mod access;
pub(crate) mod desk_work;
mod editor;
mod accounts;
mod authenticator;
pub(crate) mod browser;
mod matrix;
mod parked;
mod passkeys;
pub(crate) mod people;
mod sessions;
mod sign_in;
mod slowing;
mod audit;
mod dashboard;
mod mail;
mod sheet;
mod moving;
mod publishing;
mod redaction;
mod replay;
mod withdrawing;
mod workflow;
