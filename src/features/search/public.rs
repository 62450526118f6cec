//! `/search`.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::base::error::AppError;
use crate::base::language::Worded;
use crate::base::web::extract::Query;
use crate::base::web::respond;
use crate::base::web::shell::{Link, Shell};
use crate::features::consent::Visitor;
use crate::site::Around;
use crate::site::Site;
use crate::site::edition::Edition;
use crate::site::model::NoticeContent;
use crate::site::paths;
use crate::text::markdown::plain_text;

#[derive(Template)]
#[template(path = "search/results.html")]
struct Results {
    shell: Shell,
    query: String,
    hits: Vec<Hit>,
    /// How many there are on all pages.
    total: usize,
    /// The page of hits before this one, and the one after it.
    earlier: Option<String>,
    later: Option<String>,
    /// Where to look where nothing was found, as far as the site has it now.
    ways: Vec<Link>,
}

/// Ways on, with their words.
const WAYS: [(&str, &str); 3] =
    [("services", "look through our services"), ("helplines", "find a helpline"), ("contact", "contact us")];

struct Hit {
    label: Worded,
    href: String,
    /// The first lines that hold what was looked for.
    excerpt: Worded,
}

/// Hits on a page.
const ON_A_PAGE: usize = 20;
/// Words that are looked for; more are left out.
const MOST_WORDS: usize = 16;
/// Characters of an excerpt.
const EXCERPT: usize = 180;

#[derive(Deserialize)]
pub(crate) struct Asked {
    q: Option<String>,
    page: Option<usize>,
}

fn encode(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

pub(crate) async fn search(
    State(site): State<Site>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, AppError> {
    let query = asked.q.unwrap_or_default().trim().to_owned();
    if query.chars().count() > 200 {
        return Err(AppError::Unprocessable("That is a long question. Use 200 characters or fewer."));
    }
    let edition = site.edition();
    let around = Around {
        title: "Search",
        path: paths::SEARCH,
        return_to: Some(visitor.return_to),
        page: None,
        cookies: visitor.banner,
    };
    let mut shell = site.shell(&edition, around);
    shell.noindex = true;
    shell.search.clone_from(&query);
    let page = asked.page.unwrap_or(1).max(1);
    let Found { hits, total } = site.heavy().for_visitor(|| find(&edition, &query, page)).await?;
    if hits.is_empty() && total > 0 {
        return Err(AppError::NotFound);
    }
    let link = |page: usize| format!("/search?{}", encode(&[("q", query.as_str()), ("page", &page.to_string())]));
    let earlier = (page > 1).then(|| link(page - 1));
    let later = (page.saturating_mul(ON_A_PAGE) < total).then(|| link(page.saturating_add(1)));
    let there = WAYS.into_iter().filter(|(address, _)| edition.views.contains_key(*address));
    let ways = there.map(|(address, label)| Link { label: label.to_owned(), href: paths::address(address) }).collect();
    respond::page(StatusCode::OK, &Results { shell, query, hits, total, earlier, later, ways })
}

/// A page of hits, and how many there are in all.
struct Found {
    hits: Vec<Hit>,
    total: usize,
}

/// Notices in force that hold every word, those with a word in the title first; the page with this number, counted from 1.
fn find(edition: &Edition, query: &str, page: usize) -> Found {
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).take(MOST_WORDS).collect();
    if words.is_empty() {
        return Found { hits: Vec::new(), total: 0 };
    }
    let views = edition.views.iter().filter(|(_, view)| view.notice.is_some() || view.sections.len() == 1);
    let mut found: Vec<(bool, &str, &str, &NoticeContent)> = views
        .filter_map(|(address, view)| {
            let text = view.sections.first()?.version.as_ref()?.text.as_ref()?;
            let title = text.title.to_lowercase();
            let missing: Vec<&String> = words.iter().filter(|word| !title.contains(word.as_str())).collect();
            let holds_rest = || {
                let body = plain_text(&text.html).to_lowercase();
                missing.iter().all(|word| body.contains(word.as_str()))
            };
            let in_title = missing.len() < words.len();
            (missing.is_empty() || holds_rest()).then_some((!in_title, text.title.as_str(), address.as_str(), &**text))
        })
        .collect();
    found.sort_by_key(|(later, title, address, _)| (*later, *title, *address));
    let shown = found.iter().skip(page.saturating_sub(1).saturating_mul(ON_A_PAGE)).take(ON_A_PAGE);
    let hits = shown.map(|(_, title, address, text)| Hit {
        label: Worded::new(*title, &text.language),
        href: if *address == "home" { "/".to_owned() } else { paths::address(address) },
        excerpt: Worded::new(excerpt(&plain_text(&text.html), &words), &text.language),
    });
    Found { hits: hits.collect(), total: found.len() }
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
