//! `/change-sets/{id}`: everything in a set on one page, what stands in the way, who has seen it, and what this person may do.

use std::sync::Arc;

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;
use uuid::Uuid;

use crate::base::clock::time_words;
use crate::base::error::AppError;
use crate::base::language::Language;
use crate::base::ledger::Entry;
use crate::base::ledger::store::LedgerError;
use crate::base::web::extract::Path;
use crate::base::web::form::Problems;
use crate::base::web::respond;
use crate::desk::accounts::{Actor, By};
use crate::desk::now::DeskNow;
use crate::desk::paths as desk_paths;
use crate::desk::permission::{Editing, Permission as _, Publishing, Reading};
use crate::desk::shell::{StaffShell, said};
use crate::features::change_sets::decide::anew;
use crate::features::change_sets::model::{ChangeSet, Kind, Member, Stage, Whole};
use crate::features::change_sets::publish::problems;
use crate::features::change_sets::staff::new::{Choice, choices, free_drafts};
use crate::features::change_sets::{paths, store, words};
use crate::features::dashboard::model::describe_entry;
use crate::features::drafts::DraftContent;
use crate::features::drafts::arranged::{between, in_force};
use crate::features::drafts::differences::{Change, details};
use crate::features::drafts::model::NoticeDraft;
use crate::features::publishing::ready::{Prepared, READY};
use crate::features::publishing::store as publishing;
use crate::features::publishing::together::Together;
use crate::site::edition::Edition;
use crate::site::model::NoticeContent;
use crate::site::subject::Subject;
use crate::text::changes::compare;
use crate::text::markdown::deepen;

#[derive(Template)]
#[template(path = "change_sets/show.html")]
struct SetPage {
    shell: StaffShell,
    set: ChangeSet,
    state: &'static str,
    class: &'static str,
    /// Why the last press did nothing.
    trouble: Vec<String>,
    /// What must be put right first.
    problems: Vec<String>,
    rows: Vec<Row>,
    fingerprint: String,
    seen: Vec<String>,
    /// What it made, once it is published: each entry in words, with the path of its subject.
    made: Vec<(String, String)>,
    closed: Option<String>,
    /// The form that makes a link to its drafts for somebody without an account.
    preview: Option<String>,
    /// Why it was sent back.
    sent_back: Option<String>,
    may: May,
    others: Vec<Choice>,
    form: CommentForm,
}

/// The comment on a set that is sent back, or the reason why one is put back.
#[derive(Default)]
struct CommentForm {
    typed: String,
    problems: Problems,
}

/// A part of the set.
struct Row {
    subject: String,
    title: String,
    sort: &'static str,
    /// Where its draft is written; none for a withdrawal.
    edit: Option<String>,
    stale: Option<String>,
    can_be_taken_anew: bool,
    changes: Vec<Change>,
    /// How its text changes: a line about it, and the text with the changes marked.
    marked: Option<(String, String)>,
    /// The text as the public will read it, where there was none before.
    served: Option<String>,
    /// The change note for the public.
    note: String,
    /// What the public is told, for a withdrawal.
    told: Option<String>,
}

#[expect(clippy::struct_excessive_bools, reason = "each is one button of the page")]
#[derive(Default)]
struct May {
    change: bool,
    submit: bool,
    approve: bool,
    send_back: bool,
    publish: bool,
    put_back: bool,
}

pub(crate) async fn show(
    desk: DeskNow,
    actor: By<Reading>,
    Path(id): Path<Uuid>,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    let mut page = page(&desk, &actor, id).await?;
    page.shell.said = said(query.as_deref());
    respond::page(StatusCode::OK, &page)
}

/// The set with sentences that say why the last press did nothing.
pub(super) async fn show_refused(
    desk: &DeskNow,
    actor: &Actor,
    id: Uuid,
    trouble: Vec<String>,
) -> Result<Response, AppError> {
    // What was done meanwhile is shown as it is now.
    let desk = DeskNow::of(desk);
    let page = SetPage { trouble, ..page(&desk, actor, id).await? };
    respond::page(StatusCode::CONFLICT, &page)
}

