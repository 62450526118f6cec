//! Every URL of the two sites, a line each: method, path, who may, handler.

pub mod public;
pub mod staff;

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::MethodRouter;

/// A line of a table of routes.
pub struct Route<State, Who> {
    /// The method that it answers to. `GET` answers to `HEAD` too.
    pub method: Method,
    /// The pattern of its path.
    pub path: &'static str,
    /// The people who may ask for it.
    pub who: Who,
    handler: MethodRouter<State>,
}

fn get<State, Who, H, T>(path: &'static str, who: Who, handler: H) -> Route<State, Who>
where
    State: Clone + Send + Sync + 'static,
    H: Handler<T, State>,
    T: 'static,
{
    Route { method: Method::GET, path, who, handler: axum::routing::get(handler) }
}

fn post<State, Who, H, T>(path: &'static str, who: Who, handler: H) -> Route<State, Who>
where
    State: Clone + Send + Sync + 'static,
    H: Handler<T, State>,
    T: 'static,
{
    Route { method: Method::POST, path, who, handler: axum::routing::post(handler) }
}

/// The router of a table.
fn router<State: Clone + Send + Sync + 'static, Who>(table: Vec<Route<State, Who>>) -> Router<State> {
    table.into_iter().fold(Router::new(), |router, route| router.route(route.path, route.handler))
}
