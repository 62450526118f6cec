//! Emails about drafts and versions: who did what to which text, what is said to have changed, and a link. Never the text itself. A
//! letter goes to those whom the page behind its link lets in.

use jiff::{SignedDuration, Timestamp};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::clock::time_words;
use crate::base::ledger::{Entry, Kind};
use crate::base::web::paths::absolute;
use crate::base::{audit, mail};
use crate::desk::Desk;
use crate::desk::accounts::addresses::Addressee;
use crate::desk::accounts::{Actor, Role, addresses};
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::{
    Commenting, ConfirmingRedaction, Editing, Permission as _, Publishing, Reading, Redacting,
};
use crate::features::discussion::store as discussion;
use crate::features::drafts::{Draft, DraftContent, actions, titles};
use crate::site::edition::Edition;
use crate::site::subject::Subject;

/// The time for which somebody who commented on a text that has no draft is told of further comments.
const TALK_LASTS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// "For review": one letter about all of these drafts to the reviewer, or to everybody who may review, but whoever asks.
pub(super) async fn for_review(
    connection: &mut PgConnection,
    desk: &DeskNow,
    actor: &Actor,
    drafts: &[Draft],
    reviewer: Option<Uuid>,
    message: &str,
) -> Result<(), sqlx::Error> {
    let mut to = with_roles(connection, desk, Editing::ROLES, actor).await?;
    to.retain(|one| reviewer.is_none_or(|id| one.id == id));
    let titles: Vec<String> = drafts.iter().map(|draft| titles::title(draft, &desk.edition)).collect();
    let about = drafts.iter().zip(&titles).map(|(draft, title)| About::draft(draft, title)).collect();
    let whom = if reviewer.is_some() { "asks you for a review" } else { "asks for a review" };
    let said = format!("{} {whom}.", actor.name());
    let quoted = (!message.is_empty()).then_some(("Their message", message));
    Letter { what: "For review", said, about, quoted }.send(connection, desk, &to).await
}

/// A comment on a text.
pub(crate) struct Remark<'a> {
    /// The title of the text.
    pub(crate) title: &'a str,
    /// The passage that it quotes; may be empty.
    pub(crate) passage: &'a str,
    /// Its words.
    pub(crate) words: &'a str,
}

/// "Comment": to those who wrote the draft or asked for its review, and to everybody who took part in what was said about it. The
/// passage is not in the letter, since it may be the draft's text.
pub(crate) async fn commented(
    connection: &mut PgConnection,
    desk: &Desk,
    actor: &Actor,
    (subject, draft): (&Subject, Option<&Draft>),
    remark: Remark<'_>,
) -> Result<(), sqlx::Error> {
    let since = draft.map_or_else(|| desk.now() - TALK_LASTS, |draft| draft.started_at);
    let mut ids = discussion::participants(connection, subject, since).await?;
    if let Some(draft) = draft {
        ids.extend([draft.started_by.id, draft.saved_by.id]);
    }
    let mut to = with_roles(connection, desk, Commenting::ROLES, actor).await?;
    to.retain(|one| ids.contains(&one.id));
    let on = if remark.passage.is_empty() { "this text" } else { "a passage of this text" };
    let said = format!("{} commented on {on}.", actor.name());
    let about = About { title: remark.title, path: paths::discussion(subject), change: "" };
    let quoted = Some(("Their comment", remark.words));
    Letter { what: "Comment", said, about: vec![about], quoted }.send(connection, desk, &to).await
}

/// "Withdrawn", or when it will be: to those who wrote, approved and published what was in force, and to whoever asked.
pub(super) async fn withdrawn(
    connection: &mut PgConnection,
    desk: &Desk,
    actor: &Actor,
    withdrawal: Withdrawal<'_>,
    ids: &[Uuid],
) -> Result<(), sqlx::Error> {
    let Withdrawal { subject, title, note, is_banner, later } = withdrawal;
    let mut to = with_roles(connection, desk, Reading::ROLES, actor).await?;
    to.retain(|one| ids.contains(&one.id));
    let (what, did) = if is_banner { ("Ended", "ended this banner") } else { ("Withdrawn", "withdrew this") };
    let until = later.map_or_else(
        || "visitors do not read it any more".to_owned(),
        |at| format!("visitors read it until {}", time_words(at)),
    );
    let said = format!("{} {did}: {until}.", actor.name());
    let about = About { title, path: paths::subject(subject), change: "" };
    Letter { what, said, about: vec![about], quoted: Some(("What visitors are told", note)) }
        .send(connection, desk, &to)
        .await
}

