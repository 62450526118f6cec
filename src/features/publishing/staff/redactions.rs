//! Redactions: the data protection officer asks, another person confirms.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use crate::base::clock::date_words;
use crate::base::error::AppError;
use crate::base::ledger::store as ledger;
use crate::base::ledger::store::{Kept, LedgerError};
use crate::base::web::extract::Path;
use crate::base::web::form::Problems;
use crate::base::web::respond;
use crate::desk::accounts::doubt::{Doubted, NEEDS_VOUCHER};
use crate::desk::accounts::{Actor, By};
use crate::desk::flash::Flash;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::{ConfirmingRedaction, Redacting};
use crate::desk::proof::ProvenForm;
use crate::desk::shell::{StaffShell, said};
use crate::features::drafts::store as drafts;
use crate::features::publishing::affected::affected;
use crate::features::publishing::model::WorkflowError;
use crate::features::publishing::publish::LIMIT;
use crate::features::publishing::staff::entry_page::{home, name_of};
use crate::features::publishing::staff::readers::Content;
use crate::features::publishing::staff::refused;
use crate::features::publishing::store::{RedactionRequest, Removal};
use crate::features::publishing::{redaction, store, words};
use crate::site::edition::Edition;
use crate::site::model::Address;
use crate::site::subject::EntrySubject;

#[derive(Template)]
#[template(path = "publishing/redact.html")]
struct RedactPage {
    shell: StaffShell,
    number: i64,
    choices: Vec<Choice>,
    form: RedactForm,
    back: String,
}

/// The texts to be removed, on what ground, and whether their addresses stay.
struct RedactForm {
    ticked: Vec<i64>,
    ground: String,
    keep_addresses: bool,
    problems: Problems,
}

struct Choice {
    number: i64,
    label: String,
    ticked: bool,
    content: Content,
}

#[derive(Template)]
#[template(path = "publishing/redactions.html")]
struct ListPage {
    shell: StaffShell,
    rows: Vec<Row>,
}

struct Row {
    id: Uuid,
    /// The texts, by title and day.
    texts: Vec<String>,
    asked: String,
    ground: String,
    state: String,
    open: bool,
}

#[derive(Template)]
#[template(path = "publishing/redaction.html")]
struct RedactionPage {
    shell: StaffShell,
    id: Uuid,
    texts: Vec<(String, Content)>,
    ground: String,
    keep_addresses: bool,
    asked: String,
    state: Option<String>,
    own: bool,
    /// The reason why the two are not two people yet.
    doubt: Option<&'static str>,
    drafts: Vec<String>,
    affected: Vec<String>,
}

/// Read by hand: a field that is there several times is no struct of serde's.
type Pairs = Vec<(String, String)>;

#[derive(Deserialize)]
pub(crate) struct Confirmed {
    #[serde(default)]
    discard: String,
}

pub(crate) async fn ask_page(
    desk: DeskNow,
    actor: By<Redacting>,
    Path(number): Path<i64>,
) -> Result<Response, AppError> {
    let (ticked, problems) = (vec![number], Problems::default());
    let blank = RedactForm { ticked, ground: String::new(), keep_addresses: true, problems };
    page(&desk, &actor, number, blank).await
}

async fn page(desk: &DeskNow, actor: &Actor, number: i64, form: RedactForm) -> Result<Response, AppError> {
    let found = desk.database().write(LIMIT, async |connection| redaction::candidates(connection, number).await).await;
    let candidates = match found {
        Ok(candidates) => candidates,
        Err(error) => return refused(desk, actor, paths::REDACTIONS, error),
    };
    let back = candidates.first().map_or_else(|| paths::REDACTIONS.to_owned(), |kept| home(&kept.entry));
    let choices = candidates
        .iter()
        .map(|kept| Choice {
            number: kept.entry.number,
            label: label(&desk.edition, kept, desk.now()),
            ticked: form.ticked.contains(&kept.entry.number),
            content: Content::new(desk, kept),
        })
        .collect();
    let heading = "Ask for a text to be removed";
    let shell = desk.shell(Some(actor), heading, &paths::entry_redact(number));
    let page = RedactPage { shell, number, choices, form, back };
    respond::form(&page, &page.form.problems)
}

fn label(edition: &Edition, kept: &Kept, now: Timestamp) -> String {
    let since = date_words(kept.entry.in_force_at);
    let when = if kept.entry.in_force_at > now { format!("due on {since}") } else { format!("from {since}") };
    format!("{}, {when}", name_of(edition, kept))
}

pub(crate) async fn ask(
    desk: DeskNow,
    actor: By<Redacting>,
    Path(number): Path<i64>,
    ProvenForm(pairs): ProvenForm<Pairs>,
) -> Result<Response, AppError> {
    let entries: Vec<i64> =
        pairs.iter().filter(|(name, _)| name == "entry").filter_map(|(_, value)| value.parse().ok()).collect();
    let ground = pairs.iter().find(|(name, _)| name == "ground").map_or_else(String::new, |(_, ground)| ground.clone());
    let keep = pairs.iter().any(|(name, value)| name == "keep-addresses" && value == "yes");
    let removal = Removal { entries: &entries, ground: &ground, keep_addresses: keep };
    match redaction::ask(&desk, &actor, removal).await {
        Ok(id) => respond::see_other(&Flash::RemovalAsked.at(&paths::redaction(id))),
        Err(WorkflowError::NotReady(sentences)) => {
            let mut problems = Problems::default();
            for sentence in sentences {
                problems.add("", sentence);
            }
            page(&desk, &actor, number, RedactForm { ticked: entries, ground, keep_addresses: keep, problems }).await
        }
        Err(error) => refused(&desk, &actor, paths::REDACTIONS, error),
    }
}

