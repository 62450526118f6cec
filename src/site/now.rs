//! The site with the one edition that a request is answered from.

use std::convert::Infallible;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::site::Site;
use crate::site::edition::Edition;

/// The site with the edition that was in force when a request came. All handlers and extractors of one request get the same edition,
/// although another one may come into force while it is answered.
#[derive(Clone)]
pub struct SiteNow {
    site: Site,
    /// The edition.
    pub edition: Arc<Edition>,
}

impl SiteNow {
    /// Takes the edition that is in force now.
    pub fn of(site: &Site) -> Self {
        Self { site: site.clone(), edition: site.edition() }
    }
}

impl Deref for SiteNow {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl FromRequestParts<Site> for SiteNow {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Infallible> {
        let edition = parts.extensions.get_or_insert_with(|| site.edition());
        Ok(Self { site: site.clone(), edition: Arc::clone(edition) })
    }
}
