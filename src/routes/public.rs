//! Every URL of the public site, in one table.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde_json::json;
use tower_http::csrf::ConfigError;

use crate::base::error::AppError;
use crate::base::web::headers::CachePolicy;
use crate::base::web::{assets, respond};
use crate::features::consent::Recorder;
use crate::features::{consent, notices, quick_exit, report, search, webchat};
use crate::front::PublicService;
use crate::front::request_log::RequestLog;
use crate::site::Site;

/// When `security.txt` must have been looked at again (RFC 9116 section 2.5.5: less than a year ahead). A test fails 30 days
/// before.
const SECURITY_TXT_EXPIRES: &str = "2027-10-31T23:59:59Z";

/// The routes of all rooms.
fn routes(recorder: &Recorder) -> Router<Site> {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/.well-known/security.txt", get(security_txt))
        .route("/robots.txt", get(robots_txt))
        .route("/sitemap.xml", get(sitemap_xml))
        // /static/{hash}/{file}, /static/{file}, /favicon.svg
        .merge(assets::routes(assets::Audience::Public))
        // /cookies
        .merge(consent::public::routes(recorder.clone()))
        // /quick-exit, /return
        .merge(quick_exit::public::routes())
        // /search
        .merge(search::public::routes())
        // /webchat
        .merge(webchat::public::routes())
        // /report, /requests
        .merge(report::public::routes())
        // /preview/{secret}
        .merge(crate::features::previews::public::routes())
        // /, /{address}, /notices and everything below
        .merge(notices::public::routes())
        .fallback(async || AppError::NotFound)
}

/// The public site behind its front door, with what writes choices and counts down and with its request log.
///
/// # Errors
/// When the site's address cannot be an origin, which checked settings rule out.
pub fn service_with(site: Site, recorder: Recorder, log: RequestLog) -> Result<PublicService, ConfigError> {
    let routes = routes(&recorder);
    PublicService::new(site, routes, recorder, log)
}

/// The public site behind its front door; requests are not logged and nobody writes counts down.
///
/// # Errors
/// When the site's address cannot be an origin, which checked settings rule out.
pub fn service(site: Site) -> Result<PublicService, ConfigError> {
    service_with(site, Recorder::default(), RequestLog::none())
}

/// The same as a router, so that tests can drive it in process.
///
/// # Errors
/// When the site's address cannot be an origin, which checked settings rule out.
pub fn router(site: Site) -> Result<Router, ConfigError> {
    Ok(Router::new().fallback_service(service(site)?))
}

/// The process is alive. Asks nobody.
async fn healthz() -> Result<Response, AppError> {
    respond::json(StatusCode::OK, &json!({ "status": "alive" }))
}

/// Whether the node can serve: `degraded`, with the reasons, while pages come from memory and something behind them does not work.
async fn readyz(State(site): State<Site>) -> Result<Response, AppError> {
    let is_away = site.database().is_away();
    if !site.is_loaded() || (is_away && site.edition().is_empty()) {
        return respond::json(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "unavailable" }));
    }
    let mut reasons = Vec::new();
    if is_away {
        reasons.push("the database is away".to_owned());
    }
    if let Some(refusal) = site.database().refuses_writes() {
        reasons.push(refusal.to_string());
    }
    if !site.is_whole() {
        reasons.push("texts are missing from what was read of the ledger".to_owned());
    }
    if !site.clock().is_learned() {
        let at = site.clock().now();
        reasons.push(format!("the time was not learned from the database yet: pages are shown as of {at:.0}"));
    }
    if reasons.is_empty() {
        return respond::json(StatusCode::OK, &json!({ "status": "ready" }));
    }
    respond::json(StatusCode::OK, &json!({ "status": "degraded", "reasons": reasons }))
}

/// RFC 9116.
async fn security_txt(State(site): State<Site>) -> Response {
    let url = &site.settings().public_url;
    let host = url.host_str().unwrap_or("localhost");
    let domain = host.strip_prefix("www.").unwrap_or(host);
    let body = format!(
        "Contact: mailto:security@{domain}\nContact: {url}contact\nExpires: {SECURITY_TXT_EXPIRES}\nPreferred-Languages: en\n\
         Canonical: {url}.well-known/security.txt\n"
    );
    text("text/plain; charset=utf-8", body)
}

/// RFC 9309. The exit and the way back are no pages; results of a search are no content.
async fn robots_txt(State(site): State<Site>) -> Response {
    let url = &site.settings().public_url;
    let body = format!(
        "User-agent: *\nDisallow: /quick-exit\nDisallow: /return\nDisallow: /search\n\nSitemap: {url}sitemap.xml\n"
    );
    text("text/plain; charset=utf-8", body)
}

/// Every page in force (sitemaps.org 0.9). Addresses hold nothing that XML would need escaped.
async fn sitemap_xml(State(site): State<Site>) -> Response {
    let origin = site.settings().public_origin();
    let mut body = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for address in site.edition().page_addresses() {
        body.push_str("  <url><loc>");
        body.push_str(&origin);
        body.push_str(&address.path());
        body.push_str("</loc></url>\n");
    }
    body.push_str("</urlset>\n");
    text("application/xml; charset=utf-8", body)
}

fn text(content_type: &'static str, body: String) -> Response {
    let mut response = ([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))], body).into_response();
    response.extensions_mut().insert(CachePolicy::Revalidate);
    response
}

#[cfg(test)]
mod tests {
    use jiff::{Span, Timestamp};

    use super::SECURITY_TXT_EXPIRES;
    use crate::base::clock::Clock;

    #[test]
    fn security_txt_expires_more_than_30_days_ahead_and_within_a_year() {
        let now = Clock::system().now();
        let expires: Timestamp = SECURITY_TXT_EXPIRES.parse().unwrap();
        assert!(expires > now + Span::new().hours(30 * 24), "set SECURITY_TXT_EXPIRES anew, less than a year ahead");
        assert!(expires < now + Span::new().hours(365 * 24), "RFC 9116 asks for less than a year");
    }
}
