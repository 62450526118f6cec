//! The part of the declarations of features that the staff site needs. The desk is given the sums over all features and knows no feature by name.

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use sqlx::PgConnection;

use crate::base::audit::Action;
use crate::desk::accounts::model::{Actor, Role};
use crate::site::edition::Edition;

/// A section of the staff site, with a link in the main navigation.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// The label of the link.
    pub label: &'static str,
    /// The path of its first page.
    pub path: &'static str,
    /// Roles that are shown the link; empty for everybody who is signed in.
    pub roles: &'static [Role],
}

/// A line of a list on the first page of the staff site.
#[derive(Clone, Debug, Default)]
pub struct Item {
    /// The kind of thing, where a list holds several kinds.
    pub tag: Option<&'static str>,
    /// The thing to do, or its subject.
    pub title: String,
    /// The address of the page where it is done.
    pub href: Option<String>,
    /// A sentence about it.
    pub meta: String,
    /// The label and the address of a second link.
    pub more: Option<(&'static str, String)>,
}

/// Tasks, by the list of the first page that they belong to.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    /// Tasks that only this person, or somebody with the same role, can do.
    pub waiting: Vec<Item>,
    /// Tasks in which this person has done their part, and another has not.
    pub elsewhere: Vec<Item>,
    /// Drafts of this person.
    pub mine: Vec<Item>,
}

/// The person who opens the first page, and the site at that moment.
#[derive(Clone, Copy)]
pub struct Viewer<'a> {
    /// The person.
    pub actor: &'a Actor,
    /// The site in force.
    pub edition: &'a Edition,
    /// The time, by the database's clock.
    pub now: Timestamp,
}

/// Finds the tasks that a feature has for a person.
pub type FindTasks = for<'a> fn(&'a mut PgConnection, Viewer<'a>) -> BoxFuture<'a, Result<Tasks, sqlx::Error>>;

/// Counts, in one cheap query, what waits for a person: about as many tasks as [`FindTasks`] finds for them to do.
pub type CountTasks = for<'a> fn(&'a mut PgConnection, &'a Actor) -> BoxFuture<'a, Result<i64, sqlx::Error>>;

/// The sums of what all features declare for the staff site.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// The main navigation.
    pub sections: Vec<Section>,
    /// Every action that is recorded.
    pub actions: Vec<Action>,
    /// The functions that find tasks.
    pub tasks: Vec<FindTasks>,
    /// The functions that count them.
    pub counts: Vec<CountTasks>,
}
