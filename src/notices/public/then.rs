//! A page or notice as it was at an instant.

use jiff::Timestamp;

use axum::http::StatusCode;
use axum::response::Response;

use super::super::edition::{self, Edition, Section, View};
use super::super::model::{NoticeKind, path_of};
use super::super::site::Site;
use super::{page, texts};
use crate::clock::as_of;
use crate::consent::Visitor;
use crate::error::AppError;
use crate::web::pages::PageBytes;
use crate::web::respond;
use crate::web::shell::BannerView;

/// What was read at an address at an instant. Where nothing was because it had moved by then, on to where it is now.
pub(super) async fn answer(site: &Site, address: &str, visitor: &Visitor, asked: &str) -> Result<Response, AppError> {
    let instant = as_of(asked, site.clock().now())?;
    let edition = site.edition();
    let published = &edition.published;
    let view = if let Some(page) = published.page_at(address, instant) {
        let sections = edition::sections(published, &page, instant);
        View { sections, page: Some(page), notice: None, bytes: PageBytes::default() }
    } else if let Some(view) = alone(&edition, address, instant) {
        view
    } else if let Some(now_at) = edition.moved.get(address) {
        let mut target = format!("{}?as_of=", path_of(now_at));
        target.extend(url::form_urlencoded::byte_serialize(asked.as_bytes()));
        return respond::moved(&target);
    } else {
        before_the_first(&edition, address, instant)?
    };
    let texts = texts(site, &view.sections).await?;
    let mut page = page((site, &edition), &view, address, visitor, &texts, Some(instant));
    page.shell.banners = banners(site, &edition, address, instant).await?;
    respond::page(StatusCode::OK, &page)
}

/// The notice that was read at the address at that instant.
fn alone(edition: &Edition, address: &str, instant: Timestamp) -> Option<View> {
    let mut notices = edition.published.notices.values();
    let notice = notices.find(|notice| {
        let is_text = notice
            .in_force(instant)
            .is_some_and(|version| version.about.as_ref().is_none_or(|about| about.kind == NoticeKind::Text));
        is_text && notice.address(instant) == address
    })?;
    Some(View {
        page: edition.views.get(address).and_then(|view| view.page.clone()),
        notice: Some(notice.name.clone()),
        sections: vec![Section::new(notice, instant)],
        bytes: PageBytes::default(),
    })
}

/// A notice alone or a page that is known now, at an instant at which nothing of it was in force at this address.
fn before_the_first(edition: &Edition, address: &str, instant: Timestamp) -> Result<View, AppError> {
    let known = edition.published.notice_at(address, edition.at);
    let sections = match (known, edition.views.get(address)) {
        (_, Some(view)) if view.notice.is_none() => {
            view.sections.iter().map(|section| Section::empty(&section.name)).collect()
        }
        (Some(notice), _) => vec![Section::new(notice, instant)],
        _ => return Err(AppError::NotFound),
    };
    let page = edition.views.get(address).and_then(|view| view.page.clone());
    Ok(View { page, notice: known.map(|notice| notice.name.clone()), sections, bytes: PageBytes::default() })
}

async fn banners(
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
            banners.push(BannerView {
                level: text.banner.as_ref().map_or("information", |banner| banner.level.name()),
                title: text.title.clone(),
                html: text.html.clone(),
                href: format!("/notices/{}", notice.name),
            });
        }
    }
    Ok(banners)
}
