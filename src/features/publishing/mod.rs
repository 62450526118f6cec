//! From a draft to what is in force, and back: review, publishing by two people, taking back, withdrawing, correcting and redacting.

pub mod review_reminders;

pub mod deeds;
pub mod entries;
mod letters;
pub mod model;
pub mod publish;
pub mod put_back;
pub mod ready;
pub mod redaction;
pub mod staff;
pub mod store;
pub mod submit;
pub mod withdrawal;

pub use crate::features::publishing::model::WorkflowError;
