//! The public site through its whole stack, against a real Postgres. One binary; a database for each test, cloned from a
//! migrated template.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
#![expect(clippy::print_stderr, reason = "a process of another test says when it is ready")]
#![expect(clippy::disallowed_methods, reason = "tests tamper with tables in ways that no room does")]

mod brief;
mod chain;
mod consent_and_exit;
mod database_first_run;
mod edges;
mod pages;
mod staff;
mod support;
