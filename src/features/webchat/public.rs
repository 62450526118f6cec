//! `/webchat`.

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::base::error::AppError;
use crate::base::web::respond;
use crate::base::web::shell::Shell;
use crate::features::consent::Visitor;
use crate::features::webchat::paths;
use crate::site::Around;
use crate::site::hours::{Hours, Line};
use crate::site::model::NoticeContent;
use crate::site::now::SiteNow;

#[derive(Template)]
#[template(path = "webchat/show.html")]
struct Show {
    shell: Shell,
    lines: Vec<LineView>,
    ahead: Vec<String>,
    disclaimer: Option<Arc<NoticeContent>>,
}

struct LineView {
    label: String,
    hours: String,
}

pub(crate) async fn show(site: SiteNow, visitor: Visitor) -> Result<Response, AppError> {
    let edition = &*site.edition;
    let now = site.clock().now();
    let around = Around {
        title: "Webchat",
        path: paths::WEBCHAT,
        return_to: Some(visitor.return_to),
        page: Some("webchat"),
        cookies: visitor.banner,
    };
    let mut shell = site.shell(edition, around);
    shell.description = Some("Whether our webchat is open, when it is, and how else to reach us.".to_owned());
    // What cannot be read was refused when it was imported; an older node may still meet a newer one's hours.
    let hours = edition.published.hours_at("webchat", now).and_then(|json| serde_json::from_str::<Hours>(&json).ok());
    let line = |line: &Line| LineView { label: line.label.clone(), hours: line.words() };
    let lines = hours.as_ref().map_or_else(Vec::new, |hours| hours.lines.iter().map(line).collect());
    let ahead = hours.map(|hours| hours.ahead(now)).unwrap_or_default();
    // By its name, which stays when it moves.
    let notice = edition.published.notices.get("webchat-disclaimer");
    let disclaimer = notice.and_then(|notice| notice.in_force(now)).and_then(|version| version.text.clone());
    respond::page(StatusCode::OK, &Show { shell, lines, ahead, disclaimer })
}
