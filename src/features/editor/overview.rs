//! A notice at a glance: what is in force, the draft, what is to come, and every version that there was.

use std::sync::Arc;

use askama::Template;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;

use crate::base::clock::{day_words, london, time_words};
use crate::base::error::AppError;
use crate::base::web::extract::{Path, Query};
use crate::base::web::paths::absolute;
use crate::base::web::respond;
use crate::base::web::shell::Link;
use crate::desk::accounts::{Actor, By};
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::{Editing, Permission as _, Publishing, Reading};
use crate::desk::shell::{StaffShell, said};
use crate::features::drafts::words::until;
use crate::features::drafts::{State as DraftState, titles};
use crate::features::editor::{Opened, notice_content, open, text};
use crate::features::publishing::{store as workflow, version_actions};
use crate::site::model::{Address, NoticeContent};
use crate::site::published::{Notice, Version};
use crate::site::subject::Subject;

/// Versions on one page.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "editor/overview.html")]
struct Overview {
    shell: StaffShell,
    name: String,
    subject: Subject,
    heading: String,
    banner: bool,
    current: Option<Current>,
    /// The text in force, as visitors read it.
    text: Option<Arc<NoticeContent>>,
    draft: Option<DraftView>,
    scheduled: Vec<Row>,
    /// The scheduled withdrawals, with the way to cancel each for those who may; and those of the past.
    withdrawals: Vec<(Option<String>, String)>,
    /// The requests that wait for a second person, as a sentence, with the way there for whoever may see to it.
    waits: Vec<(String, Option<Link>)>,
    withdrawn: Option<String>,
    actions: Vec<Link>,
    history: Vec<Row>,
    /// The first number of the next page.
    older: Option<i32>,
    may_edit: bool,
    public: String,
}

struct Current {
    number: i32,
    since: String,
    address: String,
    note: String,
    review: Option<String>,
    overdue: bool,
    banner: Option<String>,
    is_removed: bool,
}

struct DraftView {
    tag: &'static str,
    class: &'static str,
    title: String,
    saved: String,
    started: String,
    comment: Option<String>,
}

struct Row {
    number: i32,
    title: String,
    state: String,
    note: String,
    /// The version that was in force before it, to compare with.
    before: Option<i32>,
    readable: bool,
    /// The actions on it that this person may take.
    actions: Vec<Link>,
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    before: Option<i32>,
}

pub(crate) async fn show(
    desk: DeskNow,
    actor: By<Reading>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
    uri: Uri,
) -> Result<Response, AppError> {
    let (opened, removed) = match open(&desk, name.clone()).await {
        Ok(opened) => (Some(opened), None),
        // Nothing of it can be read any more; its history still can.
        Err(AppError::NotFound) => (None, Some(crate::features::editor::parse_name(name)?)),
        Err(error) => return Err(error),
    };
    let name = match (&opened, removed) {
        (Some(opened), _) => opened.name.clone(),
        (None, Some(name)) => name,
        (None, None) => return Err(AppError::NotFound),
    };
    let (edition, now) = (&desk.edition, desk.now());
    let notice = edition.published.notices.get(name.as_str());
    if opened.is_none() && notice.is_none() {
        return Err(AppError::NotFound);
    }
    let from = asked.before.unwrap_or(i32::MAX);
    let mut history: Vec<Row> = notice.map_or_else(Vec::new, |notice| {
        let past = notice.versions.range(..from).map(|(_, version)| version).rev();
        let past = past.filter(|version| !is_scheduled(notice, version, now));
        past.take(PAGE + 1).map(|version| row(&actor, notice, version, now)).collect()
    });
    let older = (history.len() > PAGE).then(|| history.get(PAGE - 1).map_or(0, |row| row.number));
    history.truncate(PAGE);
    let scheduled = notice.map_or_else(Vec::new, |notice| {
        let upcoming = notice.versions.values().filter(|version| is_scheduled(notice, version, now));
        upcoming.map(|version| row(&actor, notice, version, now)).collect()
    });
    // A text that was removed and is not written anew yet has no title to call it by.
    let called = opened.as_ref().filter(|opened| opened.kept.is_some() || !opened.content.title.is_empty());
    let heading = called.map_or(titles::REMOVED, Opened::title).to_owned();
    let in_force = notice.and_then(|notice| notice.in_force(now));
    let text = match in_force {
        Some(version) => text(&desk, version).await?,
        None => None,
    };
    let waits = find_requests(&desk, &actor, &name).await?;
    let page = Overview {
        shell: desk
            .shell(Some(&actor), &heading, opened.as_ref().map_or(paths::NOTICE, Opened::section))
            .saying(said(uri.query())),
        banner: opened.as_ref().is_some_and(Opened::is_banner),
        current: in_force.map(|version| current(version, now)),
        text,
        draft: opened.as_ref().and_then(draft),
        scheduled,
        waits,
        withdrawals: notice.map_or_else(Vec::new, |notice| {
            let coming = version_actions::coming(notice, now).into_iter();
            let cancel = |entry: i64| actor.is_any(Publishing::ROLES).then(|| paths::entry_cancel(entry));
            coming.map(|coming| (cancel(coming.entry.number), time_words(coming.entry.in_force_at))).collect()
        }),
        withdrawn: notice
            .and_then(|notice| notice.withdrawn(now))
            .map(|withdrawal| time_words(withdrawal.entry.in_force_at)),
        actions: notice.map_or_else(Vec::new, |notice| version_actions::about_notice(&actor, notice, now)),
        history,
        older,
        may_edit: actor.is_any(Editing::ROLES),
        public: absolute(&desk.settings().public_url, ""),
        name: name.to_string(),
        subject: Subject::Notice(name.clone()),
        heading,
    };
    respond::page(StatusCode::OK, &page)
}