fn state_of(request: &RedactionRequest) -> Option<String> {
    let (person, at) = request.closed.as_ref()?;
    Some(words::removal_closed(&person.name, request.done, *at))
}

pub(crate) async fn list(
    desk: DeskNow,
    actor: By<ConfirmingRedaction>,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    let (requests, kept) = desk
        .database()
        .read(async |connection| {
            let requests = store::redactions(connection, None).await?;
            let numbers: Vec<i64> = requests.iter().flat_map(|request| request.entries.clone()).collect();
            let kept = ledger::entries(connection, &numbers).await.map_err(LedgerError::into_sql)?;
            Ok((requests, kept))
        })
        .await?;
    let kept: BTreeMap<i64, Kept> = kept.into_iter().map(|kept| (kept.entry.number, kept)).collect();
    let edition = &desk.edition;
    let rows = requests
        .iter()
        .map(|request| Row {
            id: request.id,
            texts: request
                .entries
                .iter()
                .filter_map(|entry| Some(label(edition, kept.get(entry)?, desk.now())))
                .collect(),
            asked: words::asked_by(&request.asked_by.name, request.asked_at),
            ground: request.ground.clone(),
            state: state_of(request).unwrap_or_else(|| words::WAITS_FOR_ANOTHER.to_owned()),
            open: request.closed.is_none(),
        })
        .collect();
    let shell = desk.shell(Some(&actor), "Redactions", paths::REDACTIONS).saying(said(query.as_deref()));
    respond::page(StatusCode::OK, &ListPage { shell, rows })
}

pub(crate) async fn show(
    desk: DeskNow,
    actor: By<ConfirmingRedaction>,
    Path(id): Path<Uuid>,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    let found = desk
        .database()
        .write(LIMIT, async |connection| {
            let Some(request) = store::redactions(connection, Some(id)).await?.pop() else {
                return Err(WorkflowError::NotFound);
            };
            let kept = ledger::entries(connection, &request.entries).await.map_err(LedgerError::into_sql)?;
            let mut based = Vec::new();
            for (subject, _) in store::drafts_from(connection, &request.entries).await? {
                based.extend(drafts::find(connection, &subject).await?);
            }
            let doubted = Doubted::find(connection, desk.now()).await?;
            Ok((request, kept, based, doubted))
        })
        .await;
    let (request, kept, based, doubted) = match found {
        Ok(found) => found,
        Err(error) => return refused(&desk, &actor, paths::REDACTIONS, error),
    };
    let page = RedactionPage {
        shell: desk.shell(Some(&actor), "A text to be removed", &paths::redaction(id)).saying(said(query.as_deref())),
        id,
        texts: kept.iter().map(|kept| (label(&desk.edition, kept, desk.now()), Content::new(&desk, kept))).collect(),
        ground: request.ground.clone(),
        keep_addresses: request.keep_addresses,
        asked: words::removal_asked(&request.asked_by.name, request.asked_at),
        state: state_of(&request),
        own: request.asked_by.id == actor.id(),
        doubt: (doubted.holds(actor.id()) || doubted.holds(request.asked_by.id)).then_some(NEEDS_VOUCHER),
        drafts: based.iter().map(|draft| words::draft_of(draft.content.title(), &draft.saved_by.name)).collect(),
        affected: affected_by(&desk.edition, &kept),
    };
    respond::page(StatusCode::OK, &page)
}

/// The parts of the site that are held up by the notices whose text in force would go.
fn affected_by(edition: &Edition, kept: &[Kept]) -> Vec<String> {
    let is_read = |kept: &&Kept| {
        let notice = EntrySubject::of(&kept.entry).notice().and_then(|name| edition.published.notices.get(name));
        notice.and_then(|notice| notice.in_force(edition.at)).is_some_and(|now| now.entry.number == kept.entry.number)
    };
    let names = kept.iter().filter(is_read).filter_map(|kept| EntrySubject::of(&kept.entry).notice());
    names.filter_map(|name| Address::try_from(name.to_owned()).ok()).flat_map(|name| affected(edition, &name)).collect()
}

pub(crate) async fn confirm(
    desk: DeskNow,
    actor: By<ConfirmingRedaction>,
    Path(id): Path<Uuid>,
    ProvenForm(confirmed): ProvenForm<Confirmed>,
) -> Result<Response, AppError> {
    match redaction::confirm(&desk, &actor, id, confirmed.discard == "yes").await {
        Ok(()) => respond::see_other(&Flash::Redacted.at(paths::REDACTIONS)),
        Err(error) => refused(&desk, &actor, &paths::redaction(id), error),
    }
}

pub(crate) async fn refuse(
    desk: DeskNow,
    actor: By<ConfirmingRedaction>,
    Path(id): Path<Uuid>,
) -> Result<Response, AppError> {
    match redaction::refuse(&desk, &actor, id).await {
        Ok(()) => respond::see_other(&Flash::RemovalRefused.at(paths::REDACTIONS)),
        Err(error) => refused(&desk, &actor, &paths::redaction(id), error),
    }
}
