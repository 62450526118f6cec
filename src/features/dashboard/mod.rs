//! The first page of the staff site: what waits for whoever looks, what changed and what will, what is overdue, and whether all nodes
//! show the same.

pub mod model;
pub mod nodes;
pub mod staff;
mod tasks;
