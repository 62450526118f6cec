//! `/search`.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use crate::consent::Visitor;
use crate::error::AppError;
use crate::notices::markdown::plain_text;
use crate::notices::site::Around;
use crate::notices::{Edition, Site};
use crate::web::extract::Query;
use crate::web::respond;
use crate::web::shell::{Link, Shell};

#[derive(Template)]
#[template(path = "search/results.html")]
struct Results {
    shell: Shell,
    query: String,
    hits: Vec<Link>,
}

#[derive(Deserialize)]
struct Asked {
    q: Option<String>,
}

/// The URL of the search.
#[must_use]
pub fn routes() -> Router<Site> {
    Router::new().route("/search", get(search))
}

async fn search(State(site): State<Site>, visitor: Visitor, Query(asked): Query<Asked>) -> Result<Response, AppError> {
    let query = asked.q.unwrap_or_default().trim().to_owned();
    if query.chars().count() > 200 {
        return Err(AppError::Unprocessable("That is a long question. Use 200 characters or fewer."));
    }
    let edition = site.edition();
    let around = Around {
        title: "Search",
        path: "/search",
        return_to: Some(visitor.return_to),
        page: None,
        cookies: visitor.banner,
    };
    let mut shell = site.shell(&edition, around);
    shell.noindex = true;
    shell.search.clone_from(&query);
    let hits = hits(&edition, &query);
    respond::page(StatusCode::OK, &Results { shell, query, hits })
}

/// Notices in force that hold every word, those with a word in the title first.
fn hits(edition: &Edition, query: &str) -> Vec<Link> {
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    if words.is_empty() {
        return Vec::new();
    }
    let mut hits: Vec<(bool, Link)> = edition
        .views
        .iter()
        .filter(|(_, view)| view.notice.is_some() || view.sections.len() == 1)
        .filter_map(|(address, view)| {
            let text = view.sections.first()?.version.as_ref()?.text.as_ref()?;
            let title = text.title.to_lowercase();
            let body = plain_text(&text.html).to_lowercase();
            let found = words.iter().all(|word| title.contains(word.as_str()) || body.contains(word.as_str()));
            let href = if address == "home" { "/".to_owned() } else { format!("/{address}") };
            let in_title = words.iter().any(|word| title.contains(word.as_str()));
            found.then(|| (!in_title, Link { label: text.title.clone(), href }))
        })
        .collect();
    hits.sort_by(|one, other| one.0.cmp(&other.0).then_with(|| one.1.label.cmp(&other.1.label)));
    hits.into_iter().map(|(_, link)| link).collect()
}
