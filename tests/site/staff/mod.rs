//! The staff site through its whole stack, by named people with their roles.

mod access;
mod editor;
mod facts;
mod pages;
pub(crate) mod people;
mod previews;
