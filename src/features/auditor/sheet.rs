//! The auditor's sheet: what a notice said at an instant, with everything that the public pages only commit to opened, on paper if
//! need be. Opening one is recorded.

use std::time::Duration;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::base::as_of::AsOf;
use crate::base::audit::model::{Action, Filter, Recorded};
use crate::base::audit::store;
use crate::base::clock;
use crate::base::clock::{date_words, time_words};
use crate::base::database::DatabaseError;
use crate::base::error::AppError;
use crate::base::ledger::ReadError;
use crate::base::ledger::store as ledger;
use crate::base::ledger::store::{Kept, LedgerError};
use crate::base::ledger::{Hash, Kind, Sealed};
use crate::base::web::extract::{Path, Query};
use crate::base::web::form::Problems;
use crate::base::web::paths::absolute;
use crate::base::web::respond;
use crate::desk::accounts;
use crate::desk::accounts::Actor;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::{By, Reading};
use crate::desk::shell::StaffShell;
use crate::features::auditor::actions;
use crate::features::drafts::signatures;
use crate::features::drafts::signatures::LawRow;
use crate::features::publishing::model::Particulars;
use crate::features::publishing::store as workflow;
use crate::features::publishing::store::Alone;
use crate::site::RefreshError;
use crate::site::edition::Edition;
use crate::site::model::NoticeContent;
use crate::site::published::{Notice, Version};
use crate::site::subject::EntrySubject;

/// The time before an entry from which actions on accounts are shown.
const ACCOUNTS_BEFORE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Rows of each kind that are shown of it.
const MOST_ACCOUNTS: i64 = 20;
/// The time limit for reading with its line in the log.
const LIMIT: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
pub(crate) struct Asked {
    on: Option<String>,
    /// A time of that day in London; empty for its end.
    #[serde(default)]
    time: String,
}

#[derive(Template)]
#[template(path = "auditor/choose_day.html")]
struct ChooseDayPage {
    shell: StaffShell,
    name: String,
    title: String,
    today: String,
    form: DayForm,
}

/// The day that a sheet is asked for.
struct DayForm {
    on: String,
    time: String,
    problems: Problems,
}

#[derive(Template)]
#[template(path = "auditor/sheet.html")]
struct SheetPage {
    shell: StaffShell,
    name: String,
    title: String,
    on: String,
    made: String,
    reader: String,
    found: Option<Found>,
    /// Other versions of the same day, with the instant that shows each.
    same_day: Vec<(String, String)>,
    nothing: String,
    length: i64,
    head: String,
    public_url: String,
}

/// The version that was in force.
struct Found {
    kept: Kept,
    content: Option<NoticeContent>,
    removed: Option<(String, String)>,
    from: String,
    to: String,
    recorded: String,
    people: Option<Particulars>,
    /// The law's list as it was answered and signed.
    law: Vec<LawRow>,
    alone: Option<Alone>,
    /// Changes of accounts shortly before.
    accounts: Vec<String>,
    remarks: Vec<Remark>,
    particulars: Option<Sealed>,
    canonical: String,
    holds: bool,
}

/// A later entry about this one.
struct Remark {
    entry: i64,
    when: String,
    what: &'static str,
    text: String,
}

/// The rows of the database about an entry.
#[derive(Default)]
struct Read {
    head: Option<(i64, Hash)>,
    entry: Option<(Kept, Option<Sealed>)>,
    remarks: Vec<Kept>,
    alone: Option<Alone>,
    accounts: Vec<Recorded>,
    names: Vec<(uuid::Uuid, String)>,
}

