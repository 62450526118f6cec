//! Strict reading of requests: our own extractors, whose refusals are [`AppError`]s and so become pages that help.
//! Percent-encoding must be whole, text must be UTF-8, and U+0000, which Postgres cannot keep, is refused.

#![expect(clippy::disallowed_types, reason = "the extractors of ours are made of these")]

use axum::body::{Body, Bytes};
use axum::extract::rejection::{BytesRejection, FailedToBufferBody, FormRejection, PathRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use serde::de::DeserializeOwned;

use crate::base::error::AppError;

/// Most bytes of a form: about twenty pages of text.
pub const BODY_LIMIT: usize = 64 * 1024;

/// Most bytes of a form that holds a whole notice, percent-encoded: five times the longest text.
pub const LONG_BODY_LIMIT: usize = 1024 * 1024;

const BAD_ADDRESS: &str = "The address holds something that cannot be read. Check it, or start from the home page.";
const BAD_QUERY: &str =
    "The part of the address after the question mark cannot be read. Check it, or start from the home page.";
const BAD_FORM: &str = "What was sent cannot be read. Go back, check it and send it again.";
const CUT_SHORT: &str = "What was sent did not arrive whole. Your connection may be poor: please send it again.";
const NOT_A_FORM: &str = "Only forms can be sent here. Go back to the page and use the form on it.";

/// Parameters after the question mark.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

/// The fields of a form that was sent by POST.
#[derive(Clone, Debug)]
pub struct Form<T>(pub T);

/// Extracts a form that may hold a whole notice.
#[derive(Clone, Debug)]
pub struct LongForm<T>(pub T);

/// The fields of a form where one was sent; none where its page is opened.
#[derive(Clone, Debug)]
pub struct MaybeForm<T>(pub Option<T>);

/// Parts of the path.
#[derive(Clone, Debug)]
pub struct Path<T>(pub T);

impl<T, S> FromRequest<S> for MaybeForm<T>
where
    Form<T>: FromRequest<S, Rejection = AppError>,
    S: Send + Sync,
{
    type Rejection = AppError;

    async fn from_request(request: Request, state: &S) -> Result<Self, AppError> {
        if *request.method() == Method::GET {
            return Ok(Self(None));
        }
        Form::from_request(request, state).await.map(|Form(fields)| Self(Some(fields)))
    }
}

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, AppError> {
        if !is_whole(parts.uri.query().unwrap_or_default().as_bytes(), Spaces::Plus) {
            return Err(AppError::BadRequest(BAD_QUERY));
        }
        axum::extract::Query::try_from_uri(&parts.uri)
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|_| AppError::BadRequest(BAD_QUERY))
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            // A number that is none names nothing.
            Err(PathRejection::FailedToDeserializePathParams(error)) if error.status() == StatusCode::BAD_REQUEST => {
                Err(AppError::NotFound)
            }
            Err(error) => Err(AppError::Internal(error.into())),
        }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &S) -> Result<Self, AppError> {
        read_form(request, state, BODY_LIMIT).await.map(Self)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for LongForm<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &S) -> Result<Self, AppError> {
        read_form(request, state, LONG_BODY_LIMIT).await.map(Self)
    }
}

async fn read_form<T: DeserializeOwned, S: Send + Sync>(
    request: Request,
    state: &S,
    limit: usize,
) -> Result<T, AppError> {
    let (parts, body) = request.into_parts();
    let bytes = match Bytes::from_request(Request::new(body), state).await {
        Ok(bytes) if bytes.len() <= limit => bytes,
        Ok(_) | Err(BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_))) => {
            return Err(AppError::TooLarge);
        }
        Err(_) => return Err(AppError::BadRequest(CUT_SHORT)),
    };
    if !is_whole(&bytes, Spaces::Plus) {
        return Err(AppError::BadRequest(BAD_FORM));
    }
    match axum::Form::from_request(Request::from_parts(parts, Body::from(bytes)), state).await {
        Ok(axum::Form(value)) => Ok(value),
        Err(FormRejection::InvalidFormContentType(_)) => Err(AppError::Unprocessable(NOT_A_FORM)),
        Err(_) => Err(AppError::BadRequest(BAD_FORM)),
    }
}

