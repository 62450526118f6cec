//! A page of the site with its notices, now or at an instant.

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;

use crate::base::as_of::AsOf;
use crate::base::clock::{date_words, time_words};
use crate::base::error::AppError;
use crate::base::language::{Language, Worded};
use crate::base::web::paths::absolute;
use crate::base::web::respond;
use crate::base::web::shell::{CookieBanner, Link, Shell};
use crate::features::consent::{Choice, Visitor};
use crate::features::notices::languages;
use crate::features::notices::languages::Translation;
use crate::features::notices::old::{OldPage, link_to};
use crate::features::notices::organisation;
use crate::features::notices::public::gone::Withdrawn;
use crate::features::notices::public::history::{link_to_all, link_to_one};
use crate::features::notices::public::home::{News, news};
use crate::features::notices::public::standing::Standing;
use crate::site::edition::{Edition, Section, View};
use crate::site::model::{NoticeContent, path_of};
use crate::site::now::SiteNow;
use crate::site::paths;
use crate::site::published::{Notice, Version};
use crate::site::{Around, Site};
use crate::text::cut::cut_between_words;
use crate::text::markdown::{Tasks, deepen, headings, introduction, plain_text, tasks};

#[derive(Template)]
#[template(path = "notices/page.html")]
pub(super) struct Page {
    pub(super) shell: Shell,
    heading: Worded,
    /// Set on a page of the past.
    pub(super) old: Option<OldPage>,
    /// The translations of the same text.
    languages: Vec<Translation>,
    /// The list of contents of a long page.
    contents: Vec<ContentsLink>,
    /// The HTML before the list of contents: the beginning of a text that stands alone.
    introduction: Option<(String, Language)>,
    sections: Vec<SectionView>,
    /// Set on the home page: who the force is, for machines, as JSON-LD.
    organisation: Option<String>,
    /// Set on a home page that begins with a list of tasks: its text in parts.
    tasks: Option<Tasks>,
    /// Set on the home page: the latest changes.
    news: Vec<News>,
    /// Set on the page about cookies: what the visitor chose.
    cookies_form: Option<&'static str>,
    gpc: bool,
}

/// A line of the list of what a page holds.
struct ContentsLink {
    label: Worded,
    href: String,
}

struct SectionView {
    name: String,
    title: Option<Worded>,
    /// The language of its title and its text.
    language: Language,
    html: String,
    /// 0 where nothing is in force.
    version: i32,
    since: String,
    /// Set on a page of the past: how the version stands by now.
    standing: Option<Standing>,
    /// On a page of the past: what has changed in it by now.
    changed_since: Option<String>,
    removed: Option<String>,
    withdrawn: Option<Withdrawn>,
    /// The address at the time that is asked for, if it was not on this page.
    elsewhere: Option<Link>,
}

/// A text with at least so many headings gets a list of them, if it is long.
const WORTH_CONTENTS: usize = 4;

/// Bytes of HTML from which a text is long: several screens of a phone.
const LONG: usize = 6000;

/// Characters of a description: search engines show no more.
const LONGEST_DESCRIPTION: usize = 160;

/// A page with at least so many notices gets a list of them.
const MANY_NOTICES: usize = 2;

/// A page of our own words, such as that of an empty site.
#[derive(Template)]
#[template(path = "notices/text.html")]
pub(crate) struct Text {
    pub(crate) shell: Shell,
    pub(crate) heading: String,
    /// HTML of ours or of our renderer.
    pub(crate) html: String,
}

/// A page as everybody sees it, for the kept bytes.
pub fn render(site: &SiteNow, view: &View, address: &str, asks: bool) -> Result<String, askama::Error> {
    let cookies = if asks { CookieBanner::Asks } else { CookieBanner::Hidden };
    let texts = view.sections.iter().map(|section| section.version.as_ref().and_then(|version| version.text.clone()));
    let visitor = Visitor { banner: cookies, ..Visitor::default() };
    page(site, view, address, &visitor, &texts.collect::<Vec<_>>(), None).render()
}

/// A page as one visitor sees it.
pub(crate) async fn answer(
    site: &SiteNow,
    view: &View,
    address: &str,
    visitor: &Visitor,
) -> Result<Response, AppError> {
    let texts = texts(site, &view.sections).await?;
    respond::page(status(view), &page(site, view, address, visitor, &texts, None))
}

