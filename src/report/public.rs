//! `/report`.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use crate::consent::Visitor;
use crate::error::AppError;
use crate::notices::public::{Asked, Text};
use crate::notices::site::Around;
use crate::notices::{self, Site};
use crate::web::extract::Query;
use crate::web::respond;

/// The URLs of this room. Until there are online forms, what leads to them leads here.
#[must_use]
pub fn routes() -> Router<Site> {
    Router::new().route("/report", get(show)).route("/requests", get(async || respond::see_other("/report")))
}

async fn show(State(site): State<Site>, visitor: Visitor, asked: Query<Asked>) -> Result<Response, AppError> {
    if let Some(asked) = &asked.0.as_of {
        return notices::public::then(&site, "report", &visitor, asked).await;
    }
    let edition = site.edition();
    let heading = "Report".to_owned();
    let around = Around {
        title: &heading,
        path: "/report",
        return_to: Some(visitor.return_to),
        page: Some("report"),
        cookies: visitor.banner,
    };
    let shell = site.shell(&edition, around);
    let mut html = "<p>If there is danger or a crime is happening now, call <a href='tel:999'>999</a>. Cannot speak? Press 55 when asked. Otherwise call <a href='tel:101'>101</a>.</p>".to_owned();
    let section = edition.views.get("report").and_then(|view| view.sections.first());
    let text = section.and_then(|section| section.version.as_ref()).and_then(|version| version.text.as_ref());
    if let Some(text) = text {
        html.push_str(&text.html);
    }
    respond::page(StatusCode::OK, &Text { shell, heading, html })
}
