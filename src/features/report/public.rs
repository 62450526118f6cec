//! `/report`.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::base::clock::date_words;
use crate::base::error::AppError;
use crate::base::web::extract::Query;
use crate::base::web::respond;
use crate::base::web::shell::Shell;
use crate::features::consent::Visitor;
use crate::features::notices::page::Asked;
use crate::features::notices::past;
use crate::site::{Around, Site, paths};

/// Until there are online forms, what leads to them leads to the page about reporting.
pub(crate) async fn lead_to_report() -> Result<Response, AppError> {
    respond::see_other(paths::REPORT)
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

pub(crate) async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    asked: Query<Asked>,
) -> Result<Response, AppError> {
    if let Some(asked) = &asked.0.as_of {
        return past::answer(&site, "report", &visitor, asked).await;
    }
    let edition = site.edition();
    let around = Around {
        title: "Report something",
        path: paths::REPORT,
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
