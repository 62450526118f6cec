//! The visitor of a page: their cookie choice, and what the banner shows.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::base::web::cookies::cookie;
use crate::base::web::respond::local_path;
use crate::base::web::shell::CookieBanner;
use crate::features::consent::model;
use crate::features::consent::model::Choice;
use crate::site::Site;
use crate::site::edition::Edition;
use crate::site::now::SiteNow;

/// The visitor of a page.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// The state of the cookie banner.
    pub banner: CookieBanner,
    /// Their choice, if they made one that is still valid.
    pub choice: Option<Choice>,
    /// Set if their browser sends Global Privacy Control.
    pub gpc: bool,
    /// Path of the page.
    pub path: String,
    /// The address that the cookie form leads back to: the path with its query, without the mark of a saved choice.
    pub return_to: String,
}

/// Reads the choice from a request, if it is still valid.
pub fn choice(headers: &HeaderMap, site: &Site, edition: &Edition) -> Option<Choice> {
    let choice: Choice = cookie(headers, site.cookies().choice)?.parse().ok()?;
    choice.holds(edition.consent_since).then_some(choice)
}

/// Tells that the cookie banner asks: there is no valid choice, and no Global Privacy Control, which counts as a
/// reject (<https://w3c.github.io/gpc/>).
pub fn asks(headers: &HeaderMap, site: &Site, edition: &Edition) -> bool {
    !has_gpc(headers) && choice(headers, site, edition).is_none()
}

fn has_gpc(headers: &HeaderMap) -> bool {
    headers.get("sec-gpc").is_some_and(|value| value == "1")
}

impl FromRequestParts<Site> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Infallible> {
        let site = SiteNow::from_request_parts(parts, site).await?;
        let choice = choice(&parts.headers, &site, &site.edition);
        let gpc = has_gpc(&parts.headers);
        let saved = model::is_saved(parts.uri.query());
        let banner = match &choice {
            Some(choice) if saved && choice.accepts() => CookieBanner::ConfirmsAccept,
            Some(_) if saved => CookieBanner::ConfirmsReject,
            None if !gpc => CookieBanner::Asks,
            _ => CookieBanner::Hidden,
        };
        let address = parts.uri.path_and_query().map_or("/", |address| address.as_str());
        Ok(Self {
            banner,
            choice,
            gpc,
            path: parts.uri.path().to_owned(),
            return_to: local_path(&model::without_saved(address)).to_owned(),
        })
    }
}
