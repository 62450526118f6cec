//! The parts of a page of the past besides its texts: its day, the states before and after it, the form for another day, and what stands on
//! paper.

use std::sync::Arc;

use jiff::{Timestamp, ToSpan as _};

use crate::base::as_of::AsOf;
use crate::base::clock::date_words;
use crate::base::web::paths::absolute;
use crate::base::web::shell::Link;
use crate::features::notices::asked::{DayFields, DayForm};
use crate::features::notices::paper::Paper;
use crate::site::edition::{Edition, View};
use crate::site::model::path_of;
use crate::site::now::SiteNow;

/// The parts of a page of the past besides its texts.
pub(super) struct OldPage {
    /// "1 December 2021".
    pub(super) words: String,
    /// The day for the `datetime` of an element.
    pub(super) datetime: String,
    /// RFC 3339, in UTC, where a time was asked for.
    pub(super) exact: Option<String>,
    /// Set if a time of the day was asked for.
    pub(super) is_time: bool,
    /// Its address then, if that is another one.
    pub(super) was_at: Option<Link>,
    /// Set if nothing on it has changed since.
    pub(super) is_unchanged: bool,
    /// The page before its texts became what it shows, and after they stopped being that.
    pub(super) earlier: Option<Link>,
    pub(super) later: Option<Link>,
    /// The path where the page is read now; none where nothing is.
    pub(super) current: Option<String>,
    pub(super) form: DayForm,
    pub(super) paper: Paper,
}

impl OldPage {
    pub(super) fn new(site: &SiteNow, view: &View, address: &str, as_of: AsOf) -> Self {
        let edition = &*site.edition;
        let points = turning_points(edition, view);
        let (past, to_come) = points.split_at(points.partition_point(|point| *point <= as_of.at));
        let began = match past {
            [.., _, began] => Some(*began),
            _ => None,
        };
        let earlier = began.and_then(|began| Some((began, began.checked_sub(1.microsecond()).ok()?)));
        let path = path_of(address);
        let later = match to_come {
            [] => None,
            [last] => Some(Link::new(format!("The current page, from {}", date_words(*last)), path.clone())),
            [next, ..] => Some(Link::new(format!("From {}", date_words(*next)), link_to(address, *next).href)),
        };
        let url = absolute(&site.settings().public_url, &link_to(address, as_of.at).href);
        Self {
            words: as_of.words(),
            datetime: as_of.html_datetime(),
            exact: as_of.day.is_none().then(|| as_of.at.to_string()),
            is_time: as_of.day.is_none(),
            was_at: None,
            is_unchanged: to_come.is_empty() && !past.is_empty(),
            earlier: earlier
                .map(|(began, at)| Link::new(format!("Before {}", date_words(began)), link_to(address, at).href)),
            later,
            current: edition.views.contains_key(address).then(|| path.clone()),
            form: DayForm { action: path, fields: DayFields::of(as_of), problem: None },
            paper: Paper::new(url, edition.at, view.sections.iter().filter_map(|section| section.version.as_deref())),
        }
    }
}

/// The instants up to now at which what a view shows became another: its texts in their order, or one of the texts.
fn turning_points(edition: &Edition, view: &View) -> Vec<Timestamp> {
    let published = &edition.published;
    let page = view.page.as_ref().filter(|_| view.notice.is_none());
    let of_page = page.and_then(|page| {
        published.pages.values().find(|timeline| timeline.up_to(edition.at).any(|known| Arc::ptr_eq(known, page)))
    });
    let mut points: Vec<Timestamp> =
        of_page.into_iter().flat_map(|timeline| timeline.past(edition.at)).map(|state| state.in_force_at).collect();
    for section in &view.sections {
        let notice = published.notices.get(&section.name);
        points.extend(
            notice.into_iter().flat_map(|notice| notice.timeline.past(edition.at)).map(|state| state.in_force_at),
        );
    }
    points.sort_unstable();
    points.dedup();
    points
}

/// A link to what was read at an address at an instant.
pub(super) fn link_to(address: &str, instant: Timestamp) -> Link {
    let path = path_of(address);
    Link { href: format!("{path}?as_of={instant}"), label: path }
}
