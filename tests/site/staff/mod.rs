//! The staff site through its whole stack, by named people with their roles.

mod access;
mod editor;
pub(crate) mod people;
