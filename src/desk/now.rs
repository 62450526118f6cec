//! The desk with the one edition that a request of staff is answered from.

use std::convert::Infallible;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::desk::Desk;
use crate::desk::accounts::Actor;
use crate::desk::shell::StaffShell;
use crate::site::edition::Edition;

/// The desk with the edition that was in force when a request came.
#[derive(Clone)]
pub struct DeskNow {
    desk: Desk,
    /// The edition.
    pub edition: Arc<Edition>,
}

impl DeskNow {
    /// Takes the edition that is in force now.
    pub fn of(desk: &Desk) -> Self {
        Self { desk: desk.clone(), edition: desk.site().edition() }
    }

    /// The shell of a page for staff.
    pub fn shell(&self, actor: Option<&Actor>, title: &str, path: &str) -> StaffShell {
        self.desk.shell_of(&self.edition, actor, title, path)
    }
}

impl Deref for DeskNow {
    type Target = Desk;

    fn deref(&self) -> &Desk {
        &self.desk
    }
}

impl FromRequestParts<Desk> for DeskNow {
    type Rejection = Infallible;

    async fn from_request_parts(_parts: &mut Parts, desk: &Desk) -> Result<Self, Infallible> {
        Ok(Self::of(desk))
    }
}
