//! The public site through its whole stack, against a real Postgres. One binary; a database for each test, cloned from a
//! migrated template.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
#![expect(clippy::indexing_slicing, clippy::panic, reason = "the same, in what tests share")]
#![expect(clippy::print_stderr, reason = "a process of another test says when it is ready")]
#![expect(clippy::disallowed_methods, reason = "tests tamper with tables in ways that no feature does")]

mod archive;
mod as_of;
mod bad_input;
mod brief;
mod chain;
mod clocks;
mod cookies;
mod counts;
mod database_first_run;
mod database_guards;
mod deployment;
mod embargo;
mod finding;
mod guards;
mod history;
mod house;
mod keys;
mod kills;
mod languages;
mod metrics;
mod nodes;
mod old_texts;
mod pages;
mod privacy;
mod public_log;
mod quick_exit;
mod redaction;
mod restore;
mod rolling;
mod routes;
mod search;
mod security_claims;
mod settings;
mod staff;
mod support;
mod ways_to_help;
mod wires;
mod witness;
mod writing;
