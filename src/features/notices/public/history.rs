//! Lists of notices and of their versions. Shows what was in force by now and nothing else.

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;

use crate::base::clock::{date_words, day_words, time_words};
use crate::base::error::AppError;
use crate::base::language::Worded;
use crate::base::web::extract::{Path, Query};
use crate::base::web::paging::Paging;
use crate::base::web::respond;
use crate::base::web::shell::{Link, Shell};
use crate::features::consent::Visitor;
use crate::features::notices::asked::{DayFields, DayForm};
use crate::features::notices::public::standing::Standing;
use crate::site::Around;
use crate::site::edition::Edition;
use crate::site::model::{NoticeKind, path_of};
use crate::site::now::SiteNow;
use crate::site::paths;
use crate::site::published::{Correction, Notice, Version, Withdrawal};
use crate::text::folding::sort_key;
use crate::text::markdown::escape;

#[derive(Template)]
#[template(path = "notices/list.html")]
struct List {
    shell: Shell,
    now: Vec<Row>,
    /// Withdrawn texts and messages that have ended.
    past: Vec<Row>,
    paging: Paging,
}

/// The query of the list of notices.
#[derive(Deserialize)]
pub(crate) struct AskedPage {
    #[serde(default)]
    page: String,
}

#[derive(Template)]
#[template(path = "notices/history.html")]
struct History {
    shell: Shell,
    title: Worded,
    address: String,
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
    /// The address of the text in force.
    current: Option<String>,
    /// The day by which the force means to look at the text in force again.
    review: Option<String>,
    /// Asks for the text on another day; none for a banner, which has no page of its own.
    form: Option<DayForm>,
}

/// Versions on one page of a history.
const VERSIONS: usize = 100;

/// The query of a history.
#[derive(Deserialize)]
pub(crate) struct Asked {
    /// Only versions of a lower number, so that a page stays the same when there are newer ones.
    before: Option<i32>,
}

struct Row {
    number: i32,
    title: Worded,
    href: String,
    standing: Standing,
    note: Worded,
    /// The address of the changes; none for a first version or a removed text.
    changes: Option<String>,
    corrections: Vec<String>,
}

/// A withdrawal in the history.
struct WithdrawalRow {
    /// Number of its entry.
    number: i64,
    at: String,
    note: String,
}

pub(super) fn shell(site: &SiteNow, visitor: &Visitor, title: &str) -> Shell {
    let around = Around {
        title,
        path: &visitor.path,
        return_to: Some(visitor.return_to.clone()),
        page: None,
        cookies: visitor.banner,
    };
    let mut shell = site.shell(&site.edition, around);
    shell.hide_href.clone_from(&visitor.return_to);
    shell
}

/// The shell of a page about some versions of one notice: discreet where one of their texts is about harm.
pub(super) fn shell_of<'a>(
    site: &SiteNow,
    visitor: &Visitor,
    title: &str,
    versions: impl IntoIterator<Item = &'a Arc<Version>>,
) -> Shell {
    let mut shell = shell(site, visitor, title);
    if versions.into_iter().filter_map(|version| version.about.as_ref()).any(|about| about.about_harm) {
        shell.make_discreet();
    }
    shell
}

pub(super) fn find<'a>(edition: &'a Edition, address: &str, now: Timestamp) -> Result<&'a Notice, AppError> {
    edition.published.notice_at(address, now).ok_or(AppError::NotFound)
}

/// Tells why a number is missing.
pub(super) fn never_words(number: impl std::fmt::Display, at: Timestamp) -> String {
    format!("Version {number} was cancelled on {} and never in force.", date_words(at))
}

pub(in crate::features::notices) fn title(version: &Version) -> Worded {
    match (&version.about, &version.redaction) {
        (Some(about), _) => Worded::new(&about.title, &about.language),
        (None, Some(_)) => Worded::own("A text that was removed"),
        (None, None) => Worded::own("A text that we cannot show just now"),
    }
}

pub(super) fn note(version: &Version) -> Worded {
    version.about.as_ref().map(|about| Worded::new(&about.change_note, &about.language)).unwrap_or_default()
}

pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape(&mut out, text);
    out
}

/// The address of the text in force, if there is one.
pub(super) fn current(notice: &Notice, now: Timestamp) -> Option<String> {
    let about = notice.in_force(now)?.about.as_ref()?;
    // A banner has no page of its own.
    about.banner.is_none().then(|| about.address.path())
}

/// The title of the feed of all changes.
const FEED_TITLE: &str = "Changes to what we publish";

/// A link to the feed of all changes, with its title.
pub(in crate::features::notices) fn link_to_all(edition: &Edition) -> Link {
    Link::new(format!("{FEED_TITLE} – {}", edition.force_name()), paths::FEED)
}

