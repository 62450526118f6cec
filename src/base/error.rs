//! Errors as a person can be told about them. Stores return `sqlx::Error` or a small enum, features name outcomes of
//! their own; this type exists only at the edge of the web. Invalid input in a form is no error: the form comes back.
//!
//! The answer carries an [`ErrorPage`]; the front door dresses it in the site's shell. Undressed it is still a page.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::base::database::{DatabaseError, NotWritable};

/// The sentence for a request while a later release owns the database.
const OUTDATED: &str = "This site is being brought to a newer release, and the part of it that you reached still runs the old one, \
    which saves nothing any more. Nothing was saved. Go back in your browser: what you typed is still there. Keep a copy of it, and try \
    again in a few minutes.";
/// The sentence for a request while the database takes no changes.
const NO_CHANGES: &str = "The database answers but takes no changes; it may be full. Nothing was saved. Go back in your browser: what \
    you typed is still there. Keep a copy of it, tell whoever runs this site, and try again later.";

/// Something went wrong.
#[derive(Debug)]
pub enum AppError {
    /// There is nothing at this address.
    NotFound,
    /// The request makes no sense; the text says what and how to put it right. Never holds what was typed.
    BadRequest(&'static str),
    /// A value can be read and not be used; the text says why. Never holds what was typed.
    Unprocessable(&'static str),
    /// The body is longer than any form of ours.
    TooLarge,
    /// Too many requests; try again after some seconds.
    TooMany {
        /// Seconds.
        retry_after: u32,
    },
    /// Nobody is signed in who could do this.
    SignInRequired {
        /// The address to sign in at; none for a script's request, which gets 401.
        at: Option<String>,
    },
    /// The person who is signed in has to confirm who they are.
    ConfirmRequired {
        /// The address to show it at.
        at: String,
    },
    /// The person who is signed in may not do this. The text says why and what to do.
    Forbidden(&'static str),
    /// The database is away and this page needs it.
    Unavailable,
    /// Others use the database; what was asked for was not done.
    Busy,
    /// The database answers and nothing can be saved; the text says why and what to do.
    NotSaved(&'static str),
    /// The node has not read the whole site yet, and cannot say what is not there.
    Starting,
    /// A fault of ours.
    Internal(anyhow::Error),
}

/// The content of an error page, which the front shows in the shell.
#[derive(Clone, Debug)]
pub struct ErrorPage {
    /// The `h1`.
    pub heading: &'static str,
    /// The sentences about what happened and what to do.
    pub message: &'static str,
    /// HTML of ours that helps to put it right; empty where there is none.
    pub help: String,
}

impl ErrorPage {
    /// The page for a status that some layer answered by itself.
    pub fn for_status(status: StatusCode) -> Self {
        let (heading, message) = match status {
            StatusCode::BAD_REQUEST => {
                ("We could not read that request", "Check the address, or start from the home page.")
            }
            StatusCode::UNAUTHORIZED => {
                ("You are signed out", "Sign in again. What you typed is still on your screen.")
            }
            StatusCode::FORBIDDEN => (
                "That request came from another website",
                "For your protection we only accept forms sent from our own pages. Open the page again and try again.",
            ),
            StatusCode::NOT_FOUND => (
                "Page not found",
                "If you typed the address, check that it is right. If you followed a link, the page may have moved.",
            ),
            StatusCode::METHOD_NOT_ALLOWED => (
                "This page does not accept forms",
                "A form was opened as a page, or something was sent to a page that accepts nothing. Go back, or start from the home page.",
            ),
            StatusCode::REQUEST_TIMEOUT => ("That took too long", "Your connection may be slow. Please try again."),
            StatusCode::GONE => ("This page was removed", "It is no longer available."),
            StatusCode::PAYLOAD_TOO_LARGE => (
                "That is too much to send",
                "Send a shorter text. Go back in your browser: what you typed is still there. If you need help to tell us something, call 101.",
            ),
            StatusCode::URI_TOO_LONG => ("That address is too long", "Start from the home page or use the search."),
            StatusCode::MISDIRECTED_REQUEST => (
                "This is not the address of the staff site",
                "Open it at the address in STAFF_URL. A proxy in front has to pass on the Host that it was asked for.",
            ),
            StatusCode::UNPROCESSABLE_ENTITY => {
                ("There is a problem with what you sent", "Go back, check it and try again.")
            }
            StatusCode::TOO_MANY_REQUESTS => {
                ("Please wait a moment", "We have had many requests from your connection. Try again in a minute.")
            }
            StatusCode::SERVICE_UNAVAILABLE => (
                "This page is not available just now",
                "Our current pages still work. What you asked for needs a part of the site that is not available. Please try again in a few \
                 minutes. If you sent a form, it may or may not have been saved: go back in your browser, where what you typed still \
                 is, and check before you send it again.",
            ),
            _ => ("Something went wrong on our side", "Nothing you did caused it. Please try again in a few minutes."),
        };
        Self { heading, message, help: String::new() }
    }
}

impl From<askama::Error> for AppError {
    fn from(error: askama::Error) -> Self {
        Self::Internal(error.into())
    }
}

impl From<anyhow::Error> for AppError {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast::<sqlx::Error>() {
            Ok(error) => error.into(),
            Err(error) => Self::Internal(error),
        }
    }
}

impl From<DatabaseError> for AppError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Away | DatabaseError::TimedOut => Self::Unavailable,
            DatabaseError::Busy => Self::Busy,
            DatabaseError::NotWritable(NotWritable::TooNew { .. }) => Self::NotSaved(OUTDATED),
            DatabaseError::NotWritable(NotWritable::Refuses { .. }) => Self::NotSaved(NO_CHANGES),
            DatabaseError::Sql(error) => Self::Internal(error.into()),
        }
    }
}

