//! The proof that nobody changed a text since: a version for machines, the head of the chain, and how to check both by hand.

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use crate::base::clock::time_words;
use crate::base::error::AppError;
use crate::base::language::Worded;
use crate::base::ledger::store::Kept;
use crate::base::web::extract::Path;
use crate::base::web::paths::absolute;
use crate::base::web::respond;
use crate::base::web::shell::Shell;
use crate::features::consent::Visitor;
use crate::features::notices::public::history::{find, shell, title};
use crate::features::notices::public::log::{entry_json, set, status};
use crate::features::notices::public::version::{Found, find_version, show_cancelled};
use crate::site::now::SiteNow;
use crate::site::paths;

#[derive(Template)]
#[template(path = "notices/proof.html")]
struct ProofPage {
    shell: Shell,
    signed: Option<Signed>,
    /// Logs that another has taken the place of, the last one first.
    earlier: Vec<EarlierLog>,
    /// Set if the ledger lacks an entry that was signed.
    is_broken: bool,
    /// The time that an entry waits before it is signed, in words.
    wait: String,
    script: &'static str,
    example: Option<Example>,
}

/// The newest checkpoint.
struct Signed {
    size: i64,
    at: String,
    root: String,
    head: String,
    origin: String,
    verifier_keys: Vec<String>,
    witnesses: usize,
}

/// A log that another has taken the place of.
struct EarlierLog {
    origin: String,
    /// The time and the reason.
    until: String,
    reason: String,
}

/// The commands with which anybody can check a version.
const SCRIPT: &str = include_str!("../../../../docs/check_version.py");

/// A version of this site to try the check on.
struct Example {
    title: Worded,
    number: i32,
    href: String,
    /// The address of the version for machines.
    machine_url: String,
    /// The address of the newest checkpoint.
    checkpoint_url: String,
    /// The lines that the hash is taken over, each with what it says.
    lines: Vec<(&'static str, String)>,
    hash: String,
}

/// The meaning of each line of [`crate::base::ledger::Entry::canonical_bytes`].
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

pub(crate) async fn proof(site: SiteNow, visitor: Visitor) -> Result<Response, AppError> {
    let held = site.public_log().held();
    let signed = held.checkpoint.as_ref().map(|checkpoint| Signed {
        size: checkpoint.size,
        at: time_words(checkpoint.signed_at),
        root: checkpoint.root.to_string(),
        head: checkpoint.head.to_string(),
        origin: checkpoint.origin.clone(),
        verifier_keys: checkpoint.verifier_keys.clone(),
        witnesses: checkpoint.cosignatures.len(),
    });
    let replaced = held.logs.iter().zip(held.logs.iter().skip(1));
    let earlier = replaced.rev().map(|(log, next)| EarlierLog {
        origin: log.origin.clone(),
        until: time_words(next.opened_at),
        reason: next.reason.clone().unwrap_or_default(),
    });
    let page = ProofPage {
        shell: Shell {
            description: Some("How to check that nobody has changed a text since we published it.".to_owned()),
            ..shell(&site, &visitor, "How to check what we published")
        },
        signed,
        earlier: earlier.collect(),
        is_broken: held.is_broken,
        wait: wait_words(site.settings().checkpoint_after),
        script: SCRIPT,
        example: example(&site),
    };
    respond::page(StatusCode::OK, &page)
}

/// About how long, never shorter.
fn wait_words(wait: std::time::Duration) -> String {
    match wait.as_secs().div_ceil(60) {
        0 | 1 => "a minute".to_owned(),
        minutes if minutes < 120 => format!("{minutes} minutes"),
        minutes => format!("{} hours", minutes.div_ceil(60)),
    }
}

/// A text in force.
fn example(site: &SiteNow) -> Option<Example> {
    let notices = &site.edition.published.notices;
    let current =
        |name: &str| notices.get(name)?.in_force(site.clock().now()).filter(|version| version.about.is_some());
    let (name, version) =
        std::iter::once(EXAMPLE).chain(notices.keys()).find_map(|name| Some((name, current(name)?)))?;
    let public_url = &site.settings().public_url;
    let href = paths::version(name, version.number);
    let canonical = String::from_utf8_lossy(&version.entry.canonical_bytes()).into_owned();
    Some(Example {
        title: title(version),
        number: version.number,
        machine_url: absolute(public_url, &format!("{href}/json")),
        checkpoint_url: absolute(public_url, paths::CHECKPOINT),
        href,
        lines: LINES.into_iter().zip(canonical.lines().map(str::to_owned)).collect(),
        hash: version.entry.hash.to_string(),
    })
}

pub(crate) async fn version_json(
    site: SiteNow,
    visitor: Visitor,
    Path((address, number)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let (edition, now) = (&*site.edition, site.clock().now());
    let version = match find_version(find(edition, &address, now)?, &number, now)? {
        Found::Public(version) => version,
        Found::Cancelled(at) => return show_cancelled(&site, &visitor, &address, &number, at),
    };
    let kept = if version.redaction.is_some() {
        Arc::new(Kept { entry: version.entry.clone(), content: None })
    } else {
        site.kept(version).await?.ok_or(AppError::NotFound)?
    };
    let mut body = entry_json(&site.public_log().held(), &kept);
    let corrections: Vec<serde_json::Value> = version
        .corrections
        .iter()
        .map(|correction| {
            let entry = &correction.entry;
            json!({ "entry": entry.number, "recorded_at": entry.recorded_at, "text": correction.text, "hash": entry.hash })
        })
        .collect();
    set(&mut body, "corrections", corrections.into());
    if let Some(redaction) = &version.redaction {
        set(&mut body, "redaction", json!({ "at": redaction.at, "ground": redaction.ground }));
    }
    respond::json(status(&kept), &body)
}