/// A withdrawal that was carried out.
pub(super) struct Withdrawal<'a> {
    pub(super) subject: &'a Subject,
    pub(super) title: &'a str,
    /// Told to the public.
    pub(super) note: &'a str,
    /// Set if it ends a banner.
    pub(super) is_banner: bool,
    /// When it comes into force, if that is later.
    pub(super) later: Option<Timestamp>,
}

/// "Live": to those who wrote, approved and published what was scheduled and has come into force.
pub(super) async fn came_into_force(
    connection: &mut PgConnection,
    desk: &Desk,
    entry: &Entry,
    title: &str,
    ids: &[Uuid],
) -> Result<(), sqlx::Error> {
    let Ok(subject) = entry.subject.parse::<Subject>() else { return Ok(()) };
    let (what, said) = match entry.kind {
        Kind::Withdrawal => ("Withdrawn", "The withdrawal that was scheduled has come into force."),
        _ => ("Live", "What was scheduled is live now: visitors read it."),
    };
    let about = About { title, path: paths::subject(&subject), change: "" };
    let mut to = everybody(connection, desk, Reading::ROLES).await?;
    to.retain(|one| ids.contains(&one.id));
    Letter { what, said: said.to_owned(), about: vec![about], quoted: None }.send(connection, desk, &to).await
}

/// "Sent back": to whoever wrote and whoever asked for the review, with what is to change.
pub(super) async fn sent_back(
    connection: &mut PgConnection,
    desk: &DeskNow,
    actor: &Actor,
    draft: &Draft,
    comment: &str,
) -> Result<(), sqlx::Error> {
    let to = authors(connection, desk, actor, draft).await?;
    let title = titles::title(draft, &desk.edition);
    let said = format!("{} read your draft and sent it back.", actor.name());
    let quoted = Some(("Their comment", comment));
    Letter { what: "Sent back", said, about: vec![About::draft(draft, &title)], quoted }
        .send(connection, desk, &to)
        .await
}

/// "Approved": to the same, who would not know of it otherwise.
pub(super) async fn approved(
    connection: &mut PgConnection,
    desk: &DeskNow,
    actor: &Actor,
    draft: &Draft,
) -> Result<(), sqlx::Error> {
    let to = authors(connection, desk, actor, draft).await?;
    let title = titles::title(draft, &desk.edition);
    let said = format!("{} approved your draft. It is not published yet.", actor.name());
    Letter { what: "Approved", said, about: vec![About::draft(draft, &title)], quoted: None }
        .send(connection, desk, &to)
        .await
}

/// "Merged" or "Replaced": to whoever saved a draft that another person then saved their own text over.
pub(crate) async fn saved_over(
    connection: &mut PgConnection,
    desk: &DeskNow,
    actor: &Actor,
    theirs: &Draft,
    is_merge: bool,
) -> Result<(), sqlx::Error> {
    let mut to = with_roles(connection, desk, Editing::ROLES, actor).await?;
    to.retain(|one| one.id == theirs.saved_by.id);
    let title = titles::title(theirs, &desk.edition);
    let who = actor.name();
    let (what, said) = if is_merge {
        ("Merged", format!("You and {who} wrote in the same draft. {who} merged both: please look at the result."))
    } else {
        ("Replaced", format!("You and {who} wrote in the same draft. {who} saved another text in place of yours."))
    };
    let about = About { path: paths::edit(&theirs.subject), ..About::draft(theirs, &title) };
    Letter { what, said, about: vec![about], quoted: None }.send(connection, desk, &to).await
}

