//! Every URL of the public site, in one table.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use tower_http::csrf::ConfigError;

use crate::base::error::AppError;
use crate::base::web::headers::CachePolicy;
use crate::base::web::{assets, paths as shared, respond};
use crate::features::consent::Recorder;
use crate::features::notices::public as pages;
use crate::features::{consent, previews, quick_exit, report, search, webchat};
use crate::front::PublicService;
use crate::front::request_log::RequestLog;
use crate::routes;
use crate::routes::{Route, get, post};
use crate::site::{Site, paths};

/// The day by which `security.txt` must have been looked at again (RFC 9116 section 2.5.5: less than a year ahead). A test fails 30 days
/// before.
const SECURITY_TXT_EXPIRES: &str = "2027-10-31T23:59:59Z";

/// The people who may ask for a path of the public site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Everybody.
    Everyone,
    /// Everybody but crawlers, which robots.txt asks to stay away: what is no page, and results of a search.
    NoCrawlers,
}

use Who::{Everyone, NoCrawlers};

/// The table of routes.
#[rustfmt::skip]
pub fn table(recorder: &Recorder) -> Vec<Route<Site, Who>> {
    let recorder = recorder.clone();
    let choose = move |site, client, headers, form| consent::public::choose(site, recorder.clone(), client, headers, form);
    vec![
        get(paths::HOME, Everyone, pages::home),
        get(paths::ADDRESS, Everyone, pages::read),
        get(consent::paths::COOKIES, Everyone, pages::cookies),
        post(consent::paths::COOKIES, Everyone, choose),
        get(paths::QUICK_EXIT, NoCrawlers, quick_exit::public::leave_by_link),
        post(paths::QUICK_EXIT, NoCrawlers, quick_exit::public::leave_by_form),
        get(paths::RETURN, NoCrawlers, quick_exit::public::ask_to_return),
        post(paths::RETURN, NoCrawlers, quick_exit::public::come_back),
        get(paths::SEARCH, NoCrawlers, search::public::search),
        get(webchat::paths::public::WEBCHAT, Everyone, webchat::start::show),
        post(webchat::paths::public::WEBCHAT, Everyone, webchat::start::start),
        get(webchat::paths::public::CHAT, NoCrawlers, webchat::public::show_chat),
        post(webchat::paths::public::CHAT, NoCrawlers, webchat::public::send),
        get(webchat::paths::public::CHECK, NoCrawlers, webchat::public::lead_to_chat),
        get(webchat::paths::public::END, NoCrawlers, webchat::public::lead_to_chat),
        post(webchat::paths::public::CHECK, NoCrawlers, webchat::public::check),
        post(webchat::paths::public::END, NoCrawlers, webchat::public::end),
        get(webchat::paths::public::RETURN, NoCrawlers, webchat::public::ask_for_code),
        post(webchat::paths::public::RETURN, NoCrawlers, webchat::public::come_back),
        get(report::paths::REPORT, Everyone, report::public::show),
        get(paths::REQUESTS, Everyone, report::public::lead_to_report),
        get(paths::PREVIEW, Everyone, previews::public::read),

        get(paths::NOTICES, Everyone, pages::history::all),
        get(paths::NOTICE, Everyone, pages::history::history),
        get(paths::VERSION, Everyone, pages::version::version),
        get(paths::VERSION_JSON, Everyone, pages::proof::version_json),
        get(paths::VERSION_CHANGES, Everyone, pages::version::changes),
        get(paths::FEED, Everyone, pages::feeds::feed_of_all),
        get(paths::NOTICE_FEED, Everyone, pages::feeds::feed_of_one),
        get(paths::PROOF, Everyone, pages::proof::proof),
        get(paths::CHECKPOINT, Everyone, pages::log::checkpoint),
        get(paths::TILE, Everyone, pages::log::tile),
        get(paths::PROOF_ENTRY, Everyone, pages::log::entry),

        get(shared::HASHED_ASSET, Everyone, assets::hashed),
        get(shared::ASSET, Everyone, assets::serve_unhashed),
        get(shared::FAVICON, Everyone, assets::favicon),
        get(shared::FAVICON_ICO, Everyone, assets::favicon_ico),
        get(shared::APPLE_TOUCH_ICON, Everyone, assets::apple_touch_icon),
        get(shared::HEALTHZ, Everyone, healthz),
        get(paths::READYZ, Everyone, readyz),
        get(paths::SECURITY_TXT, Everyone, security_txt),
        get(paths::ROBOTS_TXT, Everyone, robots_txt),
        get(paths::SITEMAP, Everyone, pages::sitemap::sitemap),
    ]
}

/// The public site behind its front door, with what writes choices and counts down and with its request log.
pub fn service_with(site: Site, recorder: Recorder, log: RequestLog) -> Result<PublicService, ConfigError> {
    let routes = routes::router(table(&recorder)).fallback(pages::lost::find);
    PublicService::new(site, routes, recorder, log)
}

/// The public site behind its front door; requests are not logged and nobody writes counts down.
pub fn service(site: Site) -> Result<PublicService, ConfigError> {
    service_with(site, Recorder::default(), RequestLog::none())
}

/// The public site as a router, so that tests can drive it in process.
pub fn router(site: Site) -> Result<Router, ConfigError> {
    Ok(Router::new().fallback_service(service(site)?))
}

/// The process is alive. Asks nobody.
async fn healthz() -> Result<Response, AppError> {
    respond::json(StatusCode::OK, &json!({ "status": "alive" }))
}

/// Reports whether the node can serve: `degraded`, with the reasons, while pages come from memory and something behind them fails.
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

/// RFC 9309. Asks crawlers to leave alone what the table keeps from them.
async fn robots_txt(State(site): State<Site>) -> Response {
    let url = &site.settings().public_url;
    text("text/plain; charset=utf-8", format!("User-agent: *\n{}\nSitemap: {url}sitemap.xml\n", *DISALLOWED))
}

/// The lines of robots.txt that name paths.
static DISALLOWED: LazyLock<String> = LazyLock::new(|| {
    let kept = table(&Recorder::default()).into_iter().filter(|route| route.who == NoCrawlers).map(|route| route.path);
    let lines: Vec<_> = kept.collect::<BTreeSet<_>>().into_iter().map(|path| format!("Disallow: {path}\n")).collect();
    lines.concat()
});

fn text(content_type: &'static str, body: String) -> Response {
    let mut response = ([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))], body).into_response();
    response.extensions_mut().insert(CachePolicy::Revalidate);
    response
}

#[cfg(test)]
mod tests {
    use jiff::{Span, Timestamp};

    use super::*;
    use crate::base::clock::Clock;
    use crate::features;

    #[test]
    fn every_pattern_has_a_route_and_every_route_a_pattern() {
        let routes: BTreeSet<&str> = table(&Recorder::default()).iter().map(|route| route.path).collect();
        let patterns: BTreeSet<&str> = features::ALL
            .iter()
            .flat_map(|feature| feature.public_paths)
            .chain(paths::ALL)
            .chain(shared::ALL)
            .copied()
            .collect();
        assert_eq!(routes, patterns);
    }

    #[test]
    fn security_txt_expires_more_than_30_days_ahead_and_within_a_year() {
        let now = Clock::system().now();
        let expires: Timestamp = SECURITY_TXT_EXPIRES.parse().unwrap();
        assert!(expires > now + Span::new().hours(30 * 24), "set SECURITY_TXT_EXPIRES anew, less than a year ahead");
        assert!(expires < now + Span::new().hours(365 * 24), "RFC 9116 asks for less than a year");
    }
}
