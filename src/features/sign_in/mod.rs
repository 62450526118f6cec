//! Signing in, setting up a sign-in, a person's own account, and the accounts of all staff.

pub mod passkey_ceremony;

pub(crate) mod account;
pub(crate) mod app;
pub(crate) mod code;
pub(crate) mod confirm;
pub(crate) mod credentials;
pub(crate) mod factors;
pub(crate) mod hashing;
pub(crate) mod people;
pub(crate) mod person;
pub(crate) mod person_actions;
pub(crate) mod recover;
mod refused;
pub(crate) mod resume;
mod tasks;
pub(crate) mod trying;
pub(crate) mod unlock;
pub(crate) mod welcome;
mod words;

use std::convert::Infallible;
use std::net::IpAddr;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use jiff::Timestamp;

use crate::base::web::assets;
use crate::base::web::client;
use crate::desk::Desk;
use crate::desk::accounts::permission::{Administering, Permission as _};
use crate::desk::accounts::{actions, cleanup};
use crate::desk::declared::Section;
use crate::desk::feature::{Feature, Job};
use crate::desk::paths;
use crate::desk::session;

/// The declaration of this feature.
pub const FEATURE: Feature = Feature {
    sections: &[Section { label: "Accounts", path: paths::PEOPLE, roles: Administering::ROLES }],
    actions: actions::ALL,
    tasks: Some(|connection, viewer| Box::pin(tasks::find(connection, viewer))),
    jobs: &[
        Job {
            name: "counts of what strangers set off",
            every: Duration::from_secs(10),
            run: |desk| Box::pin(cleanup::record_counts(desk)),
        },
        Job {
            name: "deleting old rows",
            every: Duration::from_mins(1),
            run: |desk| Box::pin(cleanup::delete_old(desk)),
        },
    ],
    ..Feature::named("sign_in")
};

/// The script of passkeys, on those pages alone that ask for one.
fn passkey_script() -> &'static str {
    assets::file("passkey.js")
}

/// The address of a client; none in a test without one.
pub(crate) struct Client(Option<IpAddr>);

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

/// The times since which a session must have been used and begun to hold still.
fn sessions_since(now: Timestamp) -> (Timestamp, Timestamp) {
    (now.checked_sub(session::IDLE).unwrap_or(now), now.checked_sub(session::LONGEST).unwrap_or(now))
}