/// A statement that failed inside a transaction of [`crate::base::database::Database::write`], which looks after a lost connection itself.
impl From<sqlx::Error> for AppError {
    fn from(error: sqlx::Error) -> Self {
        DatabaseError::from(error).into()
    }
}

/// Redirects to a page that asks who is there.
fn redirect(address: &str) -> Response {
    match HeaderValue::try_from(address) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => StatusCode::UNAUTHORIZED.into_response(),
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let (status, message) = match &self {
            Self::SignInRequired { at: Some(page) } | Self::ConfirmRequired { at: page } => return redirect(page),
            Self::SignInRequired { at: None } => (StatusCode::UNAUTHORIZED, None),
            Self::Forbidden(message) => (StatusCode::FORBIDDEN, Some(*message)),
            Self::NotFound => (StatusCode::NOT_FOUND, None),
            Self::BadRequest(message) => (StatusCode::BAD_REQUEST, Some(*message)),
            Self::Unprocessable(message) => (StatusCode::UNPROCESSABLE_ENTITY, Some(*message)),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, None),
            Self::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, None),
            Self::Unavailable | Self::Starting => (StatusCode::SERVICE_UNAVAILABLE, None),
            Self::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                Some(
                    "Many people are saving something at the moment, so your turn did not come in time. Nothing was saved. Go back \
                     in your browser: what you typed is still there. Try again in a moment.",
                ),
            ),
            Self::NotSaved(message) => (StatusCode::SERVICE_UNAVAILABLE, Some(*message)),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, None),
        };
        let mut page = ErrorPage::for_status(status);
        if let Some(message) = message {
            page.message = message;
        }
        if matches!(self, Self::Forbidden(_)) {
            page.heading = "Your account may not do that";
        }
        if matches!(self, Self::Busy) {
            page.heading = "Please try again in a moment";
        }
        if matches!(self, Self::NotSaved(_)) {
            page.heading = "Nothing can be saved just now";
        }
        if matches!(self, Self::Starting) {
            page.heading = "This website is starting";
            page.message = "We are loading our pages. Please try again in a few seconds.";
        }
        let mut response = (status, format!("{}. {}", page.heading, page.message)).into_response();
        let retry = match self {
            Self::TooMany { retry_after } => Some(retry_after),
            Self::Unavailable | Self::NotSaved(_) => Some(30),
            Self::Busy => Some(2),
            Self::Starting => Some(5),
            Self::Internal(error) => {
                tracing::error!(error = format!("{error:#}"), "request failed");
                None
            }
            _ => None,
        };
        if let Some(seconds) = retry {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(page);
        response
    }
}
