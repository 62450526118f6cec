//! The staff site through its whole stack, by named people with their roles.

mod access;
pub(crate) mod desk_work;
mod editor;
mod moving;
pub(crate) mod people;
mod publishing;
mod redaction;
mod replay;
mod withdrawing;
mod workflow;
