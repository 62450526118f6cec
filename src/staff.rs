//! Every URL of the staff site, in one table.

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use tower_http::csrf::ConfigError;

use crate::accounts::Desk;
use crate::error::AppError;
use crate::front::request_log::RequestLog;
use crate::front::staff::StaffService;
use crate::notices;
use crate::web::{assets, respond};
use axum::http::StatusCode;

/// The routes of all rooms.
fn routes() -> Router<Desk> {
    Router::new()
        .route("/healthz", get(healthz))
        // /facts, /pages, /navigation and everything below
        .merge(notices::arrange::staff::routes())
        // /previews and everything below
        .merge(notices::previews::staff::routes())
        // /static/{hash}/{file}, /static/{file}, /favicon.svg
        .merge(assets::routes(assets::Audience::Staff))
        .fallback(async || AppError::NotFound)
}

/// The staff site behind its front door, with its request log.
///
/// # Errors
/// When the site's address cannot be an origin, which checked settings rule out.
pub fn service_with(desk: Desk, log: RequestLog) -> Result<StaffService, ConfigError> {
    StaffService::new(desk, routes(), log)
}

/// The same as a router, so that tests can drive it in process.
///
/// # Errors
/// When the site's address cannot be an origin, which checked settings rule out.
pub fn router(desk: Desk) -> Result<Router, ConfigError> {
    Ok(Router::new().fallback_service(service_with(desk, RequestLog::none())?))
}

/// The process is alive. Asks nobody.
async fn healthz() -> Result<Response, AppError> {
    respond::json(StatusCode::OK, &json!({ "status": "alive" }))
}
