//! Settings: every one is a flag and an environment variable, documented here and checked once, at start. What is wrong is said
//! with the name of the setting and how to put it right.

mod args;
mod checks;
mod flags;
mod settings;
#[cfg(test)]
mod tests;

pub use crate::base::config::args::{Args, StoreArgs};
pub use crate::base::config::checks::{BadSetting, Network};
pub(crate) use crate::base::config::checks::{duration, is_this_machine};
pub use crate::base::config::flags::Flags;
pub use crate::base::config::settings::{LogFormat, Settings};
