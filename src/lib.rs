//! Bluelamp: a police force's public website in one binary. This is the map of the house.
//!
//! `main → server → {public, staff} → features → {web, database, config, error, clock}`. A feature may use another's `model` and
//! `store`, never its handlers; the base knows no feature; nothing imports upward.
//!
//! Every feature has the same floor plan: `model` what it is, `store` how it is kept, `public` what a visitor meets, `staff`
//! what staff meet.

pub mod accounts;
pub mod audit;
pub mod clock;
pub mod config;
pub mod consent;
pub mod dashboard;
pub mod database;
pub mod error;
pub mod front;
pub mod ledger;
pub mod mail;
pub mod notices;
pub mod public;
pub mod quick_exit;
pub mod report;
pub mod sealing;
pub mod search;
pub mod server;
pub mod staff;
pub mod text;
pub mod tlog;
pub mod web;
pub mod webchat;
