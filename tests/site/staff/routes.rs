//! The routes of the staff site, read out of the rooms' own tables, so that a test which goes through all of them misses none.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What answers with something else than a page.
const NO_PAGES: [&str; 2] = ["/healthz", "/audit.csv"];

/// Pages that every test which goes through all of them visits, as somebody sees them who has all roles, while a draft of `contact` is
/// open. Each of the tests adds those that need something of its own.
pub(crate) const PAGES: [&str; 33] = [
    "/",
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
    "/banners",
    "/banners/new",
    "/pages",
    "/pages/new",
    "/pages/website-privacy",
    "/pages/website-privacy/preview",
    "/facts",
    "/facts/affected",
    "/navigation",
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

/// All routes: (method, pattern).
pub(crate) fn routes() -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    tables(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 40, "the tables were not found");
    found
}

fn tables(folder: &Path, found: &mut BTreeSet<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tables(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let source = fs::read_to_string(&path).unwrap();
            if source.contains("-> Router<Desk>") {
                found.extend(routes_in(&source));
            }
        }
    }
}

/// The routes in a table of `Router<Desk>`: (method, pattern).
pub(crate) fn routes_in(source: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for part in source.split(".route(").skip(1) {
        let part = part.trim_start();
        assert!(part.starts_with('"'), "a route's pattern is no literal: {part:.60}");
        let (pattern, rest) = part[1..].split_once('"').unwrap();
        // Up to the end of the call: patterns and handlers hold no other parentheses than in pairs.
        let mut depth = 1;
        let end = rest.find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth == 0
        });
        let methods = &rest[..end.unwrap()];
        for method in ["get", "post", "put", "delete", "patch", "any"] {
            // `get(…)` and `.post(…)`, not the end of another name.
            let called = [format!(" {method}("), format!(".{method}("), format!(",{method}(")];
            if called.iter().any(|call| methods.contains(call)) {
                found.push((method.to_owned(), pattern.to_owned()));
            }
        }
    }
    found
}

/// The pages that are at none of these paths.
pub(crate) fn unvisited(paths: &[String]) -> Vec<String> {
    let pages: Vec<String> = routes()
        .into_iter()
        .filter(|(method, pattern)| method == "get" && !NO_PAGES.contains(&pattern.as_str()))
        .map(|(_, pattern)| pattern)
        .collect();
    let visited: BTreeSet<&String> = paths.iter().filter_map(|path| page_at(&pages, path)).collect();
    pages.iter().filter(|page| !visited.contains(page)).cloned().collect()
}

/// The pattern that a path belongs to: of several the one with the fewest open parts, as the router takes them.
fn page_at<'a>(pages: &'a [String], path: &str) -> Option<&'a String> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let open = |part: &str| part.starts_with('{');
    let fits = |page: &str| {
        page.split('/').count() == path.split('/').count()
            && page.split('/').zip(path.split('/')).all(|(part, said)| part == said || (open(part) && !said.is_empty()))
    };
    pages.iter().filter(|page| fits(page)).min_by_key(|page| page.split('/').filter(|part| open(part)).count())
}
