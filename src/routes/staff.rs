//! Every URL of the staff site, in one table.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use tower_http::csrf::ConfigError;

use crate::base::error::AppError;
use crate::base::web::{assets, respond};
use crate::desk::accounts::Desk;
use crate::features::dashboard;
use crate::features::sign_in::keep_late_forms;
use crate::front::request_log::RequestLog;
use crate::front::staff::StaffService;
use axum::http::StatusCode;

/// The routes of all rooms.
fn routes() -> Router<Desk> {
    Router::new()
        .route("/healthz", get(healthz))
        // /sign-in…, /sign-out, /welcome/{secret}…, /confirm…, /account…, /accounts…, /resume/{id}
        .merge(crate::features::sign_in::routes())
        // /facts, /pages, /navigation and everything below
        .merge(crate::features::structure::staff::routes())
        // /previews and everything below
        .merge(crate::features::previews::staff::routes())
        // /static/{hash}/{file}, /static/{file}, /favicon.svg
        .merge(assets::routes(assets::Audience::Staff))
        // /drafts/{subject}/…, /entries/{number}/…, /notices/{name}/withdraw…, /redactions…
        .merge(crate::features::publishing::staff::routes())
        // /notices, /notices/new, /notices/{name}, …/edit, …/autosave, …/presence, …/preview, …/compare, /banners, /banners/new
        .merge(crate::features::editor::routes())
        // / (what waits, what changed, what is overdue)
        .merge(dashboard::staff::routes())
        // /audit, /audit.csv, /notices/{name}/sheet
        .merge(crate::features::auditor::log::routes())
        .fallback(async || AppError::NotFound)
}

/// The staff site behind its front door, with its request log.
///
/// # Errors
/// When the site's address cannot be an origin, which checked settings rule out.
pub fn service_with(desk: Desk, log: RequestLog) -> Result<StaffService, ConfigError> {
    let routes = routes().layer(from_fn_with_state(desk.clone(), keep_late_forms));
    StaffService::new(desk, routes, log)
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
