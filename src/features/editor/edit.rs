//! The editor: its page, saving, autosave, preview, who else has it open, and the page that shows both texts when two people saved.

use askama::Template;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use jiff::Timestamp;
use serde_json::json;

use crate::base::clock::{london, time_words};
use crate::base::database::DatabaseError;
use crate::base::error::AppError;
use crate::base::web::extract::{LongForm, Path};
use crate::base::web::form::Problems;
use crate::base::web::{assets, respond};
use crate::desk::accounts::{Actor, By, Looking};
use crate::desk::flash::Flash;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::Editing;
use crate::desk::shell::{StaffShell, said};
use crate::features::drafts;
use crate::features::drafts::differences::Change;
use crate::features::drafts::model::Person;
use crate::features::drafts::saving::{Found, MadeOf, Outcome};
use crate::features::drafts::{Draft, DraftContent, NoticeDraft, State as DraftState, checks, differences, saving};
use crate::features::editor::form::NoticeForm;
use crate::features::editor::overview::is_scheduled;
use crate::features::editor::pickers;
use crate::features::editor::pickers::{Choice, Group};
use crate::features::editor::{Opened, beginning, beside, notice_content, open};
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

/// The text that somebody else saved or published meanwhile.
pub(super) struct Conflict {
    /// A sentence about who saved it and when.
    what: String,
    markdown: String,
    summary: String,
    html: String,
    details: Vec<Change>,
}

/// The parts of the page besides what was typed.
#[derive(Default)]
pub(super) struct Feedback {
    pub(super) problems: Problems,
    pub(super) said: Option<String>,
    pub(super) conflict: Option<Conflict>,
}

pub(crate) async fn show(
    desk: DeskNow,
    actor: By<Editing>,
    Path(name): Path<String>,
    uri: Uri,
) -> Result<Response, AppError> {
    let opened = open(&desk, name).await?;
    let typed = NoticeForm::of(&opened.content, MadeOf::now(opened.kept.as_ref(), opened.base()));
    let shown = Feedback { said: said(uri.query()), ..Feedback::default() };
    page(&desk, &actor, &opened, typed, shown).await
}

/// The editor's form as it arrived, with the draft it makes and what is wrong with it.
struct Sent {
    opened: Opened,
    typed: NoticeForm,
    content: NoticeDraft,
    problems: Problems,
}

async fn read_form(desk: &DeskNow, name: String, pairs: Vec<(String, String)>) -> Result<Sent, AppError> {
    let opened = open(desk, name).await?;
    let typed = NoticeForm::read(pairs);
    let (content, problems) = typed.draft(&opened.content, opened.name.as_str());
    Ok(Sent { opened, typed, content, problems })
}

/// Saves what was sent over the opened notice.
async fn save_form(desk: &DeskNow, actor: &Actor, sent: &Sent, explicit: bool) -> Result<Outcome, AppError> {
    let Sent { opened, typed, content, .. } = sent;
    let subject = opened.subject();
    let [content, before] = [content, &opened.content].map(|content| DraftContent::Notice(content.clone()));
    let found = Found { is_drafted: opened.kept.is_some(), base: opened.base(), content: Some(&before) };
    let sent = saving::Sent { subject: &subject, content: &content, made_of: typed.made_of, explicit };
    saving::save(desk, actor, sent, found).await
}

pub(crate) async fn save(
    desk: DeskNow,
    actor: By<Editing>,
    Path(name): Path<String>,
    LongForm(pairs): LongForm<Vec<(String, String)>>,
) -> Result<Response, AppError> {
    let sent = read_form(&desk, name, pairs).await?;
    if sent.problems.has_any() {
        let shown = Feedback { problems: sent.problems, ..Feedback::default() };
        return page(&desk, &actor, &sent.opened, sent.typed, shown).await;
    }
    let outcome = save_form(&desk, &actor, &sent, true).await?;
    let Sent { opened, typed, content, .. } = sent;
    let name = opened.name.clone();
    match outcome {
        Outcome::Saved(_) if typed.then == "review" => respond::see_other(&paths::draft_review(opened.subject())),
        Outcome::Saved(_) => respond::see_other(&Flash::Saved.at(&paths::notice_edit(&name))),
        Outcome::Unchanged => respond::see_other(&Flash::Unchanged.at(&paths::notice_edit(&name))),
        Outcome::Stale(draft) => stale(&desk, &actor, opened, typed, &content, *draft).await,
        Outcome::Overtaken(now) => overtaken(&now, &actor, opened, typed, &content).await,
    }
}

pub(crate) async fn preview(
    desk: DeskNow,
    actor: By<Editing>,
    Path(name): Path<String>,
    LongForm(pairs): LongForm<Vec<(String, String)>>,
) -> Result<Response, AppError> {
    let Sent { opened, typed, content, problems } = read_form(&desk, name, pairs).await?;
    if typed.part {
        let edition = &desk.edition;
        let work = || beside::render_preview_and_checks(&desk, edition, opened.name.as_str(), &content);
        let rendered = desk.site().heavy().for_staff(work).await?;
        return Ok(respond::html(StatusCode::OK, rendered.preview + &rendered.law));
    }
    let said = problems.is_empty().then(|| "This is a preview. Nothing was saved.".to_owned());
    page(&desk, &actor, &opened, typed, Feedback { problems, said, ..Feedback::default() }).await
}

