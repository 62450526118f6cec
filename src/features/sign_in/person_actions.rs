//! The buttons on an account's page: suspend, restore, reset, vouch, end sessions.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::base::audit;
use crate::base::database::DatabaseError;
use crate::base::error::AppError;
use crate::base::web::extract::Path;
use crate::base::web::form::Fields;
use crate::base::web::respond;
use crate::desk::accounts::doubt::Doubted;
use crate::desk::accounts::invite::subject;
use crate::desk::accounts::model::Actor;
use crate::desk::accounts::{By, actions, invite, letters, store};
use crate::desk::flash::Flash;
use crate::desk::permission::Administering;
use crate::desk::proof::ConfirmedForm;
use crate::desk::{Desk, paths};
use crate::features::sign_in::people::hand_over;
use crate::features::sign_in::refused::{Refused, lock};

#[derive(Default, Deserialize)]
pub(crate) struct Ending {
    /// One session; without it all of them.
    session: Option<Uuid>,
}

pub(crate) async fn suspend(
    State(desk): State<Desk>,
    actor: By<Administering>,
    Path(id): Path<Uuid>,
    _form: ConfirmedForm<Fields>,
) -> Result<Response, AppError> {
    set_suspended(&desk, &actor, id, true).await?;
    respond::see_other(&Flash::AccountSuspended.at(&paths::person(id)))
}

pub(crate) async fn restore(
    State(desk): State<Desk>,
    actor: By<Administering>,
    Path(id): Path<Uuid>,
    _form: ConfirmedForm<Fields>,
) -> Result<Response, AppError> {
    set_suspended(&desk, &actor, id, false).await?;
    respond::see_other(&Flash::AccountRestored.at(&paths::person(id)))
}

/// Suspends an account, which signs it out everywhere, or restores it; tells its owner. Nothing happens to one that is so already.
async fn set_suspended(desk: &Desk, actor: &Actor, id: Uuid, suspended: bool) -> Result<(), AppError> {
    let (action, change) = if suspended {
        (actions::STAFF_SUSPENDED, "The account was suspended")
    } else {
        (actions::STAFF_RESTORED, "The account was restored")
    };
    desk.database()
        .write(desk.limit(), async |connection| {
            lock(connection, actor, id, suspended).await?;
            if store::suspend(connection, id, suspended.then(|| desk.now())).await? {
                if suspended {
                    store::end_sessions(connection, id, None, desk.now()).await?;
                }
                audit::record(connection, actor.who(), action, &subject(id), &json!({})).await?;
                letters::tell_owner(connection, desk.post(), id, change, actor.who()).await?;
            }
            Ok::<_, Refused>(())
        })
        .await
        .map_err(Refused::into_error)
}

/// Makes a new link for a person who lost everything. Nobody can reset themself: `/account` is for that.
pub(crate) async fn reset(
    State(desk): State<Desk>,
    actor: By<Administering>,
    Path(id): Path<Uuid>,
    _form: ConfirmedForm<Fields>,
) -> Result<Response, AppError> {
    let said = desk
        .database()
        .write(desk.limit(), async |connection| {
            lock(connection, &actor, id, true).await?;
            let secret = invite::reset(connection, actor.who(), id, desk.now()).await?;
            letters::tell_owner(connection, desk.post(), id, "The sign-in was reset", actor.who()).await?;
            let is_mailed = hand_over(&desk, connection, &actor, id, &secret).await?;
            Ok::<_, Refused>(if is_mailed { Flash::SignInResetMailed } else { Flash::SignInReset })
        })
        .await
        .map_err(Refused::into_error)?;
    respond::see_other(&said.at(&paths::person(id)))
}

/// Says that the person who uses an account is the one it is for. Not whoever saw its link, nor whoever is doubted themself.
pub(crate) async fn vouch(
    State(desk): State<Desk>,
    actor: By<Administering>,
    Path(id): Path<Uuid>,
    _form: ConfirmedForm<Fields>,
) -> Result<Response, AppError> {
    let vouched = desk.database().write(desk.limit(), async |connection| {
        lock(connection, &actor, id, false).await?;
        if Doubted::find(connection, desk.now()).await?.holds(actor.id()) {
            return Ok(false);
        }
        let vouched = store::vouch(connection, id, Some(actor.id()), desk.now()).await?;
        if vouched {
            audit::record(connection, actor.who(), actions::STAFF_VOUCHED, &subject(id), &json!({})).await?;
            let change = "An administrator has vouched that the account is yours";
            letters::tell_owner(connection, desk.post(), id, change, actor.who()).await?;
        }
        Ok::<_, Refused>(vouched)
    });
    if vouched.await.map_err(Refused::into_error)? {
        return respond::see_other(&Flash::AccountVouched.at(&paths::person(id)));
    }
    Err(AppError::Unprocessable(
        "You cannot vouch for this account: you saw its set-up link, your own account is not vouched for, or it is not set up yet or needs \
         nobody. Another administrator can, or whoever runs the site, with “bluelamp staff vouch”.",
    ))
}

pub(crate) async fn end_sessions(
    State(desk): State<Desk>,
    actor: By<Administering>,
    Path(id): Path<Uuid>,
    ConfirmedForm(ending): ConfirmedForm<Ending>,
) -> Result<Response, AppError> {
    let ended = desk.database().write(desk.limit(), async |connection| {
        let now = desk.now();
        let ended = match ending.session {
            Some(session) => u64::from(store::end_session_of(connection, id, session, now).await?),
            None => store::end_sessions(connection, id, None, now).await?,
        };
        let details = json!({ "ended": ended });
        audit::record(connection, actor.who(), actions::SESSION_ENDED, &subject(id), &details).await?;
        letters::tell_owner(connection, desk.post(), id, "You were signed out", actor.who()).await?;
        Ok::<_, DatabaseError>(())
    });
    ended.await?;
    respond::see_other(&Flash::SessionEnded.at(&paths::person(id)))
}
