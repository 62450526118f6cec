//! The first hour of an administrator: what a new site needs before its force can work with it, until all of it is done.

use std::collections::BTreeSet;

use sqlx::PgConnection;

use crate::desk::accounts::{Desk, Role, addresses};
use crate::desk::paths;
use crate::site::edition::Edition;

/// A step of the first hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What to do.
    pub label: &'static str,
    /// Where.
    pub href: &'static str,
    /// Why, and by whom.
    pub why: &'static str,
    /// Whether it is done.
    pub done: bool,
}

/// The steps; none once all of them are done.
///
/// # Errors
/// When the database is away.
pub async fn steps(connection: &mut PgConnection, desk: &Desk, edition: &Edition) -> Result<Vec<Step>, sqlx::Error> {
    let mut writers = BTreeSet::new();
    for role in [Role::Editor, Role::Publisher] {
        writers.extend(addresses::with_role(connection, desk.keys(), role).await?.into_iter().map(|one| one.id));
    }
    let publishers = addresses::with_role(connection, desk.keys(), Role::Publisher).await?;
    let mut versions = edition.published.notices.values().flat_map(|notice| notice.versions.values());
    let steps = vec![
        Step {
            label: "Add your colleagues",
            href: paths::PEOPLE,
            why: "Two people see each text before it is public, so make accounts for at least two, one of them a publisher.",
            done: writers.len() > 1 && !publishers.is_empty(),
        },
        Step {
            label: "Give the force’s names, addresses and numbers",
            href: paths::FACTS,
            why: "A publisher does this. Texts refer to them, so that a change is made once.",
            done: !edition.facts.is_empty(),
        },
        Step {
            label: "Publish the first text",
            href: paths::NOTICES,
            why: "An editor writes it, a publisher looks at it and publishes it.",
            done: versions.any(|version| !version.entry.imported),
        },
    ];
    Ok(if steps.iter().all(|step| step.done) { Vec::new() } else { steps })
}
