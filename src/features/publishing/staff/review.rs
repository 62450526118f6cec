//! One draft before it is published: what it will say, what changes, who has seen it, and what this person may do.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;

use crate::base::clock::time_words;
use crate::base::error::AppError;
use crate::base::language::Language;
use crate::base::web::extract::Path;
use crate::base::web::form::Problems;
use crate::base::web::respond;
use crate::base::web::shell::Link;
use crate::desk::accounts::{Actor, By};
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::{Editing, Permission as _, Publishing, Reading, Signing};
use crate::desk::shell::{StaffShell, said};
use crate::features::change_sets::{paths as set_paths, store as change_sets};
use crate::features::discussion::model::Comment;
use crate::features::discussion::store as discussion;
use crate::features::discussion::thread::{Thread, words_of};
use crate::features::discussion::words::reviewer_left;
use crate::features::drafts::arranged::arranged;
use crate::features::drafts::differences::{Change, details};
use crate::features::drafts::model::{NoticeDraft, Person};
use crate::features::drafts::signatures::{LawRow, Signatures};
use crate::features::drafts::{Draft, DraftContent, State as Stage, signatures, store as drafts, titles};
use crate::features::publishing::model::ReviewState;
use crate::features::publishing::ready::READY;
use crate::features::publishing::staff::{load_review, refused, subject};
use crate::features::publishing::{publish, ready, submit};
use crate::site::edition::Edition;
use crate::site::published::Notice;
use crate::site::subject::Subject;
use crate::text::changes::compare;
use crate::text::markdown::deepen;

#[derive(Template)]
#[template(path = "publishing/review.html")]
struct Review {
    shell: StaffShell,
    title: String,
    subject: String,
    edit: String,
    state: &'static str,
    class: &'static str,
    comment: Option<String>,
    revision: i64,
    fingerprint: String,
    facts: String,
    /// The problems to be put right before it can be published.
    problems: Vec<String>,
    /// Warnings, such as of other versions or an older start.
    warnings: Vec<String>,
    /// The change set that it is in.
    set: Option<Link>,
    rows: Vec<Change>,
    changes: Option<Marked>,
    served: Option<Served>,
    note: Option<String>,
    asks_again: bool,
    seen: Vec<String>,
    /// Set if a review of another text was asked for before.
    again: bool,
    alone: bool,
    may: May,
    /// The people who can be asked for a review by name.
    reviewers: Vec<Person>,
    thread: Thread,
    law: Vec<LawRow>,
    /// The answers that can be signed, by their hash; none where there is nothing to sign for this person.
    to_sign: Option<String>,
    form: ReviewForm,
}

/// The form that sends a draft back, or asks for its review.
#[derive(Default)]
pub(super) struct ReviewForm {
    /// The reason why it is sent back.
    pub(super) comment: String,
    /// The account of the person who is asked; empty for everybody.
    pub(super) reviewer: String,
    /// The message to them.
    pub(super) message: String,
    pub(super) problems: Problems,
}

impl ReviewForm {
    fn is_asked(&self, person: &Person) -> bool {
        self.reviewer == person.id.to_string()
    }
}

struct Marked {
    summary: String,
    html: String,
}

/// The text as the public will read it.
struct Served {
    title: String,
    html: String,
    level: Option<&'static str>,
}

#[expect(clippy::struct_excessive_bools, reason = "each is one button of the page")]
struct May {
    edit: bool,
    submit: bool,
    approve: bool,
    send_back: bool,
    publish: bool,
}

pub(crate) async fn show(
    desk: DeskNow,
    actor: By<Reading>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    let subject = subject(&name)?;
    page(&desk, &actor, &subject, |review| {
        review.shell.said = said(query.as_deref());
        StatusCode::OK
    })
    .await
}

/// Shows the review again with what was typed and cannot be used.
pub(super) async fn show_again(
    desk: &DeskNow,
    actor: &Actor,
    subject: &Subject,
    form: ReviewForm,
) -> Result<Response, AppError> {
    page(desk, actor, subject, |review| {
        review.form = form;
        StatusCode::UNPROCESSABLE_ENTITY
    })
    .await
}

async fn page(
    desk: &DeskNow,
    actor: &Actor,
    subject: &Subject,
    with: impl FnOnce(&mut Review) -> StatusCode,
) -> Result<Response, AppError> {
    let edition = &desk.edition;
    let looked = match load_review(desk, edition, subject).await? {
        Ok(found) => found,
        Err(gone) => return refused(desk, actor, &paths::subject(subject), gone),
    };
    let mut review = review(desk, edition, actor, &looked).await?;
    let set = desk.database().read(async |connection| change_sets::set_of(connection, subject).await).await?;
    review.set = set.map(|(id, title)| Link::new(title, set_paths::set(id)));
    let status = with(&mut review);
    respond::page(status, &review)
}