/// 410 (RFC 9110 section 15.5.11) for a notice alone whose text was removed. A page has more to show.
pub(super) fn status(view: &View) -> StatusCode {
    let removed = |section: &Section| section.version.as_ref().is_some_and(|version| version.redaction.is_some());
    if view.notice.is_some() && view.sections.iter().any(removed) { StatusCode::GONE } else { StatusCode::OK }
}

pub(super) async fn texts(site: &Site, sections: &[Section]) -> Result<Vec<Option<Arc<NoticeContent>>>, AppError> {
    let mut texts = Vec::with_capacity(sections.len());
    for section in sections {
        texts.push(match &section.version {
            Some(version) => site.text(version).await?,
            None => None,
        });
    }
    Ok(texts)
}

pub(super) fn page(
    site: &SiteNow,
    view: &View,
    address: &str,
    visitor: &Visitor,
    texts: &[Option<Arc<NoticeContent>>],
    as_of: Option<AsOf>,
) -> Page {
    let edition = &*site.edition;
    let single = view.sections.len() == 1;
    let is_home = address == "home" && view.notice.is_none();
    let mut sections: Vec<SectionView> = view
        .sections
        .iter()
        .zip(texts)
        .map(|(section, text)| SectionView {
            elsewhere: as_of.and_then(|as_of| link_elsewhere(edition, section, as_of.at)),
            ..section_view(edition, section, text.as_deref(), single, as_of.is_some())
        })
        .collect();
    let mut contents = if is_home { Vec::new() } else { contents(&sections) };
    if single && contents.len() < WORTH_CONTENTS {
        contents.clear();
    }
    let tasks = sections.first().filter(|_| is_home && single).and_then(|only| tasks(&only.html));
    let mut before = None;
    if !contents.is_empty()
        && let [only] = sections.as_mut_slice()
    {
        let (first, rest) = introduction(&only.html);
        before = Some((first.to_owned(), only.language.clone()));
        only.html = rest.to_owned();
    }
    let heading = match (&view.page, &view.notice) {
        (Some(page), None) => Worded::own(&page.title),
        (_, name) => {
            let text = texts.iter().flatten().next().map(|text| Worded::new(&text.title, &text.language));
            text.unwrap_or_else(|| title_of(edition, name.as_deref().unwrap_or_default()))
        }
    };
    let title = as_of.map(|as_of| format!("{} as it was on {}", heading.text, as_of.words()));
    // The heading of the page is not said again by its first notice.
    if let (Some(first), Some(text)) = (sections.first_mut(), texts.first().and_then(Option::as_ref))
        && first.title.as_ref().is_some_and(|title| title.text == heading.text)
    {
        first.title = None;
        first.html.clone_from(&text.html);
    }
    let path = path_of(address);
    let return_to = if visitor.return_to.is_empty() { path.clone() } else { visitor.return_to.clone() };
    let around = Around {
        title: title.as_deref().unwrap_or(&heading.text),
        path: &path,
        return_to: Some(return_to.clone()),
        page: Some(address),
        cookies: visitor.banner,
    };
    let mut shell = site.shell(edition, around);
    shell.hide_href = return_to;
    shell.noindex = as_of.is_some();
    shell.has_no_past = false;
    shell.description = match (&view.page, &view.notice, as_of) {
        (.., Some(as_of)) => Some(format!("{}, as it was on {}.", heading.text, as_of.words())),
        (Some(page), None, None) => Some(page.description.clone()),
        _ => texts.iter().flatten().next().and_then(|text| first_words(&text.html)),
    };
    shell.feed = Some(match view.sections.as_slice() {
        [only] => link_to_one(edition, &only.name, edition.at),
        _ => link_to_all(edition),
    });
    if view.is_about_harm() {
        shell.make_discreet();
    }
    if let (Some(page), Some(_)) = (&view.page, &view.notice) {
        shell.canonical = Some(absolute(&site.settings().public_url, &page.address.path()));
    }
    let on_cookies = address == "cookies" && as_of.is_none();
    if on_cookies && shell.cookies.asks() {
        // The page has the same question on top.
        shell.cookies = CookieBanner::Hidden;
    }
    Page {
        shell,
        heading,
        old: as_of.map(|as_of| OldPage::new(site, view, address, as_of)),
        languages: if as_of.is_none() { languages::of(edition, address) } else { Vec::new() },
        contents,
        introduction: before,
        sections,
        organisation: (is_home && as_of.is_none()).then(|| organisation::as_json(site)),
        tasks,
        news: if is_home { news(&edition.published, as_of.map_or(edition.at, |as_of| as_of.at)) } else { Vec::new() },
        cookies_form: on_cookies.then(|| match visitor.choice.as_ref().map(Choice::accepts) {
            Some(true) => "You have accepted statistics cookies.",
            Some(false) => "You have rejected statistics cookies.",
            None => "You have not chosen yet.",
        }),
        // A choice here overrides the browser's signal.
        gpc: visitor.gpc && visitor.choice.is_none(),
    }
}

