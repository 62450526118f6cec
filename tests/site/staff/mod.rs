//! The staff site through its whole stack, by named people with their roles.

mod access;
mod accounts;
mod audit;
mod authenticator;
pub(crate) mod browser;
mod dashboard;
pub(crate) mod desk_work;
mod editor;
mod facts;
mod import_drafts;
mod mail;
mod matrix;
mod moving;
mod pages;
mod parked;
mod passkeys;
pub(crate) mod people;
mod previews;
mod publishing;
mod redaction;
mod replay;
mod sessions;
mod sheet;
mod sign_in;
mod slowing;
mod withdrawing;
mod workflow;
