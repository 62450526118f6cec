//! Answers: a rendered page, a redirect, JSON.

use askama::Template;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use crate::base::error::AppError;
use crate::base::web::form::Problems;

/// A page from a template.
pub fn page(status: StatusCode, template: &impl Template) -> Result<Response, AppError> {
    Ok(html(status, template.render()?))
}

/// The page of a form, with the status that its problems ask for. Where there were too many tries it says how long to wait (RFC 6585
/// section 4).
pub fn form(template: &impl Template, problems: &Problems) -> Result<Response, AppError> {
    let mut response = page(problems.status(), template)?;
    if let Some(seconds) = problems.wait() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

/// A page that is rendered already.
pub fn html(status: StatusCode, body: impl Into<Body>) -> Response {
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], body.into()).into_response()
}

/// "See other" (RFC 9110 section 15.4.4) to a path or address of our own making.
pub fn see_other(target: &str) -> Result<Response, AppError> {
    let location = HeaderValue::from_str(target).map_err(anyhow::Error::from)?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
}

/// "Permanent redirect" (RFC 9110 section 15.4.9) to a path of our own making: what was here is there now.
pub fn moved(target: &str) -> Result<Response, AppError> {
    let location = HeaderValue::from_str(target).map_err(anyhow::Error::from)?;
    Ok((StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, location)]).into_response())
}

/// JSON, indented for people who look.
pub fn json(status: StatusCode, value: &impl Serialize) -> Result<Response, AppError> {
    let body = serde_json::to_string_pretty(value).map_err(anyhow::Error::from)?;
    Ok((status, [(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// A local path to come back to, or `/`: one leading slash, no scheme, no backslash, no control character, at most 2,000
/// bytes. Browsers read `/\` and `//` as the start of another host (WHATWG URL, "special authority slashes").
pub fn local_path(wanted: &str) -> &str {
    let plain = wanted.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if plain && wanted.len() <= 2000 && wanted.starts_with('/') && !wanted.starts_with("//") { wanted } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn only_local_paths_are_come_back_to() {
        assert_eq!(local_path("/cookies?as_of=2021-12-01"), "/cookies?as_of=2021-12-01");
        for bad in ["", "cookies", "//evil.test", "/\\evil.test", "https://evil.test", "/a\nb", "/a b", "\t/x"] {
            assert_eq!(local_path(bad), "/", "{bad:?}");
        }
    }
}
