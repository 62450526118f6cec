//! The last steps of an answer: errors become pages of the site, and pages are compressed.

use askama::Template;
use axum::body::{Body, HttpBody as _};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt as _;

use crate::base::error::ErrorPage;
use crate::base::web::encoding::{Encoding, encode_with};
use crate::base::web::headers::vary_on_encoding;
use crate::base::web::heavy::HeavyWork;
use crate::base::web::shell::Shell;
use crate::front::request_id::RequestId;
use crate::site::Around;
use crate::site::now::SiteNow;

/// Pages made for one visitor are packed while they wait: measured, 4 takes a third of the time of 9.
const BROTLI_QUALITY: u32 = 4;
/// Compressing less than this saves no packet.
const WORTH_COMPRESSING: u64 = 600;
/// Compressing this much takes longer than other requests of the thread should wait.
const LONG: usize = 128 * 1024;
/// Anything longer is sent as it is.
const MOST_COMPRESSED: u64 = 4 * 1024 * 1024;

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorTemplate<'a> {
    shell: Shell,
    heading: &'a str,
    message: &'a str,
    help: &'a str,
    status: u16,
    request_id: &'a str,
}

/// Shows an error in the site's shell, whoever answered with it: a handler, a limit, a panic, or no route at all. Nothing of
/// the request stands on the page.
pub(super) fn render_error(site: &SiteNow, response: Response, id: &RequestId) -> Response {
    let status = response.status().as_u16();
    render_error_with(response, |page| {
        let mut shell = site.shell(&site.edition, Around { title: page.heading, path: "/", ..Around::default() });
        shell.noindex = true;
        let (heading, message, help) = (page.heading, page.message, page.help.as_str());
        ErrorTemplate { shell, heading, message, help, status, request_id: id.as_str() }.render()
    })
}

/// Shows an error in a shell of the caller's.
pub(super) fn render_error_with(
    mut response: Response,
    render: impl FnOnce(&ErrorPage) -> Result<String, askama::Error>,
) -> Response {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let given = response.extensions_mut().remove::<ErrorPage>();
    if given.is_none() && !is_bare(response.headers()) {
        return response;
    }
    let page = given.unwrap_or_else(|| ErrorPage::for_status(status));
    let (body, content_type) = match render(&page) {
        Ok(html) => (html, "text/html; charset=utf-8"),
        Err(_) => (format!("{}. {}", page.heading, page.message), "text/plain; charset=utf-8"),
    };
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::CONTENT_ENCODING);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    *response.body_mut() = Body::from(body);
    response
}

/// Tells that an answer has no page of its own.
fn is_bare(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_none_or(|value| value.as_bytes().starts_with(b"text/plain"))
}

/// Compresses an answer if that is worth it, but no stream.
pub(super) async fn compress(response: Response, encoding: Encoding, heavy: &HeavyWork) -> Response {
    let headers = response.headers();
    if !is_text(headers)
        || headers.contains_key(header::CONTENT_ENCODING)
        || response.status() == StatusCode::NO_CONTENT
    {
        return response;
    }
    let worth =
        response.body().size_hint().exact().is_some_and(|size| (WORTH_COMPRESSING..=MOST_COMPRESSED).contains(&size));
    let (mut parts, body) = response.into_parts();
    vary_on_encoding(&mut parts.headers);
    let (Some(name), true) = (encoding.name(), worth) else { return Response::from_parts(parts, body) };
    let Ok(whole) = body.collect().await else {
        parts.status = StatusCode::INTERNAL_SERVER_ERROR;
        return Response::from_parts(parts, Body::empty());
    };
    let whole = whole.to_bytes();
    let encode = || encode_with(&whole, encoding, BROTLI_QUALITY);
    let packed = if whole.len() < LONG { encode() } else { heavy.for_answer(encode).await };
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(packed.len()));
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    Response::from_parts(parts, Body::from(packed))
}

fn is_text(headers: &HeaderMap) -> bool {
    let Some(content_type) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let (essence, _) = content_type.split_once(';').unwrap_or((content_type, ""));
    essence.starts_with("text/") || essence.ends_with("json") || essence.ends_with("xml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(length: usize) -> Response {
        let mut response = Response::new(Body::from("a".repeat(length)));
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/atom+xml; charset=utf-8"));
        response
    }

    #[tokio::test]
    async fn a_long_text_is_packed_and_its_length_is_right() {
        let packed = compress(page(5000), Encoding::Gzip, &HeavyWork::default()).await;
        assert_eq!(packed.headers()[header::CONTENT_ENCODING], "gzip");
        assert_eq!(packed.headers()[header::VARY], "accept-encoding");
        let length = packed.headers()[header::CONTENT_LENGTH].clone();
        let bytes = packed.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(length, bytes.len().to_string());
        assert!(bytes.len() < 200);
    }

    #[tokio::test]
    async fn a_short_text_and_an_image_go_as_they_are() {
        assert!(
            !compress(page(20), Encoding::Brotli, &HeavyWork::default())
                .await
                .headers()
                .contains_key(header::CONTENT_ENCODING)
        );
        let mut image = page(5000);
        image.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("image/png"));
        assert!(
            !compress(image, Encoding::Brotli, &HeavyWork::default())
                .await
                .headers()
                .contains_key(header::CONTENT_ENCODING)
        );
    }
}
