//! Everything that links lead to, from the home page on, and what a test knows of besides.

use std::collections::BTreeMap;

use super::{Answer, TestSite};

/// Every local address that can be reached by links, with its answer. `more` are addresses to look at besides.
pub(crate) async fn crawl(site: &TestSite, more: &[&str]) -> BTreeMap<String, Answer> {
    let root = site.site.settings().public_origin();
    let machines = ["/", "/sitemap.xml", "/robots.txt", "/.well-known/security.txt", "/healthz", "/readyz"];
    let mut waiting: Vec<String> = machines.iter().chain(more).map(|path| (*path).to_owned()).collect();
    let mut seen = BTreeMap::new();
    while let Some(path) = waiting.pop() {
        if seen.contains_key(&path) {
            continue;
        }
        let answer = site.get(&path).await;
        waiting.extend(links(&answer, &root).into_iter().filter(|link| !seen.contains_key(link)));
        seen.insert(path, answer);
    }
    seen
}

/// The local addresses that an answer names, without fragments.
pub(crate) fn links(answer: &Answer, root: &str) -> Vec<String> {
    let mut found = vec![answer.header("location").to_owned()];
    if answer.header("content-type").starts_with("text/html") {
        for (selector, name) in [("[href]", "href"), ("[src]", "src"), ("form", "action")] {
            found.extend(answer.attributes(selector, name));
        }
    } else if answer.header("content-type").contains("xml") {
        let between = |start: &str, end: char| {
            let parts = answer.body.split(start).skip(1);
            parts.filter_map(|rest| rest.split(end).next()).map(ToOwned::to_owned).collect::<Vec<_>>()
        };
        found.extend(between("<loc>", '<'));
        found.extend(between("href=\"", '"'));
    }
    let local = |link: String| link.strip_prefix(root).unwrap_or(&link).to_owned();
    let plain = |link: String| link.split('#').next().unwrap_or_default().to_owned();
    found.into_iter().map(local).map(plain).filter(|link| link.starts_with('/')).collect()
}
