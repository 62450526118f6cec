//! A page or notice as it was at an instant.

use jiff::Timestamp;
use jiff::civil::Date;

use axum::http::StatusCode;
use axum::response::Response;

use super::super::edition::{self, Edition, Section, View};
use super::super::model::{NoticeKind, path_of};
use super::super::site::Site;
use super::{page, texts};
use crate::clock;
use crate::consent::Visitor;
use crate::error::AppError;
use crate::web::pages::PageBytes;
use crate::web::respond;
use crate::web::shell::BannerView;

/// What was read at an address at an instant. Where nothing was because it had moved by then, on to where it is now.
pub(super) async fn answer(site: &Site, address: &str, visitor: &Visitor, asked: &str) -> Result<Response, AppError> {
    let instant = instant(asked, site.clock().now())?;
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
