//! Functions that the pages about an entry of the ledger share.

use axum::response::Response;
use serde::Deserialize;

use crate::base::clock::time_words;
use crate::base::error::AppError;
use crate::base::ledger::store::{Kept, LedgerError};
use crate::base::ledger::{Entry, Kind};
use crate::base::web::respond;
use crate::desk::accounts::{Actor, Desk};
use crate::desk::flash::Flash;
use crate::desk::paths;
use crate::features::drafts::titles;
use crate::features::publishing::staff::ask::Field;
use crate::features::publishing::staff::refused;
use crate::features::publishing::{WorkflowError, store, version_actions, words};
use crate::site::edition::Edition;
use crate::site::model::{CorrectionContent, NoticeContent, WithdrawalContent};
use crate::site::subject::{EntrySubject, Subject};
use crate::text::markdown::deepen;

/// The reason for an action on an entry, the text of a correction, and the draft that may go.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct EntryForm {
    pub(super) reason: String,
    pub(super) text: String,
    /// Revision of a draft that may go.
    pub(super) instead_of: Option<i64>,
}

/// The path at which staff work on the subject of an entry.
pub(super) fn home(entry: &Entry) -> String {
    entry.subject.parse().map_or_else(|_| paths::NOTICES.to_owned(), |subject: Subject| paths::subject(&subject))
}

/// The name of an entry: "Version 2 of “Contact us”".
pub(super) fn name_of(edition: &Edition, kept: &Kept) -> String {
    let title = kept.content.as_ref().and_then(|sealed| {
        let content: serde_json::Value = serde_json::from_str(&sealed.body).ok()?;
        content.get("title")?.as_str().map(ToOwned::to_owned)
    });
    let subject = EntrySubject::of(&kept.entry);
    let title = title.or_else(|| titles::published(subject.notice()?, edition).map(ToOwned::to_owned));
    let of = title.map_or_else(|| subject.to_string(), |title| format!("“{title}”"));
    match (kept.entry.kind, kept.entry.version) {
        (_, Some(version)) => format!("Version {version} of {of}"),
        (Kind::Withdrawal, _) if version_actions::is_of_banner(edition, subject) => {
            format!("The end of the banner {of}")
        }
        (Kind::Withdrawal, _) => format!("The withdrawal of {of}"),
        (Kind::Correction, _) => format!("The correction to {of}"),
        _ => format!("Entry {} about {of}", kept.entry.number),
    }
}

pub(super) async fn load_entry(desk: &Desk, number: i64) -> Result<Kept, AppError> {
    let found = desk
        .database()
        .read(async |connection| store::entry(connection, number).await.map_err(LedgerError::into_sql))
        .await?;
    found.ok_or(AppError::NotFound)
}

/// Redirects to the page of the entry's subject after an action, or explains why it was not carried out.
pub(super) async fn redirect_or_explain<T>(
    desk: &Desk,
    actor: &Actor,
    number: i64,
    done: Result<T, WorkflowError>,
    said: Flash,
) -> Result<Response, AppError> {
    let home = home(&load_entry(desk, number).await?.entry);
    match done {
        Ok(_) => respond::see_other(&said.at(&home)),
        Err(error) => refused(desk, actor, &home, error),
    }
}

/// Asks why; `typed` is a reason that will not do, as it was sent.
pub(super) fn reason_field(typed: Option<&str>) -> Field<'_> {
    Field {
        name: "reason",
        label: "Why",
        hint: "Kept with the entry for those who check later. It is not public.",
        typed: typed.unwrap_or_default(),
        wrong: typed.map(|_| words::too_short()),
    }
}

/// The public content of an entry.
pub(super) struct Described {
    /// The text as it was served; none if the entry has none.
    pub(super) html: Option<String>,
    /// Lines about the text, or in place of it.
    pub(super) lines: Vec<String>,
}

pub(super) fn describe_content(kept: &Kept) -> Described {
    let lines_alone = |lines| Described { html: None, lines };
    let Some(sealed) = &kept.content else { return lines_alone(vec![words::TEXT_WAS_REMOVED.to_owned()]) };
    let body = &sealed.body;
    match kept.entry.kind {
        Kind::Version => match serde_json::from_str::<NoticeContent>(body) {
            Ok(content) => Described { html: Some(deepen(&content.html)), lines: describe_notice(&content) },
            Err(_) => lines_alone(Vec::new()),
        },
        Kind::Withdrawal => lines_alone(serde_json::from_str::<WithdrawalContent>(body).map_or_else(
            |_| Vec::new(),
            |content| {
                let go_to = (!content.go_to.is_empty()).then(|| words::go_instead(&content.go_to));
                [Some(content.note), go_to].into_iter().flatten().collect()
            },
        )),
        Kind::Correction => {
            let content = serde_json::from_str::<CorrectionContent>(body);
            lines_alone(content.map_or_else(|_| Vec::new(), |content| vec![content.text]))
        }
        _ => lines_alone(vec![words::raw_content(body)]),
    }
}

/// Lines about a version besides its text.
fn describe_notice(content: &NoticeContent) -> Vec<String> {
    let mut lines = vec![format!("Public change note: {}", content.change_note)];
    match &content.banner {
        Some(banner) => {
            let everywhere = banner.pages.iter().any(|page| page == "all");
            let pages = if everywhere { "all pages".to_owned() } else { banner.pages.join(", ") };
            let end = banner.ends_at.map_or_else(|| "no end".to_owned(), time_words);
            lines.push(format!("Urgency: {}. Shown on: {pages}. Ends: {end}.", banner.level.words()));
        }
        None => lines.push(format!("Address: {}", content.address.path())),
    }
    lines
}
