//! What a visitor reads: pages and notices, now or as they were.

mod history;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

use super::edition::{self, Edition, Section, View};
use super::markdown::deepen;
use super::model::{Address, NoticeContent, NoticeKind};
use super::published::Notice;
use super::site::{Around, Site};
use crate::clock::{self, date_words, time_words};
use crate::consent::Visitor;
use crate::error::AppError;
use crate::web::extract::{Path, Query};
use crate::web::pages::PageBytes;
use crate::web::respond;
use crate::web::shell::{BannerView, CookieBanner, Shell};

#[derive(Template)]
#[template(path = "notices/page.html")]
struct Page {
    shell: Shell,
    heading: String,
    as_of: Option<String>,
    sections: Vec<SectionView>,
    /// Set on the page about cookies: what the visitor chose.
    cookies_form: Option<&'static str>,
    gpc: bool,
    today: String,
}

struct SectionView {
    name: String,
    title: Option<String>,
    html: String,
    /// 0 where nothing is in force.
    version: i32,
    since: String,
    review: Option<String>,
    removed: Option<String>,
}

/// A page of our own words, such as that of an empty site.
#[derive(Template)]
#[template(path = "notices/text.html")]
pub(crate) struct Text {
    pub(crate) shell: Shell,
    pub(crate) heading: String,
    /// HTML of ours or of our renderer.
    pub(crate) html: String,
}

/// What a page can be asked for.
#[derive(Deserialize)]
pub(crate) struct Asked {
    pub(crate) as_of: Option<String>,
}

/// The URLs of pages, notices and their history.
#[must_use]
pub fn routes() -> Router<Site> {
    Router::new()
        .route("/", get(home))
        .route("/cookies", get(cookies))
        .route("/{address}", get(read))
        .merge(history::routes())
}

/// A page as everybody sees it, for the kept bytes.
///
/// # Errors
/// When the template cannot be rendered.
pub fn render(site: &Site, edition: &Edition, view: &View, address: &str, asks: bool) -> Result<String, askama::Error> {
    let cookies = if asks { CookieBanner::Asks } else { CookieBanner::Hidden };
    let texts = view.sections.iter().map(|section| section.version.as_ref().and_then(|version| version.text.clone()));
    let visitor = Visitor { banner: cookies, ..Visitor::default() };
    page((site, edition), view, address, &visitor, &texts.collect::<Vec<_>>(), None).render()
}

async fn home(State(site): State<Site>, visitor: Visitor, asked: Query<Asked>) -> Result<Response, AppError> {
    if site.edition().is_empty() {
        return empty(&site, &visitor);
    }
    answer(&site, "home", &visitor, asked.0).await
}

async fn cookies(State(site): State<Site>, visitor: Visitor, asked: Query<Asked>) -> Result<Response, AppError> {
    answer(&site, "cookies", &visitor, asked.0).await
}

async fn read(
    State(site): State<Site>,
    visitor: Visitor,
    Path(address): Path<String>,
    asked: Query<Asked>,
) -> Result<Response, AppError> {
    if address == "home" {
        return respond::see_other("/");
    }
    answer(&site, &address, &visitor, asked.0).await
}

fn empty(site: &Site, visitor: &Visitor) -> Result<Response, AppError> {
    let edition = site.edition();
    let around = Around { title: "Welcome", path: "/", cookies: visitor.banner, ..Around::default() };
    let html = "<p>In an emergency call <a href=\"tel:999\">999</a>. Otherwise call <a href=\"tel:101\">101</a>.</p>\
        <p>This site has no texts yet. Whoever runs it can load them with <code>bluelamp import DIR</code>.</p>";
    let text = Text { shell: site.shell(&edition, around), heading: "Welcome".to_owned(), html: html.to_owned() };
    respond::page(StatusCode::OK, &text)
}

async fn answer(site: &Site, address: &str, visitor: &Visitor, asked: Asked) -> Result<Response, AppError> {
    let Some(asked) = asked.as_of else {
        let edition = site.edition();
        let view = edition.views.get(address).ok_or(AppError::NotFound)?;
        let texts = texts(site, &view.sections).await?;
        return respond::page(status(view), &page((site, &edition), view, address, visitor, &texts, None));
    };
    then(site, address, visitor, &asked).await
}

