//! The state of the staff site, which every staff handler takes: the site, the keys of this node, and the names of staff cookies.

pub mod accounts;
pub mod declared;
pub mod feature;
pub mod flash;
pub mod now;
pub mod paths;
pub mod permission;
pub(crate) mod proof;
pub mod session;
pub mod shell;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRef;
use jiff::Timestamp;

use crate::base::config::Settings;
use crate::base::database::{Database, NotWritable};
use crate::base::sealing::Keys;
use crate::base::web::assets;
use crate::base::web::assets::Audience;
use crate::base::web::cookies::StaffCookies;
use crate::base::web::shell::Link;
use crate::desk::accounts::letters::Post;
use crate::desk::accounts::model::Actor;
use crate::desk::accounts::password::Cost;
use crate::desk::accounts::turns::Turns;
use crate::desk::declared::Declared;
use crate::desk::shell::StaffShell;
use crate::site::Site;
use crate::site::edition::Edition;

/// The staff site; cheap to clone.
#[derive(Clone)]
pub struct Desk(Arc<Inner>);

struct Inner {
    site: Site,
    keys: Keys,
    cookies: StaffCookies,
    hashing: Turns,
    cost: Cost,
    declared: Declared,
}

/// The longest time for a write of the desk.
const LIMIT: Duration = Duration::from_secs(3);

/// Stands on every page while a later release owns the database.
const OUTDATED: &str = "This copy of the staff site runs an older release than its database. It shows everything and saves nothing: \
    what you type here cannot be kept. Keep a copy of it, and load the page again when the update is done.";
/// Stands on every page while the database takes no changes.
const NO_CHANGES: &str = "The database takes no changes just now; it may be full. Nothing that you do here can be saved. Tell whoever \
    runs this site.";

impl FromRef<Desk> for Audience {
    fn from_ref(_: &Desk) -> Self {
        Self::Staff
    }
}

impl Desk {
    /// The staff site of a node.
    pub fn new(site: Site, keys: Keys, declared: Declared) -> Self {
        Self::with_cost(site, keys, declared, Cost::FULL)
    }

    /// Makes a desk that hashes passwords at another cost, for tests.
    pub fn with_cost(site: Site, keys: Keys, declared: Declared, cost: Cost) -> Self {
        site.use_public_keys(keys.public().clone());
        let cookies = StaffCookies::new(site.settings().staff_url.scheme() == "https");
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        // One core is left for everybody else.
        let hashing = Turns::new(cores.saturating_sub(1).max(1));
        Self(Arc::new(Inner { site, keys, cookies, hashing, cost, declared }))
    }

    /// The published site.
    pub fn site(&self) -> &Site {
        &self.0.site
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        self.0.site.settings()
    }

    /// The database.
    pub fn database(&self) -> &Database {
        self.0.site.database()
    }

    /// Now, by the database's clock.
    pub fn now(&self) -> Timestamp {
        self.0.site.clock().now()
    }

    /// The keys of this node.
    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// The names of staff cookies.
    pub fn cookies(&self) -> StaffCookies {
        self.0.cookies
    }

    /// Turns to hash a password: as many as there are cores but one, so that a flood of sign-ins cannot fill the machine.
    pub fn hashing(&self) -> &Turns {
        &self.0.hashing
    }

    /// The cost of hashing a password.
    pub fn cost(&self) -> Cost {
        self.0.cost
    }

    /// The declarations of features for the staff site.
    pub fn declared(&self) -> &Declared {
        &self.0.declared
    }

    /// The values that letters to staff are made with.
    pub fn post(&self) -> Post<'_> {
        Post { keys: self.keys(), staff_url: &self.settings().staff_url, now: self.now() }
    }

    /// The longest time for a write.
    pub fn limit(&self) -> Duration {
        LIMIT
    }

    /// The force's name.
    pub fn force_name(&self) -> String {
        self.0.site.edition().force_name().to_owned()
    }

    /// The shell of a staff page. Without an actor it is the shell of a page before sign-in.
    pub fn shell(&self, actor: Option<&Actor>, title: &str, path: &str) -> StaffShell {
        self.shell_of(&self.0.site.edition(), actor, title, path)
    }

    /// The shell of a staff page with the force's name in an edition.
    pub(crate) fn shell_of(&self, edition: &Edition, actor: Option<&Actor>, title: &str, path: &str) -> StaffShell {
        let navigation = actor.map_or_else(Vec::new, |actor| {
            let sections = self.0.declared.sections.iter().filter(|section| actor.is_any(section.roles));
            sections.map(|section| Link::new(section.label, section.path)).collect()
        });
        StaffShell {
            title: title.to_owned(),
            force_name: edition.force_name().to_owned(),
            person: actor.map(|actor| actor.name().to_owned()),
            navigation,
            waiting: actor.map_or(0, Actor::waiting),
            path: path.to_owned(),
            said: None,
            warning: self.database().refuses_writes().map(|refusal| match refusal {
                NotWritable::TooNew { .. } => OUTDATED,
                NotWritable::Refuses { .. } => NO_CHANGES,
            }),
            stylesheet: assets::file("staff.css"),
            script: assets::file("staff.js"),
            icon: assets::icon(),
            public_url: self.settings().public_url.to_string(),
        }
    }
}