/// What stands around the text of a draft on its review.
struct Around {
    /// Set if a review has to be asked for, of this text or again.
    stale: bool,
    /// The people who approved an earlier text of it.
    earlier: Vec<Person>,
    /// The people who can be asked for a review by name.
    reviewers: Vec<Person>,
    thread: Thread,
    /// The review that was asked for.
    requested: Option<Comment>,
    law: Vec<LawRow>,
    /// See [`Review::to_sign`].
    to_sign: Option<String>,
}

async fn around(desk: &DeskNow, actor: &Actor, looked: &ReviewState) -> Result<Around, AppError> {
    let draft = &looked.draft;
    let subject = &draft.subject;
    let words = desk.site().heavy().for_staff(|| words_of(subject, &draft.content, &desk.edition)).await;
    let (asked, mut around, signatures) = desk
        .database()
        .read(async |connection| {
            let around = Around {
                stale: false,
                earlier: drafts::approved_before(connection, draft).await?,
                reviewers: submit::reviewers(connection, looked).await?,
                thread: Thread::read(connection, actor, subject, &words).await?,
                requested: discussion::review_of(connection, draft).await?,
                law: Vec::new(),
                to_sign: None,
            };
            let asked = submit::is_asked_for(connection, draft, looked.facts).await?;
            Ok((asked, around, signatures::find(connection, subject).await?))
        })
        .await?;
    // A text that two people have seen needs no review.
    around.stale = !asked && !looked.is_approved();
    let stale = around.stale;
    around.earlier.retain(|person| stale && looked.seen.iter().all(|sight| sight.person.id != person.id));
    around.reviewers.retain(|one| one.id != actor.id());
    around.law = law_rows(draft, &signatures);
    if let DraftContent::Notice(text) = &draft.content
        && actor.is_any(Signing::ROLES)
        && signatures::unsigned(&around.law) > 0
    {
        around.to_sign = Some(signatures::list_hash(text).to_string());
    }
    Ok(around)
}

async fn review(desk: &DeskNow, edition: &Edition, actor: &Actor, looked: &ReviewState) -> Result<Review, AppError> {
    let draft = &looked.draft;
    let subject = &draft.subject;
    let now = desk.now();
    let prepare = || ready::prepare(subject, &draft.content, edition, now).err().unwrap_or_default();
    let problems = desk.site().heavy().for_staff(prepare).await;
    let Around { stale, earlier, reviewers, thread, requested, law, to_sign } = around(desk, actor, looked).await?;
    let whole = problems.is_empty();
    let ready = whole && looked.is_approved();
    let title = titles::title(draft, edition);
    let (heading, path) = (format!("Review: {title}"), paths::draft_review(subject));
    let (changes, served, rows, note, asks_again) = match (&draft.content, subject) {
        (DraftContent::Notice(text), Subject::Notice(name)) => {
            let notice = edition.published.notices.get(name.as_str());
            let version = notice.and_then(|notice| notice.in_force(edition.at));
            let before = match version {
                Some(version) => desk.site().text(version).await?,
                None => None,
            };
            let serve = || {
                let after = ready::served(name.as_str(), text, edition).ok()?;
                let changes = before.as_ref().map(|before| {
                    let changes = compare(&before.html, &after.html);
                    Marked { summary: changes.summary, html: deepen(&changes.html) }
                });
                let served = Served {
                    title: after.title,
                    html: deepen(&deepen(&after.html)),
                    level: after.banner.as_ref().map(|banner| banner.level.name()),
                };
                Some((changes, served))
            };
            let (changes, served) = desk.site().heavy().for_staff(serve).await.unzip();
            let note = Some(text.change_note.trim().to_owned()).filter(|note| !note.is_empty());
            // Each version asks by itself, whether or not the one before did.
            let before =
                before.as_deref().map(|text| NoticeDraft { ask_again: false, ..NoticeDraft::from_version(text) });
            (changes.flatten(), served, details(before.as_ref(), text), note, text.ask_again)
        }
        _ => (None, None, arranged(edition, subject, &draft.content), None, false),
    };
    let others = looked.seen.iter().any(|one| one.person.id != actor.id());
    let edits = actor.is_any(Editing::ROLES);
    Ok(Review {
        shell: desk.shell(Some(actor), &heading, &path),
        title,
        subject: subject.to_string(),
        edit: match subject {
            Subject::Notice(name) => paths::notice_edit(name),
            _ => paths::subject(subject),
        },
        state: if ready { READY } else { draft.state.words() },
        class: if ready { "tag tag-on" } else { draft.state.class() },
        comment: draft.comment.clone().filter(|_| draft.state == Stage::Back),
        revision: draft.revision,
        fingerprint: draft.fingerprint.to_string(),
        facts: looked.facts.map_or_else(String::new, |facts| facts.to_string()),
        problems,
        warnings: requested
            .iter()
            .filter_map(reviewer_left)
            .chain(earlier_words(&earlier))
            .chain(warnings(edition, looked))
            .collect(),
        set: None,
        again: draft.state == Stage::Review,
        rows,
        changes,
        served,
        note,
        asks_again,
        seen: seen_words(looked),
        alone: !others && !publish::is_urgent(&draft.content),
        may: May {
            edit: edits,
            submit: edits && whole && (draft.state != Stage::Review || stale && looked.is_by(actor)),
            approve: edits
                && !looked.has_seen(actor)
                && !looked.doubted.holds(actor.id())
                && draft.state != Stage::Back,
            send_back: edits && draft.state == Stage::Review && draft.saved_by.id != actor.id(),
            publish: whole && actor.is_any(Publishing::ROLES),
        },
        reviewers,
        thread,
        law,
        to_sign,
        form: ReviewForm::default(),
    })
}

