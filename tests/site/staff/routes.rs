//! The pages of the staff site, by its table of routes, so that a test which goes through all of them misses none.

use std::collections::BTreeSet;

use axum::http::Method;
use bluelamp::base::web::paths as shared;
use bluelamp::desk::paths;
use bluelamp::routes::staff::table;

/// The paths that answer with something else than a page.
const NO_PAGES: [&str; 7] = [
    shared::HEALTHZ,
    shared::HASHED_ASSET,
    shared::ASSET,
    shared::FAVICON,
    shared::FAVICON_ICO,
    shared::APPLE_TOUCH_ICON,
    paths::AUDIT_CSV,
];

/// Pages that every test which goes through all of them visits, as somebody sees them who has all roles, while a draft of `contact` is
/// open. Each of the tests adds those that need something of its own.
pub(crate) const PAGES: [&str; 43] = [
    "/",
    "/guide",
    "/calendar",
    "/banners/emergency",
    "/webchat",
    "/notices",
    "/notices/new",
    "/notices/contact",
    "/notices/contact/edit",
    "/notices/privacy-notice/edit",
    "/notices/new-website/edit",
    "/notices/contact/compare?to=draft",
    "/notices/contact/sheet",
    "/notices/contact/withdraw",
    "/notices/new-website/end",
    "/drafts/notice:contact/review",
    "/drafts/notice:contact/publish",
    "/discussions/notice:contact",
    "/banners",
    "/banners/new",
    "/pages",
    "/pages/new",
    "/pages/website-privacy",
    "/pages/website-privacy/preview",
    "/pages/website-privacy/take-away",
    "/facts",
    "/facts/affected",
    "/navigation",
    "/promoted-answers",
    "/searches",
    "/change-sets",
    "/change-sets/new",
    "/previews",
    "/previews/new",
    "/redactions",
    "/accounts",
    "/accounts/new",
    "/account",
    "/account/password",
    "/account/passkeys",
    "/account/codes",
    "/confirm?next=/account",
    "/audit",
];

/// The pages that are at none of these paths.
pub(crate) fn unvisited(paths: &[String]) -> Vec<&'static str> {
    let pages: Vec<&str> = table()
        .into_iter()
        .filter(|route| route.method == Method::GET && !NO_PAGES.contains(&route.path))
        .map(|route| route.path)
        .collect();
    let visited: BTreeSet<&str> = paths.iter().filter_map(|path| page_at(&pages, path)).collect();
    pages.into_iter().filter(|page| !visited.contains(page)).collect()
}

/// The pattern that a path belongs to: of several the one with the fewest open parts, as the router takes them.
fn page_at(pages: &[&'static str], path: &str) -> Option<&'static str> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let open = |part: &str| part.starts_with('{');
    let fits = |page: &str| {
        page.split('/').count() == path.split('/').count()
            && page.split('/').zip(path.split('/')).all(|(part, said)| part == said || (open(part) && !said.is_empty()))
    };
    pages.iter().copied().filter(|page| fits(page)).min_by_key(|page| page.split('/').filter(|part| open(part)).count())
}
