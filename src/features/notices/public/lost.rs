//! Addresses at which nothing is read: where they lead, where it is plain what was meant.

use axum::http::{Method, Uri};
use axum::response::Response;
use unicode_normalization::UnicodeNormalization as _;

use crate::base::error::AppError;
use crate::base::web::respond;
use crate::site::edition::Edition;
use crate::site::model::path_of;
use crate::site::now::SiteNow;

/// What a sentence leaves behind an address that is copied out of it.
const LEFT_BEHIND: &[char] = &['.', ',', ';', ':', '!', '?', ')', ']', '>', '"', '\'', '’', '”'];

/// Answers where no route does.
pub(crate) async fn find(site: SiteNow, method: Method, uri: Uri) -> Result<Response, AppError> {
    if method == Method::GET { lead_on(&site.edition, uri.path(), "") } else { Err(AppError::NotFound) }
}

/// To the page that is meant by a path that names none: one typed with a capital or copied with a full stop (`query` goes along), or one
/// that staff redirect.
///
/// # Errors
/// [`AppError::NotFound`] where nothing is meant by it.
pub(super) fn lead_on(edition: &Edition, path: &str, query: &str) -> Result<Response, AppError> {
    let meant = fold(path);
    if meant != path
        && let Some(there) = path_there(edition, &meant)
    {
        return respond::moved(&if query.is_empty() { there } else { format!("{there}?{query}") });
    }
    let redirect = edition.navigation.redirects.iter().find(|redirect| redirect.from == meant);
    respond::moved(&redirect.ok_or(AppError::NotFound)?.to)
}

/// A path as it would be written by the site itself.
fn fold(path: &str) -> String {
    let folded: String = path.nfkc().collect::<String>().to_lowercase();
    folded.trim_end_matches(|letter: char| letter.is_whitespace() || LEFT_BEHIND.contains(&letter)).to_owned()
}

/// Where something is read that is or was at a path.
fn path_there(edition: &Edition, path: &str) -> Option<String> {
    if edition.declared.navigation.contains(&path) {
        return Some(path.to_owned());
    }
    let address = path.strip_prefix('/')?;
    if let Some(now_at) = edition.moved.get(address) {
        return Some(path_of(now_at));
    }
    let is_there = edition.views.contains_key(address) || edition.withdrawn.contains_key(address);
    is_there.then(|| path_of(address))
}
