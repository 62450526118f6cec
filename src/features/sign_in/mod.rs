//! What staff meet of this room: signing in, setting up, their own account, everybody's accounts.

pub mod passkey_ceremony;

mod account;
mod app;
mod code;
mod confirm;
mod factors;
mod hashing;
mod one;
mod people;
mod recover;
mod resume;
mod sign_in;
mod trying;
mod unlock;
mod welcome;

use std::convert::Infallible;
use std::net::IpAddr;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::{get, post};
use jiff::Timestamp;

use crate::base::web::assets;
use crate::base::web::client;
use crate::desk::Desk;
use crate::desk::session;

pub(crate) use crate::features::sign_in::resume::keep_late_forms;

/// The URLs of this room.
pub fn routes() -> Router<Desk> {
    Router::new()
        .route("/sign-in", get(sign_in::show).post(sign_in::send))
        .route("/sign-in/code", get(code::show).post(code::send))
        .route("/sign-in/passkey", post(sign_in::send_passkey))
        .route("/sign-in/passkey/start", post(sign_in::start_passkey))
        .route("/sign-in/recover", get(recover::show).post(recover::send))
        .route("/unlock/{secret}", get(unlock::show).post(unlock::unlock))
        .route("/sign-out", post(sign_in::out))
        .route("/welcome/{secret}", get(welcome::show).post(welcome::send))
        .route("/welcome/{secret}/passkey", post(welcome::send_passkey))
        .route("/welcome/{secret}/passkey/start", post(welcome::start_passkey))
        .route("/confirm", get(confirm::show).post(confirm::send))
        .route("/confirm/passkey", post(confirm::send_passkey))
        .route("/confirm/passkey/start", post(confirm::start_passkey))
        .route("/account", get(account::show))
        .route("/account/name", post(account::rename))
        .route("/account/sessions/{id}/end", post(account::end_session))
        .route("/account/sessions/end-others", post(account::end_others))
        .route("/account/password", get(factors::show_password).post(factors::set_password))
        .route("/account/app", get(factors::show_app).post(factors::set_app))
        .route("/account/codes", get(factors::show_codes).post(factors::make_codes))
        .route("/account/codes/kept", post(factors::codes_are_kept))
        .route("/account/passkeys", get(factors::show_new_passkey).post(factors::add_passkey))
        .route("/account/passkeys/start", post(factors::start_passkey))
        .route("/account/passkeys/{credential}/remove", post(factors::remove_passkey))
        .route("/accounts", get(people::list))
        .route("/accounts/new", get(people::new).post(people::add))
        .route("/accounts/{id}", get(one::show).post(one::change))
        .route("/accounts/{id}/suspend", post(one::suspend))
        .route("/accounts/{id}/restore", post(one::restore))
        .route("/accounts/{id}/reset", post(one::reset))
        .route("/accounts/{id}/vouch", post(one::vouch))
        .route("/accounts/{id}/link/kept", post(one::link_is_kept))
        .route("/accounts/{id}/sessions/end", post(one::end_sessions))
        .route("/resume/{id}", get(resume::show))
}

/// The script of passkeys, on those pages alone that ask for one.
fn passkey_script() -> &'static str {
    assets::file("passkey.js")
}

/// Where a request comes from; none in a test that does not say.
struct Client(Option<IpAddr>);

impl FromRequestParts<Desk> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Infallible> {
        Ok(Self(client::of(parts, desk.settings())))
    }
}

/// A parameter of the address; empty where it is not there.
fn parameter(query: Option<&str>, name: &str) -> String {
    let mut pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.find(|(known, _)| known == name).map_or_else(String::new, |(_, value)| value.into_owned())
}

/// Puts a cookie on an answer.
fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// An address with where to go on to, where that is not the start.
fn with_next(page: &str, next: &str) -> String {
    if next == "/" {
        return page.to_owned();
    }
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    format!("{page}?next={next}")
}

/// The times since which a session must have been used and begun to hold still.
fn sessions_since(now: Timestamp) -> (Timestamp, Timestamp) {
    (now.checked_sub(session::IDLE).unwrap_or(now), now.checked_sub(session::LONGEST).unwrap_or(now))
}
