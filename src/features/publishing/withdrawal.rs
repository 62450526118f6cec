//! Withdrawing a notice: from a time on nothing of it is in force, and its address says why and where to go instead. Two people stand
//! for it, or one with a reason.

use jiff::Timestamp;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit;
use crate::base::ledger::{Kind, NewEntry, store as ledger};
use crate::desk::accounts::doubt::Doubted;
use crate::desk::accounts::{Actor, Desk};
use crate::features::drafts::titles;
use crate::features::publishing::came_into_force::concerned;
use crate::features::publishing::model::{Done, Particulars, Seen, WithdrawalTerms, WorkflowError};
use crate::features::publishing::publish::LIMIT;
use crate::features::publishing::{actions, letters, publish, store, words};
use crate::site::model::{Address, NoticeKind, WithdrawalContent};
use crate::site::published::Published;
use crate::site::subject::Subject;

/// Asks a second person to withdraw a notice. Errors: [`WorkflowError`]; `Refused` where somebody has asked already.
pub async fn ask(desk: &Desk, actor: &Actor, name: &Address, wanted: &WithdrawalTerms) -> Result<(), WorkflowError> {
    let subject = Subject::Notice(name.clone());
    desk.database()
        .write(LIMIT, async |connection| {
            let site = store::site_now(connection, desk).await?;
            let (title, _) = in_force(&site, name, wanted.in_force_at.unwrap_or(desk.now()))?;
            if !store::ask_withdrawal(connection, &subject, wanted, actor, desk.now()).await? {
                return Err(WorkflowError::Refused(words::ASKED_ALREADY));
            }
            let details = json!({
                "note": wanted.content.note, "go_to": wanted.content.go_to, "in_force_at": wanted.in_force_at,
            });
            audit::record(connection, actor.who(), actions::WITHDRAWAL_ASKED, &subject.to_string(), &details).await?;
            letters::to_confirm(connection, desk, actor, letters::Request::Withdrawal(&subject, &title)).await?;
            Ok(())
        })
        .await
}

/// Takes the open request back.
pub async fn drop_request(desk: &Desk, actor: &Actor, name: &Address) -> Result<(), WorkflowError> {
    let subject = Subject::Notice(name.clone());
    desk.database()
        .write(LIMIT, async |connection| {
            // The request stays locked, so that nobody else confirms it meanwhile.
            let Some(request) = store::withdrawal_request_for_change(connection, &subject).await? else {
                return Ok(());
            };
            store::close_withdrawal(connection, &subject, actor, desk.now()).await?;
            let details = json!({ "asked_by": request.asked_by.id, "note": request.note });
            audit::record(connection, actor.who(), actions::WITHDRAWAL_DROPPED, &subject.to_string(), &details).await?;
            Ok(())
        })
        .await
}

/// Withdraws a notice as the open request `id` says.
/// Errors: [`WorkflowError`]; `NeedsAnother` where whoever asked gives no reason to do it alone.
pub async fn confirm(
    desk: &Desk,
    actor: &Actor,
    name: &Address,
    id: uuid::Uuid,
    reason: Option<String>,
) -> Result<Done, WorkflowError> {
    let subject = Subject::Notice(name.clone());
    let done = desk
        .database()
        .write(LIMIT, async |connection| {
            ledger::lock(connection).await?;
            let request = store::withdrawal_request_for_change(connection, &subject).await?;
            let request = request.filter(|request| request.id == id);
            let request = request.ok_or(WorkflowError::Refused(words::DONE_ALREADY))?;
            let doubted = Doubted::find(connection, desk.now()).await?;
            let asked = Seen::new(request.asked_by.id, &request.asked_by.name, "wrote", &doubted);
            let wanted = WithdrawalTerms {
                content: WithdrawalContent { note: request.note, go_to: request.go_to },
                in_force_at: request.in_force_at.filter(|at| *at > desk.now()),
                banner_only: false,
                reason,
            };
            withdraw_within(connection, desk, actor, name, &wanted, asked).await
        })
        .await?;
    publish::show(desk).await;
    Ok(done)
}

/// Withdraws a notice alone, for the reason that is given.
pub async fn alone(
    desk: &Desk,
    actor: &Actor,
    name: &Address,
    wanted: &WithdrawalTerms,
) -> Result<Done, WorkflowError> {
    let done = desk
        .database()
        .write(LIMIT, async |connection| {
            ledger::lock(connection).await?;
            let doubted = Doubted::find(connection, desk.now()).await?;
            let own = Seen::new(actor.id(), actor.name(), "wrote", &doubted);
            withdraw_within(connection, desk, actor, name, wanted, own).await
        })
        .await?;
    publish::show(desk).await;
    Ok(done)
}

