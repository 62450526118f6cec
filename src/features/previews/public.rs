//! `/preview/{secret}`: drafts as they would look, for whoever was given the secret. An unknown, an ended and a revoked secret get
//! the same answer after the same question to the database.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::base::clock::time_words;
use crate::base::database::DatabaseError;
use crate::base::error::{AppError, ErrorPage};
use crate::base::language::{Language, Worded};
use crate::base::web::extract::Path;
use crate::base::web::respond;
use crate::base::web::shell::{Link, Shell};
use crate::features::drafts::DraftContent;
use crate::features::drafts::model::NoticeDraft;
use crate::features::previews::model::{LinkState, Terms, hash_of};
use crate::features::previews::{store, words};
use crate::site::edition::Edition;
use crate::site::fact_names;
use crate::site::model::{Facts, NavigationLink, NoticeKind, PageContent};
use crate::site::now::SiteNow;
use crate::site::paths;
use crate::site::subject::Subject;
use crate::site::{Around, Site};
use crate::text::markdown;
use crate::text::markdown::deepen;

const X_ROBOTS_TAG: HeaderName = HeaderName::from_static("x-robots-tag");

#[derive(Template)]
#[template(path = "previews/show.html")]
struct Show {
    shell: Shell,
    heading: Worded,
    until: String,
    single: bool,
    texts: Vec<Text>,
}

/// One of the drafts, or what became of it.
struct Text {
    language: Language,
    title: String,
    /// Level of a banner.
    banner: Option<&'static str>,
    /// The text as it would be served.
    html: Option<String>,
    /// The reason why there is nothing to read.
    said: Option<&'static str>,
    /// The address at which the text is in force now.
    published: Option<String>,
}

