//! Emails about drafts and versions: a title and a link, no text. A letter goes to those whom the page behind its link lets in.

use sqlx::PgConnection;

use crate::base::web::paths::absolute;
use crate::base::{audit, mail};
use crate::desk::Desk;
use crate::desk::accounts::addresses::Addressee;
use crate::desk::accounts::{Actor, Role, addresses};
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::{ConfirmingRedaction, Editing, Permission as _, Publishing};
use crate::features::drafts::{Draft, actions, titles};
use crate::site::subject::Subject;

/// "For review": one letter about all of these drafts to everybody who may read along, but whoever asks.
pub(super) async fn for_review(
    connection: &mut PgConnection,
    desk: &DeskNow,
    actor: &Actor,
    drafts: &[Draft],
) -> Result<(), sqlx::Error> {
    let to = with_roles(connection, desk, Editing::ROLES, actor).await?;
    let edition = &desk.edition;
    let path = |draft: &Draft| paths::draft_review(&draft.subject);
    if let [draft] = drafts {
        let letter = Letter { what: "For review", title: &titles::title(draft, edition), path: path(draft) };
        return letter.send(connection, desk, &to).await;
    }
    let (many, site) = (drafts.len(), &desk.settings().staff_url);
    let lines = drafts
        .iter()
        .map(|draft| format!("\n{}\n{}\n", on_a_line(&titles::title(draft, edition)), absolute(site, &path(draft))));
    let text = format!("For review: {many} texts\n{}", lines.collect::<String>());
    for one in &to {
        let (to, subject) = (one.email.clone(), format!("For review: {many} texts"));
        let message = mail::Message { to, subject, text: text.clone() };
        mail::store::queue(connection, desk.keys(), &message, None, desk.now()).await?;
    }
    Ok(())
}

/// "Sent back": to whoever wrote and whoever asked for the review.
pub(super) async fn sent_back(
    connection: &mut PgConnection,
    desk: &DeskNow,
    actor: &Actor,
    draft: &Draft,
) -> Result<(), sqlx::Error> {
    to_author(connection, desk, actor, draft, "Sent back").await
}

/// "Approved": to the same, who would not know of it otherwise.
pub(super) async fn approved(
    connection: &mut PgConnection,
    desk: &DeskNow,
    actor: &Actor,
    draft: &Draft,
) -> Result<(), sqlx::Error> {
    to_author(connection, desk, actor, draft, "Approved").await
}

/// Writes to the author of a draft and the person who submitted it, except the acting person.
async fn to_author(
    connection: &mut PgConnection,
    desk: &DeskNow,
    actor: &Actor,
    draft: &Draft,
    what: &'static str,
) -> Result<(), sqlx::Error> {
    let asked = audit::store::last(connection, &draft.subject.to_string(), &[actions::DRAFT_SUBMITTED]).await?;
    // The last review of this subject may have been another draft's.
    let asked = asked.filter(|asked| asked.at >= draft.started_at);
    let mut ids = vec![draft.saved_by.id];
    ids.extend(asked.and_then(|asked| asked.actor));
    let mut to = with_roles(connection, desk, Editing::ROLES, actor).await?;
    to.retain(|one| ids.contains(&one.id));
    let title = titles::title(draft, &desk.edition);
    let letter = Letter { what, title: &title, path: paths::draft_review(&draft.subject) };
    letter.send(connection, desk, &to).await
}

/// "Published without a second check": to everybody who may approve it afterwards.
pub(super) async fn published_alone(
    connection: &mut PgConnection,
    desk: &Desk,
    actor: &Actor,
    title: &str,
    entry: i64,
) -> Result<(), sqlx::Error> {
    let to = with_roles(connection, desk, Editing::ROLES, actor).await?;
    Letter { what: "Published without a second check", title, path: paths::entry_approve(entry) }
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
    let (letter, roles): (Letter<'_>, &[Role]) = match request {
        Request::Redaction(id) => (
            Letter { what: "To confirm", title: "a redaction", path: paths::redaction(id) },
            ConfirmingRedaction::ROLES,
        ),
        Request::Withdrawal(subject, title) => {
            (Letter { what: "To confirm", title, path: paths::withdraw(subject) }, Publishing::ROLES)
        }
    };
    let to = with_roles(connection, desk, roles, actor).await?;
    letter.send(connection, desk, &to).await
}

/// A request that waits for a second person.
pub(super) enum Request<'a> {
    Redaction(uuid::Uuid),
    Withdrawal(&'a Subject, &'a str),
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

struct Letter<'a> {
    what: &'static str,
    title: &'a str,
    /// The path on the staff site.
    path: String,
}

impl Letter<'_> {
    async fn send(&self, connection: &mut PgConnection, desk: &Desk, to: &[Addressee]) -> Result<(), sqlx::Error> {
        let title = on_a_line(self.title);
        for one in to {
            let message = mail::Message {
                to: one.email.clone(),
                subject: format!("{}: {title}", self.what),
                text: format!("{}: {title}\n\n{}\n", self.what, absolute(&desk.settings().staff_url, &self.path)),
            };
            mail::store::queue(connection, desk.keys(), &message, None, desk.now()).await?;
        }
        Ok(())
    }
}

/// A line break in a title would end the subject line of a message.
fn on_a_line(title: &str) -> String {
    title.split_whitespace().collect::<Vec<_>>().join(" ")
}
