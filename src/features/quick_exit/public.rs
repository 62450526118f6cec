//! The exit, its lock and the way back. Nothing here waits for I/O.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;

use crate::base::config::Settings;
use crate::base::error::AppError;
use crate::base::web::respond;
use crate::base::web::respond::see_other;
use crate::features::quick_exit::model::{Sender, others};
use crate::features::quick_exit::settings::QuickExitFlags;
use crate::site::Site;

/// A blank page that refreshes to the neutral site. Under `form-action 'self'` Chromium blocks a form whose answer redirects to another
/// site, so a redirect would leave the visitor on the page. It would also tell another
/// site that somebody has left: its own `form-action` policy reports where its form was redirected to.
#[derive(Template)]
#[template(path = "quick_exit/leave.html")]
struct LeavePage<'a> {
    neutral_site: &'a str,
}

/// The inconspicuous page that lifts the lock.
#[derive(Template)]
#[template(path = "quick_exit/return.html")]
struct ReturnPage;

pub(crate) async fn leave_by_link(State(site): State<Site>, headers: HeaderMap) -> Result<Response, AppError> {
    leave(&site, &Method::GET, &headers)
}

pub(crate) async fn leave_by_form(State(site): State<Site>, headers: HeaderMap) -> Result<Response, AppError> {
    leave(&site, &Method::POST, &headers)
}

/// Leads to the neutral site, whatever the request says. Sets the cookie of the lock, but not if another
/// site may have sent the request.
pub fn leave(site: &Site, method: &Method, headers: &HeaderMap) -> Result<Response, AppError> {
    let settings = site.settings();
    let mut response = if *method == Method::POST {
        respond::page(StatusCode::OK, &leave_page(settings))?
    } else {
        redirect_to_neutral_site(settings)?
    };
    response = silent(response);
    forget(site, headers, &mut response);
    Ok(response)
}

/// Renders the page for visitors who have left and cannot be redirected (see `leave_page`).
pub fn render_leave_page(settings: &Settings) -> Result<Bytes, askama::Error> {
    Ok(Bytes::from(leave_page(settings).render()?))
}

fn leave_page(settings: &Settings) -> LeavePage<'_> {
    LeavePage { neutral_site: settings.quick_exit_url.as_str() }
}

pub(crate) async fn ask_to_return() -> Result<Response, AppError> {
    Ok(no_store(respond::page(StatusCode::OK, &ReturnPage)?))
}

pub(crate) async fn come_back(State(site): State<Site>) -> Result<Response, AppError> {
    let names = site.cookies();
    let mut response = no_store(see_other("/")?);
    if let Some(value) = names.set(names.left, "", 0) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    Ok(response)
}

fn redirect_to_neutral_site(settings: &Settings) -> Result<Response, AppError> {
    see_other(settings.quick_exit_url.as_str())
}

/// Sets the cookie of the lock and removes every other cookie of ours, unless another site may have sent the request.
fn forget(site: &Site, headers: &HeaderMap, response: &mut Response) {
    if Sender::of(headers, &site.settings().public_origin()) == Sender::Other {
        return;
    }
    let names = site.cookies();
    let left = names.set(names.left, "1", site.settings().of::<QuickExitFlags>().lock.as_secs());
    let gone = others(headers, names).into_iter().filter_map(|name| names.set(name, "", 0));
    for value in left.into_iter().chain(gone) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Adds `Referrer-Policy: no-referrer`, so that the neutral site does not learn where the visitor came from.
fn silent(response: Response) -> Response {
    let mut response = no_store(response);
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use axum::http::request::Builder;
    use axum::routing::get;
    use jiff::Timestamp;
    use tower::ServiceExt as _;

    use super::*;
    use crate::base::clock::Clock;
    use crate::base::database::{Database, DatabaseSettings};
    use crate::site::declared::Declared;
    use crate::site::paths;
    use crate::site::published::Published;

    async fn send(request: Builder) -> Response {
        let database = Database::new("postgres://nobody@127.0.0.1:1/none", &DatabaseSettings::default()).unwrap();
        let clock = Clock::fixed(Timestamp::UNIX_EPOCH);
        let site = Site::new(Settings::for_tests(), database, clock, Declared::default(), Published::default());
        let router = Router::new()
            .route(paths::QUICK_EXIT, get(leave_by_link).post(leave_by_form))
            .route(paths::RETURN, get(ask_to_return).post(come_back));
        router.with_state(site).oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    fn neutral_site() -> String {
        Settings::for_tests().quick_exit_url.to_string()
    }

    fn left_cookie() -> String {
        let seconds = Settings::for_tests().of::<QuickExitFlags>().lock.as_secs();
        format!("bluelamp_left=1; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax")
    }

    fn set_cookies(response: &Response) -> Vec<&str> {
        response.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect()
    }

    #[tokio::test]
    async fn the_link_leads_to_the_neutral_site_and_locks() {
        for method in ["GET", "HEAD"] {
            let request = Request::builder().method(method).uri("/quick-exit");
            let response = send(request.header("cookie", "bluelamp_choice=1.none; bluelamp_visit=1; other=2")).await;
            assert_eq!(response.status(), StatusCode::SEE_OTHER);
            assert_eq!(response.headers()["location"], neutral_site());
            assert_eq!(response.headers()["cache-control"], "no-store");
            assert_eq!(response.headers()["referrer-policy"], "no-referrer");
            let gone = "=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax";
            let expected = [left_cookie(), format!("bluelamp_choice{gone}"), format!("bluelamp_visit{gone}")];
            assert_eq!(set_cookies(&response), expected);
        }
    }

    #[tokio::test]
    async fn the_form_gets_a_blank_page_that_leads_on() {
        let response = send(Request::post("/quick-exit")).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(set_cookies(&response), [left_cookie()]);
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["referrer-policy"], "no-referrer");
        let body = to_bytes(response.into_body(), 10_000).await.unwrap();
        let html = std::str::from_utf8(&body).unwrap();
        assert!(html.contains(&format!("content=\"0; url={}\"", neutral_site())), "{html}");
        assert!(html.contains("href=\"data:,\""), "{html}");
        assert!(!html.to_lowercase().contains("police"), "{html}");
    }

    #[tokio::test]
    async fn another_site_cannot_lock_anybody_out() {
        for (name, value) in
            [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("sec-purpose", "prefetch")]
        {
            let response =
                send(Request::get("/quick-exit").header(name, value).header("cookie", "bluelamp_visit=1")).await;
            assert_eq!(response.headers()["location"], neutral_site());
            assert!(set_cookies(&response).is_empty(), "{name}: {value}");
        }
    }

    #[tokio::test]
    async fn the_way_back_is_one_dull_button_that_lifts_the_lock() {
        let page = send(Request::get("/return")).await;
        assert_eq!(page.headers()["cache-control"], "no-store");
        let body = to_bytes(page.into_body(), 10_000).await.unwrap();
        let html = std::str::from_utf8(&body).unwrap();
        assert_eq!(html.matches("<button").count(), 1, "{html}");
        assert!(!html.to_lowercase().contains("police"), "{html}");
        let back = send(Request::post("/return")).await;
        assert_eq!(back.status(), StatusCode::SEE_OTHER);
        assert_eq!(back.headers()["location"], "/");
        assert_eq!(set_cookies(&back), ["bluelamp_left=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"]);
    }
}
