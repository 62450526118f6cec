//! The pages and notices for visitors, now or as they were.

pub(crate) mod feeds;
pub(crate) mod gone;
pub(crate) mod history;
pub(crate) mod home;
pub(crate) mod log;
pub(crate) mod lost;
pub(crate) mod proof;
pub(crate) mod sitemap;
pub(crate) mod standing;
pub(crate) mod version;

use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;

use crate::base::error::AppError;
use crate::base::web::extract::{Path, Query};
use crate::base::web::respond;
use crate::features::consent::Visitor;
use crate::features::notices::asked::Asked;
use crate::features::notices::page::Text;
use crate::features::notices::{page, past};
use crate::site::Around;
use crate::site::model::path_of;
use crate::site::now::SiteNow;

/// The heading of a site that has no texts yet.
const EMPTY: &str = "This website is being prepared";

pub(crate) async fn home(site: SiteNow, visitor: Visitor, asked: Query<Asked>) -> Result<Response, AppError> {
    if site.edition.is_empty() {
        return empty(&site, &visitor);
    }
    answer(&site, "home", &visitor, asked.0).await
}

pub(crate) async fn cookies(site: SiteNow, visitor: Visitor, asked: Query<Asked>) -> Result<Response, AppError> {
    answer(&site, "cookies", &visitor, asked.0).await
}

pub(crate) async fn read(
    site: SiteNow,
    visitor: Visitor,
    Path(address): Path<String>,
    asked: Query<Asked>,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    if address == "home" {
        return respond::see_other("/");
    }
    match answer(&site, &address, &visitor, asked.0).await {
        Err(AppError::NotFound) => {
            lost::lead_on(&site.edition, &format!("/{address}"), query.as_deref().unwrap_or_default())
        }
        answered => answered,
    }
}

fn empty(site: &SiteNow, visitor: &Visitor) -> Result<Response, AppError> {
    let around = Around { title: EMPTY, path: "/", cookies: visitor.banner, ..Around::default() };
    let html = "<p>In an emergency call <a href=\"tel:999\">999</a>. Otherwise call <a href=\"tel:101\">101</a>.</p>\
        <p>You can call both at any time. There is nothing else to read here yet.</p>";
    let text = Text { shell: site.shell(&site.edition, around), heading: EMPTY.to_owned(), html: html.to_owned() };
    respond::page(StatusCode::OK, &text)
}

async fn answer(site: &SiteNow, address: &str, visitor: &Visitor, asked: Asked) -> Result<Response, AppError> {
    if !asked.is_for_now() {
        return past::answer(site, address, visitor, asked).await;
    }
    let edition = &site.edition;
    if let Some(view) = edition.views.get(address) {
        return page::answer(site, view, address, visitor).await;
    }
    if let Some(now_at) = edition.moved.get(address) {
        return respond::moved(&path_of(now_at));
    }
    if let Some(name) = edition.taken_away.get(address) {
        return gone::taken_away(site, visitor, name);
    }
    let name = edition.withdrawn.get(address).ok_or(AppError::NotFound)?;
    gone::withdrawn(site, visitor, name)
}
