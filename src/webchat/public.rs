//! `/webchat`.

use std::fmt::Write as _;

use askama::filters::{Html, escape};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use crate::consent::Visitor;
use crate::error::AppError;
use crate::notices::Site;
use crate::notices::public::Text;
use crate::notices::site::Around;
use crate::web::respond;
use crate::webchat::model::Hours;

/// The URL of this room.
#[must_use]
pub fn routes() -> Router<Site> {
    Router::new().route("/webchat", get(show))
}

async fn show(State(site): State<Site>, visitor: Visitor) -> Result<Response, AppError> {
    let edition = site.edition();
    let heading = "Webchat".to_owned();
    let around = Around {
        title: &heading,
        path: "/webchat",
        return_to: Some(visitor.return_to),
        page: Some("webchat"),
        cookies: visitor.banner,
    };
    let shell = site.shell(&edition, around);
    let mut html = "<p>Webchat is not open here yet. In an emergency call <a href='tel:999'>999</a>. Otherwise <a href='tel:101'>call 101</a>, <a href='/report'>see how to report</a> or <a href='/search'>search this site</a>.</p>".to_owned();
    html.push_str(&hours(&site).unwrap_or_default());
    let section = edition.views.get("webchat-disclaimer").and_then(|view| view.sections.first());
    let text = section.and_then(|section| section.version.as_ref()).and_then(|version| version.text.as_ref());
    if let Some(text) = text {
        html.push_str(&text.html);
    }
    respond::page(StatusCode::OK, &Text { shell, heading, html })
}

/// The hours in force with what the clock says of them.
fn hours(site: &Site) -> Option<String> {
    let now = site.clock().now();
    let hours: Hours = serde_json::from_str(&site.edition().published.hours_at("webchat", now)?).ok()?;
    let mut html = "<h2>Hours of webchat</h2><ul>".to_owned();
    for line in &hours.lines {
        let state = if line.is_open(now) { "within its hours now" } else { "outside its hours now" };
        let (label, words) = (line.label.clone(), line.words());
        // Writing to a String cannot fail.
        let _ = write!(html, "<li>{}: {} ({state})</li>", escape(&label, Html).ok()?, escape(&words, Html).ok()?);
    }
    html.push_str("</ul>");
    Some(html)
}
