//! Every version for ever: lists, a version as it was served, and what changed. Shows what was in force by now and nothing else.

use std::fmt::Write as _;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use jiff::Timestamp;
use serde::Deserialize;

use super::Text;
use super::standing::{Standing, is_current};
use crate::clock::{date_words, time_words};
use crate::consent::Visitor;
use crate::error::AppError;
use crate::notices::changes::compare;
use crate::notices::edition::Edition;
use crate::notices::markdown::escape;
use crate::notices::published::{Correction, Notice, Version, Withdrawal};
use crate::notices::site::{Around, Site};
use crate::web::extract::{Path, Query};
use crate::web::respond;
use crate::web::shell::Shell;

#[derive(Template)]
#[template(path = "notices/list.html")]
struct List {
    shell: Shell,
    now: Vec<Row>,
    /// Withdrawn texts and messages that have ended.
    past: Vec<Row>,
}

#[derive(Template)]
#[template(path = "notices/history.html")]
struct History {
    shell: Shell,
    heading: String,
    base: String,
    /// Set where the newest versions are left out: all that is shown has a lower number.
    before: Option<i32>,
    /// Newest first.
    rows: Vec<Row>,
    /// The last number shown, where there are older versions.
    older: Option<i32>,
    /// Newest first; all of them, with the newest versions.
    withdrawals: Vec<WithdrawalRow>,
    /// "Version 3 was cancelled on 2 May 2026."
    cancelled: Vec<String>,
    /// Where the text in force is read.
    current: Option<String>,
}

/// Versions on one page of a history.
const VERSIONS: usize = 100;

/// What a history can be asked for.
#[derive(Deserialize)]
struct Asked {
    /// Only versions of a lower number, so that a page stays the same when there are newer ones.
    before: Option<i32>,
}

struct Row {
    number: i32,
    title: String,
    href: String,
    standing: Standing,
    note: String,
    /// Where to read what changed; none for a first version or a removed text.
    changes: Option<String>,
    corrections: Vec<String>,
}

/// That nothing was in force from a time on.
struct WithdrawalRow {
    /// Number of its entry.
    number: i64,
    at: String,
    note: String,
}

#[derive(Template)]
#[template(path = "notices/version.html")]
struct VersionPage {
    shell: Shell,
    heading: String,
    number: i32,
    standing: Standing,
    imported: bool,
    note: String,
    corrections: Vec<String>,
    html: String,
    entry: i64,
    recorded: String,
    /// RFC 3339, in UTC.
    in_force: String,
    commitment: String,
    hash: String,
    base: String,
    /// Where the text in force is read, if it is another one.
    current: Option<String>,
    earlier: Option<i32>,
    later: Option<i32>,
}

#[derive(Template)]
#[template(path = "notices/changes.html")]
struct ChangesPage {
    shell: Shell,
    heading: String,
    number: i32,
    /// The version it is compared with.
    before: Option<i32>,
    summary: String,
    note: String,
    html: String,
    base: String,
}

pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/notices", get(all))
        .route("/notices/{notice}", get(history))
        .route("/notices/{notice}/versions/{n}", get(version))
        .route("/notices/{notice}/versions/{n}/changes", get(changes))
}

pub(super) fn shell(site: &Site, edition: &Edition, visitor: &Visitor, title: &str) -> Shell {
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

pub(super) fn find<'a>(edition: &'a Edition, address: &str, now: Timestamp) -> Result<&'a Notice, AppError> {
    edition.published.notice_at(address, now).ok_or(AppError::NotFound)
}

/// What a version's number leads to.
pub(super) enum Found<'a> {
    Public(&'a Arc<Version>),
    /// Taken back before its time, then. Nothing else of it is ever public.
    Cancelled(Timestamp),
}