/// Tells whether the path of a request can be read: see the module. Control characters are no part of any path of ours.
pub fn check_path(path: &str) -> Result<(), AppError> {
    if is_whole(path.as_bytes(), Spaces::Percent) { Ok(()) } else { Err(AppError::BadRequest(BAD_ADDRESS)) }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Spaces {
    /// A path: no control character stands in it.
    Percent,
    /// `application/x-www-form-urlencoded` (WHATWG URL section 5): line breaks of a text field are fine.
    Plus,
}

fn is_whole(encoded: &[u8], spaces: Spaces) -> bool {
    let mut plain = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter();
    while let Some(&byte) = rest.next() {
        let byte = if byte == b'%' {
            match (rest.next().copied().and_then(digit), rest.next().copied().and_then(digit)) {
                (Some(high), Some(low)) => high * 16 + low,
                _ => return false,
            }
        } else {
            byte
        };
        if byte == 0 || (spaces == Spaces::Percent && byte.is_ascii_control()) {
            return false;
        }
        plain.push(byte);
    }
    std::str::from_utf8(&plain).is_ok()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Fields {
        name: String,
    }

    async fn form(content_type: &str, body: impl Into<Body>) -> Result<Form<Fields>, AppError> {
        let request = Request::post("/").header("content-type", content_type).body(body.into()).unwrap();
        Form::from_request(request, &()).await
    }

    async fn query(uri: &str) -> Result<Query<Fields>, AppError> {
        let (mut parts, ()) = Request::get(uri).body(()).unwrap().into_parts();
        Query::from_request_parts(&mut parts, &()).await
    }

    const FORM: &str = "application/x-www-form-urlencoded";

    #[tokio::test]
    async fn a_form_is_read() {
        let Form(fields) = form(FORM, "name=O%27Brien+%C5%B5%0D%0Ax").await.unwrap();
        assert_eq!(fields.name, "O'Brien ŵ\r\nx");
    }

    #[tokio::test]
    async fn a_form_that_cannot_be_read_is_a_bad_request() {
        for body in ["name=%00", "name=%ED%A0%80", "name=%C0%AF", "name=%", "name=%4", "name=%zz", "name=\0", "other=1"]
        {
            assert!(matches!(form(FORM, body).await, Err(AppError::BadRequest(_))), "{body:?}");
        }
        assert!(matches!(form(FORM, vec![0xff, 0xfe]).await, Err(AppError::BadRequest(_))));
    }

    #[tokio::test]
    async fn what_is_too_long_or_no_form_is_told_apart() {
        assert!(matches!(form(FORM, format!("name={}", "x".repeat(BODY_LIMIT))).await, Err(AppError::TooLarge)));
        assert!(matches!(form("application/json", "{}").await, Err(AppError::Unprocessable(_))));
    }

    #[tokio::test]
    async fn a_query_that_cannot_be_read_is_a_bad_request() {
        assert_eq!(query("/?name=a%20b").await.unwrap().0.name, "a b");
        for uri in ["/", "/?name=%00", "/?name=%f", "/?name=%FF", "/?name=a&name=b"] {
            assert!(matches!(query(uri).await, Err(AppError::BadRequest(_))), "{uri}");
        }
    }

    #[test]
    fn a_path_is_text_without_control_characters() {
        assert!(check_path("/notices/caf%C3%A9").is_ok());
        for path in ["/%", "/%0", "/%zz", "/%00", "/%0d%0aSet-Cookie:x", "/%C3%28", "/%7f"] {
            assert!(check_path(path).is_err(), "{path}");
        }
    }
}
