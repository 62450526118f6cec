//! All notices, or all banners: what is in force, what is being written, what is to come, what is overdue for review.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::base::clock::{date_words, day_words, london, time_words};
use crate::base::error::AppError;
use crate::base::web::extract::Query;
use crate::base::web::paging::Paging;
use crate::base::web::respond;
use crate::desk::accounts::{Actor, By};
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::{Editing, Permission as _, Publishing, Reading};
use crate::desk::shell::{StaffShell, said};
use crate::features::drafts;
use crate::features::drafts::words::until;
use crate::features::drafts::{Draft, DraftContent, State, titles};
use crate::features::editor::old_texts;
use crate::features::editor::overview::is_scheduled;
use crate::features::editor::source;
use crate::site::edition::Edition;
use crate::site::model::NoticeKind;
use crate::site::published::{Notice, Version};
use crate::site::subject::Subject;
use crate::text::folding::{fold, sort_key};
use crate::text::markdown::plain_text;

/// A review that is due so soon is one to think of.
const DUE_WITHIN: SignedDuration = SignedDuration::from_hours(30 * 24);

#[derive(Template)]
#[template(path = "editor/list.html")]
struct List {
    shell: StaffShell,
    heading: &'static str,
    path: &'static str,
    new: Option<&'static str>,
    q: String,
    only: String,
    author: String,
    place: String,
    is_old: bool,
    /// Those who have a draft, and the pages, to choose from.
    authors: Vec<String>,
    all_places: Vec<String>,
    most_read: i64,
    rows: Vec<Row>,
    paging: Paging,
    banners: bool,
    /// The path where an emergency banner is published in one step, for those who may.
    emergency: Option<&'static str>,
}

/// The draft of a notice in the list.
struct DraftCell {
    state: &'static str,
    class: &'static str,
    /// The person who saved it, and the time.
    saved: String,
    /// Whoever started it, and whoever saved it last.
    people: [String; 2],
}

struct Row {
    name: String,
    title: String,
    /// The page that it stands on; for a banner its urgency and end.
    place: String,
    since: String,
    /// Set if it is a banner that is up, so that it can be ended.
    up: bool,
    review: String,
    overdue: bool,
    /// Whether a review is due within a month, or overdue.
    is_due: bool,
    draft: Option<DraftCell>,
    scheduled: Vec<String>,
    /// The place of the words that are looked for, if they are not in the row itself.
    found: Option<&'static str>,
    /// The version that is no longer live in which they stand.
    old: Option<i32>,
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    only: String,
    /// The name of somebody who has a draft.
    #[serde(default)]
    author: String,
    /// The title of a page.
    #[serde(default)]
    place: String,
    /// Whether to look in versions that are no longer live as well.
    #[serde(default)]
    old: String,
    #[serde(default)]
    page: String,
}

pub(crate) async fn notices(
    desk: DeskNow,
    actor: By<Reading>,
    Query(asked): Query<Asked>,
    uri: Uri,
) -> Result<Response, AppError> {
    list(&desk, &actor, asked, uri.query(), NoticeKind::Text).await
}

pub(crate) async fn banners(
    desk: DeskNow,
    actor: By<Reading>,
    Query(asked): Query<Asked>,
    uri: Uri,
) -> Result<Response, AppError> {
    list(&desk, &actor, asked, uri.query(), NoticeKind::Banner).await
}

