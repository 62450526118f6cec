//! What staff can do about an entry of the ledger.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use crate::base::clock::time_words;
use crate::base::error::AppError;
use crate::base::ledger::Kind;
use crate::base::ledger::store::{Kept, LedgerError};
use crate::base::web::extract::{Form, Path};
use crate::base::web::respond;
use crate::desk::accounts::{Actor, By, Desk};
use crate::desk::flash::Flash;
use crate::desk::paths;
use crate::desk::permission::{Editing, Publishing};
use crate::features::publishing::model;
use crate::features::publishing::model::{LONGEST_REASON, SHORTEST_REASON, WorkflowError};
use crate::features::publishing::publish::LIMIT;
use crate::features::publishing::staff::ask;
use crate::features::publishing::staff::ask::{Ask, Field};
use crate::features::publishing::staff::{refused, saved};
use crate::features::publishing::{deeds, entries, store};
use crate::site::edition::Edition;
use crate::text::markdown::deepen;

/// Why something is done about an entry, the text of a correction, and which draft may go.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct EntryForm {
    pub(super) reason: String,
    text: String,
    /// Revision of a draft that may go.
    instead_of: Option<i64>,
}

/// Where staff work on the subject of an entry.
pub(super) fn home(subject: &str) -> String {
    subject
        .parse()
        .map_or_else(|_| paths::NOTICES.to_owned(), |subject: crate::features::drafts::Subject| subject.path())
}

/// What an entry is, in words: "Version 2 of “Contact us”".
pub(super) fn name_of(edition: &Edition, kept: &Kept) -> String {
    let title = kept.content.as_ref().and_then(|sealed| {
        let content: serde_json::Value = serde_json::from_str(&sealed.body).ok()?;
        content.get("title")?.as_str().map(ToOwned::to_owned)
    });
    let subject = &kept.entry.subject;
    let title = title.or_else(|| deeds::title(edition, subject));
    let of = title.map_or_else(|| subject.clone(), |title| format!("“{title}”"));
    match (kept.entry.kind, kept.entry.version) {
        (_, Some(version)) => format!("Version {version} of {of}"),
        (Kind::Withdrawal, _) if deeds::is_of_banner(edition, subject) => format!("The end of the banner {of}"),
        (Kind::Withdrawal, _) => format!("The withdrawal of {of}"),
        (Kind::Correction, _) => format!("The correction to {of}"),
        _ => format!("Entry {} about {of}", kept.entry.number),
    }
}

pub(super) async fn kept(desk: &Desk, number: i64) -> Result<Kept, AppError> {
    let found = desk
        .database()
        .read(async |connection| store::entry(connection, number).await.map_err(LedgerError::into_sql))
        .await?;
    found.ok_or(AppError::NotFound)
}

/// A reason that says too little, for the person who typed it.
pub(super) fn too_short() -> String {
    format!("Say why, in {SHORTEST_REASON} to {LONGEST_REASON} characters that everybody can see.")
}

/// To where staff work on the entry's subject, saying what was done or what stood in the way.
pub(super) async fn after(
    desk: &Desk,
    actor: &Actor,
    number: i64,
    done: Result<String, WorkflowError>,
    said: Flash,
) -> Result<Response, AppError> {
    match done {
        Ok(subject) => respond::see_other(&said.at(&home(&subject))),
        Err(error) => refused(desk, actor, &home(&kept(desk, number).await?.entry.subject), error),
    }
}

/// Asks why; `typed` is a reason that will not do, as it was sent.
pub(super) fn reason_field(typed: Option<&str>) -> Field<'_> {
    Field {
        name: "reason",
        label: "Why",
        hint: "Kept with the entry for those who check later. It is not public.",
        typed: typed.unwrap_or_default(),
        wrong: typed.map(|_| too_short()),
    }
}

pub(crate) async fn ask_cancel(
    State(desk): State<Desk>,
    actor: By<Publishing>,
    Path(number): Path<i64>,
) -> Result<Response, AppError> {
    cancel_page(&desk, &actor, number, None).await
}

async fn cancel_page(
    desk: &Desk,
    actor: &By<Publishing>,
    number: i64,
    typed: Option<&str>,
) -> Result<Response, AppError> {
    let kept = kept(desk, number).await?;
    let back = home(&kept.entry.subject);
    let may = desk
        .database()
        .write(LIMIT, async |connection| entries::check_cancellable(connection, &kept, desk.now()).await)
        .await;
    if let Err(error) = may {
        return refused(desk, actor, &back, error);
    }
    let name = name_of(&desk.site().edition(), &kept);
    let ask = Ask {
        heading: format!("Cancel: {name}"),
        path: paths::entry_cancel(number),
        said: vec![
            format!("It would come into force on {}.", time_words(kept.entry.in_force_at)),
            "Cancelled, it never does. The public learns that it was cancelled, and nothing of what it said."
                .to_owned(),
        ],
        field: Some(reason_field(typed)),
        button: "Cancel it",
        danger: true,
        back,
        ..Ask::default()
    };
    ask::page(desk, actor, ask)
}

