//! From a draft to what is in force, and back: review, publishing by two people, taking back, withdrawing, correcting and redacting.

pub mod review_reminders;

pub mod actions;
mod affected;
pub mod came_into_force;
pub mod entries;
pub(crate) mod letters;
pub mod model;
pub mod publish;
pub mod put_back;
pub mod ready;
pub mod redaction;
pub mod staff;
pub mod store;
pub mod submit;
mod tasks;
pub mod together;
pub mod version_actions;
pub mod when;
pub mod withdrawal;
pub(crate) mod words;

use crate::desk::feature::{Feature, Job};
use std::time::Duration;

pub use crate::features::publishing::model::WorkflowError;

/// The declaration of this feature.
pub const FEATURE: Feature = Feature {
    actions: actions::ALL,
    tasks: Some(|connection, viewer| Box::pin(tasks::find(connection, viewer))),
    count: Some(|connection, actor| Box::pin(store::count_waiting(connection, actor))),
    jobs: &[
        Job {
            name: "letters about overdue reviews",
            every: Duration::from_hours(1),
            run: |desk| Box::pin(review_reminders::tell(desk)),
        },
        Job {
            name: "letters about what came into force",
            every: Duration::from_mins(1),
            run: |desk| Box::pin(came_into_force::tell(desk)),
        },
    ],
    ..Feature::named("publishing")
};
