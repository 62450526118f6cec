//! Webchat with live agents. Not open on this site yet: the page says so, and how else to reach the force.

pub mod public;