fn section_view(
    edition: &Edition,
    section: &Section,
    text: Option<&NoticeContent>,
    single: bool,
    is_past: bool,
) -> SectionView {
    let version = section.version.as_ref();
    let old = version.filter(|_| is_past);
    let old = old.and_then(|version| Some((edition.published.notices.get(&section.name)?, version)));
    SectionView {
        name: section.name.clone(),
        title: match text {
            _ if single => None,
            Some(text) => Some(Worded::new(&text.title, &text.language)),
            None if version.is_none() && is_past => last_title(edition, &section.name),
            None => None,
        },
        language: text.map(|text| text.language.clone()).unwrap_or_default(),
        html: text.map_or_else(String::new, |text| if single { text.html.clone() } else { deepen(&text.html) }),
        version: version.map_or(0, |version| version.number),
        since: version.map_or_else(String::new, |version| date_words(version.entry.in_force_at)),
        standing: old.map(|(notice, version)| Standing::of(notice, version, edition.at)),
        changed_since: old.and_then(|(notice, version)| changed_since(notice, version, edition.at)),
        removed: version
            .and_then(|version| version.redaction.as_ref())
            .map(|redaction| format!("{}. It was removed on {}.", redaction.ground, time_words(redaction.at))),
        withdrawn: section.withdrawal.as_deref().map(|withdrawal| Withdrawn::new(edition, withdrawal)),
        elsewhere: None,
    }
}

/// The first paragraph of a text, for those who list or share it; cut at a word where it is long.
fn first_words(html: &str) -> Option<String> {
    let (first, _) = html.split_once("</p>")?;
    let text = plain_text(first);
    let paragraph = text.lines().last()?;
    Some(cut_between_words(paragraph, LONGEST_DESCRIPTION).into_owned())
}

/// The title of a notice whose text is not in memory: that of the version in force, or of the last one.
fn title_of(edition: &Edition, name: &str) -> Worded {
    last_title(edition, name).unwrap_or_else(|| Worded::own(name))
}

/// The title of the version of a notice that is in force or was last; none where there is none, or its text was removed.
fn last_title(edition: &Edition, name: &str) -> Option<Worded> {
    let last = edition.published.notices.get(name)?.last_in_force(edition.at)?;
    last.about.as_ref().map(|about| Worded::new(&about.title, &about.language))
}

/// The address of the changes between a version and the one in force; none if they are the same, or one of them cannot be read.
fn changed_since(notice: &Notice, version: &Version, now: Timestamp) -> Option<String> {
    let current = notice.in_force(now).filter(|current| current.number != version.number)?;
    if version.redaction.is_some() || current.redaction.is_some() {
        return None;
    }
    let changes = paths::version_changes(&notice.name, current.number);
    let before = notice.public_within(..current.number, now).next_back()?;
    Some(if before.number == version.number { changes } else { format!("{changes}?from={}", version.number) })
}

/// Links to the address of a notice at an instant at which it was not on the page that is asked for.
fn link_elsewhere(edition: &Edition, section: &Section, instant: Timestamp) -> Option<Link> {
    let notice = edition.published.notices.get(&section.name).filter(|_| section.version.is_none())?;
    notice.in_force(instant)?;
    Some(link_to(notice.address(instant), instant))
}

/// The notices of a page, or the headings of a notice that stands alone, where they are many.
fn contents(sections: &[SectionView]) -> Vec<ContentsLink> {
    match sections {
        [only] => {
            let headings = if only.html.len() < LONG { Vec::new() } else { headings(&only.html) };
            headings
                .into_iter()
                .filter(|heading| !heading.id.is_empty())
                .map(|heading| ContentsLink {
                    label: Worded::new(heading.words, &only.language),
                    href: format!("#{}", heading.id),
                })
                .collect()
        }
        few if few.len() < MANY_NOTICES => Vec::new(),
        many => {
            let link = |section: &SectionView| {
                let label = section.title.clone()?;
                Some(ContentsLink { label, href: format!("#{}", section.name) })
            };
            many.iter().filter_map(link).collect()
        }
    }
}