/// The set with a comment or a reason that cannot be used.
pub(super) async fn show_field(
    desk: &DeskNow,
    actor: &Actor,
    id: Uuid,
    field: &'static str,
    wrong: String,
    typed: &str,
) -> Result<Response, AppError> {
    let form = CommentForm { typed: typed.to_owned(), problems: Problems::one(field, wrong) };
    let page = SetPage { form, ..page(desk, actor, id).await? };
    respond::form(&page, &page.form.problems)
}

async fn page(desk: &DeskNow, actor: &Actor, id: Uuid) -> Result<SetPage, AppError> {
    let edition = &desk.edition;
    let found = desk.database().read(async |connection| {
        let Some(whole) = store::whole(connection, id, desk.now()).await? else { return Ok(None) };
        let mut made = Vec::new();
        for number in &whole.set.entries {
            let kept = publishing::entry(connection, *number).await.map_err(LedgerError::into_sql)?;
            made.extend(kept.map(|kept| kept.entry));
        }
        Ok(Some((whole, made)))
    });
    let (whole, made) = found.await?.ok_or(AppError::NotFound)?;
    let mut before = Vec::new();
    for member in &whole.members {
        before.push(text_in_force(desk, &member.part.subject).await?);
    }
    let work = || {
        let together = whole.prepare(edition, desk.now());
        let problems = problems(&whole, &together, edition);
        (rows(&whole, &together, edition, &before), problems)
    };
    let (rows, problems) = desk.site().heavy().for_staff(work).await;
    let others = if whole.set.stage.is_open() { free_drafts(desk).await? } else { Vec::new() };
    let is_stale = rows.iter().any(|row| row.stale.is_some());
    let ready = problems.is_empty() && !is_stale && whole.is_approved(edition);
    let may = may(&whole, edition, actor, is_stale, problems.is_empty());
    let heading = format!("Change set: {}", whole.set.title);
    let path = |entry: &Entry| {
        entry
            .subject
            .parse::<Subject>()
            .map_or_else(|_| desk_paths::HOME.to_owned(), |subject| desk_paths::subject(&subject))
    };
    Ok(SetPage {
        shell: desk.shell(Some(actor), &heading, &paths::set(id)),
        state: if ready { READY } else { whole.set.stage.words() },
        class: if ready { "tag tag-on" } else { whole.set.stage.class() },
        trouble: Vec::new(),
        problems,
        rows,
        fingerprint: whole.fingerprint(edition).to_string(),
        seen: seen_words(&whole, edition),
        made: made.iter().map(|entry| (describe_entry(entry, edition), path(entry))).collect(),
        closed: whole
            .set
            .closed
            .as_ref()
            .map(|(person, at)| format!("{} by {} on {}.", whole.set.stage.words(), person.name, time_words(*at))),
        preview: preview(&whole).filter(|_| actor.is_any(Editing::ROLES)),
        sent_back: whole.set.comment.clone().filter(|_| whole.set.stage == Stage::Back),
        may,
        others: choices(desk, &others, &[]),
        form: CommentForm::default(),
        set: whole.set,
    })
}

/// The text of a notice that is in force.
async fn text_in_force(desk: &DeskNow, subject: &Subject) -> Result<Option<Arc<NoticeContent>>, AppError> {
    let edition = &desk.edition;
    let Subject::Notice(name) = subject else { return Ok(None) };
    let version = edition.published.notices.get(name.as_str()).and_then(|notice| notice.in_force(edition.at));
    Ok(match version {
        Some(version) => desk.site().text(version).await?,
        None => None,
    })
}

/// The path of the form of a preview link with all drafts of a set.
fn preview(whole: &Whole) -> Option<String> {
    let subjects = whole.members.iter().filter_map(Member::own_draft).map(|draft| draft.subject.to_string());
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(subjects.map(|subject| ("draft", subject)));
    let query = query.finish();
    (!query.is_empty()).then(|| format!("{}?{query}", desk_paths::PREVIEW_NEW))
}

