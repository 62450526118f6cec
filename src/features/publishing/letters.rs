//! Emails about drafts and versions: who did what to which text, what is said to have changed, and a link. Never the text itself. A
//! letter goes to those whom the page behind its link lets in.

use jiff::Timestamp;
use sqlx::PgConnection;

use crate::base::clock::time_words;
use crate::base::web::paths::absolute;
use crate::base::{audit, mail};
use crate::desk::Desk;
use crate::desk::accounts::addresses::Addressee;
use crate::desk::accounts::{Actor, Role, addresses};
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::{ConfirmingRedaction, Editing, Permission as _, Publishing, Redacting};
use crate::features::drafts::{Draft, DraftContent, actions, titles};
use crate::site::edition::Edition;
use crate::site::subject::Subject;

/// "For review": one letter about all of these drafts to everybody who may read along, but whoever asks.
pub(super) async fn for_review(
    connection: &mut PgConnection,
    desk: &DeskNow,
    actor: &Actor,
    drafts: &[Draft],
) -> Result<(), sqlx::Error> {
    let to = with_roles(connection, desk, Editing::ROLES, actor).await?;
    let titles: Vec<String> = drafts.iter().map(|draft| titles::title(draft, &desk.edition)).collect();
    let about = drafts.iter().zip(&titles).map(|(draft, title)| About::draft(draft, title)).collect();
    let said = format!("{} asks for a review.", actor.name());
    Letter { what: "For review", said, about, quoted: None }.send(connection, desk, &to).await
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
    let mut all: Vec<Addressee> = Vec::new();
    for role in roles {
        for one in addresses::with_role(connection, desk.keys(), *role).await? {
            if one.id != but.id() && all.iter().all(|known| known.id != one.id) {
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
    /// What happened, for the subject.
    what: &'static str,
    /// The same as a sentence that names who did it.
    said: String,
    about: Vec<About<'a>>,
    /// What somebody wrote for those who read the letter, with what it is.
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
