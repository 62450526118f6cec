//! What a visitor and the force say to each other: one visitor, one receipt, numbered sealed messages. It knows nothing of queues or
//! forms; features that have conversations use its model and store.

pub mod model;
pub mod store;

use std::time::Duration;

use crate::base::config::{Flags, duration};
use crate::desk::feature::{Feature, Job};

/// The setting of conversations.
#[derive(Clone, Debug, clap::Args)]
pub struct ConversationFlags {
    /// How long a conversation is kept after its end, from 24h to 8760h. Then its messages and keys are destroyed.
    #[arg(long = "chat-kept", env = "CHAT_KEPT", value_name = "DURATION", default_value = "2160h", value_parser = kept)]
    pub kept: Duration,
}

fn kept(text: &str) -> Result<Duration, &'static str> {
    let kept = duration(text)?;
    if kept < Duration::from_hours(24) || kept > Duration::from_hours(8760) {
        return Err("it is shorter than a day or longer than a year; try 2160h, which is 90 days");
    }
    Ok(kept)
}

/// The declaration of this feature.
pub const FEATURE: Feature = Feature {
    jobs: &[Job {
        name: "conversations to destroy",
        every: Duration::from_mins(10),
        run: |desk| {
            Box::pin(store::destroy_old(desk.database(), desk.now(), desk.settings().of::<ConversationFlags>().kept))
        },
    }],
    flags: Some(Flags::of::<ConversationFlags>()),
    ..Feature::named("conversations")
};
