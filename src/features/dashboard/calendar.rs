//! The calendar: what comes into force, what ends and what falls due for review, day by day.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::PgConnection;

use crate::base::clock::{day_words, london};
use crate::base::error::AppError;
use crate::base::ledger::store::{Kept, LedgerError};
use crate::base::ledger::{Kind, store as ledger};
use crate::base::web::respond;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::{By, Reading};
use crate::desk::shell::StaffShell;
use crate::features::dashboard::model::{describe_entry, path};
use crate::features::drafts::titles;
use crate::site::edition::Edition;

#[derive(Template)]
#[template(path = "dashboard/calendar.html")]
struct CalendarPage {
    shell: StaffShell,
    overdue: Vec<Event>,
    months: Vec<Month>,
}

struct Month {
    name: String,
    events: Vec<Event>,
}

/// Something that happens on a day.
struct Event {
    day: Date,
    /// The time in London; empty for something that is due on a day.
    time: String,
    tag: &'static str,
    class: &'static str,
    title: String,
    href: Option<String>,
}

impl Event {
    fn day_in_words(&self) -> String {
        let day = day_words(self.day);
        if self.time.is_empty() { day } else { format!("{day} at {}", self.time) }
    }
}

pub(crate) async fn show(desk: DeskNow, actor: By<Reading>) -> Result<Response, AppError> {
    let now = desk.now();
    let read = async move |connection: &mut PgConnection| {
        ledger::scheduled(connection, now).await.map_err(LedgerError::into_sql)
    };
    let scheduled = desk.database().read(read).await?;
    let edition = &desk.edition;
    let mut events: Vec<Event> = scheduled.iter().map(|kept| coming(kept, edition)).collect();
    events.extend(ends(edition, now));
    events.extend(reviews(edition));
    events.sort_by(|one, other| (one.day, &one.time, &one.title).cmp(&(other.day, &other.time, &other.title)));
    let today = london(now).date();
    let (overdue, events): (Vec<Event>, Vec<Event>) = events.into_iter().partition(|event| event.day < today);
    let mut months: Vec<Month> = Vec::new();
    for event in events {
        let name = event.day.strftime("%B %Y").to_string();
        match months.last_mut().filter(|month| month.name == name) {
            Some(month) => month.events.push(event),
            None => months.push(Month { name, events: vec![event] }),
        }
    }
    let page = CalendarPage { shell: desk.shell(Some(&actor), "Calendar", paths::HOME), overdue, months };
    respond::page(StatusCode::OK, &page)
}

fn at(instant: Timestamp) -> (Date, String) {
    let at = london(instant);
    (at.date(), at.strftime("%H:%M").to_string())
}

/// What was scheduled.
fn coming(kept: &Kept, edition: &Edition) -> Event {
    let (day, time) = at(kept.entry.in_force_at);
    let (tag, class) = if kept.entry.kind == Kind::Withdrawal { ("Ends", "tag-off") } else { ("Goes live", "tag-on") };
    Event { day, time, tag, class, title: describe_entry(&kept.entry, edition), href: path(&kept.entry) }
}

/// When banners end by themselves: those that are up, and those that are to come.
fn ends(edition: &Edition, now: Timestamp) -> Vec<Event> {
    let versions = edition.published.notices.values().flat_map(|notice| {
        let to_come = notice
            .versions
            .values()
            .filter(|version| version.entry.in_force_at > now && !notice.cancelled.contains_key(&version.number));
        notice.in_force(now).into_iter().chain(to_come).map(move |version| (notice, version))
    });
    let ends = versions.filter_map(|(notice, version)| {
        let (day, time) = at(version.banner()?.ends_at.filter(|end| *end > now)?);
        let title = format!("The banner “{}”", titles::of_version(version));
        Some(Event { day, time, tag: "Ends", class: "tag-off", title, href: Some(paths::notice(&notice.name)) })
    });
    ends.collect()
}

/// When notices in force are to be looked at again.
fn reviews(edition: &Edition) -> Vec<Event> {
    let notices = edition.published.notices.values();
    let due = notices.filter_map(|notice| {
        let about = notice.in_force(edition.at)?.about.as_ref()?;
        Some(Event {
            day: about.review_by?,
            time: String::new(),
            tag: "Review due",
            class: "tag-wait",
            title: about.title.clone(),
            href: Some(paths::notice(&notice.name)),
        })
    });
    due.collect()
}
