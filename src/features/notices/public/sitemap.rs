//! The site map for search engines: every page, and every notice that stands on one. Webchat joins them once it is open: no list sends
//! anybody to a way that is not.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;

use crate::base::web::headers::CachePolicy;
use crate::site::edition::{Edition, View};
use crate::site::model::path_of;
use crate::site::now::SiteNow;
use crate::site::paths;

/// Pages of this feature that show more than one notice.
const LISTS: [&str; 2] = [paths::NOTICES, paths::PROOF];

/// Sitemaps.org 0.9. Addresses hold nothing that XML would need escaped.
pub(crate) async fn sitemap(site: SiteNow) -> Response {
    let origin = site.settings().public_origin();
    let mut body = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for (path, changed) in places(&site.edition) {
        // Writing to a String cannot fail.
        let _ = write!(body, "  <url><loc>{origin}{path}</loc>");
        if let Some(changed) = changed {
            let _ = write!(body, "<lastmod>{}</lastmod>", changed.strftime("%Y-%m-%dT%H:%M:%SZ"));
        }
        body.push_str("</url>\n");
    }
    body.push_str("</urlset>\n");
    let mut response = ([(header::CONTENT_TYPE, "application/xml; charset=utf-8")], body).into_response();
    response.extensions_mut().insert(CachePolicy::Revalidate);
    response
}

/// Paths with the time of the last change of what they show, as far as it is known.
fn places(edition: &Edition) -> BTreeMap<String, Option<Timestamp>> {
    let mut places: BTreeMap<String, Option<Timestamp>> = LISTS.map(|list| (list.to_owned(), None)).into();
    // A notice alone that stands on no page is linked from nowhere.
    let shown = edition.views.iter().filter(|(_, view)| has_text(view) && view.page.is_some());
    let pages = edition.published.pages_since(edition.at);
    let arranged: HashMap<&str, Timestamp> = pages.map(|(page, since)| (page.address.as_str(), since)).collect();
    places.extend(shown.map(|(address, view)| (path_of(address), last_change(view, &arranged))));
    let newest = places.values().max().copied().flatten();
    places.insert(paths::NOTICES.to_owned(), newest);
    places
}

fn has_text(view: &View) -> bool {
    view.sections.iter().any(|section| section.version.as_ref().is_some_and(|version| version.redaction.is_none()))
}

/// The time at which a view became what it shows: its texts or, by the addresses of pages, their order.
fn last_change(view: &View, arranged: &HashMap<&str, Timestamp>) -> Option<Timestamp> {
    let page = view.page.as_ref().filter(|_| view.notice.is_none());
    let arranged = page.and_then(|page| arranged.get(page.address.as_str()).copied());
    let texts = view.sections.iter().filter_map(|section| Some(section.version.as_ref()?.entry.in_force_at));
    texts.chain(arranged).max()
}
