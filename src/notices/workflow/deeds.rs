//! What somebody may do about a notice and each of its versions, as links for the pages that list them.

use jiff::Timestamp;

use super::super::published::{Notice, Version, Withdrawal};
use crate::accounts::Actor;
use crate::accounts::permission::{Editing, Permission as _, Publishing, Redacting};
use crate::web::shell::Link;

fn link(label: &str, href: String) -> Link {
    Link { label: label.to_owned(), href }
}

/// About one version.
#[must_use]
pub fn about(actor: &Actor, notice: &Notice, version: &Version, now: Timestamp) -> Vec<Link> {
    let entry = version.entry.number;
    let path = |deed: &str| format!("/entries/{entry}/{deed}");
    let [edits, publishes] = [actor.is_any(Editing::ROLES), actor.is_any(Publishing::ROLES)];
    let cancelled = notice.cancelled.contains_key(&version.number);
    let is_to_come = version.entry.in_force_at > now;
    let is_current = notice.in_force(now).is_some_and(|current| current.number == version.number);
    let has_text = version.redaction.is_none();
    let all = [
        (publishes && is_to_come && !cancelled, "Cancel", "cancel"),
        (publishes && is_current && notice.before(version).is_some(), "Put the previous text back", "put-back"),
        (edits && has_text && !is_current, "Start again from it", "restore"),
        (publishes && has_text && !is_to_come && !cancelled, "Correct", "correct"),
        (actor.is_any(Redacting::ROLES) && has_text, "Ask for its removal", "redact"),
    ];
    all.into_iter().filter(|(may, _, _)| *may).map(|(_, label, deed)| link(label, path(deed))).collect()
}

/// About the notice itself.
#[must_use]
pub fn about_notice(actor: &Actor, notice: &Notice, now: Timestamp) -> Vec<Link> {
    let may = actor.is_any(Editing::ROLES) && notice.in_force(now).is_some();
    if may { vec![link("Withdraw", format!("/notices/{}/withdraw", notice.name))] } else { Vec::new() }
}

/// Withdrawals that are still to come.
#[must_use]
pub fn coming(notice: &Notice, now: Timestamp) -> Vec<&Withdrawal> {
    notice.withdrawals.iter().filter(|withdrawal| withdrawal.entry.in_force_at > now).collect()
}
