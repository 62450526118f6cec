//! Forms that a stranger at an unlocked screen must not send. They are accepted if the sender has just confirmed who they are; otherwise
//! they are stored, and come back after the confirmation.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::base::database::DatabaseError;
use crate::base::error::AppError;
use crate::base::web::extract::{BODY_LIMIT, Form};
use crate::desk::accounts::model::Actor;
use crate::desk::accounts::parked::{MOST, RESUMED, oldest_kept, place};
use crate::desk::accounts::store::Parked;
use crate::desk::accounts::{parked, store};
use crate::desk::session::Sign;
use crate::desk::{Desk, paths, session};

/// The fields of a form whose sender has just confirmed who they are.
pub(crate) struct ConfirmedForm<T>(pub T);

/// The fields of a form whose sender has just confirmed who they are, for this form with this content. Uses the confirmation up.
pub(crate) struct ProvenForm<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Desk> for ConfirmedForm<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, desk: &Desk) -> Result<Self, AppError> {
        take(request, desk, false).await.map(Self)
    }
}

impl<T: DeserializeOwned> FromRequest<Desk> for ProvenForm<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, desk: &Desk) -> Result<Self, AppError> {
        take(request, desk, true).await.map(Self)
    }
}

/// Forms with passwords and codes, which are never stored but opened again.
const SECRET: [&str; 2] = [paths::ACCOUNT_PASSWORD, paths::ACCOUNT_APP];

async fn take<T: DeserializeOwned>(request: Request, desk: &Desk, needs_own_proof: bool) -> Result<T, AppError> {
    let (mut parts, body) = request.into_parts();
    let actor = session::actor(&mut parts, desk, Sign::Press).await?;
    let body = axum::body::to_bytes(body, BODY_LIMIT).await.map_err(|_| AppError::TooLarge)?;
    let resumed = resumed(&parts);
    let fresh = actor.confirmed().filter(|confirmed| desk.now().duration_since(confirmed.at) < session::FRESH);
    let is_proven = match fresh {
        None => false,
        Some(_) if !needs_own_proof => true,
        Some(confirmed) => match resumed.filter(|id| confirmed.form == Some(*id)) {
            Some(id) => is_kept(desk, &actor, id, &parts, &body).await?,
            None => false,
        },
    };
    if !is_proven {
        let next = park_form(desk, &actor, &parts, &body).await?;
        return Err(AppError::ConfirmRequired { at: paths::with_next(paths::CONFIRM, &next) });
    }
    if let Some(id) = resumed {
        desk.database()
            .write(desk.limit(), async |connection| {
                store::remove_parked(connection, id, actor.id()).await?;
                Ok::<_, DatabaseError>(store::use_proof(connection, actor.session(), id).await?)
            })
            .await?;
    }
    let Form(fields) = Form::<T>::from_request(Request::from_parts(parts, Body::from(body)), desk).await?;
    Ok(fields)
}

/// The id of the stored form that this one repeats.
fn resumed(parts: &Parts) -> Option<Uuid> {
    let mut pairs = url::form_urlencoded::parse(parts.uri.query()?.as_bytes());
    pairs.find(|(name, _)| name == RESUMED)?.1.parse().ok()
}

/// Tells that a stored form has the same address and content.
async fn is_kept(desk: &Desk, actor: &Actor, id: Uuid, parts: &Parts, body: &[u8]) -> Result<bool, AppError> {
    let since = oldest_kept(desk.now());
    let kept = desk.database().read(async |connection| store::parked(connection, id, actor.id(), since).await).await?;
    let Some(kept) = kept else { return Ok(false) };
    // A form that the present keys cannot open counts as lost, and is replaced.
    let Ok(said) = desk.keys().open(&place(id), &kept.sealed) else { return Ok(false) };
    Ok(kept.path == parts.uri.path() && parked::fields(&said) == parked::fields(body))
}

/// Stores a form until its sender has confirmed who they are. Returns the path to go on to.
async fn park_form(desk: &Desk, actor: &Actor, parts: &Parts, body: &[u8]) -> Result<String, AppError> {
    let path = parts.uri.path();
    if SECRET.contains(&path) {
        return Ok(path.to_owned());
    }
    let id = Uuid::now_v7();
    let sealed = desk.keys().seal(&place(id), body).map_err(anyhow::Error::from)?;
    let form = Parked { path: path.to_owned(), sealed, parked_at: desk.now() };
    desk.database()
        .write(desk.limit(), async |connection| {
            Ok::<_, DatabaseError>(store::park(connection, id, actor.id(), &form, MOST).await?)
        })
        .await?;
    Ok(paths::resume(id))
}