async fn list(
    desk: &DeskNow,
    actor: &Actor,
    asked: Asked,
    query: Option<&str>,
    kind: NoticeKind,
) -> Result<Response, AppError> {
    let drafts = desk.database().read(async |connection| drafts::store::all(connection).await).await?;
    let mut drafts: BTreeMap<String, Draft> = drafts
        .into_iter()
        .filter_map(|draft| match &draft.subject {
            Subject::Notice(name) => Some((name.to_string(), draft)),
            _ => None,
        })
        .collect();
    let (edition, now) = (&desk.edition, desk.now());
    let places = places(edition);
    let wanted = fold(asked.q.trim());
    let (mut rows, mut in_texts): (Vec<Row>, Vec<In<'_>>) = (Vec::new(), Vec::new());
    for notice in edition.published.notices.values() {
        let draft = drafts.remove(&notice.name);
        let about = source(notice, now).and_then(|version| version.about.as_ref());
        if about.map_or(NoticeKind::Text, |about| about.kind) == kind {
            rows.push(row(notice, draft.as_ref(), places.get(notice.name.as_str()), now));
            in_texts.push(In { notice: Some(notice), draft });
        }
    }
    for (name, draft) in drafts {
        let DraftContent::Notice(content) = &draft.content else { continue };
        if content.kind == kind {
            rows.push(unpublished(&name, &draft));
            in_texts.push(In { notice: None, draft: Some(draft) });
        }
    }
    if !wanted.is_empty() {
        let look = || rows.iter_mut().zip(&in_texts).for_each(|(row, texts)| row.found = texts.find(&wanted, now));
        desk.site().heavy().for_staff(look).await;
    }
    let is_old = asked.old == "yes";
    if is_old && !wanted.is_empty() {
        let old = old_texts::find(desk, &wanted).await?;
        for row in rows.iter_mut().filter(|row| row.found.is_none()) {
            row.old = old.get(&row.name).copied();
        }
    }
    let authors: BTreeSet<String> =
        rows.iter().filter_map(|row| row.draft.as_ref()).flat_map(|draft| draft.people.clone()).collect();
    rows.retain(|row| {
        let is_state = |state: State| row.draft.as_ref().is_some_and(|draft| draft.state == state.words());
        let by_author = row.draft.as_ref().is_some_and(|draft| draft.people.contains(&asked.author));
        let on_page = asked.place.is_empty() || row.place == asked.place;
        let named = [&row.title, &row.name, &row.place].iter().any(|text| fold(text).contains(&wanted));
        (named || row.found.is_some() || row.old.is_some())
            && (asked.author.is_empty() || by_author)
            && on_page
            && match asked.only.as_str() {
                "drafts" => row.draft.is_some(),
                "review" => is_state(State::Review),
                "back" => is_state(State::Back),
                "due" => row.is_due,
                "overdue" => row.overdue,
                "scheduled" => !row.scheduled.is_empty(),
                _ => true,
            }
    });
    rows.sort_by_cached_key(|row| sort_key(&row.title));
    let banners = kind == NoticeKind::Banner;
    let (heading, path, new) = if banners {
        ("Banners", paths::BANNERS, paths::BANNER_NEW)
    } else {
        ("Notices", paths::NOTICES, paths::NOTICE_NEW)
    };
    let filter = [
        ("q", asked.q.as_str()),
        ("only", asked.only.as_str()),
        ("author", asked.author.as_str()),
        ("place", asked.place.as_str()),
        ("old", if is_old { "yes" } else { "" }),
    ];
    let (paging, rows) = Paging::of(rows, &asked.page, path, &filter);
    let page = List {
        shell: desk.shell(Some(actor), heading, path).saying(said(query)),
        heading,
        path,
        new: actor.is_any(Editing::ROLES).then_some(new),
        q: asked.q,
        only: asked.only,
        author: asked.author,
        place: asked.place,
        is_old,
        authors: authors.into_iter().collect(),
        all_places: places.values().collect::<BTreeSet<_>>().into_iter().cloned().collect(),
        most_read: old_texts::MOST_READ,
        rows,
        paging,
        banners,
        emergency: (banners && actor.is_any(Publishing::ROLES)).then_some(paths::BANNER_EMERGENCY),
    };
    respond::page(StatusCode::OK, &page)
}

/// The texts of a row that can be looked through.
struct In<'a> {
    notice: Option<&'a Notice>,
    draft: Option<Draft>,
}