/// What an address showed at a time that was asked for, in the shell of today.
///
/// # Errors
/// When the time cannot be read or has not come yet, the address never showed anything, or the database is away.
pub(crate) async fn then(site: &Site, address: &str, visitor: &Visitor, asked: &str) -> Result<Response, AppError> {
    let (edition, now) = (site.edition(), site.clock().now());
    let instant = instant(asked, now)?;
    let view = view_then(&edition, address, instant, now).ok_or(AppError::NotFound)?;
    let texts = texts(site, &view.sections).await?;
    let mut page = page((site, &edition), &view, address, visitor, &texts, Some(instant));
    page.shell.banners = banners_then(site, &edition, address, instant).await?;
    respond::page(status(&view), &page)
}

/// A page, or a notice alone. An address that is known by now and had nothing to show then has sections without a text.
fn view_then(edition: &Edition, address: &str, instant: Timestamp, now: Timestamp) -> Option<View> {
    let published = &edition.published;
    let (page, notice, sections) = if let Some(page) = published.page_at(address, instant) {
        let sections = edition::sections(published, &page, instant);
        (Some(page), None, sections)
    } else if let Some(notice) = published.notice_read_at(address, instant) {
        (None, Some(notice), alone(notice, instant))
    } else if let Some(page) = published.page_known_at(address, now) {
        let nothing = |name: &Address| Section { name: name.as_str().to_owned(), version: None };
        let sections = page.notices.iter().map(nothing).collect();
        (Some(page), None, sections)
    } else {
        let notice = published.notice_at(address, now)?;
        (None, Some(notice), alone(notice, instant))
    };
    let page = page.or_else(|| edition.views.get(address).and_then(|view| view.page.clone()));
    let notice = notice.map(|notice| notice.name.clone());
    Some(View { page, notice, sections, bytes: PageBytes::default() })
}

fn alone(notice: &Notice, instant: Timestamp) -> Vec<Section> {
    vec![Section { name: notice.name.clone(), version: notice.in_force(instant).cloned() }]
}

/// 410 (RFC 9110 section 15.5.11) for a notice alone whose text was removed. A page has more to show.
fn status(view: &View) -> StatusCode {
    let removed = |section: &Section| section.version.as_ref().is_some_and(|version| version.redaction.is_some());
    if view.notice.is_some() && view.sections.iter().any(removed) { StatusCode::GONE } else { StatusCode::OK }
}

async fn banners_then(
    site: &Site,
    edition: &Edition,
    address: &str,
    instant: Timestamp,
) -> Result<Vec<BannerView>, AppError> {
    let mut banners = Vec::new();
    for notice in edition.published.notices.values() {
        let Some(version) = notice.in_force(instant) else { continue };
        if version.about.as_ref().is_none_or(|about| about.kind != NoticeKind::Banner) {
            continue;
        }
        let Some(text) = site.text(version).await? else { continue };
        let shows = text.banner.as_ref().is_some_and(|banner| {
            banner.ends_at.is_none_or(|end| end > instant)
                && banner.pages.iter().any(|page| page == "all" || page == address)
        });
        if shows {
            let banner = BannerView {
                level: text.banner.as_ref().map_or("information", |banner| banner.level.name()),
                title: text.title.clone(),
                html: text.html.clone(),
                href: format!("/notices/{}", notice.name),
            };
            banners.push((text.banner.as_ref().map(|banner| banner.level), banner));
        }
    }
    // As they stood above the page: the most urgent first, else by name.
    banners.sort_by(|(one, _), (other, _)| other.cmp(one));
    Ok(banners.into_iter().map(|(_, banner)| banner).collect())
}

async fn texts(site: &Site, sections: &[Section]) -> Result<Vec<Option<Arc<NoticeContent>>>, AppError> {
    let mut texts = Vec::with_capacity(sections.len());
    for section in sections {
        texts.push(match &section.version {
            Some(version) => site.text(version).await?,
            None => None,
        });
    }
    Ok(texts)
}

