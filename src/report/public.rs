//! `/report`.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use crate::clock::date_words;
use crate::consent::Visitor;
use crate::error::AppError;
use crate::notices::Site;
use crate::notices::site::Around;
use crate::web::respond;
use crate::web::shell::Shell;

/// The URL of this room.
#[must_use]
pub fn routes() -> Router<Site> {
    Router::new().route("/report", get(show))
}

#[derive(Template)]
#[template(path = "report/show.html")]
struct Show {
    shell: Shell,
    text: Option<TextView>,
}

/// The notice about reporting, as it is in force.
struct TextView {
    html: String,
    version: i32,
    since: String,
}

async fn show(State(site): State<Site>, visitor: Visitor) -> Result<Response, AppError> {
    let edition = site.edition();
    let around = Around {
        title: "Report something",
        path: "/report",
        return_to: Some(visitor.return_to),
        page: Some("report"),
        cookies: visitor.banner,
    };
    let shell = site.shell(&edition, around);
    let version = edition.views.get("report").and_then(|view| view.sections.first()?.version.as_ref());
    let text = version.and_then(|version| {
        Some(TextView {
            html: version.text.as_ref()?.html.clone(),
            version: version.number,
            since: date_words(version.entry.in_force_at),
        })
    });
    respond::page(StatusCode::OK, &Show { shell, text })
}