/// Tells whether a version is to come into force.
pub(super) fn is_scheduled(notice: &Notice, version: &Version, now: Timestamp) -> bool {
    version.entry.in_force_at > now && !notice.cancelled.contains_key(&version.number)
}

fn current(version: &Arc<Version>, now: Timestamp) -> Current {
    let about = version.about.as_ref();
    let review = about.and_then(|about| about.review_by);
    Current {
        number: version.number,
        since: time_words(version.entry.in_force_at),
        address: about.map(|about| about.address.path()).unwrap_or_default(),
        note: about.map(|about| about.change_note.clone()).unwrap_or_default(),
        review: review.map(day_words),
        is_removed: version.redaction.is_some(),
        overdue: review.is_some_and(|date| date < london(now).date()),
        banner: version.banner().map(|banner| match banner.ends_at.filter(|end| *end <= now) {
            Some(end) => format!("{}, ended on {}", banner.level.words(), time_words(end)),
            None => format!("{}, {}", banner.level.words(), until(banner)),
        }),
    }
}

fn draft(opened: &Opened) -> Option<DraftView> {
    let draft = opened.kept.as_ref()?;
    Some(DraftView {
        tag: draft.state.words(),
        class: draft.state.class(),
        title: notice_content(draft).map_or_else(String::new, |content| content.title.clone()),
        saved: format!("{} on {}", draft.saved_by.name, time_words(draft.saved_at)),
        started: format!("{} on {}", draft.started_by.name, time_words(draft.started_at)),
        comment: draft.comment.clone().filter(|_| draft.state == DraftState::Back),
    })
}

fn row(actor: &Actor, notice: &Notice, version: &Arc<Version>, now: Timestamp) -> Row {
    let since = time_words(version.entry.in_force_at);
    let is_current = notice.in_force(now).is_some_and(|current| current.number == version.number);
    let state = if version.redaction.is_some() {
        "text removed".to_owned()
    } else if notice.cancelled.contains_key(&version.number) {
        "cancelled, never in force".to_owned()
    } else if version.entry.in_force_at > now {
        format!("comes into force on {since}")
    } else if is_current {
        format!("in force since {since}")
    } else {
        let until = notice.until(version, now).map_or_else(|| "later".to_owned(), time_words);
        format!("{since} to {until}")
    };
    // What it takes the place of, which is not always the number before: that one may be cancelled or still to come.
    let before = notice.before(version);
    Row {
        number: version.number,
        title: titles::of_version(version).to_owned(),
        state,
        note: version.about.as_ref().map(|about| about.change_note.clone()).unwrap_or_default(),
        before: before.filter(|before| before.redaction.is_none()).map(|before| before.number),
        readable: version.redaction.is_none(),
        actions: version_actions::actions_for_version(actor, notice, version, now),
    }
}

/// Finds what somebody published alone, and what somebody asked for.
async fn find_requests(desk: &DeskNow, actor: &Actor, name: &Address) -> Result<Vec<(String, Option<Link>)>, AppError> {
    let subject = Subject::Notice(name.clone());
    let found = desk.database().read(async |connection| {
        Ok((workflow::unapproved(connection).await?, workflow::withdrawal_request(connection, &subject).await?))
    });
    let (alone, withdrawal) = found.await?;
    let edits = actor.is_any(Editing::ROLES);
    let own = alone.into_iter().filter(|alone| alone.subject == subject);
    let mut waits: Vec<(String, Option<Link>)> = own
        .map(|alone| {
            let (who, entry) = (&alone.publisher.name, alone.entry);
            let said = format!("{who} published this without a second check. Another person has to approve it.");
            let may = edits && alone.publisher.id != actor.id();
            (said, may.then(|| Link::new("Read and approve it", paths::entry_approve(entry))))
        })
        .collect();
    waits.extend(withdrawal.map(|asked| {
        let said = format!("{} asked to withdraw it. Another person has to confirm that.", asked.asked_by.name);
        (said, edits.then(|| Link::new("See what was asked", paths::notice_withdraw(name))))
    }));
    Ok(waits)
}
