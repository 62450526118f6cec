//! Every version for ever: lists, a version as it was served, what changed, the same for machines, feeds and proof. Shows what
//! was in force by now and nothing else.

use std::fmt::Write as _;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use jiff::Timestamp;
use serde_json::json;

use super::super::changes::compare;
use super::super::edition::Edition;
use super::super::markdown::escape;
use super::super::published::{Notice, Version};
use super::super::site::{Around, Site};
use super::Text;
use crate::clock::{date_words, time_words};
use crate::consent::Visitor;
use crate::error::AppError;
use crate::web::extract::Path;
use crate::web::respond;
use crate::web::shell::Shell;

#[derive(Template)]
#[template(path = "notices/list.html")]
struct List {
    shell: Shell,
    heading: String,
    intro: Option<String>,
    rows: Vec<Row>,
    feed: String,
}

struct Row {
    label: String,
    href: String,
    state: String,
    note: String,
    more: Option<String>,
}

#[derive(Template)]
#[template(path = "notices/version.html")]
struct VersionPage {
    shell: Shell,
    heading: String,
    number: i32,
    state: String,
    imported: bool,
    note: String,
    html: String,
    entry: i64,
    recorded: String,
    hash: String,
    base: String,
}

#[derive(Template)]
#[template(path = "notices/changes.html")]
struct ChangesPage {
    shell: Shell,
    heading: String,
    summary: String,
    note: String,
    html: String,
    base: String,
}

#[derive(Template)]
#[template(path = "notices/proof.html")]
struct Proof {
    shell: Shell,
    length: i64,
    head: String,
}

pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/notices", get(all))
        .route("/notices/proof", get(proof))
        .route("/notices/changes.atom", get(feed_of_all))
        .route("/notices/{notice}", get(history))
        .route("/notices/{notice}/changes.atom", get(feed_of_one))
        .route("/notices/{notice}/versions/{n}", get(version))
        .route("/notices/{notice}/versions/{n}/json", get(version_json))
        .route("/notices/{notice}/versions/{n}/changes", get(changes))
}

fn shell(site: &Site, edition: &Edition, visitor: &Visitor, title: &str) -> Shell {
    let around = Around {
        title,
        path: &visitor.path,
        return_to: Some(visitor.return_to.clone()),
        page: None,
        cookies: visitor.banner,
    };
    let mut shell = site.shell(edition, around);
    shell.hide_href.clone_from(&visitor.return_to);
    shell
}

fn find<'a>(edition: &'a Edition, address: &str, now: Timestamp) -> Result<&'a Notice, AppError> {
    edition.published.notice_at(address, now).ok_or(AppError::NotFound)
}

/// What a version's number leads to.
enum Found<'a> {
    Public(&'a Arc<Version>),
    /// Taken back before its time, then. Nothing else of it is ever public.
    Cancelled(Timestamp),
}

fn find_version<'a>(notice: &'a Notice, number: &str, now: Timestamp) -> Result<Found<'a>, AppError> {
    let parsed: i32 = number.parse().map_err(|_| AppError::NotFound)?;
    // One address for one version: no signs, no zeros in front.
    if parsed.to_string() != number {
        return Err(AppError::NotFound);
    }
    let cancelled = || notice.cancelled.get(&parsed).map(|at| Found::Cancelled(*at));
    notice.public_version(parsed, now).map(Found::Public).or_else(cancelled).ok_or(AppError::NotFound)
}

/// There is no such version and there never was; the page says why its number is missing.
fn never(site: &Site, edition: &Edition, visitor: &Visitor, number: &str, at: Timestamp) -> Result<Response, AppError> {
    let heading = "Cancelled, never in force".to_owned();
    let html = format!("<p>{}</p>", never_words(number, at));
    let mut shell = shell(site, edition, visitor, &heading);
    shell.noindex = true;
    respond::page(StatusCode::NOT_FOUND, &Text { shell, heading, html })
}

fn never_words(number: impl std::fmt::Display, at: Timestamp) -> String {
    format!("Version {number} was cancelled on {} and never in force.", date_words(at))
}

fn title(version: &Version) -> &str {
    version.about.as_ref().map_or("A text that was removed", |about| about.title.as_str())
}

fn note(version: &Version) -> &str {
    version.about.as_ref().map_or("", |about| about.change_note.as_str())
}

fn state(notice: &Notice, version: &Version, now: Timestamp) -> String {
    let since = date_words(version.entry.in_force_at);
    if version.redaction.is_some() {
        return "The text was removed.".to_owned();
    }
    if notice.in_force(now).is_some_and(|current| current.number == version.number) {
        return format!("In force since {since}.");
    }
    let until = notice.until(version, now).map_or_else(|| "a later version".to_owned(), date_words);
    format!("Not in force any more: it was from {since} until {until}.")
}