pub(crate) async fn autosave(
    desk: DeskNow,
    actor: By<Editing>,
    Path(name): Path<String>,
    LongForm(pairs): LongForm<Vec<(String, String)>>,
) -> Result<Response, AppError> {
    let sent = read_form(&desk, name, pairs).await?;
    if let Some(problem) = sent.problems.all().first() {
        return respond::json(StatusCode::UNPROCESSABLE_ENTITY, &json!({ "message": problem.to_string() }));
    }
    let at = london(desk.now()).strftime("%H:%M").to_string();
    match save_form(&desk, &actor, &sent, false).await? {
        Outcome::Saved(draft) => respond::json(StatusCode::OK, &json!({ "revision": draft.revision, "at": at })),
        Outcome::Unchanged => respond::json(StatusCode::OK, &json!({ "revision": 0, "at": at })),
        Outcome::Stale(draft) => {
            let message = format!("{} saved another text.", name_of(&draft.saved_by, &actor));
            respond::json(StatusCode::CONFLICT, &json!({ "message": message }))
        }
        Outcome::Overtaken(_) => {
            let message = "This notice was published, or its draft was deleted, in the meantime.";
            respond::json(StatusCode::CONFLICT, &json!({ "message": message }))
        }
    }
}

pub(crate) async fn presence(
    desk: DeskNow,
    actor: Looking<Editing>,
    Path(name): Path<String>,
) -> Result<Response, AppError> {
    let opened = open(&desk, name).await?;
    let others = others(&desk, &actor, &opened).await?;
    respond::json(StatusCode::OK, &json!({ "others": others }))
}

async fn others(desk: &DeskNow, actor: &Actor, opened: &Opened) -> Result<String, AppError> {
    let (subject, now) = (opened.subject(), desk.now());
    let present = desk.database().write(saving::LIMIT, async |connection| {
        drafts::store::present(connection, actor, &subject, now).await.map_err(DatabaseError::from)
    });
    let people = match present.await {
        // The text can be read all the same.
        Err(DatabaseError::NotWritable(_) | DatabaseError::Busy) => Vec::new(),
        people => people?,
    };
    Ok(people.into_iter().map(|person| person.name).collect::<Vec<_>>().join(", "))
}

fn name_of(person: &Person, actor: &Actor) -> String {
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
        source: opened.source.map(|source| source.number),
        to_come: to_come(edition, opened.name.as_str(), desk.now()),
        others: others(desk, actor, opened).await?,
        levels: Level::ALL,
        beside: rendered.preview,
        law: rendered.law,
        form: typed,
        links: pickers::links(edition),
        facts: pickers::facts(edition),
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

async fn stale(
    desk: &DeskNow,
    actor: &Actor,
    mut opened: Opened,
    mut typed: NoticeForm,
    mine: &NoticeDraft,
    draft: Draft,
) -> Result<Response, AppError> {
    let theirs = notice_content(&draft).cloned().unwrap_or_else(|| opened.content.clone());
    let what = format!(
        "{} saved another text on {}, after you opened this page.",
        name_of(&draft.saved_by, actor),
        time_words(draft.saved_at)
    );
    typed.made_of.revision = draft.revision;
    let conflict = conflict(desk, what, &theirs, mine).await;
    opened.kept = Some(draft);
    let shown = Feedback { problems: Problems::conflict(), conflict: Some(conflict), ..Feedback::default() };
    page(desk, actor, &opened, typed, shown).await
}

async fn overtaken(
    desk: &DeskNow,
    actor: &Actor,
    mut opened: Opened,
    mut typed: NoticeForm,
    mine: &NoticeDraft,
) -> Result<Response, AppError> {
    let beginning = beginning(desk, &opened.name).await?;
    let source = beginning.as_ref().map(|beginning| beginning.source);
    let theirs = beginning.map_or_else(|| opened.content.clone(), |beginning| beginning.content);
    let what = "The draft that you opened is gone: it was published or deleted. This is what there is now.".to_owned();
    let conflict = conflict(desk, what, &theirs, mine).await;
    opened.kept = None;
    opened.source = source;
    opened.content = theirs;
    typed.made_of = MadeOf::now(None, source.map(|source| source.entry));
    let shown = Feedback { problems: Problems::conflict(), conflict: Some(conflict), ..Feedback::default() };
    page(desk, actor, &opened, typed, shown).await
}

async fn conflict(desk: &DeskNow, what: String, theirs: &NoticeDraft, mine: &NoticeDraft) -> Conflict {
    let compare = || {
        let details = differences::details(Some(theirs), mine);
        (details, differences::between_sources(&theirs.markdown, &mine.markdown))
    };
    let (details, changes) = desk.site().heavy().for_staff(compare).await;
    Conflict { what, markdown: theirs.markdown.clone(), summary: changes.summary, html: changes.html, details }
}