/// "Published" or "Scheduled": to the same, so that whoever wrote a text hears that visitors read it, or from when on.
pub(super) async fn published(
    connection: &mut PgConnection,
    (desk, edition): (&Desk, &Edition),
    actor: &Actor,
    draft: &Draft,
    later: Option<Timestamp>,
) -> Result<(), sqlx::Error> {
    let to = authors(connection, desk, actor, draft).await?;
    let title = titles::title(draft, edition);
    let (what, said) = match later {
        Some(at) => {
            ("Scheduled", format!("{} scheduled your draft: it goes live on {}.", actor.name(), time_words(at)))
        }
        None => ("Published", format!("{} published your draft: it is live now.", actor.name())),
    };
    let about = About { path: paths::subject(&draft.subject), ..About::draft(draft, &title) };
    Letter { what, said, about: vec![about], quoted: None }.send(connection, desk, &to).await
}

/// "Published without a second check": to everybody who may approve it afterwards.
pub(super) async fn published_alone(
    connection: &mut PgConnection,
    desk: &Desk,
    actor: &Actor,
    (title, reason): (&str, &str),
    entry: i64,
) -> Result<(), sqlx::Error> {
    let to = with_roles(connection, desk, Editing::ROLES, actor).await?;
    let said =
        format!("{} published this without a second check. Somebody else has to read and approve it.", actor.name());
    let about = About { title, path: paths::entry_approve(entry), change: "" };
    let quoted = Some(("Their reason", reason));
    Letter { what: "Published without a second check", said, about: vec![about], quoted }
        .send(connection, desk, &to)
        .await
}

/// "Redaction asked for", or a withdrawal: to those who may confirm it.
pub(super) async fn to_confirm(
    connection: &mut PgConnection,
    desk: &Desk,
    actor: &Actor,
    request: Request<'_>,
) -> Result<(), sqlx::Error> {
    let who = actor.name();
    let (said, about, roles): (String, About<'_>, &[Role]) = match request {
        Request::Redaction(id) => (
            format!("{who} asks to destroy a text that was published. Another person has to confirm that."),
            About { title: "a redaction", path: paths::redaction(id), change: "" },
            ConfirmingRedaction::ROLES,
        ),
        Request::Withdrawal(subject, title) => (
            format!("{who} asks to withdraw this notice. Another person has to confirm that."),
            About { title, path: paths::withdraw(subject), change: "" },
            Publishing::ROLES,
        ),
    };
    let to = with_roles(connection, desk, roles, actor).await?;
    Letter { what: "To confirm", said, about: vec![about], quoted: None }.send(connection, desk, &to).await
}

/// "Text destroyed": to those who may ask for that.
pub(super) async fn redacted(connection: &mut PgConnection, desk: &Desk, actor: &Actor) -> Result<(), sqlx::Error> {
    let to = with_roles(connection, desk, Redacting::ROLES, actor).await?;
    let said = format!("{} confirmed a redaction: the text is destroyed.", actor.name());
    let about = About { title: "a redaction", path: paths::REDACTIONS.to_owned(), change: "" };
    Letter { what: "Confirmed", said, about: vec![about], quoted: None }.send(connection, desk, &to).await
}

/// A letter about a change set: one for all of its parts.
pub(crate) struct OfSet<'a> {
    /// What happened, for the subject.
    pub(crate) what: &'static str,
    /// The same as a sentence that names who did it.
    pub(crate) said: String,
    /// The title of the set, and the path of its page.
    pub(crate) title: &'a str,
    pub(crate) path: String,
    /// What changed; empty where nobody said so.
    pub(crate) change: &'a str,
    /// What somebody wrote for those who read the letter, with what it is.
    pub(crate) quoted: Option<(&'static str, &'a str)>,
    /// Whom it is for; none for everybody who may review it.
    pub(crate) only: Option<&'a [uuid::Uuid]>,
}

/// Sends a letter about a change set, but not to the one who did something about it.
pub(crate) async fn of_set(
    connection: &mut PgConnection,
    desk: &Desk,
    actor: &Actor,
    letter: OfSet<'_>,
) -> Result<(), sqlx::Error> {
    let OfSet { what, said, title, path, change, quoted, only } = letter;
    let mut to = with_roles(connection, desk, Editing::ROLES, actor).await?;
    to.retain(|one| only.is_none_or(|ids| ids.contains(&one.id)));
    Letter { what, said, about: vec![About { title, path, change }], quoted }.send(connection, desk, &to).await
}

