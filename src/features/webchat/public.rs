//! `/webchat`.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::base::clock;
use crate::base::error::AppError;
use crate::base::web::respond;
use crate::base::web::shell::Shell;
use crate::features::consent::Visitor;
use crate::site::Around;
use crate::site::Site;
use crate::site::hours::Hours;
use crate::site::model::NoticeContent;
use crate::site::paths;

#[derive(Template)]
#[template(path = "webchat/show.html")]
struct Show {
    shell: Shell,
    /// The clock in London, as it is told: "12:00".
    time: String,
    lines: Vec<LineView>,
    ahead: Vec<String>,
    disclaimer: Option<Arc<NoticeContent>>,
}

struct LineView {
    label: String,
    hours: String,
    state: String,
}

pub(crate) async fn show(State(site): State<Site>, visitor: Visitor) -> Result<Response, AppError> {
    let edition = site.edition();
    let now = site.clock().now();
    let around = Around {
        title: "Webchat",
        path: paths::WEBCHAT,
        return_to: Some(visitor.return_to),
        page: Some("webchat"),
        cookies: visitor.banner,
    };
    let shell = site.shell(&edition, around);
    // What cannot be read was refused when it was imported; an older node may still meet a newer one's hours.
    let hours = edition.published.hours_at("webchat", now).and_then(|json| serde_json::from_str::<Hours>(&json).ok());
    let line = |hours: &Hours, line: &crate::site::hours::Line| LineView {
        label: line.label.clone(),
        hours: line.words(),
        state: hours.state(line, now).words(now),
    };
    let lines =
        hours.as_ref().map_or_else(Vec::new, |hours| hours.lines.iter().map(|known| line(hours, known)).collect());
    let ahead = hours.map(|hours| hours.ahead(now)).unwrap_or_default();
    // By its name, which stays when it moves.
    let notice = edition.published.notices.get("webchat-disclaimer");
    let disclaimer = notice.and_then(|notice| notice.in_force(now)).and_then(|version| version.text.clone());
    let time = clock::london(now).strftime("%H:%M").to_string();
    respond::page(StatusCode::OK, &Show { shell, time, lines, ahead, disclaimer })
}
