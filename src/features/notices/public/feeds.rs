//! Feeds of what changed: versions, withdrawals, corrections and removed texts, the newest first.

use std::fmt::Write as _;

use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use uuid::Uuid;

use crate::base::clock::date_words;
use crate::base::error::AppError;
use crate::base::language::{Language, Worded};
use crate::base::ledger::{Entry, Hash};
use crate::base::web::extract::Path;
use crate::base::web::shell::Link;
use crate::base::web::xml;
use crate::features::notices::public::history::{
    escaped, find, link_to_all, link_to_one, note, title, withdrawal_note,
};
use crate::site::edition::Edition;
use crate::site::model::TYPING_ERROR;
use crate::site::now::SiteNow;
use crate::site::paths;
use crate::site::published::{Correction, Notice, Version, Withdrawal};

/// Entries of a feed.
const NEWEST: usize = 50;

pub(crate) async fn feed_of_all(site: SiteNow) -> Response {
    let edition = &*site.edition;
    let notices: Vec<&Notice> = edition.published.notices.values().collect();
    let about = About { link: link_to_all(edition), page: paths::NOTICES.to_owned(), id: feed_id(edition, "") };
    feed(&site, &notices, &about)
}

pub(crate) async fn feed_of_one(site: SiteNow, Path(address): Path<String>) -> Result<Response, AppError> {
    let (edition, now) = (&*site.edition, site.clock().now());
    let notice = find(edition, &address, now)?;
    let about = About {
        link: link_to_one(edition, &notice.name, now),
        page: paths::notice(&notice.name),
        id: feed_id(edition, &notice.name),
    };
    Ok(feed(&site, &[notice], &about))
}

/// The head of a feed.
struct About {
    /// Its title, and its own address, which is the same under whatever address it was asked for.
    link: Link,
    /// The page that shows the same.
    page: String,
    id: Uuid,
}

/// An entry of a feed.
struct Item {
    id: Uuid,
    published: Timestamp,
    /// Later than that where a text was removed since.
    updated: Timestamp,
    title: Worded,
    summary: Worded,
    /// Links to read about it: the first is the subject of the entry.
    links: Vec<Link>,
}

/// The id of a feed: made from the first entry of the ledger, so that it is the same under any address and for ever.
fn feed_id(edition: &Edition, notice: &str) -> Uuid {
    let first = edition.published.hashes().first().copied().unwrap_or(Hash::ZERO);
    id_of(Hash::of(format!("feed\n{first}\n{notice}").as_bytes()))
}

/// A UUID of 122 bits of a hash (RFC 9562 section 5.8).
fn id_of(hash: Hash) -> Uuid {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash.0).for_each(|(byte, given)| *byte = given);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Adds words of ours behind a title. They count as the title's language, since an element of a feed has only one.
fn add_words(mut title: Worded, words: &str) -> Worded {
    title.text.push_str(words);
    title
}

impl Item {
    fn new(entry: &Entry, title: Worded, summary: Worded, links: Vec<Link>) -> Self {
        let published = entry.in_force_at;
        Self { id: id_of(entry.hash), published, updated: published, title, summary, links }
    }

    fn version(notice: &Notice, version: &Version, now: Timestamp) -> Self {
        let number = version.number;
        let whole = Link::new(format!("Version {number}"), paths::version(&notice.name, number));
        let compares = version.redaction.is_none() && notice.public_within(..number, now).next().is_some();
        let changes =
            compares.then(|| Link::new("What changed", paths::version_changes(&notice.name, number))).into_iter();
        let is_minor = version.about.as_ref().is_some_and(|about| about.change_note == TYPING_ERROR);
        let minor = if is_minor && version.redaction.is_none() { ": typing error corrected" } else { "" };
        let title = add_words(title(version), &format!(", version {number}{minor}"));
        let item = Self::new(&version.entry, title, note(version), changes.chain([whole]).collect());
        match &version.redaction {
            None => item,
            Some(redaction) => Self {
                updated: updated(version),
                summary: Worded::own(format!(
                    "The text was removed on {}. Ground: {}.",
                    date_words(redaction.at),
                    redaction.ground
                )),
                ..item
            },
        }
    }

    fn correction(notice: &Notice, version: &Version, correction: &Correction) -> Self {
        let number = version.number;
        let title = add_words(title(version), &format!(", version {number}, corrected"));
        let text = correction.text.as_deref().unwrap_or("The text of the correction was removed.");
        let link = Link::new(format!("Version {number} and its correction"), paths::version(&notice.name, number));
        Self::new(&correction.entry, title, Worded::own(text), vec![link])
    }

