//! Links: words that say where they lead (WCAG 2.4.4), and local ones that lead somewhere.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::features::drafts::checks::language::{line_of, line_starts};
use crate::features::drafts::checks::leads;
use crate::features::drafts::checks::problem::Problem;
use crate::site::edition::{Edition, View};
use crate::site::paths;
use crate::text::markdown::{ids, read_events};

/// Link texts that say nothing by themselves.
const VAGUE: [&str; 18] = [
    "click",
    "click here",
    "click this link",
    "details",
    "download",
    "find out more",
    "here",
    "info",
    "learn more",
    "link",
    "more",
    "more info",
    "more information",
    "read more",
    "see here",
    "this",
    "this link",
    "this page",
];

/// The most problems that are reported at once.
const MOST: usize = 20;

/// Finds the problems of a text's links. `html` is the text as it will be served, if it can be rendered.
pub(super) fn advice(text: &str, name: &str, html: Option<&str>, edition: &Edition) -> Vec<Problem> {
    let starts = line_starts(text);
    let mut places = Places::new(name, html, edition);
    let mut problems = Vec::new();
    let mut open: Option<(String, usize, String)> = None;
    let mut code = false;
    for (event, range) in read_events(text) {
        let line = line_of(&starts, range.start);
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => open = Some((dest_url.into_string(), line, String::new())),
            Event::End(TagEnd::Link) => {
                let Some((target, line, words)) = open.take() else { continue };
                problems.extend(vague(&words).map(|message| Problem::at(line, message)));
                problems.extend(places.dead(&target).map(|message| Problem::at(line, message)));
                problems.extend(leads::advice(&target).map(|message| Problem::at(line, message)));
            }
            Event::Start(Tag::CodeBlock(_)) => code = true,
            Event::End(TagEnd::CodeBlock) => code = false,
            Event::Text(part) => match &mut open {
                Some((_, _, words)) => words.push_str(&part),
                None if !code && part.split_whitespace().any(is_address) => {
                    let message = "A web address stands in the text. Make it a link with words: [words](address).";
                    problems.push(Problem::at(line, message));
                    let through = part.split_whitespace().find_map(leads::advice);
                    problems.extend(through.map(|message| Problem::at(line, message)));
                }
                None => {}
            },
            Event::Code(part) => {
                if let Some((_, _, words)) = &mut open {
                    words.push_str(&part);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some((_, _, words)) = &mut open {
                    words.push(' ');
                }
            }
            _ => {}
        }
        if problems.len() >= MOST {
            break;
        }
    }
    problems
}

fn is_address(word: &str) -> bool {
    let word = word.trim_start_matches(['(', '<', '"', '“']);
    word.starts_with("https://") || word.starts_with("http://") || word.starts_with("www.")
}

fn vague(words: &str) -> Option<String> {
    let plain = words.trim().trim_end_matches(['.', '!', ':', '…', '>', '»']).trim().to_lowercase();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    if plain.is_empty() {
        return Some("A link has no words. Say where it leads.".to_owned());
    }
    if VAGUE.contains(&plain.as_str()) {
        return Some(format!(
            "The link “{}” does not say where it leads. People who hear the links one by one need to know.",
            words.trim()
        ));
    }
    is_address(&plain).then(|| "A link shows its address. Write words that say where it leads.".to_owned())
}

/// The targets of fragments, gathered once for all links of a text.
struct Places<'a> {
    name: &'a str,
    edition: &'a Edition,
    /// Ids of the text itself, where it can be served.
    own: Option<HashSet<&'a str>>,
    /// Ids on the pages that the text stands on.
    beside: OnceCell<HashSet<&'a str>>,
    /// Ids of other pages, by address.
    elsewhere: HashMap<&'a str, HashSet<&'a str>>,
}

impl<'a> Places<'a> {
    fn new(name: &'a str, html: Option<&'a str>, edition: &'a Edition) -> Self {
        let own = html.map(|html| ids(html).collect());
        Self { name, edition, own, beside: OnceCell::new(), elsewhere: HashMap::new() }
    }

    fn beside(&self) -> &HashSet<&'a str> {
        self.beside.get_or_init(|| {
            let stands =
                |view: &&View| view.notice.is_none() && view.sections.iter().any(|section| section.name == self.name);
            self.edition.views.values().filter(stands).flat_map(ids_inside).collect()
        })
    }

    /// Tells why a local link leads nowhere, as far as can be known.
    fn dead(&mut self, target: &str) -> Option<String> {
        if let Some(fragment) = target.strip_prefix('#') {
            let own = self.own.as_ref()?;
            let named = format!("{}-{fragment}", self.name);
            let there = own.contains(named.as_str()) || own.contains(fragment) || fragment == self.name;
            return (!there && !self.beside().contains(fragment))
                .then(|| format!("The link to #{fragment} leads nowhere: no heading of the page has that name."));
        }
        let path = target.strip_prefix('/').filter(|path| !path.starts_with('/'))?;
        let (path, fragment) = path.split_once('#').map_or((path, None), |(path, fragment)| (path, Some(fragment)));
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        let (first, rest) = path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)));
        let edition = self.edition;
        let view = edition.views.get_key_value(if first.is_empty() { "home" } else { first });
        match (view, rest, fragment) {
            (Some((address, view)), None, Some(fragment)) if !fragment.is_empty() => {
                let there = self.elsewhere.entry(address).or_insert_with(|| ids_inside(view).collect());
                (!there.contains(fragment)).then(|| format!("The page /{path} has no place called #{fragment}."))
            }
            (Some(_), None, _) => None,
            _ if paths::is_own(first)
                || edition.declared.is_own(first)
                || edition.published.notice_at(first, edition.at).is_some() =>
            {
                None
            }
            _ => Some(format!("The link to /{path} leads nowhere: there is no such page on this site.")),
        }
    }
}

/// The places on a page that a fragment can name.
fn ids_inside(view: &View) -> impl Iterator<Item = &str> {
    view.sections.iter().flat_map(|section| {
        let text = section.version.as_ref().and_then(|version| version.text.as_ref());
        std::iter::once(section.name.as_str()).chain(text.into_iter().flat_map(|text| ids(&text.html)))
    })
}