/// A request that waits for a second person.
pub(super) enum Request<'a> {
    Redaction(uuid::Uuid),
    Withdrawal(&'a Subject, &'a str),
}

/// Whoever wrote a draft and whoever asked for its review, but not the one who does something about it.
async fn authors(
    connection: &mut PgConnection,
    desk: &Desk,
    actor: &Actor,
    draft: &Draft,
) -> Result<Vec<Addressee>, sqlx::Error> {
    let asked = audit::store::last(connection, &draft.subject.to_string(), &[actions::DRAFT_SUBMITTED]).await?;
    // The last review of this subject may have been another draft's.
    let asked = asked.filter(|asked| asked.at >= draft.started_at);
    let mut ids = vec![draft.saved_by.id];
    ids.extend(asked.and_then(|asked| asked.actor));
    let mut to = with_roles(connection, desk, Editing::ROLES, actor).await?;
    to.retain(|one| ids.contains(&one.id));
    Ok(to)
}

async fn with_roles(
    connection: &mut PgConnection,
    desk: &Desk,
    roles: &[Role],
    but: &Actor,
) -> Result<Vec<Addressee>, sqlx::Error> {
    let mut all = everybody(connection, desk, roles).await?;
    all.retain(|one| one.id != but.id());
    Ok(all)
}

/// Everybody with one of some roles, each once.
async fn everybody(connection: &mut PgConnection, desk: &Desk, roles: &[Role]) -> Result<Vec<Addressee>, sqlx::Error> {
    let mut all: Vec<Addressee> = Vec::new();
    for role in roles {
        for one in addresses::with_role(connection, desk.keys(), *role).await? {
            if all.iter().all(|known| known.id != one.id) {
                all.push(one);
            }
        }
    }
    Ok(all)
}

/// A text that a letter is about.
struct About<'a> {
    title: &'a str,
    /// The path on the staff site.
    path: String,
    /// The change note; empty where there is none.
    change: &'a str,
}

impl<'a> About<'a> {
    fn draft(draft: &'a Draft, title: &'a str) -> Self {
        let change = match &draft.content {
            DraftContent::Notice(notice) => notice.change_note.as_str(),
            _ => "",
        };
        Self { title, path: paths::draft_review(&draft.subject), change }
    }

    /// Its title, its change note and the link, a line each.
    fn lines(&self, desk: &Desk) -> String {
        let change = match self.change {
            "" => String::new(),
            change => format!("What changed: {}\n", on_a_line(change)),
        };
        format!("{}\n{change}{}\n", on_a_line(self.title), absolute(&desk.settings().staff_url, &self.path))
    }
}

struct Letter<'a> {
    /// The event, for the subject of the message.
    what: &'static str,
    /// The event as a sentence that names the person.
    said: String,
    about: Vec<About<'a>>,
    /// The text that somebody wrote for those who read the message, with what it is.
    quoted: Option<(&'static str, &'a str)>,
}

impl Letter<'_> {
    async fn send(&self, connection: &mut PgConnection, desk: &Desk, to: &[Addressee]) -> Result<(), sqlx::Error> {
        let force = desk.force_name();
        let title = match self.about.as_slice() {
            [one] => on_a_line(one.title),
            many => format!("{} texts", many.len()),
        };
        let about = self.about.iter().map(|about| about.lines(desk));
        let quoted = self.quoted.map(|(label, words)| format!("{label}:\n{words}\n"));
        let parts = std::iter::once(format!("{}\n", self.said)).chain(about).chain(quoted);
        let text = format!("{}{force}, staff site\n", parts.map(|part| part + "\n").collect::<String>());
        for one in to {
            let subject = format!("{}: {title} – {force}", self.what);
            let message = mail::Message::new(one.email.clone(), subject, text.clone()).named(&force);
            mail::store::queue(connection, desk.keys().public(), &message, None, desk.now()).await?;
        }
        Ok(())
    }
}

/// A line break in a title would end the subject line of a message.
fn on_a_line(title: &str) -> String {
    title.split_whitespace().collect::<Vec<_>>().join(" ")
}