async fn all(State(site): State<Site>, visitor: Visitor) -> Result<Response, AppError> {
    let (edition, now) = (site.edition(), site.clock().now());
    let rows = edition
        .published
        .notices
        .values()
        .filter_map(|notice| {
            let version = notice.in_force(now).or_else(|| notice.public(now).next_back())?;
            Some(Row {
                label: title(version).to_owned(),
                href: format!("/notices/{}", notice.name),
                state: format!("Version {}. {}", version.number, state(notice, version, now).trim_end_matches('.')),
                note: note(version).to_owned(),
                more: None,
            })
        })
        .collect();
    let heading = "All notices and their history".to_owned();
    let mut shell = shell(&site, &edition, &visitor, &heading);
    shell.feed = Some("/notices/changes.atom".to_owned());
    respond::page(StatusCode::OK, &List { shell, heading, intro: None, rows, feed: "/notices/changes.atom".to_owned() })
}

async fn history(
    State(site): State<Site>,
    visitor: Visitor,
    Path(address): Path<String>,
) -> Result<Response, AppError> {
    let (edition, now) = (site.edition(), site.clock().now());
    let notice = find(&edition, &address, now)?;
    let base = format!("/notices/{address}");
    let newest = notice.public(now).next_back().ok_or(AppError::NotFound)?;
    let rows = notice
        .public(now)
        .rev()
        .map(|version| Row {
            label: format!("Version {}: {}", version.number, title(version)),
            href: format!("{base}/versions/{}", version.number),
            state: state(notice, version, now).trim_end_matches('.').to_owned(),
            note: note(version).to_owned(),
            more: Some(format!("{base}/versions/{}/changes", version.number)),
        })
        .collect();
    let heading = format!("History of “{}”", title(newest));
    let feed = format!("{base}/changes.atom");
    let cancelled: Vec<String> = notice.cancelled.iter().map(|(number, at)| never_words(number, *at)).collect();
    let intro = (!cancelled.is_empty()).then(|| cancelled.join(" "));
    let mut shell = shell(&site, &edition, &visitor, &heading);
    shell.feed = Some(feed.clone());
    respond::page(StatusCode::OK, &List { shell, heading, intro, rows, feed })
}

fn removed(site: &Site, edition: &Edition, visitor: &Visitor, version: &Version) -> Result<Response, AppError> {
    let heading = "This text was removed".to_owned();
    let html = version.redaction.as_ref().map_or_else(String::new, |redaction| {
        format!("<p>It was removed on {}. Ground: {}.</p>", time_words(redaction.at), escaped(&redaction.ground))
    });
    let mut shell = shell(site, edition, visitor, &heading);
    shell.noindex = true;
    respond::page(StatusCode::GONE, &Text { shell, heading, html })
}

