//! Addresses at which nothing is read: where they lead, where it is plain what was meant.

use axum::http::{Method, Uri};
use axum::response::Response;

use crate::base::error::AppError;
use crate::base::web::respond;
use crate::site::edition::Edition;
use crate::site::model::path_of;
use crate::site::now::SiteNow;
use crate::site::paths;

/// Answers where no route does.
pub(crate) async fn find(site: SiteNow, method: Method, uri: Uri) -> Result<Response, AppError> {
    if method == Method::GET {
        lead_on(&site.edition, uri.path(), uri.query().unwrap_or(""))
    } else {
        Err(AppError::NotFound)
    }
}

/// To the page that is meant by a path that names none: one typed with a capital or copied with a full stop, or one that staff redirect.
/// The query goes along. Errors: [`AppError::NotFound`] where nothing is meant by it.
pub(super) fn lead_on(edition: &Edition, path: &str, query: &str) -> Result<Response, AppError> {
    let meant = paths::as_meant(path);
    if meant != path
        && let Some(there) = path_there(edition, &meant)
    {
        return respond::moved(&with_query(&there, query));
    }
    let redirect = edition.navigation.redirects.iter().find(|redirect| redirect.from == meant);
    respond::moved(&with_query(&redirect.ok_or(AppError::NotFound)?.to, query))
}

/// A path with a query, which stands before the mark of a place on the page.
fn with_query(path: &str, query: &str) -> String {
    match (query, path.split_once('#')) {
        ("", _) => path.to_owned(),
        (_, Some((path, place))) => format!("{path}?{query}#{place}"),
        (_, None) => format!("{path}?{query}"),
    }
}

/// The present path of what is or was at a path.
fn path_there(edition: &Edition, path: &str) -> Option<String> {
    if edition.declared.navigation.contains(&path) || matches!(path, paths::RETURN | paths::QUICK_EXIT) {
        return Some(path.to_owned());
    }
    if let Some(name) = path.strip_prefix("/notices/") {
        return edition.published.notices.contains_key(name).then(|| path.to_owned());
    }
    let address = path.strip_prefix('/')?;
    if let Some(now_at) = edition.moved.get(address) {
        return Some(path_of(now_at));
    }
    let is_there = edition.views.contains_key(address)
        || edition.withdrawn.contains_key(address)
        || edition.taken_away.contains_key(address);
    is_there.then(|| path_of(address))
}
