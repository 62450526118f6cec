//! `/report`.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::base::error::AppError;
use crate::base::web::extract::Query;
use crate::base::web::respond;
use crate::base::web::shell::Shell;
use crate::features::consent::Visitor;
use crate::features::notices::asked::Asked;
use crate::features::notices::{page, past};
use crate::features::report::paths;
use crate::site::Around;
use crate::site::now::SiteNow;

/// The address of the page about reporting.
const ADDRESS: &str = "report";

/// Until there are online forms, what leads to them leads to the page about reporting.
pub(crate) async fn lead_to_report() -> Result<Response, AppError> {
    respond::see_other(paths::REPORT)
}

/// Stands in for a page about reporting while the force has none.
#[derive(Template)]
#[template(path = "report/show.html")]
struct NoPage {
    shell: Shell,
}

pub(crate) async fn show(site: SiteNow, visitor: Visitor, Query(asked): Query<Asked>) -> Result<Response, AppError> {
    if !asked.is_for_now() {
        return past::answer(&site, ADDRESS, &visitor, asked).await;
    }
    if let Some(view) = site.edition.views.get(ADDRESS) {
        return page::answer(&site, view, ADDRESS, &visitor).await;
    }
    let around = Around {
        title: "Report something",
        path: paths::REPORT,
        return_to: Some(visitor.return_to),
        page: Some(ADDRESS),
        cookies: visitor.banner,
    };
    respond::page(StatusCode::OK, &NoPage { shell: site.shell(&site.edition, around) })
}
