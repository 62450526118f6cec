//! What shows that nobody changed a text since: a version for machines, the head of the chain, and how to check both by hand.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde_json::json;

use super::history::{find, shell, title};
use super::version::{Found, find_version, never, removed};
use crate::consent::Visitor;
use crate::error::AppError;
use crate::notices::edition::Edition;
use crate::notices::site::Site;
use crate::web::extract::Path;
use crate::web::respond;
use crate::web::shell::Shell;

#[derive(Template)]
#[template(path = "notices/proof.html")]
struct Proof {
    shell: Shell,
    length: i64,
    head: String,
    example: Option<Example>,
}

/// A version of this site to try the check on.
struct Example {
    title: String,
    number: i32,
    href: String,
    /// The same for machines, as an absolute address.
    machine_url: String,
    /// The lines that the hash is taken over, each with what it says.
    lines: Vec<(&'static str, String)>,
    hash: String,
}

/// What each line of [`crate::ledger::Entry::canonical_bytes`] says.
const LINES: [&str; 12] = [
    "The form of these lines",
    "Number of the entry",
    "Kind of entry",
    "What it is about",
    "Number of the version",
    "The entry it speaks of (a dash is none)",
    "When it was recorded (UTC)",
    "When it came into force (UTC)",
    "Whether it was brought in from an older record, with its dates",
    "Fingerprint of the public text",
    "Fingerprint of what we keep private, such as who wrote it",
    "Hash of the entry before",
];

/// The notice that the example prefers: people know it from every page.
const EXAMPLE: &str = "website-privacy";

pub(super) fn routes() -> Router<Site> {
    Router::new().route("/notices/proof", get(proof)).route("/notices/{notice}/versions/{n}/json", get(version_json))
}

async fn proof(State(site): State<Site>, visitor: Visitor) -> Result<Response, AppError> {
    let edition = site.edition();
    let head = edition.published.head.map_or_else(|| "none yet".to_owned(), |hash| hash.to_string());
    let page = Proof {
        shell: shell(&site, &edition, &visitor, "How to prove what we published"),
        length: edition.published.length,
        head,
        example: example(&site, &edition),
    };
    respond::page(StatusCode::OK, &page)
}

/// A text in force.
fn example(site: &Site, edition: &Edition) -> Option<Example> {
    let notices = &edition.published.notices;
    let current =
        |name: &str| notices.get(name)?.in_force(site.clock().now()).filter(|version| version.about.is_some());
    let (name, version) =
        std::iter::once(EXAMPLE).chain(notices.keys()).find_map(|name| Some((name, current(name)?)))?;
    let root = site.settings().public_url.as_str().trim_end_matches('/');
    let href = format!("/notices/{name}/versions/{}", version.number);
    let canonical = String::from_utf8_lossy(&version.entry.canonical_bytes()).into_owned();
    Some(Example {
        title: title(version).to_owned(),
        number: version.number,
        machine_url: format!("{root}{href}/json"),
        href,
        lines: LINES.into_iter().zip(canonical.lines().map(str::to_owned)).collect(),
        hash: version.entry.hash.to_string(),
    })
}

async fn version_json(
    State(site): State<Site>,
    visitor: Visitor,
    Path((address, number)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let (edition, now) = (site.edition(), site.clock().now());
    let version = match find_version(find(&edition, &address, now)?, &number, now)? {
        Found::Public(version) => version,
        Found::Cancelled(at) => return never(&site, &edition, &visitor, (&address, &number), at),
    };
    if version.redaction.is_some() {
        return removed(&site, &edition, &visitor, version);
    }
    let kept = site.kept(version).await?.ok_or(AppError::NotFound)?;
    let entry = &kept.entry;
    let sealed = kept.content.as_ref().ok_or(AppError::NotFound)?;
    let canonical = String::from_utf8_lossy(&entry.canonical_bytes()).into_owned();
    let corrections: Vec<serde_json::Value> = version
        .corrections
        .iter()
        .map(|correction| {
            let entry = &correction.entry;
            json!({ "entry": entry.number, "recorded_at": entry.recorded_at, "text": correction.text, "hash": entry.hash })
        })
        .collect();
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
