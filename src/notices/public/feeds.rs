//! Feeds of what came into force.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use jiff::Timestamp;

use super::history::{escaped, find, note, title};
use crate::error::AppError;
use crate::notices::published::{Notice, Version};
use crate::notices::site::Site;
use crate::web::extract::Path;

pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/notices/changes.atom", get(feed_of_all))
        .route("/notices/{notice}/changes.atom", get(feed_of_one))
}

async fn feed_of_all(State(site): State<Site>) -> Response {
    let edition = site.edition();
    feed(&site, &edition.published.notices.values().collect::<Vec<_>>(), "/notices/changes.atom")
}

async fn feed_of_one(State(site): State<Site>, Path(address): Path<String>) -> Result<Response, AppError> {
    let edition = site.edition();
    let notice = find(&edition, &address, site.clock().now())?;
    Ok(feed(&site, &[notice], &format!("/notices/{address}/changes.atom")))
}

/// RFC 4287; the newest 50 versions.
fn feed(site: &Site, notices: &[&Notice], own: &str) -> Response {
    let (edition, now) = (site.edition(), site.clock().now());
    let root = site.settings().public_url.as_str().trim_end_matches('/').to_owned();
    let mut versions: Vec<(&str, &Arc<Version>)> =
        notices.iter().flat_map(|notice| notice.public(now).map(|version| (notice.name.as_str(), version))).collect();
    versions.sort_by_key(|(_, version)| std::cmp::Reverse((version.entry.in_force_at, version.entry.number)));
    let updated = versions.first().map_or(Timestamp::UNIX_EPOCH, |(_, version)| version.entry.in_force_at);
    let name = escaped(edition.force_name());
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n\
        <title>{name}: changes to notices</title>\n<id>{root}{own}</id>\n<link rel=\"self\" href=\"{root}{own}\"/>\n\
        <author><name>{name}</name></author>\n<updated>{updated}</updated>\n"
    );
    for (notice, version) in versions.iter().take(50) {
        let at = format!("{root}/notices/{notice}/versions/{}", version.number);
        // Writing to a String cannot fail.
        let _ = writeln!(
            xml,
            "<entry><title>{}, version {}</title><id>{at}</id><link href=\"{at}\"/><updated>{}</updated>\
            <summary>{}</summary></entry>",
            escaped(title(version)),
            version.number,
            version.entry.in_force_at,
            escaped(note(version)),
        );
    }
    xml.push_str("</feed>\n");
    ([(header::CONTENT_TYPE, "application/atom+xml")], xml).into_response()
}
