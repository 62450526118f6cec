//! Webchat with live agents: lines with their hours, the queue of visitors, and the people who answer them. What is said stands in a
//! conversation. Everything works by plain forms.

pub mod actions;
pub mod departures;
mod limits;
pub mod model;
pub mod paths;
pub mod public;
pub mod staff;
pub mod start;
pub mod store;
mod upkeep;
mod view;
mod words;

use std::time::Duration;

use crate::desk::declared::Section;
use crate::desk::feature::{Feature, Job};
use crate::desk::permission::{Answering, Permission as _};
use crate::site::declared::OwnPage;

/// The declaration of this feature.
pub const FEATURE: Feature = Feature {
    public_paths: paths::public::ALL,
    staff_paths: paths::staff::ALL,
    navigation: &[paths::public::WEBCHAT],
    own_pages: &[OwnPage {
        path: paths::public::WEBCHAT,
        title: "Webchat",
        about: "Whether live agents answer now, when they do, and how to reach us until then.",
        words: "webchat, web chat, live chat, chat online, message, talk to someone, write to the police, chat to an officer",
    }],
    sections: &[Section { label: "Webchat", path: paths::staff::BOARD, roles: Answering::ROLES }],
    actions: actions::ALL,
    jobs: &[Job { name: "chats", every: Duration::from_secs(15), run: |desk| Box::pin(upkeep::look_after(desk)) }],
    on_exit: Some(departures::note),
    ..Feature::named("webchat")
};
