//! The pages of the actions on an entry of the ledger.

use axum::response::Response;

use crate::base::error::AppError;
use crate::base::web::extract::{Form, MaybeForm, Path};
use crate::base::web::respond;
use crate::desk::accounts::By;
use crate::desk::flash::Flash;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::{Editing, Publishing};
use crate::features::publishing::publish::LIMIT;
use crate::features::publishing::staff::ask::{Ask, Field};
use crate::features::publishing::staff::entry_page::{
    EntryForm, describe_content, home, load_entry, name_of, reason_field, redirect_or_explain,
};
use crate::features::publishing::staff::{ask, refused, saved};
use crate::features::publishing::{entries, model, words};
use crate::text::markdown::deepen;

pub(crate) async fn cancel(
    desk: DeskNow,
    actor: By<Publishing>,
    Path(number): Path<i64>,
    MaybeForm(typed): MaybeForm<EntryForm>,
) -> Result<Response, AppError> {
    if let Some(reason) = typed.as_ref().and_then(|typed| model::reason(&typed.reason)) {
        let done = entries::cancel(&desk, &actor, number, &reason).await;
        return redirect_or_explain(&desk, &actor, number, done, Flash::Cancelled).await;
    }
    let kept = load_entry(&desk, number).await?;
    let back = home(&kept.entry);
    let may = desk
        .database()
        .write(LIMIT, async |connection| entries::check_cancellable(connection, &kept, desk.now()).await)
        .await;
    if let Err(error) = may {
        return refused(&desk, &actor, &back, error);
    }
    let name = name_of(&desk.edition, &kept);
    let ask = Ask {
        heading: format!("Cancel: {name}"),
        path: paths::entry_cancel(number),
        said: vec![words::would_come_into_force(kept.entry.in_force_at), words::CANCELLED_NEVER_DOES.to_owned()],
        field: Some(reason_field(typed.as_ref().map(|typed| typed.reason.as_str()))),
        button: "Cancel it",
        danger: true,
        back,
        ..Ask::default()
    };
    ask::page(&desk, &actor, ask)
}

pub(crate) async fn correct(
    desk: DeskNow,
    actor: By<Publishing>,
    Path(number): Path<i64>,
    MaybeForm(typed): MaybeForm<EntryForm>,
) -> Result<Response, AppError> {
    if let Some(text) = typed.as_ref().and_then(|typed| model::reason(&typed.text)) {
        let done = entries::correct(&desk, &actor, number, &text).await;
        return redirect_or_explain(&desk, &actor, number, done, Flash::Corrected).await;
    }
    let kept = load_entry(&desk, number).await?;
    let back = home(&kept.entry);
    let may = desk
        .database()
        .write(LIMIT, async |connection| entries::check_correctable(connection, &kept, desk.now()).await)
        .await;
    let content = match may {
        Ok(content) => content,
        Err(error) => return refused(&desk, &actor, &back, error),
    };
    let ask = Ask {
        heading: format!("Add a correction: {}", name_of(&desk.edition, &kept)),
        path: paths::entry_correct(number),
        said: vec![words::CORRECTION_STAYS.to_owned(), words::APPROVED_AFTERWARDS.to_owned()],
        html: Some(deepen(&content.html)),
        field: Some(Field {
            name: "text",
            label: words::CORRECTION_LABEL,
            hint: words::CORRECTION_HINT,
            typed: typed.as_ref().map_or("", |typed| &typed.text),
            wrong: typed.as_ref().map(|_| words::too_short()),
        }),
        button: "Add the correction",
        back,
        ..Ask::default()
    };
    ask::page(&desk, &actor, ask)
}

pub(crate) async fn ask_restore(
    desk: DeskNow,
    actor: By<Editing>,
    Path(number): Path<i64>,
) -> Result<Response, AppError> {
    let kept = load_entry(&desk, number).await?;
    let back = home(&kept.entry);
    let (subject, _) = match entries::to_draft(&kept) {
        Ok(draft) => draft,
        Err(error) => return refused(&desk, &actor, &back, error),
    };
    let draft = desk
        .database()
        .read(async |connection| crate::features::drafts::store::find(connection, &subject).await)
        .await?;
    let mut said = vec![words::NEW_DRAFT_OF_IT.to_owned()];
    let mut hidden = Vec::new();
    let mut button = "Restore as draft";
    if let Some(draft) = &draft {
        said.push(words::other_draft_goes(&saved(draft)));
        hidden.push(("instead_of", draft.revision.to_string()));
        button = "Delete the other draft and start from this version";
    }
    let ask = Ask {
        heading: format!("Restore as draft: {}", name_of(&desk.edition, &kept)),
        path: paths::entry_restore(number),
        said,
        html: describe_content(&kept).html,
        hidden,
        button,
        danger: draft.is_some(),
        back,
        ..Ask::default()
    };
    ask::page(&desk, &actor, ask)
}

pub(crate) async fn restore(
    desk: DeskNow,
    actor: By<Editing>,
    Path(number): Path<i64>,
    Form(typed): Form<EntryForm>,
) -> Result<Response, AppError> {
    match entries::restore(&desk, &actor, number, typed.instead_of).await {
        Ok(subject) => respond::see_other(&Flash::StartedAgain.at(&paths::draft_review(subject))),
        Err(error) => refused(&desk, &actor, &paths::entry_restore(number), error),
    }
}
