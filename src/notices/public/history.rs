//! Every version for ever: lists, a version as it was served, what changed, the same for machines, feeds and proof. Shows what
//! was in force by now and nothing else.

use std::fmt::Write as _;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use jiff::Timestamp;
use serde_json::json;

mod feed;

use super::super::changes::compare;
use super::super::edition::Edition;
use super::super::markdown::escape;
use super::super::model::path_of;
use super::super::published::{Correction, Notice, Version, Withdrawal};
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
    /// None for what has no page of its own, such as a withdrawal.
    href: Option<String>,
    state: String,
    note: String,
    corrections: Vec<String>,
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
    corrections: Vec<String>,
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
        .route("/notices/{notice}", get(history))
        .route("/notices/{notice}/versions/{n}", get(version))
        .route("/notices/{notice}/versions/{n}/json", get(version_json))
        .route("/notices/{notice}/versions/{n}/changes", get(changes))
        // /notices/changes.atom, /notices/{notice}/changes.atom
        .merge(feed::routes())
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

fn find_version<'a>(notice: &'a Notice, number: &str, now: Timestamp) -> Result<&'a Arc<Version>, AppError> {
    let parsed: i32 = number.parse().map_err(|_| AppError::NotFound)?;
    // One address for one version: no signs, no zeros in front.
    if parsed.to_string() != number {
        return Err(AppError::NotFound);
    }
    notice.public_version(parsed, now).ok_or(AppError::NotFound)
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
    let ended = notice.until(version, now);
    if notice.public_withdrawals(now).any(|withdrawal| Some(withdrawal.entry.in_force_at) == ended) {
        let until = ended.map_or_else(String::new, date_words);
        return format!("Not in force any more: it was from {since} until it was withdrawn on {until}.");
    }
    let until = ended.map_or_else(|| "a later version".to_owned(), date_words);
    format!("Not in force any more: it was from {since} until {until}.")
}

/// Each correction with its day.
fn corrections(version: &Version) -> Vec<String> {
    let said = |correction: &Correction| {
        let text = correction.text.as_deref().unwrap_or("Its text was removed.");
        format!("Correction of {}: {text}", date_words(correction.entry.recorded_at))
    };
    version.corrections.iter().map(said).collect()
}

/// What is read where something was withdrawn, in one line.
fn withdrawal_note(withdrawal: &Withdrawal) -> &str {
    withdrawal.content.as_ref().map_or("The reason was removed.", |content| content.note.as_str())
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
                href: Some(format!("/notices/{}", notice.name)),
                state: format!("Version {}. {}", version.number, state(notice, version, now).trim_end_matches('.')),
                note: note(version).to_owned(),
                corrections: Vec::new(),
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
    let versions = notice.public(now).map(|version| {
        let row = Row {
            label: format!("Version {}: {}", version.number, title(version)),
            href: Some(format!("{base}/versions/{}", version.number)),
            state: state(notice, version, now).trim_end_matches('.').to_owned(),
            note: note(version).to_owned(),
            corrections: corrections(version),
            more: Some(format!("{base}/versions/{}/changes", version.number)),
        };
        (version.entry.number, row)
    });
    let withdrawals = notice.public_withdrawals(now).map(|withdrawal| {
        let row = Row {
            label: "Withdrawn".to_owned(),
            href: None,
            state: format!("on {}", time_words(withdrawal.entry.in_force_at)),
            note: withdrawal_note(withdrawal).to_owned(),
            corrections: Vec::new(),
            more: None,
        };
        (withdrawal.entry.number, row)
    });
    let mut rows: Vec<(i64, Row)> = versions.chain(withdrawals).collect();
    rows.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    let rows = rows.into_iter().map(|(_, row)| row).collect();
    let heading = format!("History of “{}”", title(newest));
    let feed = format!("{base}/changes.atom");
    let cancelled: Vec<String> = notice
        .cancelled
        .iter()
        .map(|(number, at)| format!("Version {number} was cancelled on {} and never in force.", date_words(*at)))
        .collect();
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
    let version = find_version(notice, &number, now)?;
    let Some(text) = site.text(version).await? else { return removed(&site, &edition, &visitor, version) };
    let mut shell = shell(&site, &edition, &visitor, &format!("{}, version {number}", text.title));
    let root = site.settings().public_url.as_str().trim_end_matches('/');
    shell.canonical = Some(format!("{root}{}", path_of(notice.address(now))));
    let page = VersionPage {
        shell,
        heading: text.title.clone(),
        number: version.number,
        state: state(notice, version, now),
        imported: version.entry.imported,
        note: text.change_note.clone(),
        corrections: corrections(version),
        html: text.html.clone(),
        entry: version.entry.number,
        recorded: time_words(version.entry.recorded_at),
        hash: version.entry.hash.to_string(),
        base: format!("/notices/{address}"),
    };
    respond::page(StatusCode::OK, &page)
}

async fn version_json(
    State(site): State<Site>,
    visitor: Visitor,
    Path((address, number)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let (edition, now) = (site.edition(), site.clock().now());
    let version = find_version(find(&edition, &address, now)?, &number, now)?;
    if version.redaction.is_some() {
        return removed(&site, &edition, &visitor, version);
    }
    let kept = site.kept(version).await?.ok_or(AppError::NotFound)?;
    let entry = &kept.entry;
    let sealed = kept.content.as_ref().ok_or(AppError::NotFound)?;
    let corrections: Vec<serde_json::Value> = version
        .corrections
        .iter()
        .map(|correction| {
            let entry = &correction.entry;
            json!({ "entry": entry.number, "recorded_at": entry.recorded_at, "text": correction.text, "hash": entry.hash })
        })
        .collect();
    let canonical = String::from_utf8_lossy(&entry.canonical_bytes()).into_owned();
    let body = json!({
        "entry": entry.number, "kind": entry.kind, "subject": entry.subject, "version": entry.version,
        "recorded_at": entry.recorded_at, "in_force_at": entry.in_force_at, "imported": entry.imported,
        "canonical": canonical, "content": sealed.body, "salt": sealed.salt,
        "content_commitment": entry.content_commitment, "particulars_commitment": entry.particulars_commitment,
        "previous_hash": entry.previous_hash, "hash": entry.hash,
        "corrections": corrections,
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
    let after = find_version(notice, &number, now)?;
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

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape(&mut out, text);
    out
}