async fn version(
    State(site): State<Site>,
    visitor: Visitor,
    Path((address, number)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let (edition, now) = (site.edition(), site.clock().now());
    let notice = find(&edition, &address, now)?;
    let version = match find_version(notice, &number, now)? {
        Found::Public(version) => version,
        Found::Cancelled(at) => return never(&site, &edition, &visitor, &number, at),
    };
    let Some(text) = site.text(version).await? else { return removed(&site, &edition, &visitor, version) };
    let mut shell = shell(&site, &edition, &visitor, &format!("{}, version {number}", text.title));
    shell.canonical = canonical(&site, &edition, notice);
    let page = VersionPage {
        shell,
        heading: text.title.clone(),
        number: version.number,
        state: state(notice, version, now),
        imported: version.entry.imported,
        note: text.change_note.clone(),
        html: text.html.clone(),
        entry: version.entry.number,
        recorded: time_words(version.entry.recorded_at),
        hash: version.entry.hash.to_string(),
        base: format!("/notices/{address}"),
    };
    respond::page(StatusCode::OK, &page)
}

/// Where the notice is read today: on its page, or alone. None where nothing of it is in force.
fn canonical(site: &Site, edition: &Edition, notice: &Notice) -> Option<String> {
    let about = notice.in_force(edition.at)?.about.as_ref()?;
    let page = edition.views.get(about.address.as_str()).and_then(|view| view.page.as_ref());
    let path = page.map_or_else(|| about.address.path(), |page| page.address.path());
    Some(format!("{}{path}", site.settings().public_origin()))
}

async fn version_json(
    State(site): State<Site>,
    visitor: Visitor,
    Path((address, number)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let (edition, now) = (site.edition(), site.clock().now());
    let version = match find_version(find(&edition, &address, now)?, &number, now)? {
        Found::Public(version) => version,
        Found::Cancelled(at) => return never(&site, &edition, &visitor, &number, at),
    };
    if version.redaction.is_some() {
        return removed(&site, &edition, &visitor, version);
    }
    let kept = site.kept(version).await?.ok_or(AppError::NotFound)?;
    let entry = &kept.entry;
    let sealed = kept.content.as_ref().ok_or(AppError::NotFound)?;
    let canonical = String::from_utf8_lossy(&entry.canonical_bytes()).into_owned();
    let body = json!({
        "entry": entry.number, "kind": entry.kind, "subject": entry.subject, "version": entry.version,
        "recorded_at": entry.recorded_at, "in_force_at": entry.in_force_at, "imported": entry.imported,
        "canonical": canonical, "content": sealed.body, "salt": sealed.salt,
        "content_commitment": entry.content_commitment, "particulars_commitment": entry.particulars_commitment,
        "previous_hash": entry.previous_hash, "hash": entry.hash,
    });
    respond::json(StatusCode::OK, &body)
}

async fn changes(
    State(site): State<Site>,
    visitor: Visitor,
    Path((address, number)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let (edition, now) = (site.edition(), site.clock().now());
    let notice = find(&edition, &address, now)?;
    let after = match find_version(notice, &number, now)? {
        Found::Public(version) => version,
        Found::Cancelled(at) => return never(&site, &edition, &visitor, &number, at),
    };
    let before = notice.public(now).rev().find(|version| version.number < after.number);
    let Some(new) = site.text(after).await? else { return removed(&site, &edition, &visitor, after) };
    let old = match before {
        Some(version) => match site.text(version).await? {
            Some(text) => Some(text),
            None => return removed(&site, &edition, &visitor, version),
        },
        None => None,
    };
    let (summary, html) = match &old {
        None => ("This is the first version: there is nothing to compare it with.".to_owned(), new.html.clone()),
        Some(old) => {
            let changes = compare(&old.html, &new.html);
            let mut summary = changes.summary;
            if old.title != new.title {
                let _ = write!(summary, " The title was “{}” before.", old.title);
            }
            (summary, changes.html)
        }
    };
    let heading = format!("What changed in version {number} of “{}”", new.title);
    let shell = shell(&site, &edition, &visitor, &heading);
    let base = format!("/notices/{address}");
    respond::page(StatusCode::OK, &ChangesPage { shell, heading, summary, note: new.change_note.clone(), html, base })
}

async fn proof(State(site): State<Site>, visitor: Visitor) -> Result<Response, AppError> {
    let edition = site.edition();
    let head = edition.published.head.map_or_else(|| "none yet".to_owned(), |hash| hash.to_string());
    let shell = shell(&site, &edition, &visitor, "How to prove what we published");
    respond::page(StatusCode::OK, &Proof { shell, length: edition.published.length, head })
}

async fn feed_of_all(State(site): State<Site>) -> Response {
    let edition = site.edition();
    feed(&site, &edition.published.notices.values().collect::<Vec<_>>(), "/notices/changes.atom")
}

async fn feed_of_one(State(site): State<Site>, Path(address): Path<String>) -> Result<Response, AppError> {
    let edition = site.edition();
    let notice = find(&edition, &address, site.clock().now())?;
    Ok(feed(&site, &[notice], &format!("/notices/{address}/changes.atom")))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape(&mut out, text);
    out
}

/// RFC 4287; the newest 50 versions.
fn feed(site: &Site, notices: &[&Notice], own: &str) -> Response {
    let (edition, now) = (site.edition(), site.clock().now());
    let root = site.settings().public_url.as_str().trim_end_matches('/').to_owned();
    let mut versions: Vec<(&str, &Arc<Version>)> =
        notices.iter().flat_map(|notice| notice.public(now).map(|version| (notice.name.as_str(), version))).collect();
    versions.sort_by_key(|(_, version)| std::cmp::Reverse((version.entry.in_force_at, version.entry.number)));
    let updated = versions.first().map_or(Timestamp::UNIX_EPOCH, |(_, version)| version.entry.in_force_at);
    let name = escaped(edition.force_name());
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n\
        <title>{name}: changes to notices</title>\n<id>{root}{own}</id>\n<link rel=\"self\" href=\"{root}{own}\"/>\n\
        <author><name>{name}</name></author>\n<updated>{updated}</updated>\n"
    );
    for (notice, version) in versions.iter().take(50) {
        let at = format!("{root}/notices/{notice}/versions/{}", version.number);
        // Writing to a String cannot fail.
        let _ = writeln!(
            xml,
            "<entry><title>{}, version {}</title><id>{at}</id><link href=\"{at}\"/><updated>{}</updated>\
            <summary>{}</summary></entry>",
            escaped(title(version)),
            version.number,
            version.entry.in_force_at,
            escaped(note(version)),
        );
    }
    xml.push_str("</feed>\n");
    ([(header::CONTENT_TYPE, "application/atom+xml")], xml).into_response()
}