pub(crate) async fn sheet(
    desk: DeskNow,
    by: By<Reading>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, AppError> {
    match desk.site().refresh().await {
        Ok(_) => {}
        Err(RefreshError::Ledger(ReadError::Database(error))) => return Err(error.into()),
        // Said in the log by whoever reads it on time.
        Err(RefreshError::Ledger(_) | RefreshError::Unreadable(_)) => return Err(AppError::Unavailable),
    }
    // What was read just now is what the sheet is about.
    let desk = DeskNow::of(&desk);
    let (edition, now) = (&desk.edition, desk.now());
    let notice = edition.published.notices.get(&name).ok_or(AppError::NotFound)?;
    let Some(on) = asked.on.filter(|on| !on.is_empty()) else {
        return choose(&desk, &by, notice, (String::new(), asked.time), None);
    };
    let instant = match asked.time.trim() {
        "" => on.clone(),
        time => format!("{on}T{time:0>5}"),
    };
    let at = match AsOf::read(&instant, now) {
        Ok(asked) => asked.at,
        Err(error) => return choose(&desk, &by, notice, (on, asked.time), Some(error.0)),
    };
    show(&desk, &by, edition, notice, at).await
}

/// Asks for the day and the time.
fn choose(
    desk: &DeskNow,
    actor: &Actor,
    notice: &Notice,
    (on, time): (String, String),
    why: Option<&'static str>,
) -> Result<Response, AppError> {
    let title = title(notice, desk.now());
    let today = clock::london(desk.now()).date().to_string();
    let form = DayForm {
        on: if why.is_some() { on } else { today.clone() },
        time,
        problems: why.map_or_else(Problems::default, |why| Problems::one("on", why)),
    };
    let page = ChooseDayPage {
        shell: desk.shell(Some(actor), &format!("Auditor's sheet: {title}"), &path(notice)),
        name: notice.name.clone(),
        title,
        today,
        form,
    };
    respond::form(&page, &page.form.problems)
}

fn path(notice: &Notice) -> String {
    paths::notice_sheet(&notice.name)
}

/// The title of the notice at an instant, or its last one before.
fn title(notice: &Notice, at: Timestamp) -> String {
    let version = notice.in_force(at).or_else(|| notice.public(at).next_back());
    version.and_then(|version| version.about.as_ref()).map_or_else(|| notice.name.clone(), |about| about.title.clone())
}

async fn show(
    desk: &DeskNow,
    actor: &Actor,
    edition: &Edition,
    notice: &Notice,
    at: Timestamp,
) -> Result<Response, AppError> {
    let version = notice.in_force(at);
    let number = version.map(|version| version.entry.number);
    let subject = EntrySubject::Notice(&notice.name).to_string();
    let details = json!({ "on": at.to_string(), "entry": number });
    let read = desk
        .database()
        .write(LIMIT, async move |connection| {
            let head = ledger::head(connection).await.map_err(LedgerError::into_sql)?;
            let mut read = Read { head, ..Read::default() };
            if let Some(number) = number {
                read.entry = ledger::entry(connection, number).await.map_err(LedgerError::into_sql)?;
                read.remarks = ledger::entries_about(connection, number).await.map_err(LedgerError::into_sql)?;
                read.alone = workflow::alone(connection, number).await?;
                read.names = store::people(connection).await?;
                read.accounts = accounts_before(connection, &read).await?;
            }
            crate::base::audit::record(connection, actor.who(), actions::SHEET_READ, &subject, &details).await?;
            Ok::<_, DatabaseError>(read)
        })
        .await?;
    let (length, head) = read.head.unwrap_or((edition.published.length, Hash::ZERO));
    let title = title(notice, at);
    let page = SheetPage {
        shell: desk.shell(Some(actor), &format!("Auditor's sheet: {title}"), &path(notice)),
        name: notice.name.clone(),
        title,
        on: second_words(at),
        made: second_words(desk.now()),
        reader: actor.name().to_owned(),
        same_day: same_day(notice, at, desk.now()),
        nothing: nothing(notice, at),
        found: version.zip(read.entry).map(|(version, (kept, sealed))| {
            let to = until(notice, version, desk.now());
            let accounts =
                read.accounts.iter().map(|row| account_words(row, &read.names, &desk.declared().actions)).collect();
            let found = found(version, to, kept, sealed, read.remarks, read.alone);
            let law = law_rows(&notice.name, &found);
            Found { law, accounts, ..found }
        }),
        length,
        head: head.to_string(),
        public_url: absolute(&desk.settings().public_url, ""),
    };
    respond::page(StatusCode::OK, &page)
}

/// With its seconds: an instant of evidence.
fn second_words(at: Timestamp) -> String {
    clock::london(at).strftime("%-d %B %Y at %H:%M:%S, London time").to_string()
}

/// Tells why nothing was in force.
fn nothing(notice: &Notice, at: Timestamp) -> String {
    let Some(withdrawal) = notice.withdrawn(at) else {
        return "Nothing was in force then: the notice had not been published yet.".to_owned();
    };
    let note = withdrawal.content.as_ref().map_or("", |content| content.note.as_str());
    let (entry, from) = (withdrawal.entry.number, second_words(withdrawal.entry.in_force_at));
    format!("Nothing was in force then: the notice was withdrawn on {from} (entry {entry}). {note}")
}

/// The other versions in force at some time of the same day in London by then, with the instant that shows each.
fn same_day(notice: &Notice, at: Timestamp, now: Timestamp) -> Vec<(String, String)> {
    let shown = notice.in_force(at).map(|version| version.number);
    let Ok(start) = clock::london(at).start_of_day() else { return Vec::new() };
    let (start, end) = (start.timestamp(), start.checked_add(1.day()).map_or(at, |end| end.timestamp()));
    let others = notice.public(end.min(now)).filter(|version| {
        let until = notice.next_after(version);
        let lasted = until.is_none_or(|until| until > version.entry.in_force_at.max(start));
        lasted && version.entry.in_force_at < end && Some(version.number) != shown
    });
    let told = others.map(|version| {
        let from = version.entry.in_force_at.max(start);
        (format!("version {} from {}", version.number, clock::london(from).strftime("%H:%M:%S")), from.to_string())
    });
    told.collect()
}

/// Until when a version was or is in force.
fn until(notice: &Notice, version: &Version, now: Timestamp) -> String {
    match notice.next_after(version) {
        Some(until) if until <= now => second_words(until),
        Some(until) => format!("still in force; the next change comes on {}", second_words(until)),
        None => "still in force".to_owned(),
    }
}

fn found(
    version: &Version,
    to: String,
    kept: Kept,
    particulars: Option<Sealed>,
    remarks: Vec<Kept>,
    alone: Option<Alone>,
) -> Found {
    let entry = &kept.entry;
    let content_holds = kept.content.as_ref().is_none_or(|sealed| sealed.commitment() == entry.content_commitment);
    let particulars_hold =
        particulars.as_ref().is_some_and(|sealed| sealed.commitment() == entry.particulars_commitment);
    Found {
        holds: entry.computed_hash() == entry.hash && content_holds && particulars_hold,
        content: kept.content.as_ref().and_then(|sealed| serde_json::from_str(&sealed.body).ok()),
        removed: version.redaction.as_ref().map(|gone| (date_words(gone.at), gone.ground.clone())),
        from: second_words(entry.in_force_at),
        to,
        recorded: second_words(entry.recorded_at),
        people: particulars.as_ref().and_then(|sealed| serde_json::from_str(&sealed.body).ok()),
        law: Vec::new(),
        alone,
        accounts: Vec::new(),
        remarks: remarks.into_iter().map(remark).collect(),
        canonical: String::from_utf8_lossy(&entry.canonical_bytes()).into_owned(),
        particulars,
        kept,
    }
}

/// The answers to the law's list that a version was published with; nothing for one of before there were any.
fn law_rows(name: &str, found: &Found) -> Vec<LawRow> {
    match (&found.content, &found.people) {
        (Some(content), Some(people)) if !people.answers.is_empty() => {
            signatures::rows(name, &content.markdown, &people.answers, &people.signatures)
        }
        _ => Vec::new(),
    }
}

/// The actions on accounts in the days before the entry, or before its text was removed: two people are two only if each has an
/// account of their own.
async fn accounts_before(connection: &mut PgConnection, read: &Read) -> Result<Vec<Recorded>, sqlx::Error> {
    let entries = read.entry.iter().map(|(kept, _)| kept).chain(&read.remarks);
    let instants: Vec<Timestamp> = entries.map(|kept| kept.entry.recorded_at).collect();
    let mut rows: Vec<Recorded> = Vec::new();
    for at in instants {
        for action in [
            accounts::actions::STAFF_ADDED,
            accounts::actions::STAFF_RESET,
            accounts::actions::STAFF_CHANGED,
            accounts::actions::STAFF_VOUCHED,
        ] {
            let from = at.checked_sub(ACCOUNTS_BEFORE).unwrap_or(at);
            // A change at the same instant came before the end of the entry's transaction.
            let until = at.checked_add(SignedDuration::from_micros(1)).unwrap_or(at);
            let filter = Filter { action: Some(action), from: Some(from), before: Some(until), ..Filter::default() };
            for row in store::page(connection, &filter, None, MOST_ACCOUNTS).await? {
                if rows.iter().all(|known| known.id != row.id) {
                    rows.push(row);
                }
            }
        }
    }
    rows.sort_by_key(|row| row.id);
    Ok(rows)
}

fn account_words(row: &Recorded, names: &[(uuid::Uuid, String)], actions: &[Action]) -> String {
    let did = Action::named(actions, &row.action).map_or(row.action.as_str(), |action| action.words());
    let id = row.subject.strip_prefix("staff:").and_then(|id| id.parse::<uuid::Uuid>().ok());
    let whose = id.and_then(|id| names.iter().find(|(known, _)| *known == id)).map_or("?", |(_, name)| name.as_str());
    format!("{}: {} {did} (that of {whose})", time_words(row.at), row.actor_name)
}

fn remark(kept: Kept) -> Remark {
    let what = match kept.entry.kind {
        Kind::Correction => "Correction",
        Kind::Redaction => "Text removed",
        Kind::Cancellation => "Cancelled",
        _ => "Remark",
    };
    let said = kept.content.and_then(|sealed| serde_json::from_str::<Value>(&sealed.body).ok()).unwrap_or_default();
    let texts: Vec<&str> =
        said.as_object().into_iter().flat_map(serde_json::Map::values).filter_map(Value::as_str).collect();
    Remark { entry: kept.entry.number, when: time_words(kept.entry.recorded_at), what, text: texts.join(" ") }
}
