//! `/search`.

use std::time::Duration;

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;
use tokio::time::timeout;

use crate::base::characters;
use crate::base::error::AppError;
use crate::base::language::{Language, Worded};
use crate::base::web::respond;
use crate::base::web::shell::{Link, Shell};
use crate::features::consent::Visitor;
use crate::features::search::answers::Answer;
use crate::features::search::excerpt::{Excerpts, Piece};
use crate::features::search::help::{Help, about, help};
use crate::features::search::index::Parts;
use crate::features::search::places::shown;
use crate::features::search::query::{FindOptions, How};
use crate::features::search::{MissedWords, SearchIndex};
use crate::site::edition::Edition;
use crate::site::now::SiteNow;
use crate::site::{Around, paths};
use crate::text::urgency::{Crisis, find_crisis};

/// Hits on a page.
const ON_A_PAGE: usize = 20;
/// The longest query, in characters.
const LONGEST: usize = 200;
/// The longest that help in a crisis waits for what the search finds.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Ways on, with their words.
const WAYS: [(&str, &str); 3] =
    [("services", "look through our services"), ("helplines", "find a helpline"), ("contact", "contact us")];

#[derive(Template)]
#[template(path = "search/results.html")]
struct ResultsPage {
    shell: Shell,
    /// The query, as it may be shown.
    query: String,
    /// Set where it says that somebody needs help now.
    help: Option<Help>,
    /// Answers that staff promote for these words.
    answers: Vec<Answer>,
    /// The results; none where the search failed and help in a crisis is shown alone.
    results: Option<Results>,
    /// The page of hits before this one, and the one after it.
    earlier: Option<String>,
    later: Option<String>,
    /// The places to look where nothing was found, as far as the site has them now.
    ways: Vec<Link>,
}

/// The results of a search.
struct Results {
    how: How,
    /// Hits on all pages.
    total: usize,
    hits: Vec<Hit>,
}

struct Hit {
    label: Worded,
    href: String,
    language: Language,
    excerpt: Vec<Piece>,
}

/// The first words and the first page that the address names. Whatever else stands there is left alone, so that no
/// search is answered with an error.
struct Asked {
    q: String,
    page: usize,
}

impl Asked {
    fn read(query: &str) -> Self {
        let value = |wanted: &str| {
            let mut pairs = url::form_urlencoded::parse(query.as_bytes());
            pairs.find(|(name, _)| name == wanted).map(|(_, value)| value).unwrap_or_default()
        };
        let q = value("q").trim().chars().take(LONGEST).collect();
        Self { q, page: value("page").parse().unwrap_or(1).max(1) }
    }
}

pub(crate) async fn search(site: SiteNow, visitor: Visitor, RawQuery(query): RawQuery) -> Result<Response, AppError> {
    let Asked { q: typed, page } = Asked::read(&query.unwrap_or_default());
    let edition = &site.edition;
    let crisis = find_crisis(&typed);
    let finding = find(&site, &typed, Page { number: page, crisis });
    let found = if crisis.is_none() {
        Some(finding.await?)
    } else {
        // Help in a crisis is shown whatever becomes of the search.
        let found = timeout(LONGEST_WAIT, finding).await.unwrap_or(Err(AppError::Busy));
        found.inspect_err(|error| tracing::warn!(?error, "a search failed, and its page was shown without it")).ok()
    };
    let (answers, results) = found.unzip();
    let mut answers = answers.unwrap_or_default();
    let (total, hits) = results.as_ref().map_or((0, 0), |results| (results.total, results.hits.len()));
    if crisis.is_none() && total == 0 && answers.is_empty() {
        site.beside::<MissedWords>().note(&typed, site.clock().now());
    }
    if hits == 0 && total > 0 {
        // There is no such page of results, or not any more.
        return respond::see_other(&link_to(&typed, 1));
    }
    let query = characters::as_shown(typed.clone());
    let title = match crisis {
        // A title is kept in the history of a browser.
        None if !query.is_empty() => format!("{query} – Search"),
        _ => "Search".to_owned(),
    };
    let around = Around {
        title: &title,
        path: paths::SEARCH,
        return_to: Some(visitor.return_to),
        page: None,
        cookies: visitor.banner,
    };
    let mut shell = site.shell(edition, around);
    shell.noindex = true;
    shell.description = Some("Search the pages and notices of this site.".to_owned());
    shell.search.clone_from(&typed);
    if crisis.is_some() {
        shell.make_discreet();
    }
    let earlier = (page > 1).then(|| link_to(&typed, page - 1));
    let later = (page.saturating_mul(ON_A_PAGE) < total).then(|| link_to(&typed, page.saturating_add(1)));
    let there = WAYS.into_iter().filter(|(address, _)| edition.views.contains_key(*address));
    let ways = there.map(|(address, label)| Link::new(label, paths::address(address))).collect();
    let help = crisis.map(help);
    // A number that stands in the help already is not given twice.
    let numbers: Vec<&str> = help.iter().flat_map(|help| &help.numbers).map(|number| number.href.as_str()).collect();
    for answer in &mut answers {
        answer.number.take_if(|number| numbers.contains(&number.href.as_str()));
    }
    respond::page(StatusCode::OK, &ResultsPage { shell, query, help, answers, results, earlier, later, ways })
}

/// The address of a page of results.
fn link_to(typed: &str, page: usize) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    pairs.append_pair("q", typed).append_pair("page", &page.to_string());
    format!("{}?{}", paths::SEARCH, pairs.finish())
}

/// The page of hits that is wanted.
#[derive(Clone, Copy)]
struct Page {
    /// Counted from 1.
    number: usize,
    /// The crisis that the words speak of. Then none are put right: what somebody writes there is not about the words that look like it.
    crisis: Option<Crisis>,
}

/// Finds the results of a query, first the answers that staff promote.
async fn find(site: &SiteNow, query: &str, page: Page) -> Result<(Vec<Answer>, Results), AppError> {
    let edition = &site.edition;
    let index = site.beside::<SearchIndex>().of(edition).await?;
    let found = site.heavy().for_visitor(|| find_in(edition, &index, query, page)).await?;
    found.map_err(|error| AppError::Internal(error.into()))
}

fn find_in(edition: &Edition, index: &Parts, query: &str, page: Page) -> tantivy::Result<(Vec<Answer>, Results)> {
    let skip = (page.number - 1).saturating_mul(ON_A_PAGE);
    let wanted = FindOptions { skip, take: ON_A_PAGE, puts_right: page.crisis.is_none() };
    // Words of crisis are everyday words: by themselves they stand in texts about something else.
    let about = page.crisis.map_or(&[][..], about);
    let helping = if about.is_empty() { None } else { Some(index.find_about(about, query, wanted)?) };
    let found = match helping.filter(|found| found.total > 0) {
        Some(found) => found,
        None => index.find(query, wanted)?,
    };
    let mut excerpts = Excerpts::new(&found.units);
    let hit = |place| {
        let shown = shown(edition, place)?;
        Some(Hit {
            label: Worded::new(shown.title, &shown.language),
            href: shown.href,
            excerpt: excerpts.of(&shown.text),
            language: shown.language,
        })
    };
    let hits = found.places.iter().filter_map(hit).collect();
    let answers = if page.number == 1 { index.answers.find(edition, query) } else { Vec::new() };
    Ok((answers, Results { how: found.how, total: found.total, hits }))
}
