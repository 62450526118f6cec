//! Flags that a feature declares, beside those of [`Args`](crate::base::config::Args).

use axum::http::Extensions;
use clap::{ArgMatches, Command};

/// The flags of one feature: a struct that derives [`clap::Args`]. [`Settings::of`](crate::base::config::Settings::of) gives its
/// values.
#[derive(Clone, Copy, Debug)]
pub struct Flags {
    /// Adds the flags to a command.
    pub add: fn(Command) -> Command,
    /// Reads their values.
    pub read: fn(&ArgMatches, &mut Extensions) -> Result<(), clap::Error>,
}

impl Flags {
    /// The flags that a struct has as its fields.
    pub const fn of<T: clap::Args + Clone + Send + Sync + 'static>() -> Self {
        Self {
            add: T::augment_args,
            read: |matches, values| {
                values.insert(T::from_arg_matches(matches)?);
                Ok(())
            },
        }
    }
}

/// The values of flags where none is given and the environment does not count.
#[expect(clippy::expect_used, reason = "no flag is required; every command and test reads the defaults")]
pub(super) fn defaults<T: clap::Args>() -> T {
    let command = T::augment_args(Command::new("defaults").no_binary_name(true)).mut_args(|arg| arg.env(None::<&str>));
    let read = command.try_get_matches_from([""; 0]).and_then(|matches| T::from_arg_matches(&matches));
    read.expect("no flag is required")
}
