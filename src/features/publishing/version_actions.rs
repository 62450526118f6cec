//! Links to the actions that a person may take on a notice and on each of its versions.

use jiff::Timestamp;

use crate::base::web::shell::Link;
use crate::desk::accounts::Actor;
use crate::desk::paths;
use crate::desk::permission::{Editing, Permission as _, Publishing, Redacting};
use crate::site::edition::Edition;
use crate::site::model::NoticeKind;
use crate::site::published::{Notice, Version, Withdrawal};
use crate::site::subject::EntrySubject;

/// Adds a correction to a version.
pub const CORRECT: &str = "Add a correction";

/// About one version.
pub fn actions_for_version(actor: &Actor, notice: &Notice, version: &Version, now: Timestamp) -> Vec<Link> {
    let entry = version.entry.number;
    let [edits, publishes] = [actor.is_any(Editing::ROLES), actor.is_any(Publishing::ROLES)];
    let cancelled = notice.cancelled.contains_key(&version.number);
    let is_to_come = version.entry.in_force_at > now;
    let is_current = notice.in_force(now).is_some_and(|current| current.number == version.number);
    let has_text = version.redaction.is_none();
    let all = [
        (publishes && is_to_come && !cancelled, "Cancel", paths::entry_cancel(entry)),
        (
            publishes && is_current && notice.before(version).is_some(),
            "Restore the previous text",
            paths::entry_put_back(entry),
        ),
        (edits && has_text && !is_current, "Restore as draft", paths::entry_restore(entry)),
        (publishes && has_text && !is_to_come && !cancelled, CORRECT, paths::entry_correct(entry)),
        (actor.is_any(Redacting::ROLES) && has_text, "Ask for its removal", paths::entry_redact(entry)),
    ];
    all.into_iter().filter(|(may, _, _)| *may).map(|(_, label, path)| Link::new(label, path)).collect()
}

/// About the notice itself.
pub fn about_notice(actor: &Actor, notice: &Notice, now: Timestamp) -> Vec<Link> {
    let Some(version) = notice.in_force(now).filter(|_| actor.is_any(Editing::ROLES)) else { return Vec::new() };
    vec![match (is_banner(version), actor.is_any(Publishing::ROLES)) {
        (true, _) if has_ended(version, now) => return Vec::new(),
        (true, true) => Link::new("End this banner now", paths::notice_end(&notice.name)),
        (true, false) => Link::new("Ask to end this banner", paths::notice_withdraw(&notice.name)),
        (false, _) => Link::new("Withdraw", paths::notice_withdraw(&notice.name)),
    }]
}

/// Tells that a version is of a banner, as far as its text was not removed.
pub fn is_banner(version: &Version) -> bool {
    version.about.as_ref().is_some_and(|about| about.kind == NoticeKind::Banner)
}

fn has_ended(version: &Version, now: Timestamp) -> bool {
    version.banner().and_then(|banner| banner.ends_at).is_some_and(|end| end <= now)
}

/// The notice of a subject with the version that is in force or was last.
fn last<'a>(edition: &'a Edition, subject: EntrySubject<'_>) -> Option<(&'a Notice, &'a Version)> {
    let notice = edition.published.notices.get(subject.notice()?)?;
    let version = notice.in_force(edition.at).or_else(|| notice.last_in_force(edition.at))?;
    Some((notice, version))
}

/// Tells that a subject is a banner, in force or not any more.
pub fn is_of_banner(edition: &Edition, subject: EntrySubject<'_>) -> bool {
    last(edition, subject).is_some_and(|(_, version)| is_banner(version))
}

/// The time at which a banner was ended or came to its end; none while it is shown.
pub fn banner_end(edition: &Edition, subject: EntrySubject<'_>) -> Option<Timestamp> {
    let (notice, version) = last(edition, subject).filter(|(_, version)| is_banner(version))?;
    if let Some(withdrawal) = notice.withdrawn(edition.at) {
        return Some(withdrawal.entry.in_force_at);
    }
    version.banner()?.ends_at.filter(|end| *end <= edition.at)
}

/// Withdrawals that are still to come.
pub fn coming(notice: &Notice, now: Timestamp) -> Vec<&Withdrawal> {
    notice.withdrawals.iter().filter(|withdrawal| withdrawal.entry.in_force_at > now).collect()
}
