//! The page in place of a text that is gone.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::base::clock::{date_words, time_words};
use crate::base::error::AppError;
use crate::base::language::Worded;
use crate::base::web::respond;
use crate::base::web::shell::{Link, Shell};
use crate::features::consent::Visitor;
use crate::site::edition::Edition;
use crate::site::now::SiteNow;
use crate::site::published::Withdrawal;
use crate::site::{Around, paths};

/// A withdrawal of a notice, for the public.
pub(in crate::features::notices) struct Withdrawn {
    pub(in crate::features::notices) since: String,
    /// Why; empty where that was removed.
    pub(in crate::features::notices) note: String,
    pub(in crate::features::notices) go_to: Option<Link>,
}

impl Withdrawn {
    pub(in crate::features::notices) fn new(edition: &Edition, withdrawal: &Withdrawal) -> Self {
        let content = withdrawal.content.as_ref();
        Self {
            since: date_words(withdrawal.entry.in_force_at),
            note: content.map_or_else(String::new, |content| content.note.clone()),
            go_to: content.filter(|content| !content.go_to.is_empty()).map(|content| link(edition, &content.go_to)),
        }
    }
}

/// A link that says where it leads: the title of a page of ours, or the address of another site.
fn link(edition: &Edition, href: &str) -> Link {
    let address = if href == "/" { Some("home") } else { href.strip_prefix('/') };
    let view = address.and_then(|address| edition.views.get(address));
    let label = view.and_then(|view| view.title());
    Link::new(label.unwrap_or_else(|| href.strip_prefix("https://").unwrap_or(href)), href)
}

#[derive(Template)]
#[template(path = "notices/withdrawn.html")]
struct Page {
    shell: Shell,
    heading: Worded,
    at: String,
    withdrawn: Withdrawn,
    history: String,
}

/// The address of a notice that was withdrawn.
pub(super) fn withdrawn(site: &SiteNow, visitor: &Visitor, name: &str) -> Result<Response, AppError> {
    let edition = &*site.edition;
    let notice = edition.published.notices.get(name).ok_or(AppError::NotFound)?;
    let withdrawal = notice.withdrawn(edition.at).ok_or(AppError::NotFound)?;
    let last = notice.last_in_force(edition.at).and_then(|version| version.about.as_ref());
    let heading =
        last.map_or_else(|| Worded::own("This text was withdrawn"), |about| Worded::new(&about.title, &about.language));
    let around = Around {
        title: &heading.text,
        path: &visitor.path,
        return_to: Some(visitor.return_to.clone()),
        page: None,
        cookies: visitor.banner,
    };
    let mut shell = site.shell(edition, around);
    shell.noindex = true;
    let page = Page {
        shell,
        at: time_words(withdrawal.entry.in_force_at),
        withdrawn: Withdrawn::new(edition, withdrawal),
        history: paths::notice(name),
        heading,
    };
    respond::page(StatusCode::GONE, &page)
}

#[derive(Template)]
#[template(path = "notices/taken_away.html")]
struct TakenAwayPage {
    shell: Shell,
    heading: Worded,
    at: String,
    note: String,
    go_to: Option<Link>,
}

/// The address of a page that was taken away: on to where its visitors are sent, or in plain words that it is gone.
pub(super) fn taken_away(site: &SiteNow, visitor: &Visitor, name: &str) -> Result<Response, AppError> {
    let edition = &*site.edition;
    let withdrawal = edition.published.page_withdrawn(name, edition.at).ok_or(AppError::NotFound)?;
    let withdrawn = Withdrawn::new(edition, withdrawal);
    if let Some(go_to) = withdrawn.go_to.as_ref().filter(|go_to| go_to.href.starts_with('/')) {
        return respond::moved(&go_to.href);
    }
    let heading = Worded::own("This page is gone");
    let around = Around {
        title: &heading.text,
        path: &visitor.path,
        return_to: Some(visitor.return_to.clone()),
        page: None,
        cookies: visitor.banner,
    };
    let mut shell = site.shell(edition, around);
    shell.noindex = true;
    let Withdrawn { note, go_to, .. } = withdrawn;
    let page = TakenAwayPage { shell, at: time_words(withdrawal.entry.in_force_at), note, go_to, heading };
    respond::page(StatusCode::GONE, &page)
}
