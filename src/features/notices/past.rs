//! A page or notice as it was at an instant.

use axum::response::Response;
use jiff::Timestamp;

use crate::base::error::AppError;
use crate::base::web::pages::PageBytes;
use crate::base::web::respond;
use crate::base::web::shell::BannerView;
use crate::features::consent::Visitor;
use crate::features::notices::asked::Asked;
use crate::features::notices::old::link_to;
use crate::features::notices::page::{page, status, texts};
use crate::site::edition;
use crate::site::edition::{BannerNow, Edition, Section, View};
use crate::site::model::{NoticeKind, path_of};
use crate::site::now::SiteNow;

/// Answers with the text that was at an address at an instant. If nothing was because it had moved by then, on to where it is now; where it had
/// not moved there yet, it is shown with the address that it had.
pub(crate) async fn answer(
    site: &SiteNow,
    address: &str,
    visitor: &Visitor,
    asked: Asked,
) -> Result<Response, AppError> {
    let edition = &site.edition;
    let published = &edition.published;
    let as_of = match asked.read(site.clock().now()) {
        Ok(as_of) => as_of,
        Err(_) if !is_known(edition, address) => return Err(AppError::NotFound),
        Err(problem) => return asked.refuse(problem, &path_of(address)),
    };
    if asked.is_from_form() && is_known(edition, address) {
        return respond::see_other(&format!("{}?as_of={}", path_of(address), as_of.date()));
    }
    let instant = as_of.at;
    let mut was_at = None;
    let view = if let Some(page) = published.page_at(address, instant) {
        let sections = edition::sections(published, &page, instant);
        View { sections, page: Some(page), notice: None, bytes: PageBytes::default() }
    } else if let Some(view) = view_of_notice(edition, address, instant) {
        view
    } else if let Some(now_at) = edition.moved.get(address) {
        return respond::moved(&format!("{}?{}", path_of(now_at), asked.query()));
    } else if let Some((view, then_at)) = view_at_old_address(edition, address, instant) {
        was_at = Some(then_at);
        view
    } else {
        before_the_first(edition, address, instant)?
    };
    let texts = texts(site, &view.sections).await?;
    let mut page = page(site, &view, address, visitor, &texts, Some(as_of));
    page.shell.banners = banners(site, was_at.as_deref().unwrap_or(address), instant).await?;
    if let (Some(old), Some(then_at)) = (&mut page.old, was_at) {
        old.was_at = Some(link_to(&then_at, instant));
    }
    respond::page(status(&view), &page)
}

/// Tells whether a page or a notice alone is or was read at an address.
fn is_known(edition: &Edition, address: &str) -> bool {
    let published = &edition.published;
    edition.moved.contains_key(address)
        || published.page_known_at(address, edition.at).is_some()
        || published.notice_at(address, edition.at).is_some()
}

/// The notice that was read at the address at that instant.
fn view_of_notice(edition: &Edition, address: &str, instant: Timestamp) -> Option<View> {
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

/// A page or a notice alone that is known under an address now and was read at another one at that instant, with that one.
fn view_at_old_address(edition: &Edition, address: &str, instant: Timestamp) -> Option<(View, String)> {
    let published = &edition.published;
    if let Some(page) = published.page_then(address, edition.at, instant) {
        let (sections, then_at) = (edition::sections(published, &page, instant), page.address.as_str().to_owned());
        return Some((View { sections, page: Some(page), notice: None, bytes: PageBytes::default() }, then_at));
    }
    let notice = published.notice_at(address, edition.at)?;
    let section = Section::new(notice, instant);
    let then_at = notice.address(instant);
    if then_at == address || (section.version.is_none() && section.withdrawal.is_none()) {
        return None;
    }
    let page = edition.views.get(address).and_then(|view| view.page.clone());
    let view = View { page, notice: Some(notice.name.clone()), sections: vec![section], bytes: PageBytes::default() };
    Some((view, then_at.to_owned()))
}

/// A page or a notice alone that is known now, at an instant at which nothing of it was in force at this address.
fn before_the_first(edition: &Edition, address: &str, instant: Timestamp) -> Result<View, AppError> {
    let published = &edition.published;
    if let Some(page) = published.page_known_at(address, edition.at) {
        let sections = page.notices.iter().map(|name| Section::empty(name.as_str())).collect();
        return Ok(View { page: Some(page), notice: None, sections, bytes: PageBytes::default() });
    }
    let notice = published.notice_at(address, edition.at).ok_or(AppError::NotFound)?;
    Ok(View {
        page: edition.views.get(address).and_then(|view| view.page.clone()),
        notice: Some(notice.name.clone()),
        sections: vec![Section::new(notice, instant)],
        bytes: PageBytes::default(),
    })
}

async fn banners(site: &SiteNow, address: &str, instant: Timestamp) -> Result<Vec<BannerView>, AppError> {
    let mut banners = Vec::new();
    for (notice, version) in edition::banners_at(&site.edition.published, instant) {
        let Some(text) = site.text(version).await? else { continue };
        let banner = BannerNow::new(notice, version, &text);
        if banner.shows_on(Some(address)) {
            banners.push(banner.view());
        }
    }
    Ok(banners)
}
