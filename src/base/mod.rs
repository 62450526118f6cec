//! The ground of all wings. It knows no feature.

pub mod as_of;
pub mod audit;
pub mod characters;
pub mod clock;
pub mod config;
pub mod database;
pub mod error;
pub mod language;
pub mod ledger;
pub mod lines;
pub mod mail;
pub mod metrics;
pub mod sealing;
pub mod tlog;
pub mod web;
