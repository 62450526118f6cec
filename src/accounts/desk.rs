//! What every staff handler gets: the site, the keys of this node, and the names of staff cookies.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Semaphore;

use super::model::{Actor, Role};
use super::permission::{Administering, Auditing, Permission as _, Reading};
use crate::config::Settings;
use crate::database::Database;
use crate::notices::Site;
use crate::sealing::Keys;
use crate::web::assets;
use crate::web::cookies::StaffCookies;
use crate::web::shell::Link;
use crate::web::staff_shell::StaffShell;

/// The staff site; cheap to clone.
#[derive(Clone)]
pub struct Desk(Arc<Inner>);

struct Inner {
    site: Site,
    keys: Keys,
    cookies: StaffCookies,
    hashing: Arc<Semaphore>,
}

impl Desk {
    /// The staff site of a node.
    #[must_use]
    pub fn new(site: Site, keys: Keys) -> Self {
        let cookies = StaffCookies::new(site.settings().staff_url.scheme() == "https");
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        // One core is left for everybody else.
        let hashing = Arc::new(Semaphore::new(cores.saturating_sub(1).max(1)));
        Self(Arc::new(Inner { site, keys, cookies, hashing }))
    }

    /// The published site.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.0.site
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        self.0.site.settings()
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &Database {
        self.0.site.database()
    }

    /// Now, by the database's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.site.clock().now()
    }

    /// The keys of this node.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// The names of staff cookies.
    #[must_use]
    pub fn cookies(&self) -> StaffCookies {
        self.0.cookies
    }

    /// Permits to hash a password: as many as there are cores but one, so that a flood of sign-ins cannot fill the machine.
    #[must_use]
    pub fn hashing(&self) -> &Arc<Semaphore> {
        &self.0.hashing
    }

    /// The shell of a staff page. Without an actor it is the shell of a page before sign-in.
    #[must_use]
    pub fn shell(&self, actor: Option<&Actor>, title: &str, path: &str) -> StaffShell {
        let edition = self.0.site.edition();
        let navigation = actor.map_or_else(Vec::new, |actor| {
            SECTIONS
                .iter()
                .filter(|(_, _, roles)| actor.is_any(roles))
                .map(|(label, href, _)| Link { label: (*label).to_owned(), href: (*href).to_owned() })
                .collect()
        });
        StaffShell {
            title: title.to_owned(),
            force_name: edition.force_name().to_owned(),
            person: actor.map(|actor| actor.name().to_owned()),
            navigation,
            path: path.to_owned(),
            said: None,
            stylesheet: assets::file("staff.css"),
            script: assets::file("staff.js"),
            icon: assets::icon(),
            public_url: self.settings().public_url.to_string(),
        }
    }
}

/// The main navigation, and who sees what of it.
const SECTIONS: [(&str, &str, &[Role]); 7] = [
    ("Today", "/", &[]),
    ("Notices", "/notices", Reading::ROLES),
    ("Banners", "/banners", Reading::ROLES),
    ("Pages and facts", "/pages", Reading::ROLES),
    ("Preview links", "/previews", Reading::ROLES),
    ("Accounts", "/accounts", Administering::ROLES),
    ("Audit", "/audit", Auditing::ROLES),
];
