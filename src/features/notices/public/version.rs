//! One version for ever: as it was served, and what changed in it. Shows what was in force by now and nothing else.

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;

use crate::base::clock::time_words;
use crate::base::error::AppError;
use crate::base::language::Worded;
use crate::base::web::extract::{Path, Query};
use crate::base::web::paths::absolute;
use crate::base::web::respond;
use crate::base::web::shell::Shell;
use crate::features::consent::Visitor;
use crate::features::notices::page::Text;
use crate::features::notices::paper::Paper;
use crate::features::notices::public::history::{
    corrections, current, escaped, find, link_to_one, never_words, shell, shell_of,
};
use crate::features::notices::public::standing::{Standing, is_current};
use crate::site::now::SiteNow;
use crate::site::paths;
use crate::site::published::{Notice, Version};
use crate::text::changes::compare;

#[derive(Template)]
#[template(path = "notices/version.html")]
struct VersionPage {
    shell: Shell,
    title: Worded,
    number: i32,
    standing: Standing,
    is_current: bool,
    imported: bool,
    note: Worded,
    corrections: Vec<String>,
    html: String,
    entry: i64,
    recorded: String,
    /// RFC 3339, in UTC.
    in_force: String,
    commitment: String,
    hash: String,
    address: String,
    /// The address of the text in force, if it is another one.
    current: Option<String>,
    earlier: Option<i32>,
    later: Option<i32>,
    paper: Paper,
}

#[derive(Template)]
#[template(path = "notices/changes.html")]
struct ChangesPage {
    shell: Shell,
    title: Worded,
    number: i32,
    /// The version it is compared with.
    before: Option<i32>,
    summary: String,
    /// The title before, where it was another one.
    old_title: Option<Worded>,
    /// The address before, where it was another one.
    old_address: Option<String>,
    note: Worded,
    html: String,
    /// Set if a change is marked in it.
    has_marks: bool,
    address: String,
}

/// The version that a number leads to.
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
pub(super) fn show_cancelled(
    site: &SiteNow,
    visitor: &Visitor,
    address: &str,
    number: &str,
    at: Timestamp,
) -> Result<Response, AppError> {
    let heading = "Cancelled, never in force".to_owned();
    let html = format!(
        "<p>{}</p>\n<p><a href=\"{}\">All versions of this text</a></p>",
        never_words(number, at),
        paths::notice(address)
    );
    let mut shell = shell(site, visitor, &heading);
    shell.noindex = true;
    respond::page(StatusCode::NOT_FOUND, &Text { shell, heading, html })
}

pub(super) fn show_removed(site: &SiteNow, visitor: &Visitor, version: &Version) -> Result<Response, AppError> {
    let heading = "This page was removed".to_owned();
    let html = version.redaction.as_ref().map_or_else(String::new, |redaction| {
        format!(
            "<p>It was removed on {}. Ground: {}.</p>\n<p>The entry in our ledger stays, so that everybody can see \
             that a text was here. The text can no longer be read.</p>\n<p><a href=\"{}\">All notices and \
             their history</a></p>",
            time_words(redaction.at),
            escaped(&redaction.ground),
            paths::NOTICES
        )
    });
    let mut shell = shell(site, visitor, &heading);
    shell.noindex = true;
    respond::page(StatusCode::GONE, &Text { shell, heading, html })
}