    fn withdrawal(notice: &Notice, withdrawal: &Withdrawal) -> Self {
        let last = notice.last_in_force(withdrawal.entry.in_force_at);
        let title = last.map_or_else(|| Worded::own("A text"), |version| title(version));
        let history = format!("{}#withdrawn-{}", paths::notice(&notice.name), withdrawal.entry.number);
        let go_to = withdrawal.content.as_ref().map(|content| content.go_to.as_str()).filter(|go_to| !go_to.is_empty());
        let links =
            [Some(Link::new("All versions", history)), go_to.map(|go_to| Link::new("Where to go instead", go_to))];
        Self::new(
            &withdrawal.entry,
            add_words(title, ", withdrawn"),
            Worded::own(withdrawal_note(withdrawal)),
            links.into_iter().flatten().collect(),
        )
    }
}

/// The source of a feed's entry.
enum Source<'a> {
    Version(&'a Notice, &'a Version),
    Correction(&'a Notice, &'a Version, &'a Correction),
    Withdrawal(&'a Notice, &'a Withdrawal),
}

impl Source<'_> {
    /// The time of its last change, and the number of its entry in the ledger.
    fn order(&self) -> (Timestamp, i64) {
        match self {
            Self::Version(_, version) => (updated(version), version.entry.number),
            Self::Correction(_, _, said) => (said.entry.in_force_at, said.entry.number),
            Self::Withdrawal(_, withdrawal) => (withdrawal.entry.in_force_at, withdrawal.entry.number),
        }
    }

    fn item(&self, now: Timestamp) -> Item {
        match self {
            Self::Version(notice, version) => Item::version(notice, version, now),
            Self::Correction(notice, version, said) => Item::correction(notice, version, said),
            Self::Withdrawal(notice, withdrawal) => Item::withdrawal(notice, withdrawal),
        }
    }
}

/// A version whose text was removed changed then.
fn updated(version: &Version) -> Timestamp {
    let in_force_at = version.entry.in_force_at;
    version.redaction.as_ref().map_or(in_force_at, |redaction| redaction.at.max(in_force_at))
}

/// The newest of what is public by now.
fn items(notices: &[&Notice], now: Timestamp) -> Vec<Item> {
    let mut sources = Vec::new();
    for notice in notices {
        for version in notice.public(now) {
            sources.push(Source::Version(notice, version));
            sources.extend(version.corrections.iter().map(|said| Source::Correction(notice, version, said)));
        }
        sources.extend(notice.public_withdrawals(now).map(|withdrawal| Source::Withdrawal(notice, withdrawal)));
    }
    sources.sort_by_key(|source| std::cmp::Reverse(source.order()));
    sources.iter().take(NEWEST).map(|source| source.item(now)).collect()
}

/// RFC 4287.
fn feed(site: &SiteNow, notices: &[&Notice], about: &About) -> Response {
    let root = site.settings().public_origin();
    let items = items(notices, site.clock().now());
    let updated = items.first().map_or(Timestamp::UNIX_EPOCH, |item| item.updated);
    let (name, title) = (xml::escape(site.edition.force_name()), xml::escape(&about.link.label));
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\">\n\
        <title>{title}</title>\n<id>urn:uuid:{}</id>\n<link rel=\"self\" type=\"application/atom+xml\" href=\"{root}{}\"/>\n\
        <link rel=\"alternate\" type=\"text/html\" href=\"{root}{}\"/>\n<author><name>{name}</name></author>\n\
        <updated>{updated}</updated>\n",
        Language::default(),
        about.id,
        xml::escape(&about.link.href),
        xml::escape(&about.page),
    );
    for item in items {
        write_item(&mut xml, &item, &root);
    }
    xml.push_str("</feed>\n");
    ([(header::CONTENT_TYPE, "application/atom+xml; charset=utf-8")], xml).into_response()
}

fn write_item(out: &mut String, item: &Item, root: &str) {
    let absolute =
        |link: &Link| if link.href.starts_with('/') { format!("{root}{}", link.href) } else { link.href.clone() };
    let mut html = format!("<p{}>{}</p>", item.summary.language.attributes(), escaped(&item.summary.text));
    for link in &item.links {
        // Writing to a String cannot fail.
        let _ = write!(html, "<p><a href=\"{}\">{}</a></p>", escaped(&absolute(link)), escaped(&link.label));
    }
    let _ = writeln!(
        out,
        "<entry><title{}>{}</title><id>urn:uuid:{}</id><link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\
         <published>{}</published><updated>{}</updated><summary{}>{}</summary><content type=\"html\">{}</content></entry>",
        item.title.language.xml_attributes(),
        xml::escape(&item.title.text),
        item.id,
        item.links.first().map(|link| xml::escape(&absolute(link))).unwrap_or_default(),
        item.published,
        item.updated,
        item.summary.language.xml_attributes(),
        xml::escape(&item.summary.text),
        xml::escape(&html),
    );
}