pub(crate) async fn cancel(
    State(desk): State<Desk>,
    actor: By<Publishing>,
    Path(number): Path<i64>,
    Form(typed): Form<EntryForm>,
) -> Result<Response, AppError> {
    let Some(reason) = model::reason(&typed.reason) else {
        return cancel_page(&desk, &actor, number, Some(&typed.reason)).await;
    };
    let done = entries::cancel(&desk, &actor, number, &reason).await;
    after(&desk, &actor, number, done, Flash::Cancelled).await
}

pub(crate) async fn ask_correct(
    State(desk): State<Desk>,
    actor: By<Publishing>,
    Path(number): Path<i64>,
) -> Result<Response, AppError> {
    correct_page(&desk, &actor, number, None).await
}

async fn correct_page(
    desk: &Desk,
    actor: &By<Publishing>,
    number: i64,
    typed: Option<&str>,
) -> Result<Response, AppError> {
    let kept = kept(desk, number).await?;
    let back = home(&kept.entry.subject);
    let may = desk
        .database()
        .write(LIMIT, async |connection| entries::check_correctable(connection, &kept, desk.now()).await)
        .await;
    let content = match may {
        Ok(content) => content,
        Err(error) => return refused(desk, actor, &back, error),
    };
    let ask = Ask {
        heading: format!("Add a correction: {}", name_of(&desk.site().edition(), &kept)),
        path: paths::entry_correct(number),
        said: vec![
            "A correction stands beside the version for ever; both stay. To change what visitors read now, publish a new version.".to_owned(),
            "Another person is asked to approve it afterwards.".to_owned(),
        ],
        html: Some(deepen(&content.html)),
        field: Some(Field {
            name: "text",
            label: "What was wrong and what is right",
            hint: "Public: shown on the version, in the history and to machines.",
            typed: typed.unwrap_or_default(),
            wrong: typed.map(|_| too_short()),
        }),
        button: "Add the correction",
        back,
        ..Ask::default()
    };
    ask::page(desk, actor, ask)
}

pub(crate) async fn correct(
    State(desk): State<Desk>,
    actor: By<Publishing>,
    Path(number): Path<i64>,
    Form(typed): Form<EntryForm>,
) -> Result<Response, AppError> {
    let Some(text) = model::reason(&typed.text) else {
        return correct_page(&desk, &actor, number, Some(&typed.text)).await;
    };
    let done = entries::correct(&desk, &actor, number, &text).await;
    after(&desk, &actor, number, done, Flash::Corrected).await
}

pub(crate) async fn ask_restore(
    State(desk): State<Desk>,
    actor: By<Editing>,
    Path(number): Path<i64>,
) -> Result<Response, AppError> {
    let kept = kept(&desk, number).await?;
    let back = home(&kept.entry.subject);
    let (subject, _) = match entries::to_draft(&kept) {
        Ok(draft) => draft,
        Err(error) => return refused(&desk, &actor, &back, error),
    };
    let draft = desk
        .database()
        .read(async |connection| crate::features::drafts::store::find(connection, &subject).await)
        .await?;
    let mut said = vec!["A new draft is made of it. Nothing is published by that.".to_owned()];
    let mut hidden = Vec::new();
    let mut button = "Start a draft from it";
    if let Some(draft) = &draft {
        said.push(format!("There is a draft already. {} If you go on, it is thrown away.", saved(draft)));
        hidden.push(("instead_of", draft.revision.to_string()));
        button = "Throw the other draft away and start from this version";
    }
    let ask = Ask {
        heading: format!("Start a draft from: {}", name_of(&desk.site().edition(), &kept)),
        path: paths::entry_restore(number),
        said,
        html: crate::features::publishing::staff::approve::shown(&kept).0,
        hidden,
        button,
        danger: draft.is_some(),
        back,
        ..Ask::default()
    };
    ask::page(&desk, &actor, ask)
}

pub(crate) async fn restore(
    State(desk): State<Desk>,
    actor: By<Editing>,
    Path(number): Path<i64>,
    Form(typed): Form<EntryForm>,
) -> Result<Response, AppError> {
    match entries::restore(&desk, &actor, number, typed.instead_of).await {
        Ok(subject) => respond::see_other(&Flash::StartedAgain.at(&paths::draft_review(subject))),
        Err(error) => refused(&desk, &actor, &paths::entry_restore(number), error),
    }
}
