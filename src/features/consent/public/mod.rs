//! The form of the cookie choice, in the banner and on the page about cookies. It leads back to where the visitor was.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use serde::Deserialize;

use crate::base::error::AppError;
use crate::base::web::client;
use crate::base::web::cookies::cookie;
use crate::base::web::extract::Form;
use crate::base::web::respond::{local_path, see_other};
use crate::features::consent::model::{CHOICE_SECONDS, Choice, Decision, Receipt};
use crate::features::consent::recorder::{Asker, Recorder};
use crate::features::consent::twice::Press;
use crate::features::consent::{model, paths};
use crate::site::Site;
use crate::site::now::SiteNow;

/// The page to go back to if the form names none.
const COOKIES_PAGE: &str = paths::COOKIES;

#[derive(Debug, Deserialize)]
pub(crate) struct ChoiceForm {
    choice: Option<String>,
    return_to: Option<String>,
}

/// The address of the sender; none in tests without one.
pub(crate) struct Client(Option<IpAddr>);

impl FromRequestParts<Site> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Infallible> {
        Ok(Self(client::of(parts, site.settings())))
    }
}

/// Saves a choice and leads back to the page where it was made.
pub(crate) async fn choose(
    site: SiteNow,
    recorder: Recorder,
    client: Client,
    headers: HeaderMap,
    Form(form): Form<ChoiceForm>,
) -> Result<Response, AppError> {
    let accept = match form.choice.as_deref() {
        Some("accept") => true,
        Some("reject") => false,
        _ => {
            return Err(AppError::Unprocessable(
                "Choose to accept or to reject cookies: open the cookies page and press one of its two buttons. Nothing was saved.",
            ));
        }
    };
    let notice_version = site.edition.consent_version;
    let names = site.cookies();
    let decision = if accept {
        let asker = Asker { from: client.0, press: Press::of(client.0, &headers, form.return_to.as_deref()) };
        Decision::Accept(recorder.accept(&site, asker, notice_version, receipt(&headers, &site)).await)
    } else {
        Decision::Reject
    };
    let chosen = Choice { notice_version, decision };
    let saved = names.set(names.choice, &chosen.to_string(), CHOICE_SECONDS);
    // Withdrawing consent removes the cookie that it allowed (UK GDPR article 7(3)).
    let withdrawn = if accept { None } else { names.set(names.visit, "", 0) };
    let withdrawn = withdrawn.filter(|_| cookie(&headers, names.visit).is_some());
    let back = local_path(form.return_to.as_deref().unwrap_or(COOKIES_PAGE));
    let mut response = see_other(&model::with_saved(back))?;
    for value in [saved, withdrawn].into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The receipt in a browser's cookie, not yet checked. It is kept if the same text is accepted again; a new text is a new consent.
fn receipt(headers: &HeaderMap, site: &Site) -> Option<Receipt> {
    let before: Choice = cookie(headers, site.cookies().choice)?.parse().ok()?;
    match before.decision {
        Decision::Accept(receipt) => receipt,
        Decision::Reject => None,
    }
}

#[cfg(test)]
mod tests;
