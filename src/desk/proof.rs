//! Forms that somebody at an unlocked screen must not send. They are taken if their sender has just shown that it is them; otherwise
//! they are kept, and come back once that is done.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::base::database::DatabaseError;
use crate::base::error::AppError;
use crate::base::web::extract::{BODY_LIMIT, Form};
use crate::desk::accounts::model::Actor;
use crate::desk::accounts::parked::{MOST, RESUMED, place, since};
use crate::desk::accounts::store::Parked;
use crate::desk::accounts::{parked, store};
use crate::desk::session::Sign;
use crate::desk::{Desk, paths, session};

/// The fields of a form whose sender has just shown that it is them.
pub(crate) struct ConfirmedForm<T>(pub T);

/// The fields of a form whose sender has just shown that it is them, for this very form and what it says. The proof is used up by it.
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

/// Forms with passwords and codes are never kept: they are opened anew.
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
        return Err(AppError::ConfirmRequired { next: keep(desk, &actor, &parts, &body).await? });
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

/// The kept form that this one is.
fn resumed(parts: &Parts) -> Option<Uuid> {
    let mut pairs = url::form_urlencoded::parse(parts.uri.query()?.as_bytes());
    pairs.find(|(name, _)| name == RESUMED)?.1.parse().ok()
}

/// Whether a form that was kept was sent to the same address and said the same.
async fn is_kept(desk: &Desk, actor: &Actor, id: Uuid, parts: &Parts, body: &[u8]) -> Result<bool, AppError> {
    let since = since(desk.now());
    let kept = desk.database().read(async |connection| store::parked(connection, id, actor.id(), since).await).await?;
    let Some(kept) = kept else { return Ok(false) };
    // One that is sealed to keys which this site has no more is as good as gone: this one is kept in its place.
    let Ok(said) = desk.keys().open(&place(id), &kept.sealed) else { return Ok(false) };
    Ok(kept.path == parts.uri.path() && parked::fields(&said) == parked::fields(body))
}

/// Keeps a form until its sender has shown that it is them. Says where they go on then.
async fn keep(desk: &Desk, actor: &Actor, parts: &Parts, body: &[u8]) -> Result<String, AppError> {
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
