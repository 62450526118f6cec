//! Style sheet, scripts and images: embedded in the binary, under an address that carries the hash of their content, so that a
//! browser keeps them for ever and never mixes two releases.

#![expect(
    clippy::disallowed_types,
    reason = "an address that cannot be read is a file that is not there: 404, not 400"
)]

use std::collections::HashMap;
use std::sync::OnceLock;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

use crate::base::error::AppError;
use crate::base::web::encoding::{Encoding, encode_with};
use crate::base::web::headers::{CachePolicy, vary_on_encoding};
use crate::base::web::paths;

const STYLESHEET: &str = "site.css";
const SCRIPT: &str = "site.js";
const ICON: &str = "icon.svg";
const ICO: &str = "favicon.ico";
const TOUCH_ICON: &str = "apple-touch-icon.png";
const NEUTRAL_ICON: &str = "neutral.svg";
const NEUTRAL_TOUCH_ICON: &str = "neutral.png";
const PICTURE: &str = "share.png";
/// Files that the public listener does not have.
const STAFF_FOLDER: &str = "staff/";

/// Hexadecimal digits of the hash in an address: 48 bits tell releases apart.
const HASH_DIGITS: usize = 12;

/// Best, and slow: each file is packed once in a process.
const BROTLI_QUALITY: u32 = 11;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// A file with what browsers are told about it. Packed when somebody first asks.
#[derive(Debug)]
struct Asset {
    plain: Bytes,
    content_type: HeaderValue,
    /// Set for a file that compresses well, and not for an image that is compressed already.
    packs: bool,
    hash: String,
    address: String,
    /// Set if only the staff site has it: it lies in `static/staff/`.
    staff: bool,
    gzip: OnceLock<Bytes>,
    brotli: OnceLock<Bytes>,
}

impl Asset {
    fn new(name: &str, plain: Bytes) -> Self {
        let mut hash = format!("{:x}", Sha256::digest(&plain));
        hash.truncate(HASH_DIGITS);
        let content_type = content_type(name);
        Self {
            packs: content_type.starts_with("text/") || content_type == "image/svg+xml",
            content_type: HeaderValue::from_static(content_type),
            address: paths::hashed_asset(&hash, name),
            hash,
            staff: false,
            plain,
            gzip: OnceLock::new(),
            brotli: OnceLock::new(),
        }
    }

    fn bytes(&self, encoding: Encoding) -> Bytes {
        let packed =
            |cell: &OnceLock<Bytes>| cell.get_or_init(|| encode_with(&self.plain, encoding, BROTLI_QUALITY)).clone();
        match encoding {
            Encoding::Identity => self.plain.clone(),
            Encoding::Gzip => packed(&self.gzip),
            Encoding::Brotli => packed(&self.brotli),
        }
    }

    fn answer(&self, request: &HeaderMap, policy: CachePolicy) -> Response {
        let encoding = if self.packs { Encoding::accepted(request) } else { Encoding::Identity };
        // Each encoding is a representation of its own, so each has its own tag (RFC 9110 section 8.8.3.3).
        let tag = format!("\"{}{}\"", self.hash, encoding.name().unwrap_or_default());
        let known = request
            .get(header::IF_NONE_MATCH)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|tags| tags.split(',').any(|known| known.trim().trim_start_matches("W/") == tag));
        let mut response = if known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            ([(header::CONTENT_TYPE, self.content_type.clone())], self.bytes(encoding)).into_response()
        };
        let headers = response.headers_mut();
        if let Ok(tag) = HeaderValue::try_from(tag) {
            headers.insert(header::ETAG, tag);
        }
        if let (Some(name), false) = (encoding.name(), known) {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        if self.packs {
            vary_on_encoding(headers);
        }
        response.extensions_mut().insert(policy);
        response
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/vnd.microsoft.icon",
        Some("webp") => "image/webp",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn all() -> &'static HashMap<String, Asset> {
    static ALL: OnceLock<HashMap<String, Asset>> = OnceLock::new();
    ALL.get_or_init(|| {
        let files = Files::iter()
            .filter(|name| !name.starts_with('.'))
            .filter_map(|name| Some((name.to_string(), Files::get(&name)?)));
        files
            .map(|(name, file)| {
                let bytes = match file.data {
                    std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                    std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
                };
                let (staff, name) = match name.strip_prefix(STAFF_FOLDER) {
                    Some(file) => (true, file.to_owned()),
                    None => (false, name),
                };
                let asset = Asset { staff, ..Asset::new(&name, bytes) };
                (name, asset)
            })
            .collect()
    })
}