pub(super) fn find_version<'a>(notice: &'a Notice, number: &str, now: Timestamp) -> Result<Found<'a>, AppError> {
    let parsed: i32 = number.parse().map_err(|_| AppError::NotFound)?;
    // One address for one version: no signs, no zeros in front.
    if parsed.to_string() != number {
        return Err(AppError::NotFound);
    }
    let cancelled = || notice.cancelled.get(&parsed).map(|at| Found::Cancelled(*at));
    notice.public_version(parsed, now).map(Found::Public).or_else(cancelled).ok_or(AppError::NotFound)
}

/// There is no such version and there never was; the page says why its number is missing.
pub(super) fn never(
    site: &Site,
    edition: &Edition,
    visitor: &Visitor,
    (address, number): (&str, &str),
    at: Timestamp,
) -> Result<Response, AppError> {
    let heading = "Cancelled, never in force".to_owned();
    let html = format!(
        "<p>{}</p>\n<p><a href=\"/notices/{address}\">All versions of this text</a></p>",
        never_words(number, at)
    );
    let mut shell = shell(site, edition, visitor, &heading);
    shell.noindex = true;
    respond::page(StatusCode::NOT_FOUND, &Text { shell, heading, html })
}

fn never_words(number: impl std::fmt::Display, at: Timestamp) -> String {
    format!("Version {number} was cancelled on {} and never in force.", date_words(at))
}

pub(super) fn title(version: &Version) -> &str {
    version.about.as_ref().map_or("A text that was removed", |about| about.title.as_str())
}

pub(super) fn note(version: &Version) -> &str {
    version.about.as_ref().map_or("", |about| about.change_note.as_str())
}

pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape(&mut out, text);
    out
}

/// Where the text in force is read; none where nothing is.
fn current(notice: &Notice, now: Timestamp) -> Option<String> {
    let about = notice.in_force(now)?.about.as_ref()?;
    // A banner has no page of its own.
    about.banner.is_none().then(|| about.address.path())
}

async fn all(State(site): State<Site>, visitor: Visitor) -> Result<Response, AppError> {
    let (edition, now) = (site.edition(), site.clock().now());
    let mut rows: Vec<Row> = edition
        .published
        .notices
        .values()
        .filter_map(|notice| {
            let version = notice.in_force(now).or_else(|| notice.public(now).next_back())?;
            let base = format!("/notices/{}", notice.name);
            let mut row = row(notice, version, &base, now);
            row.href = base;
            Some(row)
        })
        .collect();
    rows.sort_by(|one, other| one.title.cmp(&other.title));
    let (now, past) = rows.into_iter().partition(|row| row.standing.class == "now");
    let mut shell = shell(&site, &edition, &visitor, "All notices and their history");
    shell.feed = Some("/notices/changes.atom".to_owned());
    respond::page(StatusCode::OK, &List { shell, now, past })
}

fn row(notice: &Notice, version: &Version, base: &str, now: Timestamp) -> Row {
    let href = format!("{base}/versions/{}", version.number);
    let compares = version.redaction.is_none() && notice.public_within(..version.number, now).next().is_some();
    Row {
        number: version.number,
        title: title(version).to_owned(),
        standing: Standing::of(notice, version, now),
        note: note(version).to_owned(),
        changes: compares.then(|| format!("{href}/changes")),
        corrections: corrections(version),
        href,
    }
}