fn rows(whole: &Whole, together: &Together, edition: &Edition, before: &[Option<Arc<NoticeContent>>]) -> Vec<Row> {
    let stale = whole.stale(edition);
    let mut prepared = together.prepared.iter();
    let row = |(member, before): (&Member, &Option<Arc<NoticeContent>>)| {
        let content = member.step().and_then(|_| prepared.next());
        let title = words::title(member, edition);
        let why = stale.iter().find(|(subject, _)| **subject == member.part.subject).map(|(_, why)| why);
        let mut row = Row {
            subject: member.part.subject.to_string(),
            sort: words::sort(member),
            edit: member.own_draft().map(|draft| desk_paths::edit(&draft.subject)),
            stale: why.map(|why| words::stale(&title, why)),
            can_be_taken_anew: why.is_some() && anew(member, edition).is_some(),
            changes: Vec::new(),
            marked: None,
            served: None,
            note: String::new(),
            told: None,
            title,
        };
        match (&member.part.kind, member.own_draft().map(|draft| &draft.content)) {
            (Kind::Withdrawal(content), _) => row.told = Some(words::withdrawal(&member.part.subject, content)),
            (_, Some(DraftContent::Notice(draft))) => {
                // Each version asks by itself, whether or not the one before did.
                let was =
                    before.as_deref().map(|text| NoticeDraft { ask_again: false, ..NoticeDraft::from_version(text) });
                row.changes = details(was.as_ref(), draft);
                draft.change_note.trim().clone_into(&mut row.note);
                let after = match content {
                    Some(Ok(Prepared::Notice(after))) => Some(&after.html),
                    _ => None,
                };
                match (before, after) {
                    (Some(before), Some(after)) => {
                        let changes = compare(&before.html, after);
                        row.marked = Some((changes.summary, deepen(&changes.html)));
                    }
                    (None, Some(after)) => row.served = Some(deepen(after)),
                    (_, None) => {}
                }
            }
            (_, Some(content)) => {
                let was = in_force(edition, &member.part.subject).map(|(_, content)| content);
                // Titles of texts that come with the set are those of the set.
                row.changes = between(&together.edition, was.as_ref(), content);
            }
            (Kind::Draft(_), None) => {}
        }
        row
    };
    whole.members.iter().zip(before).map(row).collect()
}

fn may(whole: &Whole, edition: &Edition, actor: &Actor, is_stale: bool, is_whole: bool) -> May {
    let stage = whole.set.stage;
    if !stage.is_open() {
        // Only what is still as the set left it can be put back by one press.
        let put_back = stage == Stage::Published && actor.is_any(Publishing::ROLES);
        return May { put_back, ..May::default() };
    }
    let edits = actor.is_any(Editing::ROLES);
    let is_sound = !is_stale && !whole.members.is_empty();
    May {
        change: edits,
        submit: edits
            && is_sound
            && is_whole
            && (stage != Stage::Review || whole.is_by(actor) && whole.set.asked_by != Some(actor.id())),
        approve: edits
            && is_sound
            && stage != Stage::Back
            && !whole.has_seen(edition, actor)
            && !whole.doubted.holds(actor.id()),
        send_back: edits && stage == Stage::Review && whole.set.made_by.id != actor.id(),
        publish: is_sound && is_whole && stage != Stage::Back && actor.is_any(Publishing::ROLES),
        put_back: false,
    }
}

/// Says who wrote the parts and who approved exactly this set.
pub(super) fn seen_words(whole: &Whole, edition: &Edition) -> Vec<String> {
    let mut writers: Vec<&str> = whole.members.iter().map(|member| member.writer().name.as_str()).collect();
    writers.sort_unstable();
    writers.dedup();
    let uncounted =
        |id| if whole.doubted.holds(id) { " This account does not count as a second person yet." } else { "" };
    let fingerprint = whole.fingerprint(edition);
    let approvals = whole.approvers(fingerprint).map(|(person, at)| {
        format!("{} approved all of it on {}.{}", person.name, time_words(at), uncounted(person.id))
    });
    let mut words: Vec<String> = approvals.collect();
    if !writers.is_empty() {
        let names = Language::default().list(&writers);
        words.insert(0, format!("Written by {names}."));
    }
    let earlier: Vec<&str> = whole
        .approvals
        .iter()
        .filter(|(seen, person, _)| {
            *seen != fingerprint && whole.approvers(fingerprint).all(|(known, _)| known.id != person.id)
        })
        .map(|(_, person, _)| person.name.as_str())
        .collect();
    if !earlier.is_empty() && whole.set.stage.is_open() {
        let names = Language::default().list(&earlier);
        words.push(format!(
            "{names} approved it as it was earlier. It was changed since, so it has to be approved again."
        ));
    }
    words
}