/// The law's list of a draft, with its answers and signatures.
pub(super) fn law_rows(draft: &Draft, signatures: &Signatures) -> Vec<LawRow> {
    match (&draft.subject, &draft.content) {
        (Subject::Notice(name), DraftContent::Notice(text)) => {
            signatures::rows(name.as_str(), &text.markdown, &text.answers, signatures)
        }
        _ => Vec::new(),
    }
}

/// Says who has seen exactly this text, and how.
pub(super) fn seen_words(looked: &ReviewState) -> Vec<String> {
    let draft = &looked.draft;
    let words = looked.seen.iter().map(|sight| {
        let (name, at) = (&sight.person.name, time_words(sight.at));
        let is_doubted = looked.doubted.holds(sight.person.id);
        let uncounted = if is_doubted { " This account does not count as a second person yet." } else { "" };
        if sight.person.id == draft.saved_by.id && draft.facts == looked.facts {
            return format!("{name} wrote this text; saved {at}.{uncounted}");
        }
        format!("{name} {} on {at}.{uncounted}", if sight.wrote { "wrote the same text" } else { "approved it" })
    });
    let words: Vec<String> = words.collect();
    if words.is_empty() { vec!["Nobody yet.".to_owned()] } else { words }
}

/// Says who approved a text of this draft that was changed since.
fn earlier_words(earlier: &[Person]) -> Option<String> {
    let names: Vec<&str> = earlier.iter().map(|person| person.name.as_str()).collect();
    (!names.is_empty()).then(|| {
        let names = Language::default().list(&names);
        format!("{names} approved an earlier text. It was changed since: ask for a review again.")
    })
}

/// Says who saw the text with other facts.
fn new_facts(looked: &ReviewState) -> Option<String> {
    let names: Vec<&str> = looked.before.iter().map(|person| person.name.as_str()).collect();
    if names.is_empty() {
        return None;
    }
    let who = Language::default().list(&names);
    let (draft, it) = (&looked.draft, "so it reads otherwise now and has to be seen again");
    let wrote = format!("{} wrote it; saved {}.", draft.saved_by.name, time_words(draft.saved_at));
    Some(format!("The facts changed since {who} saw this text, {it}. {wrote}"))
}

/// Warnings before a publish.
pub(super) fn warnings(edition: &Edition, looked: &ReviewState) -> Vec<String> {
    let draft = &looked.draft;
    let mut warnings: Vec<String> = new_facts(looked).into_iter().collect();
    let Subject::Notice(name) = &draft.subject else { return warnings };
    let Some(notice) = edition.published.notices.get(name.as_str()) else { return warnings };
    let current = notice.in_force(edition.at);
    if let (Some(current), Some(base)) = (current, draft.base)
        && current.entry.number != base
    {
        let from = notice.versions.values().find(|version| version.entry.number == base);
        let from = from.map_or_else(|| "another version".to_owned(), |version| format!("version {}", version.number));
        warnings.push(format!("The draft was started from {from}; in force now is version {}.", current.number));
    }
    if notice.withdrawn(edition.at).is_some() {
        warnings.push("The notice is withdrawn. Publishing brings it back.".to_owned());
    }
    warnings.extend(scheduled(notice, edition));
    warnings
}

/// Says which versions of a notice are scheduled, and will replace what is published now.
pub(super) fn scheduled(notice: &Notice, edition: &Edition) -> Vec<String> {
    let coming = notice.timeline.coming(edition.at).map(|state| (time_words(state.in_force_at), &state.content));
    coming
        .map(|(at, version)| match version {
            Some(version) => format!("Version {} comes into force on {at} and takes its place then.", version.number),
            None => format!("The notice will be withdrawn on {at}."),
        })
        .collect()
}
