//! The permission that a handler asks of its caller. `By<Editing>` in a handler's arguments is the check: without the role the handler is
//! never entered, and without it there is no [`Actor`].

use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;

use crate::base::error::AppError;
use crate::desk::accounts::model::Actor;
pub use crate::desk::accounts::permission::{
    Administering, Answering, Auditing, Commenting, ConfirmingRedaction, Editing, Permission, Publishing, Reading,
    Redacting, SignedIn, Signing, SupervisingChats,
};
use crate::desk::session::Sign;
use crate::desk::{Desk, paths, session};

/// The person behind a request, whose permission was checked.
pub struct By<P> {
    actor: Actor,
    permission: PhantomData<fn() -> P>,
}

impl<P> Deref for By<P> {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        &self.actor
    }
}

impl<P: Permission> FromRequestParts<Desk> for By<P> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, AppError> {
        by(parts, desk, Sign::Press).await
    }
}

async fn by<P: Permission>(parts: &mut Parts, desk: &Desk, sign: Sign) -> Result<By<P>, AppError> {
    let actor = session::actor(parts, desk, sign).await?;
    if !actor.is_any(P::ROLES) {
        return Err(AppError::Forbidden(
            "Your account does not have the role for this. Ask an administrator of the site if you need it.",
        ));
    }
    Ok(By { actor, permission: PhantomData })
}

/// The person behind a request that a page makes by itself. It does not keep the session alive, so that a page left open
/// signs out.
pub struct Looking<P>(By<P>);

impl<P> Deref for Looking<P> {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        &self.0.actor
    }
}

impl<P: Permission> FromRequestParts<Desk> for Looking<P> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, AppError> {
        Ok(Self(by(parts, desk, Sign::Look).await?))
    }
}

/// The person behind a request, who signed in or confirmed who they are a moment ago: for what a stranger at an unlocked screen must not do.
pub struct Confirmed<P>(By<P>);

impl<P> Deref for Confirmed<P> {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        &self.0.actor
    }
}

impl<P: Permission> FromRequestParts<Desk> for Confirmed<P> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, AppError> {
        let by = By::<P>::from_request_parts(parts, desk).await?;
        let fresh = by.confirmed().is_some_and(|confirmed| desk.now().duration_since(confirmed.at) < session::FRESH);
        if fresh {
            return Ok(Self(by));
        }
        // A script's request is begun again from its page.
        let next = match parts.uri.path() {
            path if parts.method == Method::GET => path,
            path if path.starts_with(paths::PEOPLE) => paths::PEOPLE,
            _ => paths::ACCOUNT,
        };
        Err(AppError::ConfirmRequired { at: paths::with_next(paths::CONFIRM, next) })
    }
}