async fn history(
    State(site): State<Site>,
    visitor: Visitor,
    Path(address): Path<String>,
    Query(Asked { before }): Query<Asked>,
) -> Result<Response, AppError> {
    let (edition, now) = (site.edition(), site.clock().now());
    let notice = find(&edition, &address, now)?;
    let base = format!("/notices/{address}");
    let newest = notice.public(now).next_back().ok_or(AppError::NotFound)?;
    let below = before.unwrap_or(i32::MAX);
    let mut versions = notice.public_within(..below, now).rev();
    let rows: Vec<Row> = versions.by_ref().take(VERSIONS).map(|version| row(notice, version, &base, now)).collect();
    if rows.is_empty() {
        return Err(AppError::NotFound);
    }
    let older = versions.next().and(rows.last()).map(|row| row.number);
    let heading = format!("History of “{}”", title(newest));
    let shown = older.unwrap_or(i32::MIN)..below;
    let cancelled = notice.cancelled.range(shown).map(|(number, at)| never_words(number, *at)).collect();
    let current = current(notice, now);
    let mut shell = shell(&site, &edition, &visitor, &heading);
    shell.feed = Some(format!("{base}/changes.atom"));
    let withdrawals = notice
        .public_withdrawals(now)
        .filter(|_| before.is_none())
        .map(|withdrawal| WithdrawalRow {
            number: withdrawal.entry.number,
            at: time_words(withdrawal.entry.in_force_at),
            note: withdrawal_note(withdrawal).to_owned(),
        })
        .collect::<Vec<_>>();
    let withdrawals = withdrawals.into_iter().rev().collect();
    let page = History { shell, heading, base, before, rows, older, withdrawals, cancelled, current };
    respond::page(StatusCode::OK, &page)
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
pub(super) fn withdrawal_note(withdrawal: &Withdrawal) -> &str {
    withdrawal.content.as_ref().map_or("The reason was removed.", |content| content.note.as_str())
}

pub(super) fn removed(
    site: &Site,
    edition: &Edition,
    visitor: &Visitor,
    version: &Version,
) -> Result<Response, AppError> {
    let heading = "This text was removed".to_owned();
    let html = version.redaction.as_ref().map_or_else(String::new, |redaction| {
        format!(
            "<p>It was removed on {}. Ground: {}.</p>\n<p>The entry in our ledger stays, so that everybody can see \
             that a text was here. Nobody can read the text any more.</p>\n<p><a href=\"/notices\">All notices and \
             their history</a></p>",
            time_words(redaction.at),
            escaped(&redaction.ground)
        )
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
        Found::Cancelled(at) => return never(&site, &edition, &visitor, (&address, &number), at),
    };
    let Some(text) = site.text(version).await? else { return removed(&site, &edition, &visitor, version) };
    let heading = format!("{}, version {number}", text.title);
    let mut shell = shell(&site, &edition, &visitor, &heading);
    shell.canonical = canonical(&site, &edition, notice);
    let page = VersionPage {
        shell,
        heading,
        number: version.number,
        standing: Standing::of(notice, version, now),
        imported: version.entry.imported,
        note: text.change_note.clone(),
        corrections: corrections(version),
        html: text.html.clone(),
        entry: version.entry.number,
        recorded: time_words(version.entry.recorded_at),
        in_force: version.entry.in_force_at.to_string(),
        commitment: version.entry.content_commitment.to_string(),
        hash: version.entry.hash.to_string(),
        base: format!("/notices/{address}"),
        current: current(notice, now).filter(|_| !is_current(notice, version, now)),
        earlier: notice.public_within(..version.number, now).next_back().map(|other| other.number),
        later: notice.public_within(version.number + 1.., now).next().map(|other| other.number),
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

async fn changes(
    State(site): State<Site>,
    visitor: Visitor,
    Path((address, number)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let (edition, now) = (site.edition(), site.clock().now());
    let notice = find(&edition, &address, now)?;
    let after = match find_version(notice, &number, now)? {
        Found::Public(version) => version,
        Found::Cancelled(at) => return never(&site, &edition, &visitor, (&address, &number), at),
    };
    let before = notice.public_within(..after.number, now).next_back();
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
            if old.address != new.address && new.banner.is_none() {
                let _ = write!(summary, " It was read at {} before.", old.address.path());
            }
            (summary, changes.html)
        }
    };
    let heading = format!("What changed in version {number} of “{}”", new.title);
    let page = ChangesPage {
        shell: shell(&site, &edition, &visitor, &heading),
        heading,
        number: after.number,
        before: before.map(|version| version.number),
        summary,
        note: new.change_note.clone(),
        html,
        base: format!("/notices/{address}"),
    };
    respond::page(StatusCode::OK, &page)
}
