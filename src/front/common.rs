//! Functions that the front of both sites share.

use axum::body::{Body, HttpBody as _};
use axum::extract::{MatchedPath, Request as AxumRequest};
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::base::web::extract;

/// Longest path with its query, in bytes.
const LONGEST_TARGET: usize = 8 * 1024;

/// The name of a request, on every answer.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The pattern of the route that answered.
#[derive(Clone)]
pub(super) struct RoutePattern(pub(super) MatchedPath);

/// The answer to a target that cannot be read, or that has a slash too many at its end.
pub(super) fn refusal(uri: &Uri) -> Option<Response> {
    let path = uri.path();
    if uri.path_and_query().is_some_and(|target| target.as_str().len() > LONGEST_TARGET) {
        return Some(StatusCode::URI_TOO_LONG.into_response());
    }
    if let Err(error) = extract::check_path(path) {
        return Some(error.into_response());
    }
    // An empty part names nothing, and `//host/` with its last slash taken off would lead to another site.
    if path.contains("//") {
        return Some(StatusCode::NOT_FOUND.into_response());
    }
    let trimmed = path.strip_suffix('/').filter(|trimmed| !trimmed.is_empty())?;
    if !trimmed.split('/').skip(1).all(is_plain) {
        return Some(StatusCode::NOT_FOUND.into_response());
    }
    let target = uri.query().map_or_else(|| trimmed.to_owned(), |query| format!("{trimmed}?{query}"));
    let location = HeaderValue::try_from(target).ok()?;
    Some((StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, location)]).into_response())
}

/// Tells that a part of a path may be one of ours. Browsers read `\` as `/` and leave out tabs and single dots, so that a path with such
/// parts may lead to another site.
fn is_plain(part: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    !matches!(part, "" | "." | "..") && part.bytes().all(known)
}

/// Makes the answer to GET one to HEAD: the length that GET would give stays (RFC 9110 section 9.3.2).
pub(super) fn empty_body(response: &mut Response) {
    if let Some(length) = response.body().size_hint().exact() {
        response.headers_mut().entry(header::CONTENT_LENGTH).or_insert(HeaderValue::from(length));
    }
    *response.body_mut() = Body::empty();
}

/// Leaves the pattern of the route on the answer: outside the router the request is gone.
pub(super) async fn note_route(pattern: Option<MatchedPath>, request: AxumRequest, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(pattern) = pattern {
        response.extensions_mut().insert(RoutePattern(pattern));
    }
    response
}
