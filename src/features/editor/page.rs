//! The page of the editor, with what was typed.

use askama::Template;
use axum::response::Response;
use jiff::Timestamp;
use sqlx::PgConnection;

use crate::base::audit;
use crate::base::clock::time_words;
use crate::base::database::DatabaseError;
use crate::base::error::AppError;
use crate::base::web::form::Problems;
use crate::base::web::{assets, respond};
use crate::desk::accounts::Actor;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::shell::StaffShell;
use crate::features::drafts::model::Person;
use crate::features::drafts::{Draft, State as DraftState, actions, checks, saving, store};
use crate::features::editor::form::NoticeForm;
use crate::features::editor::merging::Conflict;
use crate::features::editor::overview::is_scheduled;
use crate::features::editor::pickers;
use crate::features::editor::pickers::{Choice, Group};
use crate::features::editor::{Opened, beside};
use crate::site::edition::Edition;
use crate::site::model::{Level, NoticeKind};
use crate::text::folding::sort_key;

/// The scripts of the page: they turn what is pasted into Markdown, and run the editor.
const SCRIPTS: [&str; 5] = ["paste_links.js", "paste_line.js", "paste_unread.js", "paste.js", "editor.js"];

#[derive(Template)]
#[template(path = "editor/edit.html")]
struct EditPage {
    shell: StaffShell,
    name: String,
    heading: String,
    banner: bool,
    cookies: bool,
    form: NoticeForm,
    conflict: Option<Conflict>,
    draft: Option<DraftLine>,
    /// Who brought two people's texts together, in a sentence.
    brought: Option<String>,
    source: Option<i32>,
    /// Versions that come into force after what is published now, with their times.
    to_come: Vec<(i32, String)>,
    others: String,
    levels: [Level; 3],
    pages: Vec<(String, String)>,
    beside: String,
    law: String,
    links: Vec<Group>,
    facts: Vec<Choice>,
    contact_block: String,
    scripts: [&'static str; 5],
}

struct DraftLine {
    tag: &'static str,
    class: &'static str,
    by: String,
    at: String,
    comment: Option<String>,
    waits: bool,
}

/// The parts of the page besides what was typed.
#[derive(Default)]
pub(super) struct Feedback {
    pub(super) problems: Problems,
    pub(super) said: Option<String>,
    pub(super) conflict: Option<Conflict>,
}

/// Notes that somebody has a notice open, and says who else has.
pub(super) async fn others(desk: &DeskNow, actor: &Actor, opened: &Opened) -> Result<String, AppError> {
    let (subject, now) = (opened.subject(), desk.now());
    let present = desk.database().write(saving::LIMIT, async |connection| {
        store::present(connection, actor, &subject, now).await.map_err(DatabaseError::from)
    });
    let people = match present.await {
        // The text can be read all the same.
        Err(DatabaseError::NotWritable(_) | DatabaseError::Busy) => Vec::new(),
        people => people?,
    };
    Ok(people.into_iter().map(|person| person.name).collect::<Vec<_>>().join(", "))
}

pub(super) fn name_of(person: &Person, actor: &Actor) -> String {
    if person.id == actor.id() { "You, in another window,".to_owned() } else { person.name.clone() }
}

/// The editor with what was typed.
pub(super) async fn page(
    desk: &DeskNow,
    actor: &Actor,
    opened: &Opened,
    mut typed: NoticeForm,
    shown: Feedback,
) -> Result<Response, AppError> {
    let edition = &desk.edition;
    typed.problems = shown.problems;
    let (content, _) = typed.draft(&opened.content, opened.name.as_str());
    let work = || beside::render_preview_and_checks(desk, edition, opened.name.as_str(), &content);
    let rendered = desk.site().heavy().for_staff(work).await?;
    let heading = format!("Edit “{}”", opened.title());
    let template = EditPage {
        shell: desk.shell(Some(actor), &heading, opened.section()).saying(shown.said),
        name: opened.name.to_string(),
        heading,
        banner: opened.is_banner(),
        cookies: opened.name.as_str() == checks::COOKIES,
        pages: pages(edition, &typed, opened.content.kind),
        conflict: shown.conflict,
        draft: opened.kept.as_ref().map(line),
        brought: last_brought(desk, opened.kept.as_ref()).await?,
        source: opened.source.map(|source| source.number),
        to_come: to_come(edition, opened.name.as_str(), desk.now()),
        others: others(desk, actor, opened).await?,
        levels: Level::ALL,
        beside: rendered.preview,
        law: rendered.law,
        form: typed,
        links: pickers::links(edition),
        facts: pickers::facts(edition),
        contact_block: pickers::contact_block(edition),
        scripts: SCRIPTS.map(assets::file),
    };
    respond::form(&template, &template.form.problems)
}

fn to_come(edition: &Edition, name: &str, now: Timestamp) -> Vec<(i32, String)> {
    let Some(notice) = edition.published.notices.get(name) else { return Vec::new() };
    let scheduled = notice.versions.values().filter(|version| is_scheduled(notice, version, now));
    scheduled.map(|version| (version.number, time_words(version.entry.in_force_at))).collect()
}

fn line(draft: &Draft) -> DraftLine {
    DraftLine {
        tag: draft.state.words(),
        class: draft.state.class(),
        by: draft.saved_by.name.clone(),
        at: time_words(draft.saved_at),
        comment: draft.comment.clone().filter(|_| draft.state == DraftState::Back),
        waits: draft.state == DraftState::Review,
    }
}

/// Pages that a banner can show on, by address and title, and those it names already.
fn pages(edition: &Edition, typed: &NoticeForm, kind: NoticeKind) -> Vec<(String, String)> {
    if kind != NoticeKind::Banner {
        return Vec::new();
    }
    let known = edition.views.iter().filter(|(_, view)| view.notice.is_none()).map(|(address, view)| {
        (address.clone(), view.page.as_ref().map_or_else(|| address.clone(), |page| page.title.clone()))
    });
    let mut pages: Vec<(String, String)> = known.collect();
    let gone = typed.pages.iter().filter(|page| *page != "all" && !edition.views.contains_key(*page));
    pages.extend(gone.map(|page| (page.clone(), format!("{page} (no such page now)"))));
    pages.sort_by_cached_key(|(_, title)| sort_key(title));
    pages
}

/// Who last brought two people's texts of a draft together, in a sentence.
async fn last_brought(desk: &DeskNow, draft: Option<&Draft>) -> Result<Option<String>, AppError> {
    let Some(draft) = draft else { return Ok(None) };
    let subject = draft.subject.to_string();
    let find = async |connection: &mut PgConnection| {
        audit::store::last(connection, &subject, &[actions::DRAFT_MERGED, actions::DRAFT_REPLACED]).await
    };
    let last = desk.database().read(find).await?.filter(|last| last.at >= draft.started_at);
    Ok(last.map(|last| {
        let details: serde_json::Value = serde_json::from_str(&last.details).unwrap_or_default();
        let other = details.get("other").and_then(serde_json::Value::as_str).unwrap_or("somebody");
        let (who, at) = (&last.actor_name, time_words(last.at));
        if last.action == actions::DRAFT_MERGED.name() {
            format!("{who} merged their changes with those of {other} on {at}.")
        } else {
            format!("{who} saved over what {other} had written, on {at}.")
        }
    }))
}
