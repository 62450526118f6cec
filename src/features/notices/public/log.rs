//! The public log for machines: the newest checkpoint, tiles, bundles of entries (C2SP tlog-tiles), and single entries as JSON.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use crate::base::error::AppError;
use crate::base::ledger::store::{Kept, LedgerError};
use crate::base::tlog;
use crate::base::tlog::held::EntryProof;
use crate::base::tlog::{Held, TileAddress};
use crate::base::web::extract::Path;
use crate::base::web::headers::CachePolicy;
use crate::base::web::respond;
use crate::site::Site;
use crate::site::now::SiteNow;

pub(crate) async fn checkpoint(State(site): State<Site>) -> Result<Response, AppError> {
    let held = site.public_log().held();
    let checkpoint = held.checkpoint.as_ref().ok_or(AppError::NotFound)?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], checkpoint.note()).into_response())
}

pub(crate) async fn tile(site: SiteNow, Path(address): Path<String>) -> Result<Response, AppError> {
    let tile = TileAddress::read(&address).ok_or(AppError::NotFound)?;
    let held = site.public_log().held();
    let bytes = match tile.level {
        Some(level) => held.tree.tile(level, tile.index, tile.width),
        None => bundle(&site, &held, tile),
    };
    let bytes = bytes.ok_or(AppError::NotFound)?;
    let mut response = ([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response();
    if tile.is_full() {
        response.extensions_mut().insert(CachePolicy::Immutable);
    }
    Ok(response)
}

/// Entries of the log: the 32 bytes of each entry's hash, with their length before them.
fn bundle(site: &SiteNow, held: &Held, tile: TileAddress) -> Option<Vec<u8>> {
    let start = tile.start()?;
    let mut bytes = Vec::with_capacity(tile.width * 34);
    for index in start..start.checked_add(tile.width)? {
        let hash = site.edition.published.entry_hash(i64::try_from(index).ok()?.checked_add(1)?)?;
        if !held.tree.holds(index, hash) {
            return None;
        }
        bytes.extend_from_slice(&[0, 32]);
        bytes.extend_from_slice(&hash.0);
    }
    Some(bytes)
}

pub(crate) async fn entry(State(site): State<Site>, Path(number): Path<String>) -> Result<Response, AppError> {
    // One address for one entry: no signs, no zeros in front.
    let parsed: i64 =
        number.parse().ok().filter(|parsed: &i64| parsed.to_string() == number).ok_or(AppError::NotFound)?;
    let mut found = site
        .database()
        .read(async move |connection| {
            tlog::store::public_entry(connection, parsed).await.map_err(LedgerError::into_sql)
        })
        .await?
        .ok_or(AppError::NotFound)?;
    let had_text = found.kept.content.is_some();
    found.kept.check_content();
    // A text that is not the one that was entered is not shown.
    if found.kept.content.is_some() != had_text {
        return Err(AppError::Unavailable);
    }
    let mut body = entry_json(&site.public_log().held(), &found.kept);
    let said: Vec<Value> =
        found.said_since.iter().map(|(number, kind)| json!({ "entry": number, "kind": kind })).collect();
    set(&mut body, "said_since", said.into());
    respond::json(status(&found.kept), &body)
}

/// 410 (RFC 9110 section 15.5.11) once the text is destroyed. The entry stays.
pub(super) fn status(kept: &Kept) -> StatusCode {
    if kept.content.is_some() { StatusCode::OK } else { StatusCode::GONE }
}

/// An entry for machines, with what its hash is taken over and its proof against the newest checkpoint. Once it was redacted there
/// is no content and no salt.
pub(super) fn entry_json(held: &Held, kept: &Kept) -> Value {
    let entry = &kept.entry;
    let inclusion = held.proof_of(entry.number, entry.hash).map(|proof| {
        let EntryProof { checkpoint, index, hashes } = proof;
        json!({ "checkpoint": checkpoint.note(), "tree_size": checkpoint.size, "index": index, "hashes": hashes })
    });
    json!({
        "entry": entry.number, "kind": entry.kind, "subject": entry.subject, "version": entry.version,
        "target": entry.target, "recorded_at": entry.recorded_at, "in_force_at": entry.in_force_at,
        "imported": entry.imported, "canonical": String::from_utf8_lossy(&entry.canonical_bytes()),
        "content": kept.content.as_ref().map(|sealed| &sealed.body),
        "salt": kept.content.as_ref().map(|sealed| sealed.salt),
        "content_commitment": entry.content_commitment, "particulars_commitment": entry.particulars_commitment,
        "previous_hash": entry.previous_hash, "hash": entry.hash, "inclusion": inclusion,
    })
}

/// Adds a field to an object.
pub(super) fn set(body: &mut Value, field: &str, value: Value) {
    if let Some(fields) = body.as_object_mut() {
        fields.insert(field.to_owned(), value);
    }
}
