//! The staff site through its whole stack, by named people with their roles.

mod access;
mod accounts;
mod authenticator;
pub(crate) mod browser;
mod editor;
mod matrix;
mod parked;
mod passkeys;
pub(crate) mod people;
mod sessions;
mod sign_in;
mod slowing;
