//! Feeds of what changed, and of what was withdrawn.

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;

use crate::base::error::AppError;
use crate::base::web::extract::Path;
use crate::base::web::xml;
use crate::features::notices::public::history::{find, note, title, withdrawal_note};
use crate::site::Site;
use crate::site::paths;
use crate::site::published::Notice;

/// Entries of a feed.
const NEWEST: usize = 50;

pub(crate) async fn feed_of_all(State(site): State<Site>) -> Response {
    let edition = site.edition();
    feed(&site, &edition.published.notices.values().collect::<Vec<_>>(), paths::FEED)
}

pub(crate) async fn feed_of_one(State(site): State<Site>, Path(address): Path<String>) -> Result<Response, AppError> {
    let edition = site.edition();
    let notice = find(&edition, &address, site.clock().now())?;
    Ok(feed(&site, &[notice], &paths::notice_feed(&address)))
}

struct Item {
    at: Timestamp,
    number: i64,
    title: String,
    path: String,
    summary: String,
}

/// Versions and withdrawals that are public by now, the newest first.
fn items(notices: &[&Notice], now: Timestamp) -> Vec<Item> {
    let versions = notices.iter().flat_map(|notice| {
        notice.public(now).map(|version| Item {
            at: version.entry.in_force_at,
            number: version.entry.number,
            title: format!("{}, version {}", title(version), version.number),
            path: paths::version(&notice.name, version.number),
            summary: note(version).to_owned(),
        })
    });
    let withdrawals = notices.iter().flat_map(|notice| {
        notice.public_withdrawals(now).map(|withdrawal| Item {
            at: withdrawal.entry.in_force_at,
            number: withdrawal.entry.number,
            title: format!(
                "{}, withdrawn",
                notice.last_in_force(withdrawal.entry.in_force_at).map_or("A text", |version| title(version))
            ),
            path: format!("{}#withdrawn-{}", paths::notice(&notice.name), withdrawal.entry.number),
            summary: withdrawal_note(withdrawal).to_owned(),
        })
    });
    let mut items: Vec<Item> = versions.chain(withdrawals).collect();
    items.sort_by_key(|item| std::cmp::Reverse((item.at, item.number)));
    items.truncate(NEWEST);
    items
}

/// RFC 4287.
fn feed(site: &Site, notices: &[&Notice], own: &str) -> Response {
    let (edition, now) = (site.edition(), site.clock().now());
    let root = site.settings().public_url.as_str().trim_end_matches('/').to_owned();
    let items = items(notices, now);
    let updated = items.first().map_or(Timestamp::UNIX_EPOCH, |item| item.at);
    let name = xml::escape(edition.force_name());
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n\
        <title>{name}: changes to notices</title>\n<id>{root}{own}</id>\n<link rel=\"self\" href=\"{root}{own}\"/>\n\
        <author><name>{name}</name></author>\n<updated>{updated}</updated>\n"
    );
    for item in items {
        let at = format!("{root}{}", item.path);
        // Writing to a String cannot fail.
        let _ = writeln!(
            xml,
            "<entry><title>{}</title><id>{at}</id><link href=\"{at}\"/><updated>{}</updated><summary>{}</summary></entry>",
            xml::escape(&item.title),
            item.at,
            xml::escape(&item.summary),
        );
    }
    xml.push_str("</feed>\n");
    ([(header::CONTENT_TYPE, "application/atom+xml; charset=utf-8")], xml).into_response()
}