impl In<'_> {
    /// In which of them some folded words stand.
    fn find(&self, wanted: &str, now: Timestamp) -> Option<&'static str> {
        let has = |version: &Version| {
            version.text.as_ref().is_some_and(|text| fold(&plain_text(&text.html)).contains(wanted))
        };
        let live = self.notice.and_then(|notice| notice.in_force(now));
        let to_come = self.notice.into_iter().flat_map(|notice| notice.versions.values());
        let mut to_come = to_come.filter(|version| version.entry.in_force_at > now);
        let drafted = self.draft.as_ref().is_some_and(|draft| match &draft.content {
            DraftContent::Notice(content) => fold(&content.markdown).contains(wanted),
            _ => false,
        });
        let places = [
            (live.is_some_and(|version| has(version)), "Found in the text"),
            (drafted, "Found in the draft"),
            (to_come.any(|version| has(version)), "Found in a scheduled version"),
        ];
        places.into_iter().find(|(found, _)| *found).map(|(_, words)| words)
    }
}

/// The title of the page that each notice stands on.
fn places(edition: &Edition) -> BTreeMap<&str, String> {
    let mut places = BTreeMap::new();
    for view in edition.views.values().filter(|view| view.notice.is_none()) {
        let Some(page) = &view.page else { continue };
        for name in &page.notices {
            places.insert(name.as_str(), page.title.clone());
        }
    }
    places
}

fn row(notice: &Notice, draft: Option<&Draft>, place: Option<&String>, now: Timestamp) -> Row {
    let version = source(notice, now);
    let about = version.and_then(|version| version.about.as_ref());
    let current = notice.in_force(now);
    let banner = version.and_then(|version| version.banner());
    let ended = banner.and_then(|banner| banner.ends_at).filter(|end| *end <= now);
    let review = about.and_then(|about| about.review_by);
    let upcoming = notice.versions.values().filter(|version| is_scheduled(notice, version, now));
    let scheduled: Vec<String> = upcoming
        .map(|version| format!("version {}, {}", version.number, time_words(version.entry.in_force_at)))
        .collect();
    let soon = london(now).date().saturating_add(DUE_WITHIN);
    let over = banner.is_some() && current.is_none() && scheduled.is_empty();
    Row {
        name: notice.name.clone(),
        title: version.map_or(titles::REMOVED, |version| titles::of_version(version)).to_owned(),
        place: match banner {
            Some(_) if over => String::new(),
            Some(banner) => format!("{}, {}", banner.level.words(), until(banner)),
            None => place.cloned().unwrap_or_else(|| "by itself".to_owned()),
        },
        since: match (current, ended) {
            (Some(_), Some(_)) => "ended".to_owned(),
            (Some(version), None) => format!("version {}, {}", version.number, date_words(version.entry.in_force_at)),
            (None, _) if over => "ended".to_owned(),
            (None, _) => "not in force".to_owned(),
        },
        up: banner.is_some() && current.is_some() && ended.is_none(),
        review: review.map(day_words).unwrap_or_default(),
        overdue: current.is_some() && review.is_some_and(|date| date < london(now).date()),
        is_due: current.is_some() && review.is_some_and(|date| date < soon),
        draft: draft.map(DraftCell::new),
        scheduled,
        found: None,
        old: None,
    }
}

fn unpublished(name: &str, draft: &Draft) -> Row {
    Row {
        name: name.to_owned(),
        title: draft.content.title().to_owned(),
        place: String::new(),
        since: "never published".to_owned(),
        up: false,
        review: String::new(),
        overdue: false,
        is_due: false,
        draft: Some(DraftCell::new(draft)),
        scheduled: Vec::new(),
        found: None,
        old: None,
    }
}

impl DraftCell {
    fn new(draft: &Draft) -> Self {
        let saved = format!("{}, {}", draft.saved_by.name, time_words(draft.saved_at));
        let people = [draft.started_by.name.clone(), draft.saved_by.name.clone()];
        Self { state: draft.state.words(), class: draft.state.class(), saved, people }
    }
}