async fn withdraw_within(
    connection: &mut PgConnection,
    desk: &Desk,
    actor: &Actor,
    name: &Address,
    wanted: &WithdrawalTerms,
    asked: Seen,
) -> Result<Done, WorkflowError> {
    let subject = Subject::Notice(name.clone());
    let site = store::site_now(connection, desk).await?;
    let (title, kind) = in_force(&site, name, wanted.in_force_at.unwrap_or(desk.now()))?;
    if wanted.banner_only && kind != NoticeKind::Banner {
        return Err(WorkflowError::Refused(words::NO_BANNER));
    }
    let mut told = vec![asked.id];
    told.extend(makers(connection, &site, name, desk.now()).await?);
    let mut seen = vec![asked];
    if seen.iter().all(|one| one.id != actor.id()) {
        let doubted = Doubted::find(connection, desk.now()).await?;
        seen.push(Seen::new(actor.id(), actor.name(), "published", &doubted));
    }
    if Seen::count(&seen) < 2 && wanted.reason.is_none() {
        return Err(WorkflowError::NeedsAnother);
    }
    let particulars = Particulars::new(seen, actor, wanted.reason.clone());
    let new = NewEntry {
        kind: Kind::Withdrawal,
        subject: subject.to_string(),
        version: None,
        target: None,
        in_force_at: wanted.in_force_at,
        imported: false,
        content: serde_json::to_string(&wanted.content)?,
        particulars: serde_json::to_string(&particulars)?,
    };
    let entry = ledger::append(connection, new).await?;
    store::close_withdrawal(connection, &subject, actor, desk.now()).await?;
    let details = json!({
        "entry": entry.number, "in_force_at": entry.in_force_at, "alone": particulars.alone, "reason": particulars.reason,
    });
    let action = if kind == NoticeKind::Banner { actions::BANNER_ENDED } else { actions::WITHDRAWN };
    audit::record(connection, actor.who(), action, &entry.subject, &details).await?;
    let done = publish::to_done(&entry);
    let withdrawal = letters::Withdrawal {
        subject: &subject,
        title: &title,
        note: &wanted.content.note,
        is_banner: kind == NoticeKind::Banner,
        later: done.scheduled.then_some(done.in_force_at),
    };
    letters::withdrawn(connection, desk, actor, withdrawal, &told).await?;
    let what = if kind == NoticeKind::Banner { format!("The end of the banner “{title}”") } else { title };
    publish::note_alone(connection, desk, actor, &entry, &particulars, &what).await?;
    Ok(done)
}

/// The accounts of those who stand for what is in force of a notice.
async fn makers(
    connection: &mut PgConnection,
    site: &Published,
    name: &Address,
    now: Timestamp,
) -> Result<Vec<Uuid>, WorkflowError> {
    let version = site.notices.get(name.as_str()).and_then(|notice| notice.in_force(now));
    let Some(version) = version else { return Ok(Vec::new()) };
    let people = store::particulars(connection, version.entry.number).await?;
    Ok(people.as_ref().map(concerned).unwrap_or_default())
}

/// The title of what would be withdrawn at an instant, and what sort of notice it is.
/// Errors: `NotFound` for a notice that there is not, `Refused` where nothing of it is in force then.
pub fn in_force(site: &Published, name: &Address, at: Timestamp) -> Result<(String, NoticeKind), WorkflowError> {
    let notice = site.notices.get(name.as_str()).ok_or(WorkflowError::NotFound)?;
    let version = notice.in_force(at).ok_or(WorkflowError::Refused(words::NOTHING_TO_WITHDRAW))?;
    let kind = version.about.as_ref().map_or(NoticeKind::Text, |about| about.kind);
    Ok((titles::of_version(version).to_owned(), kind))
}

/// Checks the address to go to instead: a path of this site or an `https` address.
pub fn is_place(typed: &str) -> bool {
    if typed.starts_with('/') {
        return crate::base::web::respond::local_path(typed) == typed;
    }
    typed.len() <= 2000 && url::Url::parse(typed).is_ok_and(|url| url.scheme() == "https" && url.host_str().is_some())
}

#[cfg(test)]
mod tests {
    use super::is_place;

    #[test]
    fn one_goes_on_to_a_path_of_ours_or_an_https_address() {
        for good in ["/", "/contact", "https://www.gov.uk/browse"] {
            assert!(is_place(good), "{good}");
        }
        for bad in
            ["", "contact", "//evil.test", "http://plain.test", "javascript:alert(1)", "https://", "mailto:a@b.test"]
        {
            assert!(!is_place(bad), "{bad}");
        }
    }
}
