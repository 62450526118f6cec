//! The type of what a feature declares. It stands in the desk, the highest wing below the features, because sections, tasks and jobs
//! name the desk's roles, people and state.

use std::time::Duration;

use axum::http::HeaderMap;
use futures_util::future::BoxFuture;

use crate::base::audit::Action;
use crate::base::config::Flags;
use crate::base::database::DatabaseError;
use crate::desk::Desk;
use crate::desk::declared::{CountTasks, FindTasks, Section};
use crate::site::Site;
use crate::site::declared::OwnPage;

/// Everything that the rest of the program must know of a feature. `features/mod.rs` lists all features, and `server` passes the sums down.
#[derive(Clone, Copy, Debug)]
pub struct Feature {
    /// The name of its folder.
    pub name: &'static str,
    /// The paths of the public site that stand in its folder. No page or notice can take their first parts as its address, but where
    /// `with_texts` says so.
    pub public_paths: &'static [&'static str],
    /// The paths of the staff site that stand in its folder.
    pub staff_paths: &'static [&'static str],
    /// Addresses that it answers itself and where a page of the force's texts can stand, which it shows among its own content.
    pub with_texts: &'static [&'static str],
    /// Its paths to which the force's navigation may lead, besides pages of texts.
    pub navigation: &'static [&'static str],
    /// The pages of the public site that it makes itself and that a search finds.
    pub own_pages: &'static [OwnPage],
    /// Its sections of the staff site.
    pub sections: &'static [Section],
    /// The actions that it records.
    pub actions: &'static [Action],
    /// Its tasks for the first page of the staff site.
    pub tasks: Option<FindTasks>,
    /// The number of tasks that wait for a person, for the navigation of the staff site.
    pub count: Option<CountTasks>,
    /// Its work that recurs.
    pub jobs: &'static [Job],
    /// Its settings.
    pub flags: Option<Flags>,
    /// Takes note of a visitor who leaves by quick exit, from the headers of their request. The exit waits for it, so it waits for nothing:
    /// what is to be written stands in memory until a task writes it.
    pub on_exit: Option<fn(&Site, &HeaderMap)>,
}

impl Feature {
    /// A feature that declares nothing but its name.
    pub const fn named(name: &'static str) -> Self {
        Self {
            name,
            public_paths: &[],
            staff_paths: &[],
            with_texts: &[],
            navigation: &[],
            own_pages: &[],
            sections: &[],
            actions: &[],
            tasks: None,
            count: None,
            jobs: &[],
            flags: None,
            on_exit: None,
        }
    }
}

/// Work that recurs on every node that serves staff.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// Its name in the log.
    pub name: &'static str,
    /// The time from the end of one round to the next.
    pub every: Duration,
    /// One round.
    pub run: for<'a> fn(&'a Desk) -> BoxFuture<'a, Result<(), DatabaseError>>,
}