fn address(name: &str) -> &'static str {
    all().get(name).map_or("/static/missing", |asset| asset.address.as_str())
}

/// Address of the style sheet.
pub fn stylesheet() -> &'static str {
    address(STYLESHEET)
}

/// Address of the script.
pub fn script() -> &'static str {
    address(SCRIPT)
}

/// Address of the icon.
pub fn icon() -> &'static str {
    address(ICON)
}

/// Address of the icon for the first screen of a phone.
pub fn touch_icon() -> &'static str {
    address(TOUCH_ICON)
}

/// Address of the icon of pages that do not tell what they are about.
pub fn neutral_icon() -> &'static str {
    address(NEUTRAL_ICON)
}

/// The path of the neutral icon for the home screen of a phone.
pub fn neutral_touch_icon() -> &'static str {
    address(NEUTRAL_TOUCH_ICON)
}

/// Address of the picture that stands beside a shared link.
pub fn picture() -> &'static str {
    address(PICTURE)
}

/// Address of a file by its name, as `staff.css`.
pub fn file(name: &str) -> &'static str {
    address(name)
}

/// The side of a listener: public or staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The public site, which has no file of the staff site.
    Public,
    /// The staff site, which has all.
    Staff,
}

type Parts<T> = Result<Path<T>, PathRejection>;

/// A file at the address that carries its hash: browsers keep it for ever.
pub(crate) async fn hashed(
    State(audience): State<Audience>,
    parts: Parts<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let Path((hash, file)) = parts.map_err(|_| AppError::NotFound)?;
    let asset = find(&file, audience).filter(|asset| asset.hash == hash).ok_or(AppError::NotFound)?;
    Ok(asset.answer(&headers, CachePolicy::Immutable))
}

/// A file by its name alone: browsers ask each time whether it has changed.
pub(crate) async fn serve_unhashed(
    State(audience): State<Audience>,
    parts: Parts<String>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let Path(file) = parts.map_err(|_| AppError::NotFound)?;
    let asset = find(&file, audience).ok_or(AppError::NotFound)?;
    Ok(asset.answer(&headers, CachePolicy::Revalidate))
}

fn find(file: &str, audience: Audience) -> Option<&'static Asset> {
    all().get(file).filter(|asset| !asset.staff || audience == Audience::Staff)
}

/// The icon that browsers ask for by themselves.
pub(crate) async fn favicon(headers: HeaderMap) -> Result<Response, AppError> {
    answer_with(ICON, &headers)
}

/// Answers `/favicon.ico` with the icon in the format that old browsers ask for.
pub(crate) async fn favicon_ico(headers: HeaderMap) -> Result<Response, AppError> {
    answer_with(ICO, &headers)
}

/// The icon that phones ask for by themselves.
pub(crate) async fn apple_touch_icon(headers: HeaderMap) -> Result<Response, AppError> {
    answer_with(TOUCH_ICON, &headers)
}

fn answer_with(file: &str, headers: &HeaderMap) -> Result<Response, AppError> {
    let asset = all().get(file).ok_or(AppError::NotFound)?;
    Ok(asset.answer(headers, CachePolicy::Revalidate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shells_three_files_are_embedded() {
        for (address, file) in [(stylesheet(), STYLESHEET), (script(), SCRIPT), (icon(), ICON)] {
            let (hash, name) = address.strip_prefix("/static/").and_then(|rest| rest.split_once('/')).unwrap();
            assert_eq!(name, file);
            assert_eq!(hash.len(), HASH_DIGITS);
        }
    }

    #[test]
    fn a_browser_that_has_the_file_is_not_sent_it_again() {
        let asset = Asset::new("a.css", Bytes::from_static(b"body { color: navy }"));
        let mut request = HeaderMap::new();
        let first = asset.answer(&request, CachePolicy::Revalidate);
        assert_eq!(first.status(), StatusCode::OK);
        request.insert(header::IF_NONE_MATCH, first.headers()[header::ETAG].clone());
        assert_eq!(asset.answer(&request, CachePolicy::Revalidate).status(), StatusCode::NOT_MODIFIED);
        request.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("br"));
        assert_eq!(asset.answer(&request, CachePolicy::Revalidate).status(), StatusCode::OK);
    }

    #[test]
    fn the_address_changes_with_the_content() {
        let one = Asset::new("a.css", Bytes::from_static(b"a"));
        let other = Asset::new("a.css", Bytes::from_static(b"b"));
        assert_eq!(one.address, "/static/ca978112ca1b/a.css");
        assert_ne!(one.address, other.address);
    }
}
