//! The staff site through its whole stack, by named people with their roles.

mod access;
mod audit;
mod dashboard;
mod editor;
mod mail;
pub(crate) mod people;
mod sheet;
