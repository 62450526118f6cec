//! The staff site in a real browser. Each test makes people of its own and writes in notices that no other test touches.

mod accessible;
mod conflict;
mod desk;
mod offline;
mod paste;
mod paste_cases;
#[path = "../site/staff/routes.rs"]
mod routes;
mod scriptless;
mod story;
mod tools;
