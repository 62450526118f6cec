//! Webchat with live agents. Not open on this site yet: the page says so, and how else to reach the force.

pub mod paths;
pub mod public;

use crate::desk::feature::Feature;
use crate::site::declared::OwnPage;

/// The declaration of this feature.
pub const FEATURE: Feature = Feature {
    public_paths: paths::ALL,
    navigation: &[paths::WEBCHAT],
    own_pages: &[OwnPage {
        path: paths::WEBCHAT,
        title: "Webchat",
        about: "Webchat is not open yet. The page says when live agents will answer, and how to reach us until then.",
        words: "webchat, web chat, live chat, chat online, message, talk to someone, write to the police, chat to an officer",
    }],
    ..Feature::named("webchat")
};
