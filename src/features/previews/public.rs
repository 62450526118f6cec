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
use crate::base::web::shell::Shell;
use crate::features::drafts::DraftContent;
use crate::features::drafts::model::NoticeDraft;
use crate::features::previews::model::{LinkState, Terms, hash_of};
use crate::features::previews::store;
use crate::site::edition::Edition;
use crate::site::model::NoticeKind;
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
    let texts: Vec<Text> = terms
        .subjects
        .iter()
        .filter_map(|subject| {
            let Subject::Notice(name) = subject else { return None };
            Some(match drafts.get(subject) {
                Some(DraftContent::Notice(draft)) => draft_text(edition, name.as_str(), draft, single),
                _ => gone_text(edition, name.as_str(), terms),
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
    let page = Show { shell, heading, until: time_words(terms.ends_at), single, texts };
    respond::page(StatusCode::OK, &page)
}

/// A draft as the public site would serve it with the facts of today.
fn draft_text(edition: &Edition, name: &str, draft: &NoticeDraft, single: bool) -> Text {
    let title = if draft.title.is_empty() { "Untitled draft".to_owned() } else { draft.title.clone() };
    let rendered = markdown::render(&draft.markdown, name, &edition.facts);
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