/// A link to the feed of one notice, with its title.
pub(in crate::features::notices) fn link_to_one(edition: &Edition, name: &str, now: Timestamp) -> Link {
    let last = edition.published.notices.get(name).and_then(|notice| notice.public(now).next_back());
    let title = last.map_or_else(|| name.to_owned(), |version| title(version).text);
    Link::new(format!("Changes to “{title}” – {}", edition.force_name()), paths::notice_feed(name))
}

pub(crate) async fn all(site: SiteNow, visitor: Visitor, Query(asked): Query<AskedPage>) -> Result<Response, AppError> {
    let (edition, now) = (&*site.edition, site.clock().now());
    let mut rows: Vec<Row> = edition
        .published
        .notices
        .values()
        .filter_map(|notice| {
            let version = notice.in_force(now).or_else(|| notice.public(now).next_back())?;
            let mut row = row(notice, version, &notice.name, now);
            row.href = paths::notice(&notice.name);
            Some(row)
        })
        .collect();
    let is_past = |row: &Row| row.standing.class != "now";
    rows.sort_by_cached_key(|row| (is_past(row), sort_key(&row.title.text)));
    let (paging, rows) = Paging::of(rows, &asked.page, paths::NOTICES, &[]);
    let (past, now) = rows.into_iter().partition(is_past);
    let mut shell = shell(&site, &visitor, "All notices and their history");
    shell.feed = Some(link_to_all(edition));
    shell.description =
        Some("Every text that we publish, with each earlier version and what changed in it.".to_owned());
    respond::page(StatusCode::OK, &List { shell, now, past, paging })
}

fn row(notice: &Notice, version: &Version, address: &str, now: Timestamp) -> Row {
    let compares = version.redaction.is_none() && notice.public_within(..version.number, now).next().is_some();
    Row {
        number: version.number,
        title: title(version),
        standing: Standing::of(notice, version, now),
        note: note(version),
        changes: compares.then(|| paths::version_changes(address, version.number)),
        corrections: corrections(version),
        href: paths::version(address, version.number),
    }
}

pub(crate) async fn history(
    site: SiteNow,
    visitor: Visitor,
    Path(address): Path<String>,
    Query(Asked { before }): Query<Asked>,
) -> Result<Response, AppError> {
    let (edition, now) = (&*site.edition, site.clock().now());
    let notice = find(edition, &address, now)?;
    let newest = notice.public(now).next_back().ok_or(AppError::NotFound)?;
    let below = before.unwrap_or(i32::MAX);
    let mut versions = notice.public_within(..below, now).rev();
    let rows: Vec<Row> = versions.by_ref().take(VERSIONS).map(|version| row(notice, version, &address, now)).collect();
    if rows.is_empty() {
        return Err(AppError::NotFound);
    }
    let older = versions.next().and(rows.last()).map(|row| row.number);
    let title = title(newest);
    let shown = older.unwrap_or(i32::MIN)..below;
    let cancelled = notice.cancelled.range(shown).map(|(number, at)| never_words(number, *at)).collect();
    let current = current(notice, now);
    let heading = format!("History of “{}”", title.text);
    let mut shell = shell_of(&site, &visitor, &heading, notice.public(now));
    shell.feed = Some(link_to_one(edition, &notice.name, now));
    shell.description = Some(format!("Every version of “{}”: when it was in force and what changed.", title.text));
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
    let in_force = notice.in_force(now).and_then(|version| version.about.as_ref());
    let is_banner = newest.about.as_ref().is_some_and(|about| about.kind == NoticeKind::Banner);
    let form = || DayForm { action: path_of(notice.address(now)), fields: DayFields::default(), problem: None };
    let page = History {
        shell,
        title,
        address,
        before,
        rows,
        older,
        withdrawals,
        cancelled,
        current,
        review: in_force.and_then(|about| about.review_by).map(day_words),
        form: (!is_banner).then(form),
    };
    respond::page(StatusCode::OK, &page)
}

/// Each correction with its day.
pub(super) fn corrections(version: &Version) -> Vec<String> {
    let said = |correction: &Correction| {
        let text = correction.text.as_deref().unwrap_or("Its text was removed.");
        format!("Correction of {}: {text}", date_words(correction.entry.recorded_at))
    };
    version.corrections.iter().map(said).collect()
}

/// The note of a withdrawal, in one line.
pub(super) fn withdrawal_note(withdrawal: &Withdrawal) -> &str {
    withdrawal.content.as_ref().map_or("The reason was removed.", |content| content.note.as_str())
}