fn page(
    (site, edition): (&Site, &Edition),
    view: &View,
    address: &str,
    visitor: &Visitor,
    texts: &[Option<Arc<NoticeContent>>],
    as_of: Option<Timestamp>,
) -> Page {
    let single = view.sections.len() == 1;
    let sections: Vec<SectionView> =
        view.sections.iter().zip(texts).map(|(section, text)| section_view(section, text.as_deref(), single)).collect();
    let title_alone = texts.iter().flatten().next().map(|text| text.title.clone());
    let heading = match (&view.page, &view.notice, title_alone) {
        (Some(page), None, _) => page.title.clone(),
        (_, _, Some(title)) => title,
        (Some(page), ..) => page.title.clone(),
        (None, name, None) => name.clone().unwrap_or_default(),
    };
    let path = if address == "home" { "/".to_owned() } else { format!("/{address}") };
    let return_to = if visitor.return_to.is_empty() { path.clone() } else { visitor.return_to.clone() };
    let around = Around {
        title: &heading,
        path: &path,
        return_to: Some(return_to.clone()),
        page: Some(address),
        cookies: visitor.banner,
    };
    let mut shell = site.shell(edition, around);
    shell.hide_href = return_to;
    shell.noindex = as_of.is_some();
    shell.description = view.page.as_ref().filter(|_| view.notice.is_none()).map(|page| page.description.clone());
    if let (Some(page), Some(_)) = (&view.page, &view.notice) {
        let root = site.settings().public_url.as_str().trim_end_matches('/');
        shell.canonical = Some(format!("{root}{}", page.address.path()));
    }
    let on_cookies = address == "cookies" && as_of.is_none();
    Page {
        shell,
        heading,
        as_of: as_of.map(time_words),
        sections,
        cookies_form: on_cookies.then(|| match visitor.choice.as_ref().map(crate::consent::Choice::accepts) {
            Some(true) => "You accepted statistics cookies.",
            Some(false) => "You rejected statistics cookies.",
            None => "You have not chosen yet.",
        }),
        gpc: visitor.gpc,
        today: clock::london(edition.at).date().to_string(),
    }
}

fn section_view(section: &Section, text: Option<&NoticeContent>, single: bool) -> SectionView {
    let version = section.version.as_ref();
    SectionView {
        name: section.name.clone(),
        title: text.filter(|_| !single).map(|text| text.title.clone()),
        html: text.map_or_else(String::new, |text| if single { text.html.clone() } else { deepen(&text.html) }),
        version: version.map_or(0, |version| version.number),
        since: version.map_or_else(String::new, |version| date_words(version.entry.in_force_at)),
        review: text.and_then(|text| text.review_by).map(|date| date.strftime("%-d %B %Y").to_string()),
        removed: version
            .and_then(|version| version.redaction.as_ref())
            .map(|redaction| format!("{}. It was removed on {}.", redaction.ground, time_words(redaction.at))),
    }
}

/// A date is its end in London (or now, on the day itself); anything else an RFC 3339 time. A `+` in a query arrives as a
/// space.
fn instant(asked: &str, now: Timestamp) -> Result<Timestamp, AppError> {
    const UNREADABLE: AppError =
        AppError::Unprocessable("Write the day as 2021-12-01, or a time as 2021-12-01T10:30:00Z.");
    let asked = asked.replace(' ', "+");
    if let Ok(date) = asked.parse::<Date>()
        && asked.len() == 10
    {
        if date > clock::london(now).date() {
            return Err(AppError::Unprocessable("That day has not come yet. Choose today or an earlier day."));
        }
        let next = date.tomorrow().map_err(|_| UNREADABLE)?;
        let start = next.to_zoned(clock::zone()).map_err(|_| UNREADABLE)?.timestamp();
        let end = Timestamp::from_microsecond(start.as_microsecond() - 1).map_err(|_| UNREADABLE)?;
        return Ok(end.min(now));
    }
    let instant: Timestamp = asked.parse().map_err(|_| UNREADABLE)?;
    if instant > now {
        return Err(AppError::Unprocessable("That time has not come yet. Choose an earlier one."));
    }
    Ok(instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_means_its_end_in_london_also_where_the_clocks_change() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let end = |text: &str| instant(text, now).ok().unwrap().to_string();
        assert_eq!(end("2021-12-01"), "2021-12-01T23:59:59.999999Z");
        assert_eq!(end("2021-03-28"), "2021-03-28T22:59:59.999999Z");
        assert_eq!(end("2021-10-31"), "2021-10-31T23:59:59.999999Z");
        assert_eq!(end("2021-07-01T10:00:00 01:00"), "2021-07-01T09:00:00Z");
        assert_eq!(end("2026-01-01"), "2026-01-01T00:00:00Z");
    }

    #[test]
    fn what_is_to_come_and_what_is_no_time_is_refused() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        for bad in ["", "x", "2026-01-02", "2026-01-01T00:00:01Z", "2021-13-01", "2021-02-30", "\0", "9999-12-31"] {
            assert!(instant(bad, now).is_err(), "{bad:?}");
        }
    }
}
