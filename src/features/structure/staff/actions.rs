//! The actions on what is in force, and the scheduled versions, beside the forms of pages, facts, navigation and promoted answers.

use jiff::Timestamp;

use crate::base::clock::time_words;
use crate::desk::accounts::Actor;
use crate::desk::permission::{Permission as _, Publishing};
use crate::site::timeline::Timeline;

/// The actions on one text and its scheduled versions, shown above its form.
#[derive(Default)]
pub(super) struct Actions {
    /// The scheduled states with their times, and the entries that can be cancelled.
    pub(super) coming: Vec<(String, i64)>,
    /// The entry in force, where there was another before it.
    pub(super) put_back: Option<i64>,
    pub(super) may_publish: bool,
}

impl Actions {
    pub(super) fn of<T>(actor: &Actor, timeline: Option<&Timeline<T>>, now: Timestamp) -> Self {
        let Some(timeline) = timeline else { return Self::default() };
        Self {
            coming: timeline.coming(now).map(|state| (time_words(state.in_force_at), state.entry)).collect(),
            put_back: timeline.number_at(now).filter(|number| timeline.before(*number, now).is_some()),
            may_publish: actor.is_any(Publishing::ROLES),
        }
    }
}