pub(crate) async fn read(site: SiteNow, Path(secret): Path<String>) -> Response {
    let mut response = match open(&site, &secret).await {
        Ok(Some((terms, drafts))) => {
            let shown = site.heavy().for_visitor(|| show(&site, &terms, &drafts)).await;
            shown.flatten().unwrap_or_else(AppError::into_response)
        }
        Ok(None) => said(StatusCode::NOT_FOUND, CLOSED),
        Err(DatabaseError::Sql(error)) => AppError::Internal(error.into()).into_response(),
        Err(_) => {
            let mut away = said(StatusCode::SERVICE_UNAVAILABLE, AWAY);
            away.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
            away
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // The secret is in the address, which no other page is to learn.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_ROBOTS_TAG, HeaderValue::from_static("noindex, nofollow, noarchive"));
    response
}

type Opened = Option<(Terms, BTreeMap<Subject, DraftContent>)>;

/// Finds the drafts that a secret opens now. An invalid secret is looked up too, so that it is answered like an unknown one.
async fn open(site: &Site, secret: &str) -> Result<Opened, DatabaseError> {
    let hash = hash_of(secret);
    let now = site.clock().now();
    site.database()
        .read(async |connection| {
            let terms = store::terms(connection, hash).await?.filter(|terms| terms.state(now) == LinkState::Open);
            let Some(terms) = terms else { return Ok(None) };
            let drafts = store::drafts(connection, &terms).await?;
            Ok(Some((terms, drafts.into_iter().collect())))
        })
        .await
}

const CLOSED: ErrorPage = ErrorPage {
    heading: "This link does not work",
    message: "It has expired, was withdrawn, or was not copied in full. Ask the person who sent it to you for a new one.",
    help: String::new(),
};

const AWAY: ErrorPage = ErrorPage {
    heading: "Drafts cannot be shown just now",
    message: "Our published pages still work. Please try again in a few minutes.",
    help: String::new(),
};

fn said(status: StatusCode, page: ErrorPage) -> Response {
    let mut response = status.into_response();
    response.extensions_mut().insert(page);
    response
}

fn show(site: &SiteNow, terms: &Terms, drafts: &BTreeMap<Subject, DraftContent>) -> Result<Response, AppError> {
    let edition = &*site.edition;
    let single = terms.subjects.len() == 1;
    // Drafts that are shown together are shown with each other's facts, texts and links.
    let facts = match drafts.get(&Subject::Facts) {
        Some(DraftContent::Facts(facts)) => facts,
        _ => &*edition.facts,
    };
    let texts: Vec<Text> = terms
        .subjects
        .iter()
        .filter_map(|subject| {
            Some(match (subject, drafts.get(subject)) {
                (Subject::Notice(name), Some(DraftContent::Notice(draft))) => {
                    draft_text(facts, name.as_str(), draft, single)
                }
                (Subject::Notice(name), _) => gone_text(edition, name.as_str(), terms),
                (_, Some(DraftContent::Page(page))) => page_text(edition, page, (drafts, facts)),
                (_, Some(DraftContent::Facts(facts))) => facts_text(edition, facts),
                (_, Some(DraftContent::Navigation(_))) => said_text("Navigation and footer", words::LINKS_ARE_AROUND),
                (_, Some(DraftContent::Promoted(_))) => said_text("Promoted answers", words::SHOWN_IN_SEARCHES),
                _ => return None,
            })
        })
        .collect();
    let heading = match texts.first() {
        Some(text) if single => Worded::new(&text.title, &text.language),
        _ => Worded::own("Drafts for you to read"),
    };
    let title = format!("Draft: {}", heading.text);
    // No path: nothing on the page may repeat the secret.
    let mut shell = site.shell(edition, Around { title: &title, path: "", ..Around::default() });
    shell.noindex = true;
    if let Some(DraftContent::Navigation(around)) = drafts.get(&Subject::Navigation) {
        let links = |links: &[NavigationLink]| links.iter().map(|link| Link::new(&link.label, &link.href)).collect();
        (shell.navigation, shell.footer) = (links(&around.navigation), links(&around.footer));
    }
    let page = Show { shell, heading, until: time_words(terms.ends_at), single, texts };
    respond::page(StatusCode::OK, &page)
}

/// A page as it would be composed: of the drafts of its texts that the link shows, and of what is in force.
fn page_text(
    edition: &Edition,
    page: &PageContent,
    (drafts, facts): (&BTreeMap<Subject, DraftContent>, &Facts),
) -> Text {
    let texts = page.notices.iter().filter_map(|name| {
        if let Some(DraftContent::Notice(draft)) = drafts.get(&Subject::Notice(name.clone())) {
            let html = markdown::render(&draft.markdown, name.as_str(), facts).ok()?;
            return Some((draft.title.clone(), html));
        }
        let version = edition.published.notices.get(name.as_str())?.in_force(edition.at)?;
        let text = version.text.as_ref()?;
        Some((text.title.clone(), text.html.clone()))
    });
    let mut html = String::new();
    for (title, text) in texts {
        html.push_str("<h3>");
        markdown::escape(&mut html, &title);
        html.push_str("</h3>\n");
        html.push_str(&deepen(&deepen(&text)));
    }
    let title = format!("Page: {} ({})", page.title, page.address.path());
    Text { html: Some(html), ..said_text(&title, "") }
}

/// The facts that would change.
fn facts_text(edition: &Edition, facts: &Facts) -> Text {
    let mut html = String::from("<ul>\n");
    for (name, value) in facts.iter().filter(|(name, value)| edition.facts.get(*name) != Some(*value)) {
        html.push_str("<li>");
        markdown::escape(&mut html, &format!("{}: {value}", fact_names::label(name)));
        html.push_str("</li>\n");
    }
    html.push_str("</ul>\n");
    Text { html: Some(html), ..said_text("Names, addresses and numbers", "") }
}

/// A section with a sentence alone.
fn said_text(title: &str, said: &'static str) -> Text {
    Text {
        language: Language::default(),
        title: title.to_owned(),
        banner: None,
        html: None,
        said: Some(said).filter(|said| !said.is_empty()),
        published: None,
    }
}

/// A draft as the public site would serve it with some facts.
fn draft_text(facts: &Facts, name: &str, draft: &NoticeDraft, single: bool) -> Text {
    let title = if draft.title.is_empty() { "Untitled draft".to_owned() } else { draft.title.clone() };
    let rendered = markdown::render(&draft.markdown, name, facts);
    let said = rendered.is_err().then_some(
        "Someone is working on this draft, so it cannot be shown at the moment. Try again later, or ask the person who sent you the link.",
    );
    let banner = match (draft.kind, &draft.banner) {
        (NoticeKind::Banner, Some(banner)) => Some(banner.level.name()),
        (NoticeKind::Banner, None) => Some("information"),
        (NoticeKind::Text, _) => None,
    };
    let html = rendered.ok().map(|html| if single && banner.is_none() { html } else { deepen(&html) });
    Text { language: draft.language.clone(), title, banner, html, said, published: None }
}

/// The text in place of a draft that is gone: the address at which it was published, if it is in force. One that is scheduled is as secret
/// as any other before its time.
fn gone_text(edition: &Edition, name: &str, terms: &Terms) -> Text {
    let version = edition.published.notices.get(name).and_then(|notice| notice.in_force(edition.at));
    let since = version.filter(|version| version.entry.recorded_at >= terms.made_at && !version.entry.imported);
    let about = since.and_then(|version| version.about.as_ref());
    let (title, said, published) = match about {
        Some(about) => {
            let path = if about.kind == NoticeKind::Banner { paths::notice(name) } else { about.address.path() };
            (about.title.clone(), "This draft was published. Read what is in force now:", Some(path))
        }
        None => (
            "A draft that is finished".to_owned(),
            "This draft is no longer here: work on it has ended. Ask the person who sent you the link what happened to it.",
            None,
        ),
    };
    let language = about.map_or_else(Language::default, |about| about.language.clone());
    Text { language, title, banner: None, html: None, said: Some(said), published }
}