pub(crate) async fn version(
    site: SiteNow,
    visitor: Visitor,
    Path((address, number)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let (edition, now) = (&*site.edition, site.clock().now());
    let notice = find(edition, &address, now)?;
    let version = match find_version(notice, &number, now)? {
        Found::Public(version) => version,
        Found::Cancelled(at) => return show_cancelled(&site, &visitor, &address, &number, at),
    };
    let Some(text) = site.text(version).await? else { return show_removed(&site, &visitor, version) };
    let standing = Standing::of(notice, version, now);
    let title = format!("{}, version {number}, {}", text.title, standing.days);
    let mut shell = shell_of(&site, &visitor, &title, [version]);
    shell.canonical = canonical(&site, notice);
    shell.feed = Some(link_to_one(edition, &notice.name, now));
    shell.description = Some(format!("“{}” as we published it: version {number}, {}.", text.title, standing.days));
    let url = absolute(&site.settings().public_url, &paths::version(&notice.name, version.number));
    let paper = Paper::new(url, now, std::iter::once(&**version));
    let page = VersionPage {
        shell,
        title: Worded::new(&text.title, &text.language),
        number: version.number,
        standing,
        is_current: is_current(notice, version, now),
        imported: version.entry.imported,
        note: Worded::new(&text.change_note, &text.language),
        corrections: corrections(version),
        html: text.html.clone(),
        entry: version.entry.number,
        recorded: time_words(version.entry.recorded_at),
        in_force: version.entry.in_force_at.to_string(),
        commitment: version.entry.content_commitment.to_string(),
        hash: version.entry.hash.to_string(),
        address,
        current: current(notice, now).filter(|_| !is_current(notice, version, now)),
        earlier: notice.public_within(..version.number, now).next_back().map(|other| other.number),
        later: notice.public_within(version.number + 1.., now).next().map(|other| other.number),
        paper,
    };
    respond::page(StatusCode::OK, &page)
}

/// The query of the changes of a version.
#[derive(Deserialize)]
pub(crate) struct Compared {
    /// The number of the version to compare with; without it the one before.
    from: Option<String>,
}

/// The present address of the notice: that of its page, or its own. None if nothing of it is in force.
fn canonical(site: &SiteNow, notice: &Notice) -> Option<String> {
    let edition = &site.edition;
    let about = notice.in_force(edition.at)?.about.as_ref()?;
    let page = edition.views.get(about.address.as_str()).and_then(|view| view.page.as_ref());
    let path = page.map_or_else(|| about.address.path(), |page| page.address.path());
    Some(absolute(&site.settings().public_url, &path))
}

pub(crate) async fn changes(
    site: SiteNow,
    visitor: Visitor,
    Path((address, number)): Path<(String, String)>,
    Query(Compared { from }): Query<Compared>,
) -> Result<Response, AppError> {
    let (edition, now) = (&*site.edition, site.clock().now());
    let notice = find(edition, &address, now)?;
    let after = match find_version(notice, &number, now)? {
        Found::Public(version) => version,
        Found::Cancelled(at) => return show_cancelled(&site, &visitor, &address, &number, at),
    };
    let before = match from {
        None => notice.public_within(..after.number, now).next_back(),
        Some(from) => match find_version(notice, &from, now)? {
            Found::Public(before) if before.number < after.number => Some(before),
            _ => return Err(AppError::NotFound),
        },
    };
    let Some(new) = site.text(after).await? else { return show_removed(&site, &visitor, after) };
    let old = match before {
        Some(version) => match site.text(version).await? {
            Some(text) => Some(text),
            None => return show_removed(&site, &visitor, version),
        },
        None => None,
    };
    let (summary, html, has_marks) = match &old {
        None => ("This is the first version: there is nothing to compare it with.".to_owned(), new.html.clone(), false),
        Some(old) => {
            site.heavy()
                .for_visitor(|| {
                    let changes = compare(&old.html, &new.html);
                    let anchored = changes.html_with_anchor();
                    let has_marks = anchored.is_some();
                    (changes.summary, anchored.unwrap_or(changes.html), has_marks)
                })
                .await?
        }
    };
    let heading = format!("What changed in version {number} of “{}”", new.title);
    let other_title = old.as_ref().filter(|old| old.title != new.title);
    let other_address = old.as_ref().filter(|old| old.address != new.address && new.banner.is_none());
    let page = ChangesPage {
        shell: Shell {
            feed: Some(link_to_one(edition, &notice.name, now)),
            description: Some(format!("{heading}, marked word by word.")),
            ..shell_of(&site, &visitor, &heading, before.into_iter().chain([after]))
        },
        title: Worded::new(&new.title, &new.language),
        old_title: other_title.map(|old| Worded::new(&old.title, &old.language)),
        old_address: other_address.map(|old| old.address.path()),
        number: after.number,
        before: before.map(|version| version.number),
        summary,
        note: Worded::new(&new.change_note, &new.language),
        html,
        has_marks,
        address,
    };
    respond::page(StatusCode::OK, &page)
}
