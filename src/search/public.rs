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
    hits: Vec<Hit>,
    /// Where to look where nothing was found, as far as the site has it now.
    ways: Vec<Link>,
}

/// Ways on, with their words.
const WAYS: [(&str, &str); 3] =
    [("services", "look through our services"), ("helplines", "find a helpline"), ("contact", "contact us")];

struct Hit {
    label: String,
    href: String,
    /// The first lines that hold what was looked for.
    excerpt: String,
}

/// Characters of an excerpt.
const EXCERPT: usize = 180;

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
    let there = WAYS.into_iter().filter(|(address, _)| edition.views.contains_key(*address));
    let ways = there.map(|(address, label)| Link { label: label.to_owned(), href: format!("/{address}") }).collect();
    respond::page(StatusCode::OK, &Results { shell, query, hits, ways })
}

/// Notices in force that hold every word, those with a word in the title first.
fn hits(edition: &Edition, query: &str) -> Vec<Hit> {
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    if words.is_empty() {
        return Vec::new();
    }
    let mut hits: Vec<(bool, Hit)> = edition
        .views
        .iter()
        .filter(|(_, view)| view.notice.is_some() || view.sections.len() == 1)
        .filter_map(|(address, view)| {
            let text = view.sections.first()?.version.as_ref()?.text.as_ref()?;
            let title = text.title.to_lowercase();
            let plain = plain_text(&text.html);
            let body = plain.to_lowercase();
            let found = words.iter().all(|word| title.contains(word.as_str()) || body.contains(word.as_str()));
            let href = if address == "home" { "/".to_owned() } else { format!("/{address}") };
            let in_title = words.iter().any(|word| title.contains(word.as_str()));
            found.then(|| (!in_title, Hit { label: text.title.clone(), href, excerpt: excerpt(&plain, &words) }))
        })
        .collect();
    hits.sort_by(|one, other| one.0.cmp(&other.0).then_with(|| one.1.label.cmp(&other.1.label)));
    hits.into_iter().map(|(_, hit)| hit).collect()
}

/// The line with the most of the words, or the first of the text, and what fits behind it.
fn excerpt(plain: &str, words: &[String]) -> String {
    let held = |line: &str| {
        let line = line.to_lowercase();
        words.iter().filter(|word| line.contains(word.as_str())).count()
    };
    // Of lines that hold as many, the first.
    let best = plain.lines().enumerate().max_by_key(|(index, line)| (held(line), std::cmp::Reverse(*index)));
    let start = best.map_or(0, |(index, _)| index);
    let mut excerpt = String::new();
    for line in plain.lines().skip(start) {
        if !excerpt.is_empty() {
            excerpt.push_str(if excerpt.ends_with(['.', ':', '?', '!', ',']) { " " } else { ". " });
        }
        excerpt.push_str(line);
        if excerpt.chars().count() > EXCERPT {
            let cut: String = excerpt.chars().take(EXCERPT).collect();
            let whole = cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole);
            return format!("{whole} …");
        }
    }
    excerpt
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn an_excerpt_starts_at_the_line_with_most_of_the_words_and_ends_between_words() {
        let plain = "Helplines\nPeople who listen\nCall Samaritans at any time\nThey listen";
        let words = ["samaritans".to_owned(), "call".to_owned()];
        assert_eq!(excerpt(plain, &words), "Call Samaritans at any time. They listen");
        let long = "word ".repeat(100);
        assert!(excerpt(&long, &["word".to_owned()]).ends_with("word …"));
        assert_eq!(excerpt("", &words), "");
    }
}
